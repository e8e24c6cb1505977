#include "commands/profile.h"

#include <cstdio>
#include <filesystem>
#include <vector>

#include "commands/report.h"
#include "content/tool_data.h"
#include "files/new_file.h"
#include "outis/sandbox/compile.h"

namespace outis::images {
namespace {

namespace fs = std::filesystem;

constexpr int kBadInput = 2;

// While the tool is being built it has no data yet; then only what lies beside the file is found.
std::vector<fs::path> profile_folders()
{
    const auto data = find_tool_data();
    if (!data)
        return {};
    return {data.value().profiles()};
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

Result<Done, Error> write_whole(const fs::path& target, Bytes bytes)
{
    NewFile file = OUTIS_TRY(NewFile::create(target));
    OUTIS_TRY(file.write(bytes));
    return file.commit();
}

Result<Done, Error> compile(const sandbox::Profile& profile, const ProfileCompileOptions& options)
{
    const policy::Arch arch = OUTIS_TRY(chosen_arch(options.arch));
    const std::vector<std::byte> bytes = OUTIS_TRY(sandbox::compile_policy(profile, arch));
    const fs::path target = options.output.empty()
                                ? fs::path(options.file).replace_extension(".policy")
                                : fs::path(options.output);
    return write_whole(target, bytes);
}

}  // namespace

int run(const ProfileCompileOptions& options)
{
    const auto profile = sandbox::load_profile(options.file, profile_folders());
    if (!profile) {
        std::fputs(sandbox::print(profile.error()).c_str(), stderr);
        return kBadInput;
    }
    std::fputs(sandbox::print(profile.value().notes).c_str(), stderr);
    const auto compiled = compile(profile.value(), options);
    return compiled ? 0 : report(compiled.error());
}

}  // namespace outis::images
