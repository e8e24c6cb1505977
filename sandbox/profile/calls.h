// The seccomp part of profiles, file by file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sandbox/language/reader.h"

namespace outis::sandbox {

// What the files read so far say about one call.
struct CallState {
    std::optional<Action> listed;
    bool by_name = false;  // `listed` comes from the call's own name, not from a group
    std::vector<Rule> refusals;
    std::vector<Rule> permissions;
    Origin origin = {};  // of `listed`
};

// Grows from the file that is extended to the file that extends it:
//   * a name beats a group, whichever file says which;
//   * among groups the stricter list wins within a file, the later file between files;
//   * refusing rules add up; only `unsafe-lift` takes them away;
//   * permitting rules of a later file replace those of earlier ones, and so does listing the call
//     by name.
struct SeccompState {
    Seccomp seccomp;
    std::map<std::string, CallState> calls;
    std::size_t rules = 0;
    bool present = false;
    std::vector<Word> named;  // calls in the lists and rules of the file read last
};

// Reads one file's [seccomp] on top of `state`.
void read_seccomp(const Value& value, const Reader& reader, SeccompState& state);

// All files have been read. A call that only rules name, and that they permit, is listed as
// refused.
[[nodiscard]] Seccomp finish_seccomp(SeccompState state);

// Adds the rules that `memory.deny-write-execute` stands for.
void deny_write_execute(SeccompState& state);

}  // namespace outis::sandbox
