#include "programs/closure.h"

#include <algorithm>
#include <filesystem>
#include <optional>
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

Result<Done, Error> start(Work& work, const ClosureProgram& program, const Elf& elf)
{
    if (elf.interpreter.empty())
        return Done{};
    Process process = OUTIS_TRY(start_process(work.around(), program, elf));
    OUTIS_TRY(load_needed(process, work.around(), 0));
    work.processes.push_back(std::move(process));
    return Done{};
}

// Programs first: what they load at run time is looked for as the first of them would.
Result<Done, Error> start_programs(Work& work)
{
    for (const ClosureProgram& program : work.request.programs) {
        const host::MappedFile mapped = OUTIS_TRY(host::MappedFile::open(program.file));
        const Elf elf = OUTIS_TRY(read_elf(mapped.bytes(), program.file.string()));
        OUTIS_TRY(start(work, program, elf));
    }
    const std::vector<GivenElf> given = given_elf_files(work.request);
    for (const GivenElf& file : given)
        OUTIS_TRY(start(work, file.file, file.elf));
    if (work.processes.empty())
        return Done{};
    for (const GivenElf& file : given) {
        if (file.elf.interpreter.empty() && file.elf.type == ET_DYN)
            OUTIS_TRY(load_given(work.processes.front(), work.around(), file.file, file.elf));
    }
    return Done{};
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
        if (host::base_of(path).find(".so") != std::string::npos && !work.processes.empty() &&
            found.value().kind == host::FoundKind::file) {
            const Result<host::MappedFile, Error> mapped =
                host::MappedFile::open(work.root.on_host(found.value().path));
            const Result<Elf, Error> elf =
                mapped ? read_elf(mapped.value().bytes(), path) : Result<Elf, Error>(bad_input(""));
            if (elf && elf.value().type == ET_DYN)
                OUTIS_TRY(load_by_name(work.processes.front(), work.around(), path, 0));
        }
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
    std::vector<std::string> loaders;
    for (const Process& process : work.processes) {
        const Object& program = process.objects.front();
        if ((program.evidence & kLoadsMore) != 0)
            loaders.push_back(program.name);
        if ((program.evidence & kHasLocale) != 0 && process.path->libc == Libc::glibc &&
            work.request.locale.empty())
            work.notes.push_back("'" + program.name + "' asks for a locale and gets C; for UTF-8 " +
                                 "texts give --locale C.UTF-8");
    }
    if (!loaders.empty() && work.request.libraries.empty() && work.request.opened.empty())
        work.notes.push_back(sandbox::quoted_list(loaders) +
                             " may load more at run time (dlopen); name it " +
                             "by --library or --add, or find it by --trace");
}

}  // namespace

Result<Closure, Error> find_closure(const host::Root& root, const ClosureRequest& request)
{
    const SystemFolders system = OUTIS_TRY(SystemFolders::of(root));
    Work work{.root = root, .request = request, .system = system};
    OUTIS_TRY(start_programs(work));
    OUTIS_TRY(load_asked(work));
    OUTIS_TRY(load_opened(work));
    // All that files and user name is there.

    OUTIS_TRY(load_at_run_time(work));
    OUTIS_TRY(copy_locale(work));
    write_cache(work);
    // The loaders find in the image what they find in the root.

    note_what_is_left(work);
    Closure closure{.files = std::move(work.copies.files), .notes = std::move(work.notes)};
    closure.tree = OUTIS_TRY(layers::behind_links(work.copies.tree, request.given));
    if (!closure.tree.empty())
        OUTIS_TRY(layers::add_parents(closure.tree));
    return closure;
}

}  // namespace outis::images::programs
