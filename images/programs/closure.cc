#include "programs/closure.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <elf.h>

#include "host/input.h"
#include "outis/sandbox/suggest.h"
#include "programs/closure_work.h"
#include "programs/ld_cache.h"
#include "programs/run_time.h"
#include "programs/run_time_files.h"

namespace outis::images::programs {

namespace fs = std::filesystem;

namespace {

constexpr const char* kCacheKey = "etc/ld.so.cache";
constexpr const char* kLocales = "/usr/lib/locale";

struct GivenElf {
    ClosureProgram file = {};
    Elf elf = {};
};

// ELF files for this machine among what the user gives; anything else is data.
std::vector<GivenElf> given_elf_files(const ClosureRequest& request)
{
    std::vector<GivenElf> files;
    for (const auto& [key, entry] : request.given) {
        const auto* file = std::get_if<fs::path>(&entry.content);
        if (entry.kind != layers::EntryKind::file || file == nullptr)
            continue;
        const Result<host::MappedFile, Error> mapped = host::MappedFile::open(*file);
        if (!mapped || !host::as_text(mapped.value().bytes()).starts_with(ELFMAG))
            continue;
        Result<Elf, Error> elf = read_elf(mapped.value().bytes(), file->string());
        if (elf && image_arch(elf.value()) == request.arch &&
            (elf.value().type == ET_EXEC || elf.value().type == ET_DYN))
            files.push_back({.file = {.place = "/" + key, .file = *file}, .elf = elf.take()});
    }
    return files;
}

// What a path of the root is, if it is called as libraries are.
std::optional<Elf> library_at(const host::Root& root, const std::string& path)
{
    if (host::base_of(path).find(".so") == std::string::npos)
        return std::nullopt;
    const Result<host::Found, Error> found = root.find(path);
    if (!found || found.value().kind != host::FoundKind::file)
        return std::nullopt;
    const Result<host::MappedFile, Error> mapped =
        host::MappedFile::open(root.on_host(found.value().path));
    Result<Elf, Error> elf =
        mapped ? read_elf(mapped.value().bytes(), path) : Result<Elf, Error>(bad_input(""));
    if (!elf || elf.value().type != ET_DYN)
        return std::nullopt;
    return elf.take();
}

Result<Done, Error> start(Work& work, const ClosureProgram& program, const Elf& elf)
{
    if (elf.interpreter.empty())
        return Done{};
    Process process = OUTIS_TRY(start_process(work.around(), program, elf, work.request.provided));
    OUTIS_TRY(load_needed(process, work.around(), 0));
    work.processes.push_back(std::move(process));
    return Done{};
}

// Programs first: what they load at run time is looked for as the first of them would.
Result<Done, Error> start_programs(Work& work, const std::vector<GivenElf>& given)
{
    for (const ClosureProgram& program : work.request.programs) {
        const host::MappedFile mapped = OUTIS_TRY(host::MappedFile::open(program.file));
        const Elf elf = OUTIS_TRY(read_elf(mapped.bytes(), program.file.string()));
        OUTIS_TRY(start(work, program, elf));
    }
    for (const GivenElf& file : given)
        OUTIS_TRY(start(work, file.file, file.elf));
    return Done{};
}

Result<Done, Error> load_added(Work& work, const std::vector<GivenElf>& given)
{
    if (work.processes.empty())
        return Done{};
    for (const GivenElf& file : given) {
        if (file.elf.interpreter.empty() && file.elf.type == ET_DYN)
            OUTIS_TRY(load_given(work.processes.front(), work.around(), file.file, file.elf));
    }
    return Done{};
}

// The names by which modules may mean what lies in the image.
std::set<std::string> packed_names(const Work& work, const std::vector<GivenElf>& given)
{
    std::set<std::string> names;
    const auto add = [&](const std::string& path, const Elf& elf) {
        names.insert(host::base_of(path));
        if (!elf.soname.empty())
            names.insert(elf.soname);
    };
    for (const GivenElf& file : given)
        add(file.file.place, file.elf);
    for (const auto* paths : {&work.request.opened, &work.request.packaged}) {
        for (const std::string& path : *paths) {
            const std::optional<Elf> elf = library_at(work.root, path);
            if (elf)
                add(path, *elf);
        }
    }
    return names;
}

Result<Done, Error> check_modules(const Work& work)
{
    if (work.modules.missing.empty())
        return Done{};
    std::string text;
    for (const std::string& missing : work.modules.missing)
        text += (text.empty() ? "" : "; ") + missing;
    std::string options;
    for (const std::string& name : work.modules.missing_names)
        options += " --provided " + name;
    return bad_input(text + "; give it by --library or --add, or if the host brings it or nobody " +
                     "loads it:" + options);
}

// A path that the user named: it is listed, and nobody asks whether others may read it.
void name_library(Work& work, Process& process, const std::string& path)
{
    process.asked_folders.push_back(host::folder_of(path));
    const Result<host::Found, Error> found = work.root.find(path);
    if (found)
        process.named.push_back(found.value().path);
}

Result<Done, Error> load_asked(Work& work)
{
    if (work.request.libraries.empty())
        return Done{};
    if (work.processes.empty())
        return bad_input("--library is for dynamic programs, and there is none");
    Process& process = work.processes.front();
    for (const std::string& name : work.request.libraries) {
        if (name.find('/') != std::string::npos)
            name_library(work, process, name);
        const bool found = OUTIS_TRY(load_by_name(process, work.around(), name, 0));
        if (!found)
            return bad_input("there is no library '" + name + "' in " + work.root.name());
    }
    return Done{};
}

// An ELF file of a package brings what it needs, or lacks it as it does in the root.
Result<Done, Error> load_packaged_file(Work& work, const host::Found& found)
{
    const fs::path file = work.root.on_host(found.path);
    const Result<host::MappedFile, Error> mapped = host::MappedFile::open(file);
    if (!mapped || !host::as_text(mapped.value().bytes()).starts_with(ELFMAG))
        return Done{};
    const Result<Elf, Error> elf = read_elf(mapped.value().bytes(), found.path);
    if (!elf || image_arch(elf.value()) != work.request.arch)
        return Done{};
    if (elf.value().interpreter.empty() || elf.value().soname.starts_with("lib")) {
        if (is_library_for(elf.value(), work.processes.front().objects.front().elf))
            OUTIS_TRY(
                load_by_name(work.processes.front(), work.around(work.packaged), found.path, 0));
        return Done{};
    }
    const ClosureProgram program{.place = found.path, .file = file};
    std::error_code ignored;
    const bool known = std::ranges::any_of(work.request.programs, [&](const ClosureProgram& named) {
        return fs::equivalent(named.file, file, ignored);
    });
    if (known)
        return Done{};
    const auto load = [&]() -> Result<Done, Error> {
        Process process = OUTIS_TRY(
            start_process(work.around(work.packaged), program, elf.value(), work.request.provided));
        OUTIS_TRY(load_needed(process, work.around(work.packaged), 0));
        work.processes.push_back(std::move(process));
        return Done{};
    };
    if (const Result<Done, Error> loaded = load(); !loaded)
        work.notes.push_back(loaded.error().text);
    return Done{};
}

Result<Done, Error> load_packaged(Work& work)
{
    std::vector<std::string> secrets;
    for (const std::string& path : work.request.packaged) {
        const Result<host::Found, Error> found = work.root.find(path);
        if (!found)
            continue;
        if (found.value().kind == host::FoundKind::file && found.value().secret) {
            secrets.push_back(path);
            continue;
        }
        if (found.value().kind == host::FoundKind::file && !work.processes.empty())
            OUTIS_TRY(load_packaged_file(work, found.value()));
        copy_found(work.copies, work.root, found.value(), {"--package"});
    }
    if (!secrets.empty())
        work.notes.push_back("of the packages what others may not read was left out: " +
                             sandbox::quoted_list(secrets));
    return Done{};
}

// What a trace saw: libraries are loaded, so that what they need comes too.
Result<Done, Error> load_opened(Work& work)
{
    std::vector<std::string> secrets;
    for (const std::string& path : work.request.opened) {
        const Result<host::Found, Error> found = work.root.find(path);
        if (!found)
            continue;  // it was opened, and removed since
        if (found.value().kind == host::FoundKind::file && found.value().secret) {
            secrets.push_back(path);
            continue;
        }
        if (!work.processes.empty() && library_at(work.root, path))
            OUTIS_TRY(load_by_name(work.processes.front(), work.around(), path, 0));
        copy_found(work.copies, work.root, found.value(), {"--trace"});
    }
    if (!secrets.empty())
        work.notes.push_back("the trace opened what others may not read, which was left out: " +
                             sandbox::quoted_list(secrets));
    return Done{};
}

Result<Done, Error> copy_locale(Work& work)
{
    const std::string& locale = work.request.locale;
    if (locale.empty())
        return Done{};
    for (const std::string& name : locale_folders(locale)) {
        const std::string folder = host::joined_path(kLocales, name);
        const Result<host::Found, Error> found = work.root.find(folder);
        if (found && found.value().kind == host::FoundKind::directory)
            return copy_folder(work.copies, work.root, folder, {"--locale"});
    }
    const bool glibc = std::ranges::any_of(
        work.processes, [](const Process& process) { return process.path->libc == Libc::glibc; });
    if (!glibc)
        return Done{};  // musl has every locale's encoding in itself
    return bad_input("there is no locale '" + locale + "' in '" + kLocales + "' of " +
                     work.root.name() + "; make it there: localedef --no-archive");
}

void write_cache(Work& work)
{
    std::vector<CacheEntry> entries;
    bool wanted = false;
    for (const Process& process : work.processes) {
        if (process.path->libc == Libc::musl) {
            const Result<host::Found, Error> settings = work.root.find(process.path->settings);
            if (!process.path->settings.empty() && settings)
                copy_found(work.copies, work.root, settings.value(),
                           {process.objects.front().name});
            continue;
        }
        wanted = true;
        for (const CacheEntry& entry : cache_entries(process)) {
            if (std::ranges::find(entries, entry) == entries.end())
                entries.push_back(entry);
        }
    }
    if (wanted)
        work.copies.tree.insert_or_assign(
            kCacheKey, layers::file_entry(ld_cache_bytes(std::move(entries), work.request.arch)));
}

void note_what_is_left(Work& work)
{
    const auto is_named = [&](const Object& object) {
        return std::ranges::find(work.request.packaged, object.place) ==
               work.request.packaged.end();
    };
    for (const Process& process : work.processes) {
        const Object& program = process.objects.front();
        if ((program.evidence & kHasLocale) != 0 && process.path->libc == Libc::glibc &&
            work.request.locale.empty() && is_named(program))
            work.notes.push_back("'" + program.name + "' asks for a locale and gets C; for UTF-8 " +
                                 "texts give --locale C.UTF-8");
    }
    if (!work.packaged.missing.empty())
        work.notes.push_back("some modules of the packages lack libraries, which may not matter: " +
                             sandbox::quoted_list(work.packaged.missing_names));
}

// What loads more at run time; that of libcrypto and name services is known.
std::vector<Opener> openers_of(const Work& work)
{
    std::vector<Opener> openers;
    std::set<std::string> seen;
    for (const Process& process : work.processes) {
        for (const Object& object : process.objects) {
            if ((object.evidence & kLoadsMore) == 0 ||
                object.elf.soname.starts_with("libcrypto.so.") || !seen.insert(object.place).second)
                continue;
            const Result<host::Found, Error> found = work.root.find(object.look);
            const bool in_root = found && work.root.on_host(found.value().path) == object.file;
            openers.push_back(
                {.place = std::filesystem::path(object.place).lexically_normal().string(),
                 .in_root = in_root ? found.value().path : "",
                 .is_program = &object == &process.objects.front()});
        }
    }
    return openers;
}

}  // namespace

Result<Closure, Error> find_closure(const host::Root& root, const ClosureRequest& request)
{
    const SystemFolders system = OUTIS_TRY(SystemFolders::of(root));
    Work work{.root = root, .request = request, .system = system};
    const std::vector<GivenElf> given = given_elf_files(request);
    work.modules.packed = packed_names(work, given);
    work.packaged.packed = work.modules.packed;
    OUTIS_TRY(start_programs(work, given));
    OUTIS_TRY(load_asked(work));
    OUTIS_TRY(load_added(work, given));
    OUTIS_TRY(load_opened(work));
    OUTIS_TRY(load_packaged(work));
    // All that files and user name is there.

    OUTIS_TRY(load_at_run_time(work));
    OUTIS_TRY(check_modules(work));
    OUTIS_TRY(copy_locale(work));
    write_cache(work);
    // The loaders find in the image what they find in the root.

    note_what_is_left(work);
    Closure closure{.files = std::move(work.copies.files),
                    .openers = openers_of(work),
                    .notes = std::move(work.notes)};
    closure.tree = OUTIS_TRY(layers::behind_links(work.copies.tree, request.given));
    if (!closure.tree.empty())
        OUTIS_TRY(layers::add_parents(closure.tree));
    return closure;
}

}  // namespace outis::images::programs
