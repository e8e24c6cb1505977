// Profiles in the words of other tools.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outis/base/policy_layout.h"
#include "outis/error.h"

namespace outis::sandbox {

struct Profile;

enum class ExportFormat : std::uint8_t {
    oci,     // linux.seccomp of the runtime specification
    docker,  // github.com/moby/profiles, as `docker run --security-opt seccomp=FILE` takes it
    spo,     // security-profiles-operator: a SeccompProfile resource, in JSON
};

[[nodiscard]] std::optional<ExportFormat> parse_export_format(std::string_view name) noexcept;

struct Exported {
    std::string json;                      // ends with a line end
    std::vector<std::string> differences;  // what the profile says and the JSON cannot, by clauses
    std::vector<std::string> notes;        // what holds for every such file
};

// The JSON that runc and libseccomp compile to a filter which answers as the profile's does, for
// every call that libseccomp knows. Conditions become `argument & mask == value` with the widths
// that arguments have, each set of arguments in one rule alone, so that neither the order of rules
// nor the upper half of a register decides. What cannot be said is refused, and listed; the one
// thing that must be looser, `exec.once`, is listed too.
[[nodiscard]] Result<Exported, Error> export_profile(const Profile& profile, policy::Arch arch,
                                                     ExportFormat format);

}  // namespace outis::sandbox
