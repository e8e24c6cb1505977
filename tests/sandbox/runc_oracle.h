// What Docker, Podman and runc make of a profile, by their own libraries where they have any: the
// rules are resolved here once more, apart from the code under test, libseccomp builds the filter,
// and runc's stub stands before it. Or runc itself runs a bundle, and its filter is read back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outis/sandbox/explain.h"
#include "outis/sandbox/import.h"

namespace outis::sandbox {

// The same text without the names that the installed libseccomp does not know as Linux 7.1 does.
[[nodiscard]] std::string without_unknown_names(const std::string& json);

// What the tool hands to runc: linux.seccomp as JSON text.
[[nodiscard]] std::string resolved_by_tool(const std::string& json, const ImportOptions& options);

// A filter that can be asked, with runc's stub before it or within.
struct RuncProgram {
    std::vector<std::byte> program;
    std::array<std::optional<std::uint32_t>, kAbis> highest;  // of a stub that is not in `program`

    [[nodiscard]] std::uint32_t ask(const Interpreter& interpreter, const CallData& data) const;
};

enum class Shape : std::uint8_t { linear = 1, tree = 2 };  // SCMP_FLTATR_CTL_OPTIMIZE

// By libseccomp, for either architecture, of the ABIs that its kernels run.
[[nodiscard]] RuncProgram built_as_runc(const std::string& oci, policy::Arch arch,
                                        Shape shape = Shape::linear);

// By runc, for this machine; empty if it does not start.
[[nodiscard]] RuncProgram loaded_by_runc(const std::string& oci);

// The first point at which they differ, or nothing.
[[nodiscard]] std::string difference(const std::vector<std::byte>& ours, const RuncProgram& theirs,
                                     policy::Arch arch);

}  // namespace outis::sandbox
