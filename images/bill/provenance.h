// How an image came to be, as SLSA provenance v1 in an in-toto statement. It says what was asked
// for and what went in; neither where nor when nor by whom, so that the same bake gives the same
// bytes.
// Sources: SLSA specification 1.0, provenance; in-toto attestation framework 1.0, statement,
// resource descriptor, digest set.
#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "bill/contents.h"
#include "bill/spdx.h"
#include "oci/manifest.h"
#include "places/bundle.h"

namespace outis::images::bill {

// What it takes to understand externalParameters is in README.md, under these names.
constexpr const char* kBuildType = "urn:outis:bake:v1";
constexpr const char* kBuilderId = "urn:outis:bake";

struct ProvenanceFacts {
    boost::json::object parameters = {};  // externalParameters
    oci::Annotations labels = {};         // of the image, for the revision of its source
    std::string profile = {};             // a shipped name, or a file of the user's
};

// `bill` tells of files and packages.
// `profile_sha256` is of a profile that is a file, else empty.
std::string provenance_json(const places::Bundle& bundle, const Bill& bill,
                            const ProvenanceFacts& facts, const Underneath& under,
                            const std::string& profile_sha256);

}  // namespace outis::images::bill
