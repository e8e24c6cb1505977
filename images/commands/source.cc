#include "commands/source.h"

#include <algorithm>
#include <system_error>

#include "commands/import.h"
#include "commands/text.h"
#include "host/input.h"
#include "host/new_file.h"
#include "host/tool_data.h"
#include "outis/base/policy_layout.h"
#include "outis/sandbox/compile.h"
#include "outis/sandbox/suggest.h"

namespace outis::images::commands {

namespace fs = std::filesystem;

std::vector<fs::path> profile_folders()
{
    const auto data = host::find_tool_data();
    if (!data)
        return {};
    return {data.value().profiles()};
}

std::vector<std::string> shipped_profiles()
{
    std::vector<std::string> names;
    for (const fs::path& folder : profile_folders()) {
        std::error_code failed;
        for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
            if (entry.path().extension() == ".toml")
                names.push_back(entry.path().stem().string());
        }
    }
    std::ranges::sort(names);
    return names;
}

Result<fs::path, int> profile_file(const std::string& profile)
{
    if (profile.find('/') != std::string::npos || profile.ends_with(".toml") ||
        profile.ends_with(".json"))
        return fs::path(profile);
    const std::vector<std::string> names = shipped_profiles();
    if (std::ranges::find(names, profile) == names.end())
        return Failure{host::report(bad_input("there is no profile '" + profile + "'" +
                                              sandbox::did_you_mean(profile, names) +
                                              "; a file needs a '/' or an ending")
                                        .error)};
    return profile_folders().front() / (profile + ".toml");
}

Result<policy::Arch, int> chosen_arch(const std::string& name)
{
    if (name.empty())
        return sandbox::host_arch();
    const auto arch = sandbox::parse_arch(name);
    if (!arch)
        return Failure{host::report(
            bad_input("there is no architecture '" + name + "'; write amd64 or arm64").error)};
    return *arch;
}

Result<sandbox::Profile, int> load_file(const fs::path& file, policy::Arch arch,
                                        const ImportWords& words)
{
    if (is_foreign(file)) {
        const sandbox::Imported imported = OUTIS_TRY(import_file(file, words, arch));
        return imported.profile;
    }
    auto loaded = sandbox::load_profile(file, profile_folders());
    if (loaded)
        return loaded.take();
    complain(loaded.error());
    return Failure{kBadInput};
}

Result<sandbox::Profile, int> read_profile(const std::string& profile, policy::Arch arch,
                                           const ImportWords& words)
{
    return load_file(OUTIS_TRY(profile_file(profile)), arch, words);
}

Result<std::vector<std::byte>, int> read_policy(const std::string& profile, policy::Arch arch,
                                                const ImportWords& words)
{
    if (!profile.ends_with(".policy"))
        return told(sandbox::compile_policy(OUTIS_TRY(read_profile(profile, arch, words)), arch));
    const std::string bytes = OUTIS_TRY(told(host::read_file(profile, policy::kMaxSize)));
    const Bytes view = host::as_bytes(bytes);
    return std::vector<std::byte>(view.begin(), view.end());
}

Result<Done, Error> refuse_overwriting(const fs::path& profile, const fs::path& target)
{
    std::error_code absent;
    if (!target.empty() && (target == profile || fs::equivalent(target, profile, absent)))
        return bad_input("the profile '" + profile.string() +
                         "' would be overwritten; give -o another file");
    return Done{};
}

Result<Done, Error> write_whole(const fs::path& target, Bytes bytes)
{
    host::NewFile file = OUTIS_TRY(host::NewFile::create(target));
    OUTIS_TRY(file.write(bytes));
    return file.commit();
}

}  // namespace outis::images::commands
