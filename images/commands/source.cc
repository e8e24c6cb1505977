#include "commands/source.h"

#include <algorithm>
#include <system_error>

#include <unistd.h>

#include "commands/import.h"
#include "commands/text.h"
#include "content/tool_data.h"
#include "host/input.h"
#include "host/new_file.h"
#include "outis/base/policy_layout.h"
#include "outis/sandbox/compile.h"
#include "outis/sandbox/suggest.h"

namespace outis::images::commands {

namespace fs = std::filesystem;

std::vector<fs::path> profile_folders()
{
    const auto data = content::find_tool_data();
    if (!data)
        return {};
    return {data.value().profiles()};
}

std::vector<std::string> shipped_profiles()
{
    return content::shipped_profiles(profile_folders());
}

Result<content::ProfileSource, Error> profile_source(const std::string& profile)
{
    content::ProfileSource source = OUTIS_TRY(content::find_profile(profile, profile_folders()));
    std::error_code absent;
    if (!source.name.empty() && fs::is_regular_file(profile, absent))
        complain("note: ", {"'" + profile + "' is the profile that Outis ships; the file of that " +
                            "name is './" + profile + "'"});
    return source;
}

Result<content::ProfileSource, Error> profile_text(const std::string& profile)
{
    content::ProfileSource source = OUTIS_TRY(profile_source(profile));
    if (source.form != content::ProfileForm::policy)
        return source;
    return bad_input("'" + profile +
                     "' is a compiled policy; name the profile that it was compiled from");
}

Result<policy::Arch, Error> chosen_arch(const std::string& name)
{
    if (name.empty())
        return sandbox::host_arch();
    const auto arch = sandbox::parse_arch(name);
    if (!arch)
        return bad_input("there is no architecture '" + name + "'; write amd64 or arm64");
    return *arch;
}

Result<sandbox::Profile, Error> load_profile(const content::ProfileSource& source,
                                             policy::Arch arch, const ImportChoices& choices)
{
    if (source.form == content::ProfileForm::json) {
        const sandbox::Imported imported = OUTIS_TRY(import_file(source.file, choices, arch));
        return imported.profile;
    }
    auto loaded = sandbox::load_profile(source.file, profile_folders());
    if (loaded)
        return loaded.take();
    complain(loaded.error());
    return Failure{kPrinted};
}

Result<sandbox::Profile, Error> read_profile(const std::string& profile, policy::Arch arch,
                                             const ImportChoices& choices)
{
    return load_profile(OUTIS_TRY(profile_text(profile)), arch, choices);
}

Result<std::vector<std::byte>, Error> read_policy(const std::string& profile, policy::Arch arch,
                                                  const ImportChoices& choices)
{
    const content::ProfileSource source = OUTIS_TRY(profile_source(profile));
    if (source.form != content::ProfileForm::policy)
        return sandbox::compile_policy(OUTIS_TRY(load_profile(source, arch, choices)), arch);
    const std::string bytes = OUTIS_TRY(host::read_file(source.file, policy::kMaxSize));
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

Result<Done, Error> write_result(const fs::path& target, Bytes bytes)
{
    if (target.empty() || target == "-")
        return host::write_all(STDOUT_FILENO, bytes, "standard output");
    host::NewFile file = OUTIS_TRY(host::NewFile::create(target));
    OUTIS_TRY(file.write(bytes));
    return file.commit();
}

}  // namespace outis::images::commands
