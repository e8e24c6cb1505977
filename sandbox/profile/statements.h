// What profiles say besides their seccomp part, file by file.
#pragma once

#include "outis/sandbox/profile.h"
#include "sandbox/language/reader.h"
#include "sandbox/profile/calls.h"

namespace outis::sandbox::profile {

// Everything said so far. A single value of a later file replaces that of an earlier one; lists add
// up.
struct Statements {
    Profile profile;  // begins as nobody without capabilities
    SeccompState seccomp;
    std::optional<std::string> no_filter;  // `unsafe-no-filter` was said; the file that said it
    bool incomplete = false;               // something that is extended could not be read
};

[[nodiscard]] Statements no_statements();

// The value of `extends`: names, unless they are malformed.
[[nodiscard]] std::vector<language::Word> read_extends(const Value& root,
                                                       const language::Reader& reader);

// Reads one file on top of `statements`, `extends` left aside.
void read_statements(const Value& root, const language::Reader& reader, Statements& statements);

// All files have been read, `root` last. Complains about what is missing or contradicts itself.
[[nodiscard]] Profile finish(Statements statements, const Value& root,
                             const language::Reader& reader);

}  // namespace outis::sandbox::profile
