// The words of a bake, understood: every one checked, every small file they name read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "content/accounts.h"
#include "content/base.h"
#include "content/file_capability.h"
#include "content/tool_data.h"
#include "layers/compress.h"
#include "layers/tree.h"
#include "oci/config.h"
#include "oci/manifest.h"
#include "oci/reference.h"
#include "outis/base/policy_layout.h"
#include "outis/images/build.h"
#include "places/place.h"
#include "programs/program.h"
#include "registry/registry.h"

namespace outis::images::bake {

// File capabilities for a program by its name, or for a file by its absolute path in the image.
struct GivenCapability {
    std::string file = {};
    content::FileCapability capability = {};
};

struct Plan {
    Product product = Product::app;
    programs::SourceOptions sources = {};
    std::vector<std::string> libraries = {};  // further ones: paths in the root, or names
    std::vector<std::string> packages = {};   // of the root
    std::vector<std::string> provided = {};   // those that the host brings
    std::string locale = {};
    std::string trace = {};                    // a command, run once to see what it opens
    std::string from = {};                     // the image below; empty: scratch
    bool keep_entrypoint = false;              // its entrypoint starts the app
    std::vector<std::string> entrypoint = {};  // what PID 1 starts; empty: the app

    std::vector<oci::Reference> references = {};
    std::vector<places::Place> destinations = {};
    registry::RegistrySettings registries = {};  // of all that it names
    std::vector<policy::Arch> platforms = {};    // empty: those of the programs
    oci::Annotations annotations = {};
    layers::Compression compression = {};
    bool sbom = true;
    bool provenance = true;
    std::int64_t time = 0;  // of the image and its files, seconds since 1970

    std::string profile = {};
    std::string user = {};  // USER[:GROUP] that was asked for, or empty
    content::Accounts accounts = {};
    oci::RunConfig run = {};

    bool package_lists = true;  // of the packages that files of the root are from
    bool root_release = true;   // with them, what names the root's distribution
    content::BaseContent base = {};
    bool pinned_certificates = false;
    bool own_zones = true;    // of this build, all or some
    std::string bundle = {};  // certificates instead of the base layer's; empty: those
    std::size_t certificate_count = 0;
    std::string certificates_date = {};   // of the pinned set alone
    std::vector<std::string> zones = {};  // when the base layer shall have none
    std::string localtime = {};           // a zone, or empty
    layers::Tree additions = {};
    std::vector<GivenCapability> capabilities = {};
    std::vector<programs::ElfSource> shells = {};  // for the debug image, one a platform
    boost::json::object parameters = {};           // what was asked for, as provenance says it
    std::vector<std::string> notes = {};
};

// Puts the number in place of the user "auto", and its account among the image's, unless its name
// or id is taken. An image below keeps its own accounts. The plan's first reference is the image's
// name.
void use_auto_user(Plan& plan);

// The programs that are named, and how they are built.
Result<programs::SourceOptions, Error> source_options(const BakeOptions& options);

Result<Plan, Error> make_plan(const BakeOptions& options, const content::ToolData& data);

}  // namespace outis::images::bake
