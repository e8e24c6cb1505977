// What stands beside images in a registry or layout, and is passed over.
// Source: OCI image specification 1.1, manifest.md ("Guidelines for Artifact Usage"); BuildKit's
// attestation storage.
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace outis::images::view {

// Why a document is not one that readers agree on, a clause; empty if it is. Of documents only
// docker's `manifest.json` is a list. Source: CVE-2021-41190.
std::string form_problem(const boost::json::value& document, bool is_list);

// "linux/arm/v7" of a descriptor's platform or a configuration.
std::string platform_of(const boost::json::value& of);

// BuildKit marks what it attests about an image so. Its annotation alone does not count, since
// engines that look for a platform start such an image all the same.
bool is_attestation(const boost::json::value& descriptor);

// A manifest that binds something else than an image: a bill of materials, a signature. Only its
// configuration tells: an image may have a subject and an artifactType too, and engines start it.
bool is_artifact(const boost::json::value& manifest);

}  // namespace outis::images::view
