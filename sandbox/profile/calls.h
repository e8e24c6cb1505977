// The seccomp part of profiles, file by file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "outis/sandbox/profile.h"
#include "sandbox/language/reader.h"

namespace outis::sandbox::profile {

// What the files read so far say about one call.
struct CallState {
    std::optional<Action> listed;
    std::vector<Rule> refusals;
    std::vector<Rule> permissions;
    Origin origin = {};  // of `listed`
};

// Grows from the file that is extended to the file that extends it:
//   * within a file a name beats a group, and of two groups the stricter list wins;
//   * between files the later one wins, whatever form its words have;
//   * refusing rules add up; only `unsafe-lift` takes them away;
//   * permitting rules of a later file replace those of earlier ones. They end, too, where a later
//     file refuses the call, or allows it by its own name; a group that allows leaves them.
struct SeccompState {
    Seccomp seccomp;
    std::map<std::string, CallState> calls;
    std::size_t rules = 0;
    bool present = false;
    std::vector<language::Word> named;  // calls in the lists and rules of the file read last
};

// Reads one file's [seccomp] on top of `state`.
void read_seccomp(const Value& value, const language::Reader& reader, SeccompState& state);

// All files have been read. A call that only rules name, and that they permit, is listed as
// refused.
[[nodiscard]] Seccomp finish_seccomp(SeccompState state);

}  // namespace outis::sandbox::profile
