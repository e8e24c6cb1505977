// Where `outis` finds what it puts into images: $OUTIS_DATA, else ../share/outis of its own file.
//
//   init/linux-ARCH/outis-init     PID 1
//   policies/linux-ARCH/*.policy   the compiled profiles; profiles/*.toml their sources
//   ca.pem                         the pinned certificates
//   zones/                         slim time zones, hard-linked
//   layers/linux-ARCH/             base layers, packed when Outis was built
//   versions                       of the packages that certificates and zones are from
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "outis/base/policy_layout.h"
#include "outis/error.h"

namespace outis::images::content {

struct ToolData {
    std::filesystem::path root = {};

    [[nodiscard]] std::filesystem::path init(policy::Arch arch) const;
    [[nodiscard]] std::filesystem::path policies(policy::Arch arch) const;

    [[nodiscard]] std::filesystem::path layers(policy::Arch arch) const;

    [[nodiscard]] std::filesystem::path profiles() const { return root / "profiles"; }

    [[nodiscard]] std::filesystem::path certificates() const { return root / "ca.pem"; }

    [[nodiscard]] std::filesystem::path zones() const { return root / "zones"; }
};

// "ca-certificates VERSION COUNT" and "tzdata VERSION", a line each; empty where it is not known.
struct ContentVersions {
    std::string certificates = {};      // of Debian's package
    std::size_t certificate_count = 0;  // in the pinned set
    std::string zones = {};
};

ContentVersions content_versions(const ToolData& data);

// Blame::environment if there is no such folder.
Result<ToolData, Error> find_tool_data();

}  // namespace outis::images::content
