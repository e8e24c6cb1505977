#include "programs/run_time_files.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "host/input.h"
#include "outis/sandbox/suggest.h"
#include "programs/elf_symbols.h"
#include "programs/run_time.h"

namespace outis::images::programs {

namespace {

std::optional<std::size_t> who_has(const Process& process, unsigned evidence)
{
    const auto found = std::ranges::find_if(
        process.objects, [&](const Object& object) { return (object.evidence & evidence) != 0; });
    if (found == process.objects.end())
        return std::nullopt;
    return static_cast<std::size_t>(found - process.objects.begin());
}

Result<Done, Error> load_unwinder(Work& work, Process& process)
{
    constexpr const char* kUnwinder = "libgcc_s.so.1";
    const std::optional<std::size_t> asker = who_has(process, kUnwinds);
    if (!asker || process.path->libc == Libc::musl)
        return Done{};
    if (!OUTIS_TRY(load_by_name(process, work.around(), kUnwinder, *asker)))
        work.notes.push_back("'" + process.objects[*asker].name +
                             "' ends threads, for which libc " + "loads '" + kUnwinder + "', and " +
                             work.root.name() + " lacks it");
    return Done{};
}

Result<Done, Error> load_name_services(Work& work, Process& process)
{
    const std::optional<std::size_t> asker = who_has(process, kAsksNames);
    const auto libc = std::ranges::find(process.objects, "libc.so.6",
                                        [](const Object& object) { return object.elf.soname; });
    if (!asker || process.path->libc == Libc::musl || libc == process.objects.end())
        return Done{};
    const host::MappedFile mapped = OUTIS_TRY(host::MappedFile::open(libc->file));
    const ElfSymbols symbols = dynamic_symbols(mapped.bytes(), libc->elf);
    for (const std::string& service : name_services(work.request.nsswitch)) {
        const std::string module = "libnss_" + service + ".so.2";
        if (has_name_service(symbols, service))
            continue;
        if (!OUTIS_TRY(load_by_name(process, work.around(), module, *asker)))
            work.notes.push_back("nsswitch.conf names '" + service + "', and " + work.root.name() +
                                 " has no '" + module + "'");
    }
    return Done{};
}

// The names of ports and protocols, a dozen kB.
void copy_services(Work& work, const Process& process)
{
    const std::optional<std::size_t> asker = who_has(process, kAsksServices);
    if (!asker)
        return;
    for (const char* path : {"/etc/services", "/etc/protocols"}) {
        const Result<host::Found, Error> found = work.root.find(path);
        if (found && found.value().kind == host::FoundKind::file && !found.value().secret)
            copy_found(work.copies, work.root, found.value(), chain_of(process.objects, *asker));
    }
}

// A file in a folder that a library named, free of links: nothing if it leads out of the folder and
// of the system's own, is none, or may not be read by others.
std::optional<host::Found> taken_from(const Work& work, const std::string& folder,
                                      const std::string& name)
{
    Result<host::Found, Error> found = work.root.find(host::joined_path(folder, name));
    if (!found || found.value().kind != host::FoundKind::file || found.value().secret ||
        !(lies_below(found.value().path, folder) || work.system.hold(found.value().path)))
        return std::nullopt;
    return found.take();
}

bool is_module(const Work& work, const host::Found& found, const Elf& program)
{
    const Result<host::MappedFile, Error> mapped =
        host::MappedFile::open(work.root.on_host(found.path));
    const Result<Elf, Error> elf =
        mapped ? read_elf(mapped.value().bytes(), found.path) : Result<Elf, Error>(bad_input(""));
    return elf && is_library_for(elf.value(), program);
}

// The modules of a folder, with what they need.
Result<Done, Error> load_folder(Work& work, Process& process, const std::string& folder,
                                std::size_t asker)
{
    const Result<host::Found, Error> where = work.root.find(folder);
    if (!where || where.value().kind != host::FoundKind::directory)
        return Done{};
    bool any = false;
    for (const std::string& name : OUTIS_TRY(work.root.names(where.value().path))) {
        const std::optional<host::Found> found = taken_from(work, where.value().path, name);
        if (!found || !is_module(work, *found, process.objects.front().elf))
            continue;
        OUTIS_TRY(load_by_name(process, work.around(), host::joined_path(folder, name), asker));
        any = true;
    }
    const std::string note = "the modules in '" + folder + "' are in the image, for '" +
                             process.objects[asker].name + "'";
    if (any && std::ranges::find(work.notes, note) == work.notes.end())
        work.notes.push_back(note);
    return Done{};
}

// The lists by which glibc finds a converter. Source: iconv/gconv_conf.c.
Result<Done, Error> copy_converter_lists(Work& work, const std::string& folder,
                                         const std::vector<std::string>& asked_by)
{
    constexpr const char* kFurther = "gconv-modules.d";
    std::vector<std::string> names{"gconv-modules", "gconv-modules.cache"};
    const Result<host::Found, Error> further = work.root.find(host::joined_path(folder, kFurther));
    if (further) {
        for (const std::string& name : OUTIS_TRY(work.root.names(further.value().path))) {
            if (name.ends_with(".conf"))
                names.push_back(host::joined_path(kFurther, name));
        }
    }
    const Result<host::Found, Error> where = work.root.find(folder);
    for (const std::string& name : names) {
        const std::optional<host::Found> list =
            where ? taken_from(work, where.value().path, name) : std::nullopt;
        if (list)
            copy_found(work.copies, work.root, *list, asked_by);
    }
    return Done{};
}

// A library that might convert is no reason for megabytes; a program that asks for it is.
Result<Done, Error> load_converters(Work& work, Process& process)
{
    constexpr std::size_t kLoader = 1;
    const std::string folder = "/usr/" + process.path->lib + "/gconv";
    if (process.path->libc == Libc::musl || (process.objects.front().evidence & kConverts) == 0 ||
        !process.objects[kLoader].of_system)
        return Done{};
    OUTIS_TRY(copy_converter_lists(work, folder, chain_of(process.objects, 0)));
    return load_folder(work, process, folder, 0);
}

// The folders that one libcrypto names.
Result<Done, Error> load_openssl(Work& work, Process& process, std::size_t libcrypto)
{
    const host::MappedFile mapped =
        OUTIS_TRY(host::MappedFile::open(process.objects[libcrypto].file));
    const OpensslFolders folders = openssl_folders(mapped.bytes());
    if (!process.objects[libcrypto].of_system) {
        if (!folders.modules.empty() || !folders.settings.empty())
            work.notes.push_back("'" + process.objects[libcrypto].place +
                                 "' lies outside of the system's library folders, so what it " +
                                 "names (OPENSSLDIR, MODULESDIR) was left out; --add gives it");
        return Done{};
    }
    const Result<host::Found, Error> settings =
        work.root.find(host::joined_path(folders.settings, "openssl.cnf"));
    if (!folders.settings.empty() && settings && settings.value().kind == host::FoundKind::file &&
        !settings.value().secret)
        copy_found(work.copies, work.root, settings.value(), chain_of(process.objects, libcrypto));
    if (folders.modules.empty())
        return Done{};
    return load_folder(work, process, folders.modules, libcrypto);
}

Result<Done, Error> load_openssl(Work& work, Process& process)
{
    for (std::size_t i = 0; i < process.objects.size(); ++i) {
        if (process.objects[i].elf.soname.starts_with("libcrypto.so."))
            OUTIS_TRY(load_openssl(work, process, i));
    }
    return Done{};
}

// What a program on this machine takes from where neither the system nor the program has its own.
void note_strange_folders(Work& work, const Process& process)
{
    if (!work.root.is_host() || process.named.empty())
        return;
    std::vector<std::string> strange;
    for (const Object& object : process.objects) {
        const Result<host::Found, Error> found = work.root.find(object.look);
        const std::string path = found ? found.value().path : "";
        const bool beside = std::ranges::any_of(process.named, [&](const std::string& file) {
            return file == path || lies_below(path, host::folder_of(file));
        });
        if (!path.empty() && !beside && !object.of_system && object.file == path)
            strange.push_back(path);
    }
    if (!strange.empty())
        work.notes.push_back(sandbox::quoted_list(strange) + " of this machine, outside of the " +
                             "system's library folders, went into the image for '" +
                             process.objects.front().name + "'");
}

}  // namespace

// What is loaded may ask for more: a provider that cancels threads, a module with a locale.
Result<Done, Error> load_at_run_time(Work& work)
{
    for (Process& process : work.processes) {
        OUTIS_TRY(load_openssl(work, process));
        OUTIS_TRY(load_name_services(work, process));
        OUTIS_TRY(load_converters(work, process));
        OUTIS_TRY(load_unwinder(work, process));
        copy_services(work, process);
        note_strange_folders(work, process);
    }
    return Done{};
}

}  // namespace outis::images::programs
