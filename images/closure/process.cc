#include "closure/process.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "closure/run_time.h"
#include "files/input.h"
#include "files/suggest.h"

namespace outis::images {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxObjects = 4096;  // of one process

// A file that may serve, opened.
struct Opened {
    fs::path file = {};
    std::optional<Found> found = {};  // in the root; nothing for a file that the user gave
    Elf elf = {};
    unsigned evidence = 0;
};

// The file that the user put at this place of the image, if it is one of this machine.
std::optional<fs::path> given_file(const Surroundings& around, const std::string& place)
{
    if (around.given.empty())
        return std::nullopt;
    std::vector<std::string> names{fs::path(place).lexically_normal().string()};
    const Result<Found, Error> folder = around.root.find(folder_of(names[0]));
    if (folder)
        names.push_back(joined_path(folder.value().path, base_of(place)));
    for (std::string& name : names) {
        constexpr int kMaxLinks = 40;
        for (int i = 0; i < kMaxLinks; ++i) {
            const auto entry = around.given.find(name.substr(1));
            if (entry == around.given.end())
                break;
            if (entry->second.kind == EntryKind::hardlink)
                name = "/" + entry->second.target;
            else if (entry->second.kind == EntryKind::symlink)
                name = (fs::path(folder_of(name)) / entry->second.target).lexically_normal();
            else if (const auto* file = std::get_if<fs::path>(&entry->second.content);
                     entry->second.kind == EntryKind::file && file != nullptr)
                return *file;
            else
                break;
        }
    }
    return std::nullopt;
}

Result<Opened, Error> open_elf(const fs::path& file, const std::string& name)
{
    const MappedFile mapped = OUTIS_TRY(MappedFile::open(file));
    Elf elf = OUTIS_TRY(read_elf(mapped.bytes(), name));
    Opened opened{.file = file, .elf = std::move(elf)};
    // libc does for others what it is asked for; that it calls itself says nothing.
    if (opened.elf.soname != "libc.so.6")
        opened.evidence = evidence_in(dynamic_symbols(mapped.bytes(), opened.elf));
    return opened;
}

bool same_machine(const Elf& left, const Elf& right)
{
    return left.machine == right.machine && left.bits == right.bits;
}

// What lies at a candidate's place, if it can serve; else why not, empty if nothing is there.
struct Tried {
    std::optional<Opened> opened = {};
    std::string why = {};
};

Tried try_place(const Surroundings& around, const Candidate& candidate, const Elf& program)
{
    std::optional<fs::path> file = given_file(around, candidate.place);
    std::optional<Found> found;
    if (!file) {
        Result<Found, Error> there = around.root.find(candidate.look);
        if (!there) {
            const std::string& text = there.error().text;
            return {.why = text.starts_with("there is no ") ? "" : text};
        }
        if (there.value().kind != FoundKind::file)
            return {};
        found = there.take();
        file = around.root.on_host(found->path);
    }
    Result<Opened, Error> opened = open_elf(*file, candidate.look);
    if (!opened)
        return {.why = opened.error().text};
    if (!same_machine(opened.value().elf, program))
        return {.why = "'" + candidate.look + "' is for " + machine_name(opened.value().elf)};
    Tried tried{.opened = opened.take()};
    tried.opened->found = std::move(found);
    return tried;
}

bool goes_by(const Object& object, const std::string& name)
{
    return object.name == name || object.elf.soname == name;
}

// What has been loaded under this name already.
std::optional<std::size_t> loaded(const Process& process, const std::string& name)
{
    constexpr std::size_t kLoader = 1;
    if (process.path.libc == Libc::musl && is_musl_itself(name))
        return kLoader;
    for (std::size_t i = 1; i < process.objects.size(); ++i) {
        const Object& object = process.objects[i];
        if (goes_by(object, name) || (i == kLoader && base_of(object.name) == name))
            return i;
    }
    return std::nullopt;
}

Result<Done, Error> take(Process& process, const Surroundings& around, const Candidate& candidate,
                         Opened opened, std::size_t asker, const std::string& name)
{
    if (process.objects.size() >= kMaxObjects)
        return bad_input("'" + process.objects.front().place + "' needs more than 4096 libraries");
    std::vector<std::string> chain = chain_of(process.objects, asker);
    if (opened.found && candidate.look == candidate.place)
        copy_found(around.copies, around.root, *opened.found, chain);
    else if (opened.found)
        OUTIS_TRY(copy_to(around.copies, around.root, *opened.found, candidate.place, chain));
    // By another path it may be a file that is loaded already.
    for (const Object& object : process.objects) {
        if (object.file == opened.file) {
            process.aliases.push_back({.name = name, .path = candidate.place});
            return Done{};
        }
    }
    process.objects.push_back({.look = candidate.look,
                               .place = candidate.place,
                               .file = std::move(opened.file),
                               .elf = std::move(opened.elf),
                               .asker = asker,
                               .name = name,
                               .evidence = opened.evidence});
    return Done{};
}

// Tries every place; answers false and what was met instead if none serves.
struct Attempt {
    bool loaded = false;
    std::vector<std::string> met = {};
};

Result<Attempt, Error> attempt(Process& process, const Surroundings& around,
                               const std::string& name, std::size_t asker)
{
    Attempt result;
    for (const Candidate& candidate : candidates(process.path, process.objects, asker, name)) {
        Tried tried = try_place(around, candidate, process.objects.front().elf);
        if (tried.opened) {
            OUTIS_TRY(take(process, around, candidate, std::move(*tried.opened), asker, name));
            result.loaded = true;
            return result;
        }
        if (!tried.why.empty() && std::ranges::find(result.met, tried.why) == result.met.end())
            result.met.push_back(tried.why);
    }
    return result;
}

// "'/app' needs 'liba.so.1', which needs 'libb.so'"
std::string chain_text(const std::vector<std::string>& chain, const std::string& last)
{
    std::string text = "'" + chain.front() + "' needs ";
    for (std::size_t i = 1; i < chain.size(); ++i)
        text += "'" + chain[i] + "', which needs ";
    return text + "'" + last + "'";
}

std::string joined_reasons(const std::vector<std::string>& met)
{
    std::string text;
    for (const std::string& why : met)
        text += (text.empty() ? " (" : "; ") + why;
    return text.empty() ? "" : text + ")";
}

}  // namespace

