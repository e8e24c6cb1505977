// What an image says about itself where nobody says otherwise: OCI's standard keys, and a few of
// our own. The same pairs are labels of the configuration and annotations of the manifest.
// Source: OCI image specification 1.1, annotations.md.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "content/tool_data.h"
#include "outis/error.h"

namespace outis::images::content {

constexpr std::string_view kStandardPrefix = "org.opencontainers.";

using Labels = std::map<std::string, std::string>;

// Empty fields are unknown and give no key.
struct Description {
    std::string created = {};  // RFC 3339
    std::string title = {};    // the program's name
    std::string version = {};
    std::string revision = {};
    std::string source = {};             // a URL
    std::string go_module = {};          // outis.go.module
    std::string go_toolchain = {};       // outis.go.toolchain
    std::size_t certificates = 0;        // outis.ca.count
    std::string certificates_date = {};  // outis.ca.date, "2025-04-19"; empty unless pinned ones
};

Labels standard_labels(const Description& description);

// "2025-04-19" of the Debian package ca-certificates 20250419; empty if the version is no date.
std::string certificates_date(const std::string& package_version);

}  // namespace outis::images::content
