// Where the profiles that a command names come from. A profile has many errors, each with its
// place: they are printed on stderr at once, and kPrinted is handed on.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "commands/profile.h"
#include "content/profile_source.h"
#include "outis/base/bytes.h"
#include "outis/sandbox/profile.h"

namespace outis::images::commands {

constexpr int kAnswerIsNo = 1;

inline const Error kPrinted{};  // host::report adds nothing to it

// Where shipped profiles and what is extended are looked for. While the tool is being built it has
// no data yet; then there is none, and only what lies beside a file is found.
std::vector<std::filesystem::path> profile_folders();

std::vector<std::string> shipped_profiles();

Result<content::ProfileSource, Error> profile_source(const std::string& profile);

// An empty name is this machine's.
Result<policy::Arch, Error> chosen_arch(const std::string& name);

// The same, except that a compiled policy is bad input.
Result<content::ProfileSource, Error> profile_text(const std::string& profile);

Result<sandbox::Profile, Error> load_profile(const content::ProfileSource& source,
                                             policy::Arch arch, const ImportChoices& choices = {});

Result<sandbox::Profile, Error> read_profile(const std::string& profile, policy::Arch arch,
                                             const ImportChoices& choices = {});

// The same compiled; a compiled one is read.
Result<std::vector<std::byte>, Error> read_policy(const std::string& profile, policy::Arch arch,
                                                  const ImportChoices& choices = {});

// Bad input if writing `target` would replace the profile, under any name of its.
Result<Done, Error> refuse_overwriting(const std::filesystem::path& profile,
                                       const std::filesystem::path& target);

// The file appears whole or not at all. "-" and an empty path are standard output.
Result<Done, Error> write_result(const std::filesystem::path& target, Bytes bytes);

}  // namespace outis::images::commands