std::vector<std::string> chain_of(const std::vector<Object>& objects, std::size_t index)
{
    std::vector<std::string> chain;
    for (std::size_t i = index;; i = objects[i].asker) {
        chain.push_back(objects[i].name);
        if (objects[i].asker == i)
            break;
    }
    std::ranges::reverse(chain);
    return chain;
}

Result<Process, Error> start_process(const Surroundings& around, const ClosureProgram& program,
                                     const Elf& elf)
{
    Process process;
    const MappedFile mapped = OUTIS_TRY(MappedFile::open(program.file));
    std::string look = around.root.from_host(program.file);
    if (look.empty())
        look = program.place;
    process.objects.push_back({.look = look,
                               .place = program.place,
                               .file = program.file,
                               .elf = elf,
                               .asker = 0,
                               .name = program.place,
                               .evidence = evidence_in(dynamic_symbols(mapped.bytes(), elf))});
    const std::string quoted = "'" + program.place + "' needs the loader '" + elf.interpreter + "'";
    if (!elf.interpreter.starts_with('/'))
        return bad_input(quoted + ", which is no absolute path; link it again");
    Tried tried = try_place(around, {.look = elf.interpreter, .place = elf.interpreter}, elf);
    if (!tried.opened) {
        const std::string why = tried.why.empty() ? "" : " (" + tried.why + ")";
        return bad_input(quoted + ", which " + around.root.name() + " lacks" + why +
                         "; install its C library there, or link it statically");
    }
    const std::string loader = tried.opened->found ? tried.opened->found->path : elf.interpreter;
    OUTIS_TRY(take(process, around, {.look = elf.interpreter, .place = elf.interpreter},
                   std::move(*tried.opened), 0, elf.interpreter));
    const std::optional<policy::Arch> arch = image_arch(elf);
    process.path = OUTIS_TRY(read_search_path(around.root, *arch, elf.interpreter, loader));
    return process;
}

Result<Done, Error> load_needed(Process& process, const Surroundings& around, std::size_t first)
{
    for (std::size_t i = first; i < process.objects.size(); ++i) {
        // By value: loading moves the objects.
        const std::vector<std::string> needed = process.objects[i].elf.needed;
        for (const std::string& name : needed) {
            if (loaded(process, name))
                continue;
            const Attempt result = OUTIS_TRY(attempt(process, around, name, i));
            if (!result.loaded)
                return bad_input(chain_text(chain_of(process.objects, i), name) + ", which " +
                                 around.root.name() + " lacks" + joined_reasons(result.met) +
                                 "; install it there, or give it by --add");
        }
    }
    return Done{};
}

Result<bool, Error> load_by_name(Process& process, const Surroundings& around,
                                 const std::string& name, std::size_t asker)
{
    if (loaded(process, name))
        return true;
    const std::size_t first = process.objects.size();
    const Attempt result = OUTIS_TRY(attempt(process, around, name, asker));
    if (!result.loaded && !result.met.empty())
        return bad_input("'" + name + "' cannot be taken" + joined_reasons(result.met));
    OUTIS_TRY(load_needed(process, around, first));
    return result.loaded;
}

Result<Done, Error> load_given(Process& process, const Surroundings& around,
                               const ClosureProgram& library, const Elf& elf)
{
    const std::size_t first = process.objects.size();
    for (const Object& object : process.objects) {
        if (object.place == library.place || object.file == library.file)
            return Done{};
    }
    const std::string look = around.root.from_host(library.file);
    Opened opened = OUTIS_TRY(open_elf(library.file, library.file.string()));
    opened.elf = elf;
    OUTIS_TRY(take(process, around,
                   {.look = look.empty() ? library.place : look, .place = library.place},
                   std::move(opened), 0, library.place));
    return load_needed(process, around, first);
}

std::vector<CacheEntry> cache_entries(const Process& process)
{
    std::vector<std::string> folders = process.path.folders;
    const auto add = [&](const std::string& folder) {
        if (std::ranges::find(folders, folder) == folders.end())
            folders.push_back(folder);
    };
    for (const CacheEntry& entry : process.path.cache)
        add(folder_of(entry.path));
    for (const std::string& folder : process.path.built_in)
        add(folder);
    for (const std::string& folder : process.asked_folders)
        add(folder);
    std::vector<CacheEntry> entries;
    const auto list = [&](const std::string& name, const std::string& path) {
        const CacheEntry entry{.name = name, .path = path};
        if (!name.empty() && std::ranges::find(folders, folder_of(path)) != folders.end() &&
            std::ranges::find(entries, entry) == entries.end())
            entries.push_back(entry);
    };
    for (std::size_t i = 1; i < process.objects.size(); ++i) {
        const Object& object = process.objects[i];
        list(object.elf.soname, object.place);
        list(base_of(object.place), object.place);
    }
    for (const CacheEntry& alias : process.aliases)
        list(base_of(alias.path), alias.path);
    return entries;
}

}  // namespace outis::images
