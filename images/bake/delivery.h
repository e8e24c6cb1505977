// What comes out: whether an image made of another can start, its name, its delivery.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "bake/plan.h"
#include "outis/error.h"
#include "outis/images/build.h"
#include "places/bundle.h"
#include "programs/closure.h"
#include "view/flattened.h"

namespace outis::images::bake {

// Why a container would not start, a clause each: PID 1, policy, program, loader or a library is
// missing in `files`, or is wrong.
std::vector<std::string> start_problems(const boost::json::value& config, policy::Arch arch,
                                        const view::Flattened& files);

// That the program at `path` loads what was found for it in a root. `files` is what a container of
// the image sees, whose lowest `below` layers are those of another.
struct LoadCheck {
    const view::Flattened& files;
    std::size_t below = 0;
    std::string library_path = {};  // LD_LIBRARY_PATH of the configuration
    const programs::Closure& closure;
    const std::string& root;   // where the libraries were found, for messages
    const std::string& image;  // what the image below is called, for messages
};

Result<Done, Error> check_loads(const LoadCheck& asked, const std::string& path);

// What is written beside an image that goes to a file.
enum class Documents : std::uint8_t { none, planned };

// Every destination of `plan`, `outputs` as the user names them, has a place of its own, and writes
// over none of `inputs`; so with the documents and the images of debugging beside them.
Result<Done, Error> check_destinations(const Plan& plan, const std::vector<std::string>& outputs,
                                       const std::vector<std::filesystem::path>& inputs,
                                       Documents documents);

// Without a name in `plan`: `old` with `suffix`; without an output: the tar of that name. Then
// checks the destinations.
Result<Done, Error> name_image(const oci::Reference& old, const std::string& suffix, Plan& plan,
                               std::vector<std::string>& outputs,
                               const std::vector<std::filesystem::path>& inputs);

constexpr const char* kDebugSuffix = "-debug";

// Puts the images at every destination of `plan`, and those of `debug`, if it is not null, beside
// them under names with kDebugSuffix. `outputs` names the destinations as the user does.
Result<Baked, Error> put_images(const places::Bundle& bundle, const places::Bundle* debug,
                                const Plan& plan, const std::vector<std::string>& outputs,
                                const Progress& progress);

}  // namespace outis::images::bake
