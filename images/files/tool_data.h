// Where `outis` finds what it puts into images: $OUTIS_DATA, else ../share/outis of its own file.
//
//   init/linux-ARCH/outis-init     PID 1
//   policies/linux-ARCH/*.policy   the compiled profiles; profiles/*.toml their sources
//   ca.pem                         the pinned certificates
//   zones/                         slim time zones, hard-linked
//   layers/linux-ARCH/             base layers, packed when Outis was built
#pragma once

#include <filesystem>

#include "outis/base/policy_layout.h"
#include "outis/error.h"

namespace outis::images {

struct ToolData {
    std::filesystem::path root = {};

    [[nodiscard]] std::filesystem::path init(policy::Arch arch) const;
    [[nodiscard]] std::filesystem::path policies(policy::Arch arch) const;

    [[nodiscard]] std::filesystem::path layers(policy::Arch arch) const;

    [[nodiscard]] std::filesystem::path profiles() const { return root / "profiles"; }

    [[nodiscard]] std::filesystem::path certificates() const { return root / "ca.pem"; }

    [[nodiscard]] std::filesystem::path zones() const { return root / "zones"; }
};

// Blame::environment if there is no such folder.
Result<ToolData, Error> find_tool_data();

}  // namespace outis::images
