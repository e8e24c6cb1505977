#include "programs/program.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "host/input.h"
#include "layers/platform.h"
#include "layers/tree.h"
#include "outis/sandbox/arch.h"
#include "programs/elf.h"
#include "programs/git.h"
#include "programs/go_info.h"
#include "programs/upx.h"

namespace outis::images::programs {

namespace fs = std::filesystem;

namespace {

Result<std::vector<Program>, Error> compile_go(const Sources& sources, policy::Arch arch,
                                               const SourceOptions& options,
                                               const Progress& progress)
{
    const std::string name(sandbox::arch_name(arch));
    const fs::path output = sources.work->path() / name;
    progress("compiling '" + sources.go->import_path + "' for " + layers::platform_name(arch));
    OUTIS_TRY(build_go(*sources.go, options.go, {.os = "linux", .arch = name}, output));
    OUTIS_TRY(require_program(output));
    return std::vector<Program>{
        {.file = output, .unpacked = output, .place = "/app", .path = "/app"}};
}

Result<std::vector<Program>, Error> packed(std::vector<Program> programs, policy::Arch arch,
                                           const fs::path& folder, const Progress& progress)
{
    for (Program& program : programs) {
        progress("packing '" + program.file.string() + "' by upx");
        const fs::path copy = folder / (std::string(sandbox::arch_name(arch)) + "-" +
                                        std::to_string(&program - programs.data()) + ".packed");
        OUTIS_TRY(pack_program(program.file, copy));
        OUTIS_TRY(require_program(copy));
        program.file = copy;
    }
    return programs;
}

Result<ElfSource, Error> source_in_root(const host::Root& root, const std::string& app)
{
    const std::string key = OUTIS_TRY(layers::tree_key(app.starts_with('/') ? app : "/" + app));
    ElfSource source{.place = "/" + key};
    source.found = OUTIS_TRY(root.find(source.place));
    source.file = root.on_host(source.found.path);
    if (source.found.kind != host::FoundKind::file)
        return bad_input("'" + source.place + "' in " + root.name() +
                         " is no file; with --root name a program");
    source.arch = OUTIS_TRY(require_program(source.file));
    return source;
}

void add_source(Sources& sources, ElfSource source)
{
    if (std::ranges::find(sources.platforms, source.arch) == sources.platforms.end())
        sources.platforms.push_back(source.arch);
    sources.files.push_back(std::move(source));
}

Program program_of(const ElfSource& source, bool first)
{
    Program program{.file = source.file, .unpacked = source.file, .place = source.place};
    if (source.place.empty()) {
        program.place = first ? "/app" : "/bin/" + source.file.filename().string();
        program.path = program.place;
    } else {
        program.path = source.found.path;
        program.links = source.found.links;
    }
    return program;
}

}  // namespace

Result<policy::Arch, Error> require_program(const fs::path& file)
{
    const host::MappedFile mapped = OUTIS_TRY(host::MappedFile::open(file));
    const std::string interpreter = script_interpreter(mapped.bytes());
    if (!interpreter.empty())
        return bad_input("'" + file.string() + "' is a script for '" + interpreter +
                         "': bake the program that runs it, and give it the script: outis bake " +
                         "PROGRAM --add " + file.string() + ":/script -- /script");
    const Elf elf = OUTIS_TRY(read_elf(mapped.bytes(), file.string()));
    const std::optional<policy::Arch> arch = image_arch(elf);
    if (!arch)
        return bad_input("'" + file.string() + "' is for " + machine_name(elf) +
                         "; images are made for linux/amd64 and linux/arm64");
    OUTIS_TRY(require_elf_program(elf, file.string()));
    return *arch;
}

Result<policy::Arch, Error> require_static_file(const fs::path& file)
{
    const policy::Arch arch = OUTIS_TRY(require_program(file));
    const host::MappedFile mapped = OUTIS_TRY(host::MappedFile::open(file));
    const Elf elf = OUTIS_TRY(read_elf(mapped.bytes(), file.string()));
    OUTIS_TRY(require_static_program(elf, file.string()));
    return arch;
}

namespace {

constexpr const char* kArgumentsHint = " (arguments of the program follow '--')";

}  // namespace

Result<Sources, Error> open_sources(const SourceOptions& options, const host::Root& root,
                                    const Progress& progress)
{
    Sources sources;
    std::error_code error;
    for (const std::string& app : options.apps) {
        if (!options.root.empty()) {
            add_source(sources, OUTIS_TRY(source_in_root(root, app)));
            continue;
        }
        if (!fs::exists(app, error))
            return bad_input("there is no '" + app + "'" +
                             (&app == options.apps.data() ? "" : kArgumentsHint));
        if (fs::is_directory(app, error)) {
            if (options.apps.size() > 1)
                return bad_input("'" + app +
                                 "' is a directory; name one directory with Go source, or "
                                 "programs" +
                                 kArgumentsHint);
            sources.go = OUTIS_TRY(find_go_main(app, options.go));
            sources.name = go_program_name(*sources.go);
            sources.platforms = {sandbox::host_arch()};
            continue;
        }
        const policy::Arch arch = OUTIS_TRY(require_program(app));
        add_source(sources, {.file = app, .arch = arch});
    }
    if (!sources.files.empty())
        sources.name = fs::path(options.apps.front()).filename().string();
    if (sources.go && options.test) {
        progress("testing '" + sources.go->import_path + "'");
        OUTIS_TRY(test_go(*sources.go, options.go));
    }
    if (sources.go || options.pack)
        sources.work = OUTIS_TRY(host::TemporaryDirectory::create());
    return sources;
}

Result<std::vector<Program>, Error> programs_for(const Sources& sources, policy::Arch arch,
                                                 const SourceOptions& options,
                                                 const Progress& progress)
{
    std::vector<Program> programs;
    if (sources.go)
        programs = OUTIS_TRY(compile_go(sources, arch, options, progress));
    for (const ElfSource& source : sources.files) {
        if (source.arch == arch)
            programs.push_back(program_of(source, programs.empty()));
    }
    if (programs.empty())
        return bad_input("'" + sources.files.front().file.string() + "' is for " +
                         layers::platform_name(sources.files.front().arch) + ", not for " +
                         layers::platform_name(arch) +
                         "; build it for that platform, or change "
                         "--platform");
    if (options.pack)
        return packed(std::move(programs), arch, sources.work->path(), progress);
    return programs;
}

Origin origin_of(const Sources& sources, const std::vector<Program>& programs, bool asks_git)
{
    Origin origin;
    const Result<host::MappedFile, Error> file = host::MappedFile::open(programs.front().file);
    const Result<Elf, Error> elf =
        file ? read_elf(file.value().bytes(), "") : Result<Elf, Error>(bad_input(""));
    const std::optional<GoInfo> info =
        elf ? read_go_info(file.value().bytes(), elf.value()) : std::nullopt;
    if (info)
        origin = {.version = info->version,
                  .revision = info->revision,
                  .source = {},
                  .go_module = info->module,
                  .go_toolchain = info->toolchain};
    const std::optional<GitState> git =
        sources.go && asks_git ? git_state(sources.go->root) : std::nullopt;
    if (git) {
        origin.version = git->version;
        origin.revision = git->revision;
        origin.source = git->source;
    }
    return origin;
}

}  // namespace outis::images::programs
