#include "programs/search_path.h"

#include <algorithm>
#include <string_view>

#include <fnmatch.h>

#include "host/input.h"

namespace outis::images::programs {

namespace {

constexpr std::size_t kMaxCache = 64U << 20;
constexpr std::size_t kMaxConf = 1U << 20;
constexpr std::size_t kMaxLines = 10'000;
constexpr std::size_t kMaxFolders = 4096;
constexpr const char* kCache = "/etc/ld.so.cache";
constexpr const char* kConf = "/etc/ld.so.conf";

std::string_view without_blanks(std::string_view text)
{
    constexpr std::string_view kBlank = " \t\r\f\v";
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(kBlank) + 1 - first);
}

std::vector<std::string> lines_of(std::string_view text, std::string_view separators)
{
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        const std::string_view line = without_blanks(text.substr(0, end));
        if (!line.empty())
            lines.emplace_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

// The lines of one ld.so.conf, comments taken off.
Result<std::vector<std::string>, Error> conf_lines(const host::Root& root, const std::string& path)
{
    const Result<host::Found, Error> found = root.find(path);
    if (!found || found.value().kind != host::FoundKind::file)
        return std::vector<std::string>{};
    const std::string text = OUTIS_TRY(host::read_file(root.on_host(found.value().path), kMaxConf));
    std::vector<std::string> lines;
    for (const std::string& line : lines_of(text, "\n")) {
        const std::string_view kept =
            without_blanks(std::string_view(line).substr(0, line.find('#')));
        if (!kept.empty())
            lines.emplace_back(kept);
    }
    return lines;
}

// The files that an include line means; wildcards stand in the last name alone.
Result<std::vector<std::string>, Error> included(const host::Root& root, const std::string& pattern,
                                                 const std::string& from)
{
    const std::string whole =
        pattern.starts_with('/') ? pattern : host::joined_path(host::folder_of(from), pattern);
    const Result<host::Found, Error> folder = root.find(host::folder_of(whole));
    std::vector<std::string> files;
    if (!folder)
        return files;
    for (const std::string& name : OUTIS_TRY(root.names(folder.value().path))) {
        if (::fnmatch(host::base_of(whole).c_str(), name.c_str(), FNM_PERIOD) == 0)
            files.push_back(host::joined_path(host::folder_of(whole), name));
    }
    return files;
}

}  // namespace

Libc libc_of(const std::string& interpreter)
{
    return host::base_of(interpreter).starts_with("ld-musl-") ? Libc::musl : Libc::glibc;
}

SearchPath built_in_path(policy::Arch arch, const std::string& interpreter,
                         const std::string& loader)
{
    SearchPath path{.libc = libc_of(interpreter), .arch = arch};
    if (path.libc == Libc::musl) {
        path.built_in = {"/lib", "/usr/local/lib", "/usr/lib"};
        return path;
    }
    // A loader's own folder tells how its distribution lays out libraries: Debian's lies in
    // /lib/x86_64-linux-gnu, Fedora's in /lib64; each looks there, below /usr, then in /lib.
    std::string folder = host::folder_of(loader);
    if (folder.starts_with("/usr/"))
        folder = folder.substr(4);
    path.lib = folder.substr(1);
    path.built_in = {folder, "/usr" + folder, "/lib", "/usr/lib"};
    return path;
}

std::string musl_path_file(const std::string& interpreter)
{
    const std::string name = host::base_of(interpreter);
    return "/etc/" + name.substr(0, name.find(".so")) + ".path";
}

void take_musl_path(SearchPath& path, std::string_view text)
{
    path.folders = parse_folder_list(text);
    path.folders.resize(std::min(path.folders.size(), kMaxFolders));
    path.built_in.clear();
}

Result<SearchPath, Error> read_search_path(const host::Root& root, policy::Arch arch,
                                           const std::string& interpreter,
                                           const std::string& loader)
{
    SearchPath path = built_in_path(arch, interpreter, loader);
    const std::string file = path.libc == Libc::musl ? musl_path_file(interpreter) : kCache;
    const Result<host::Found, Error> found = root.find(file);
    const bool there = found && found.value().kind == host::FoundKind::file;
    if (path.libc == Libc::musl && there) {
        take_musl_path(path,
                       OUTIS_TRY(host::read_file(root.on_host(found.value().path), kMaxConf)));
        path.settings = file;
    } else if (there) {
        const std::string bytes =
            OUTIS_TRY(host::read_file(root.on_host(found.value().path), kMaxCache));
        path.cache = std::make_shared<const LdCache>(
            by_name(OUTIS_TRY(read_ld_cache(host::as_bytes(bytes), arch, file))));
    } else if (path.libc == Libc::glibc) {
        path.folders = OUTIS_TRY(read_ld_conf(root, kConf));
    }
    return path;
}

Result<std::vector<std::string>, Error> read_ld_conf(const host::Root& root,
                                                     const std::string& path)
{
    struct Line {
        std::string text;
        std::string file;
    };

    // The next line is at the end; what a file includes is put in the place of the line.
    std::vector<Line> pending;
    const auto put = [&](const std::string& file) -> Result<Done, Error> {
        std::vector<std::string> lines = OUTIS_TRY(conf_lines(root, file));
        for (auto line = lines.rbegin(); line != lines.rend(); ++line)
            pending.push_back({.text = *line, .file = file});
        return Done{};
    };
    OUTIS_TRY(put(path));
    std::vector<std::string> folders;
    for (std::size_t seen = 0; !pending.empty(); ++seen) {
        if (seen + pending.size() > kMaxLines)
            return bad_input("'" + path + "' in " + root.name() +
                             " includes more than 10000 lines; does a file include itself?");
        const Line line = std::move(pending.back());
        pending.pop_back();
        constexpr std::string_view kInclude = "include";
        if (line.text.starts_with("include ") || line.text.starts_with("include\t")) {
            const std::string pattern(
                without_blanks(std::string_view(line.text).substr(kInclude.size())));
            std::vector<std::string> files = OUTIS_TRY(included(root, pattern, line.file));
            for (auto file = files.rbegin(); file != files.rend(); ++file)
                OUTIS_TRY(put(*file));
        } else if (line.text.starts_with('/')) {
            // "FOLDER=TYPE" names a type of library that is the only one since libc5.
            std::string folder(without_blanks(line.text.substr(0, line.text.find('='))));
            while (folder.size() > 1 && folder.ends_with('/'))
                folder.pop_back();
            if (std::ranges::find(folders, folder) == folders.end())
                folders.push_back(std::move(folder));
        }
    }
    return folders;
}

std::vector<std::string> parse_folder_list(std::string_view text)
{
    return lines_of(text, ":\n");
}

}  // namespace outis::images::programs
