// Where the profiles that a command names come from. What goes wrong is said on stderr at once, for
// a profile has many errors and each its place; what is handed on is the exit code.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "commands/profile.h"
#include "content/profile_source.h"
#include "host/report.h"
#include "outis/base/bytes.h"
#include "outis/sandbox/profile.h"

namespace outis::images::commands {

constexpr int kAnswerIsNo = 1;
constexpr int kBadInput = 2;

// Says what went wrong.
template <typename T>
Result<T, int> reported(Result<T, Error> result)
{
    if (!result)
        return Failure{host::report(result.error())};
    return result.take();
}

inline int exit_code(const Result<Done, int>& result)
{
    return result ? 0 : result.error();
}

// Where shipped profiles and what is extended are looked for. While the tool is being built it has
// no data yet; then there is none, and only what lies beside a file is found.
std::vector<std::filesystem::path> profile_folders();

std::vector<std::string> shipped_profiles();

Result<content::ProfileSource, int> profile_source(const std::string& profile);

// An empty name is this machine's.
Result<policy::Arch, int> chosen_arch(const std::string& name);

// The same, except that a compiled policy is bad input.
Result<content::ProfileSource, int> profile_text(const std::string& profile);

Result<sandbox::Profile, int> load_profile(const content::ProfileSource& source, policy::Arch arch,
                                           const ImportChoices& choices = {});

Result<sandbox::Profile, int> read_profile(const std::string& profile, policy::Arch arch,
                                           const ImportChoices& choices = {});

// The same compiled; a compiled one is read.
Result<std::vector<std::byte>, int> read_policy(const std::string& profile, policy::Arch arch,
                                                const ImportChoices& choices = {});

// Bad input if writing `target` would replace the profile, under any name of its.
Result<Done, Error> refuse_overwriting(const std::filesystem::path& profile,
                                       const std::filesystem::path& target);

// The file appears whole or not at all.
Result<Done, Error> write_whole(const std::filesystem::path& target, Bytes bytes);

}  // namespace outis::images::commands
