#include "sources/program.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "files/input.h"
#include "outis/sandbox/arch.h"
#include "sources/elf.h"

namespace outis::images {

namespace fs = std::filesystem;

namespace {

std::string platform_name(policy::Arch arch)
{
    return "linux/" + std::string(sandbox::arch_name(arch));
}

Result<policy::Arch, Error> require_program(const fs::path& file)
{
    const MappedFile mapped = OUTIS_TRY(MappedFile::open(file));
    const Elf elf = OUTIS_TRY(read_elf(mapped.bytes(), file.string()));
    const std::optional<policy::Arch> arch = image_arch(elf);
    if (!arch)
        return bad_input("'" + file.string() + "' is for " + machine_name(elf) +
                         "; images are made for linux/amd64 and linux/arm64");
    OUTIS_TRY(require_static_program(elf, file.string()));
    return *arch;
}

GoOptions go_options(const BakeOptions& options)
{
    return GoOptions{.main = options.go_main,
                     .ldflags = options.go_ldflags,
                     .tags = options.go_tags,
                     .flags = options.go_flags,
                     .test = options.go_test};
}

Result<std::vector<Program>, Error> compile_go(const Sources& sources, policy::Arch arch,
                                               const BakeOptions& options, const Progress& progress)
{
    const std::string name(sandbox::arch_name(arch));
    const fs::path output = sources.built->path() / name;
    progress("compiling '" + sources.go->import_path + "' for " + platform_name(arch));
    OUTIS_TRY(build_go(*sources.go, go_options(options), {.os = "linux", .arch = name}, output));
    OUTIS_TRY(require_program(output));
    return std::vector<Program>{{.file = output, .place = "/app"}};
}

}  // namespace

Result<Sources, Error> open_sources(const BakeOptions& options)
{
    Sources sources;
    std::error_code error;
    for (const std::string& app : options.apps) {
        if (!fs::exists(app, error))
            return bad_input("there is no '" + app + "'");
        if (fs::is_directory(app, error)) {
            if (options.apps.size() > 1)
                return bad_input("'" + app +
                                 "' is a directory; name one directory with Go "
                                 "source, or programs");
            sources.built = OUTIS_TRY(TemporaryDirectory::create());
            sources.go = OUTIS_TRY(find_go_main(app, go_options(options)));
            sources.name = go_program_name(*sources.go);
            sources.platforms = {sandbox::host_arch()};
            continue;
        }
        const policy::Arch arch = OUTIS_TRY(require_program(app));
        sources.files.push_back({.file = app, .arch = arch});
        if (std::ranges::find(sources.platforms, arch) == sources.platforms.end())
            sources.platforms.push_back(arch);
    }
    if (!sources.files.empty())
        sources.name = sources.files.front().file.filename().string();
    return sources;
}

Result<std::vector<Program>, Error> programs_for(const Sources& sources, policy::Arch arch,
                                                 const BakeOptions& options,
                                                 const Progress& progress)
{
    if (sources.go)
        return compile_go(sources, arch, options, progress);
    std::vector<Program> programs;
    for (const ElfSource& source : sources.files) {
        if (source.arch == arch)
            programs.push_back(
                {.file = source.file,
                 .place = programs.empty() ? "/app" : "/bin/" + source.file.filename().string()});
    }
    if (programs.empty())
        return bad_input("'" + sources.files.front().file.string() + "' is for " +
                         platform_name(sources.files.front().arch) + ", not for " +
                         platform_name(arch) +
                         "; build it for that platform, or change "
                         "--platform");
    return programs;
}

}  // namespace outis::images
