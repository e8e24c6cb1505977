#include "programs/process.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "host/input.h"
#include "programs/run_time.h"

namespace outis::images::programs {

namespace fs = std::filesystem;

namespace {

// The file that the user put at this place of the image, if it is one of this machine.
std::optional<fs::path> given_file(const Surroundings& around, const std::string& place)
{
    if (around.given.empty())
        return std::nullopt;
    std::vector<std::string> names{fs::path(place).lexically_normal().string()};
    const Result<host::Found, Error> folder = around.root.find(host::folder_of(names[0]));
    if (folder)
        names.push_back(host::joined_path(folder.value().path, host::base_of(place)));
    for (std::string& name : names) {
        constexpr int kMaxLinks = 40;
        for (int i = 0; i < kMaxLinks; ++i) {
            const auto entry = around.given.find(name.substr(1));
            if (entry == around.given.end())
                break;
            if (entry->second.kind == layers::EntryKind::hardlink)
                name = "/" + entry->second.target;
            else if (entry->second.kind == layers::EntryKind::symlink)
                name = (fs::path(host::folder_of(name)) / entry->second.target).lexically_normal();
            else if (const auto* file = std::get_if<fs::path>(&entry->second.content);
                     entry->second.kind == layers::EntryKind::file && file != nullptr)
                return *file;
            else
                break;
        }
    }
    return std::nullopt;
}

Result<Object, Error> open_object(const fs::path& file, const Candidate& candidate,
                                  const std::string& name)
{
    const host::MappedFile mapped = OUTIS_TRY(host::MappedFile::open(file));
    Elf elf = OUTIS_TRY(read_elf(mapped.bytes(), name));
    // libc does for others what it is asked for; that it calls itself says nothing.
    const unsigned evidence =
        elf.soname == "libc.so.6" ? 0 : evidence_in(dynamic_symbols(mapped.bytes(), elf));
    return Object{.look = candidate.look,
                  .place = candidate.place,
                  .file = file,
                  .elf = std::move(elf),
                  .evidence = evidence};
}

bool same_machine(const Elf& left, const Elf& right)
{
    return left.machine == right.machine && left.bits == right.bits;
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

// The module by which objects[index] came.
std::optional<std::size_t> module_of(const Process& process, std::size_t index)
{
    for (std::size_t i = index;; i = process.objects[i].asker) {
        if (process.objects[i].is_module)
            return i;
        if (process.objects[i].asker == i)
            return std::nullopt;
    }
}

// Looks into the root, after what the user gives, and copies what is loaded.
class RootHolder : public Holder {
public:
    RootHolder(const Surroundings& around, const Process& process)
        : around_(around), named_(process.named)
    {
    }

    Tried look(const Candidate& candidate, const Elf& program) override
    {
        Tried tried;
        std::optional<fs::path> file = given_file(around_, candidate.place);
        if (!file) {
            Result<std::optional<host::Found>, Error> there = around_.root.look(candidate.look);
            if (!there)
                return {.why = there.error().text};
            if (!there.value() || there.value()->kind != host::FoundKind::file)
                return {};
            tried.found = there.take();
            file = around_.root.on_host(tried.found->path);
        }
        Result<Object, Error> object = open_object(*file, candidate, candidate.look);
        if (!object)
            return {.why = object.error().text};
        if (!same_machine(object.value().elf, program))
            return {.why = "'" + candidate.look + "' is for " + machine_name(object.value().elf)};
        if (!is_library_for(object.value().elf, program))
            return {.why = "'" + candidate.look + "' is a program and no library"};
        if (tried.found && tried.found->secret &&
            !others_may_read(around_.root, tried.found->path, named_))
            return {.why = "'" + candidate.look +
                           "' may not be read by others; chmod o+r, or name " + "it by --library"};
        tried.object = object.take();
        tried.object->of_system = tried.found && around_.system.hold(tried.found->path);
        return tried;
    }

    Result<Done, Error> take(const Process& process, const Tried& tried, std::size_t asker) override
    {
        if (!tried.found)
            return Done{};
        const std::vector<std::string> chain = chain_of(process.objects, asker);
        if (tried.object->look != tried.object->place)
            return copy_to(around_.copies, around_.root, *tried.found, tried.object->place, chain);
        copy_found(around_.copies, around_.root, *tried.found, chain);
        return Done{};
    }

    Result<Done, Error> miss(const Process& process, std::size_t asker, const std::string& name,
                             const std::vector<std::string>& met) override
    {
        const std::vector<std::string> chain = chain_of(process.objects, asker);
        const std::optional<std::size_t> module = module_of(process, asker);
        if (module && around_.modules.packed.contains(name))
            return Done{};
        // A chain that begins with the module: the program has never asked for it.
        const std::vector<std::string> askers(chain.begin() + (module ? 1 : 0), chain.end());
        const std::string text = chain_text(askers, name) + ", which " + around_.root.name() +
                                 " lacks" + joined_reasons(met);
        if (!module)
            return bad_input(text + "; install it there, give it by --add to a folder that the " +
                             "loader looks into, or say --provided " + name +
                             " if the host brings it");
        Modules& modules = around_.modules;
        if (std::ranges::find(modules.missing_names, name) == modules.missing_names.end()) {
            modules.missing.push_back(text);
            modules.missing_names.push_back(name);
        }
        return Done{};
    }

private:
    const Surroundings& around_;
    const std::vector<std::string>& named_;
};

}  // namespace

Result<Process, Error> start_process(const Surroundings& around, const ClosureProgram& program,
                                     const Elf& elf, const std::vector<std::string>& provided)
{
    Process process;
    process.names.insert(provided.begin(), provided.end());
    const host::MappedFile mapped = OUTIS_TRY(host::MappedFile::open(program.file));
    std::string look = around.root.from_host(program.file);
    if (look.empty())
        look = program.place;
    add_object(process, {.look = look,
                         .place = program.place,
                         .file = program.file,
                         .elf = elf,
                         .asker = 0,
                         .name = program.place,
                         .evidence = evidence_in(dynamic_symbols(mapped.bytes(), elf))});
    process.named.push_back(look);
    const std::string quoted = "'" + program.place + "' needs the loader '" + elf.interpreter + "'";
    if (!elf.interpreter.starts_with('/'))
        return bad_input(quoted + ", which is no absolute path; link it again");
    RootHolder holder(around, process);
    Tried tried = holder.look({.look = elf.interpreter, .place = elf.interpreter}, elf);
    if (!tried.object) {
        const std::string why = tried.why.empty() ? "" : " (" + tried.why + ")";
        return bad_input(quoted + ", which " + around.root.name() + " lacks" + why +
                         "; install its C library there, or link it statically");
    }
    const std::string loader = tried.found ? tried.found->path : elf.interpreter;
    const std::optional<policy::Arch> arch = image_arch(elf);
    process.path = std::make_shared<const SearchPath>(
        OUTIS_TRY(read_search_path(around.root, *arch, elf.interpreter, loader)));
    OUTIS_TRY(load(process, holder, std::move(tried), 0, elf.interpreter));
    return process;
}

Result<Done, Error> load_needed(Process& process, const Surroundings& around, std::size_t first)
{
    RootHolder holder(around, process);
    return load_all(process, holder, first);
}

Result<bool, Error> load_by_name(Process& process, const Surroundings& around,
                                 const std::string& name, std::size_t asker)
{
    if (is_loaded(process, name))
        return true;
    RootHolder holder(around, process);
    const std::size_t first = process.objects.size();
    const Attempt result = OUTIS_TRY(attempt(process, holder, name, asker));
    if (!result.loaded && !result.met.empty())
        return bad_input("'" + name + "' cannot be taken" + joined_reasons(result.met));
    for (std::size_t i = first; i < process.objects.size(); ++i)
        process.objects[i].is_module = true;
    OUTIS_TRY(load_all(process, holder, first));
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
    if (!look.empty())
        process.named.push_back(look);
    const Candidate where{.look = look.empty() ? library.place : look, .place = library.place};
    Tried tried;
    tried.object = OUTIS_TRY(open_object(library.file, where, library.file.string()));
    tried.object->elf = elf;
    tried.object->is_module = true;
    RootHolder holder(around, process);
    OUTIS_TRY(load(process, holder, std::move(tried), 0, library.place));
    return load_all(process, holder, first);
}

std::vector<CacheEntry> cache_entries(const Process& process)
{
    std::vector<std::string> folders = process.path->folders;
    const auto add = [&](const std::string& folder) {
        if (std::ranges::find(folders, folder) == folders.end())
            folders.push_back(folder);
    };
    if (process.path->cache) {
        for (const auto& row : *process.path->cache)
            add(host::folder_of(row.second));
    }
    for (const std::string& folder : process.path->built_in)
        add(folder);
    for (const std::string& folder : process.asked_folders)
        add(folder);
    std::vector<CacheEntry> entries;
    const auto list = [&](const std::string& name, const std::string& path) {
        const CacheEntry entry{.name = name, .path = path};
        if (!name.empty() && std::ranges::find(folders, host::folder_of(path)) != folders.end() &&
            std::ranges::find(entries, entry) == entries.end())
            entries.push_back(entry);
    };
    for (std::size_t i = 1; i < process.objects.size(); ++i) {
        const Object& object = process.objects[i];
        list(object.elf.soname, object.place);
        list(host::base_of(object.place), object.place);
    }
    for (const CacheEntry& alias : process.aliases)
        list(host::base_of(alias.path), alias.path);
    return entries;
}

}  // namespace outis::images::programs
