// Seccomp profiles of other tools, in JSON.
//
// An imported profile is written as a profile of ours and read back from that text, so whoever
// compiles the JSON gets what whoever compiles the written file gets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outis/base/policy_layout.h"
#include "outis/base/result.h"
#include "outis/sandbox/arch.h"
#include "outis/sandbox/document.h"
#include "outis/sandbox/profile.h"

namespace outis::sandbox {

enum class Dialect : std::uint8_t {
    docker,  // github.com/moby/profiles: archMap, includes, excludes, minKernel
    podman,  // github.com/containers/common: the same with defaultErrno, without minKernel
    oci,     // the runtime specification's linux.seccomp
    config,  // its whole config.json
    spo,     // security-profiles-operator: a SeccompProfile resource, or the spec of one
};

[[nodiscard]] std::optional<Dialect> parse_dialect(std::string_view name) noexcept;
[[nodiscard]] std::string_view dialect_name(Dialect dialect) noexcept;

enum class ImportMode : std::uint8_t {
    hardened,  // arguments compared in their widths, refusals first, our default
    exact,     // the verdicts of the filter that runc makes of it with libseccomp
};

// As `minKernel` has it: the two first numbers.
struct KernelVersion {
    std::uint32_t version = 6;
    std::uint32_t revision = 1;

    friend auto operator<=>(const KernelVersion&, const KernelVersion&) = default;
};

// "6.1", each part at most 255.
[[nodiscard]] std::optional<KernelVersion> parse_kernel_version(std::string_view text) noexcept;

// For whom conditional rules are decided.
struct ImportOptions {
    std::optional<Dialect> dialect = {};  // absent: told from the text
    ImportMode mode = ImportMode::hardened;
    policy::Arch arch = host_arch();
    // The bounding set, bit n = capability n. Absent: what the dialect's own tool gives a container
    // unless told otherwise, default_capabilities().
    std::optional<std::uint64_t> capabilities = {};
    KernelVersion kernel = {};
    std::vector<ProfileText> bases =
        {};  // what `baseProfileName` may name: a resource, or NAME.json
};

// Docker's 14, Podman's 11; none for dialects without conditions.
[[nodiscard]] std::uint64_t default_capabilities(Dialect dialect) noexcept;

// What the import did not take over as it stands.
enum class Change : std::uint8_t {
    condition,      // a rule that is not for these capabilities, this architecture or kernel
    unknown_call,   // a name that Linux has not, on none of our ABIs
    foreign_abi,    // an architecture that the chosen one's kernels do not run
    equal_default,  // a rule that says what the default says: runc drops it
    unreachable,    // a rule that others leave nothing to decide
    split,          // two comparisons of one argument: runc takes either for the rule
    conflict,       // rules that disagree about one call: the stricter counts
    width,          // a comparison that takes the argument in another width
    mask,           // a wanted bit outside the mask
    companion,      // i386: socketcall or ipc, which carry the call too
    verdict,        // another verdict than the one that is written
    otherwise,      // another default than the one that is written
    start,          // a call without which no program starts or ends
    flag,           // a flag without effect here
    more,           // there are further ones in that file, which are not told
};

[[nodiscard]] std::string_view change_name(Change change) noexcept;

struct ImportNote {
    Change change = Change::condition;
    Diagnostic text;  // with its place in the JSON
};

struct Imported {
    Dialect dialect = Dialect::oci;
    std::string toml;  // the profile's text
    Profile profile;   // parse_profile(toml)
    std::vector<ImportNote> notes;
};

// `source` is the JSON. Errors, each with its place: no JSON or none of that dialect, an unknown
// word, a profile that switches seccomp off, a rule that needs a listener.
//
// In exact mode the filter for `options.arch` has been compiled and compared with a direct
// evaluation of the rules at every probe point before this returns.
[[nodiscard]] Result<Imported, Diagnostics> import_profile(const ProfileText& source,
                                                           const ImportOptions& options);

}  // namespace outis::sandbox
