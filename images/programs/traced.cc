#include "programs/traced.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

#include "host/trace.h"
#include "outis/sandbox/suggest.h"

namespace outis::images::programs {

namespace fs = std::filesystem;

namespace {

// What a container has of its own, or an engine mounts.
constexpr std::array<std::string_view, 8> kNotOfTheRoot{
    "/dev", "/proc", "/run", "/sys", "/tmp", "/var/cache", "/var/run", "/var/tmp",
};
// Engines write these, and the loader's list is made anew.
constexpr std::array<std::string_view, 5> kWrittenByOthers{
    "/etc/hostname", "/etc/hosts", "/etc/ld.so.cache", "/etc/mtab", "/etc/resolv.conf",
};
// Of this machine: the rest is somebody's own.
constexpr std::array<std::string_view, 9> kSystemFolders{
    "/bin", "/etc", "/lib", "/lib32", "/lib64", "/opt", "/sbin", "/usr", "/srv",
};

bool below_any(const std::string& path, std::span<const std::string_view> folders)
{
    return std::ranges::any_of(folders, [&](std::string_view folder) {
        return path.starts_with(folder) &&
               (path.size() == folder.size() || path[folder.size()] == '/');
    });
}

// The path that was opened, the links that it led by, and where it ended.
bool any_place(const std::string& plain, const host::Found& found,
               const std::function<bool(const std::string&)>& is)
{
    return is(plain) || is(found.path) ||
           std::ranges::any_of(found.links, is, &host::FollowedLink::path);
}

// The source of a compiled Python module, "a/b.py" for "a/__pycache__/b.cpython-311.pyc": Python
// looks whether it is there, opens the module alone, and takes neither without the source. Empty
// for anything else. Source: PEP 3147.
std::string python_source(const std::string& path)
{
    constexpr std::string_view kFolder = "/__pycache__/";
    const std::size_t folder = path.rfind(kFolder);
    if (folder == std::string::npos || !path.ends_with(".pyc"))
        return {};
    const std::string name = path.substr(folder + kFolder.size());
    return name.find('/') != std::string::npos
               ? ""
               : path.substr(0, folder) + "/" + name.substr(0, name.find('.')) + ".py";
}

}  // namespace

Result<std::vector<std::string>, Error> command_words(const std::string& command)
{
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = '\0';
    for (std::size_t i = 0; i < command.size(); ++i) {
        const char c = command[i];
        if (c == '\\' && quote != '\'' && i + 1 < command.size()) {
            word += command[++i];
            in_word = true;
        } else if (quote != '\0' ? c == quote : c == '\'' || c == '"') {
            quote = quote == '\0' ? c : '\0';
            in_word = true;
        } else if (quote == '\0' && (c == ' ' || c == '\t' || c == '\n')) {
            if (in_word)
                words.push_back(std::move(word));
            word.clear();
            in_word = false;
        } else {
            word += c;
            in_word = true;
        }
    }
    if (quote != '\0')
        return bad_input("'" + command + "' has a quote without its end");
    if (in_word)
        words.push_back(std::move(word));
    if (words.empty())
        return bad_input("--trace names no command");
    return words;
}

Result<TracedPaths, Error> trace_command(const host::Root& root, const std::string& command,
                                         const std::string& locale,
                                         const std::vector<ClosureProgram>& programs)
{
    host::TraceRequest request{
        .arguments = OUTIS_TRY(command_words(command)),
        .root = root.on_host("/"),
        .environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
                        "/sbin:/bin",
                        "HOME=/"}};
    if (!locale.empty())
        request.environment.push_back("LANG=" + locale);
    const host::Traced traced = OUTIS_TRY(host::trace_opens(request));
    const std::string where = root.is_host() ? "" : ", as nobody, in " + root.name();
    if (traced.exit_code != 0 && !traced.cut_short)
        return bad_input(
            "'" + command + "' ended with " + std::to_string(traced.exit_code) +
            " while it was traced" + where + "; give --trace a command that works there" +
            (traced.bare_root ? ", or allow mounts (CAP_SYS_ADMIN): it had no /proc" : ""));
    TracedPaths paths;
    std::vector<std::string> strangers;
    std::vector<std::string> opened;
    for (const std::string& path : traced.opened) {
        opened.push_back(path);
        if (const std::string source = python_source(path);
            !source.empty() && !std::ranges::binary_search(traced.opened, source))
            opened.push_back(source);
    }
    for (const std::string& path : opened) {
        const std::string plain = fs::path(path).lexically_normal().string();
        const Result<host::Found, Error> found = root.find(plain);
        if (!found || plain == "/" || below_any(plain, kNotOfTheRoot) ||
            below_any(found.value().path, kNotOfTheRoot) ||
            std::ranges::find(kWrittenByOthers, plain) != kWrittenByOthers.end())
            continue;
        std::error_code ignored;
        const fs::path file = root.on_host(found.value().path);
        const bool own = std::ranges::any_of(programs, [&](const ClosureProgram& program) {
            return fs::equivalent(program.file, file, ignored);
        });
        if (own)
            continue;
        const bool strange = any_place(plain, found.value(), [](const std::string& place) {
            return !below_any(place, kSystemFolders);
        });
        if (root.is_host() && strange)
            strangers.push_back(plain);
        else
            paths.opened.push_back(path);
    }
    if (!strangers.empty())
        paths.notes.push_back(
            "the trace opened files outside of the system's folders, which were " +
            std::string("left out; --add gives them: ") + sandbox::quoted_list(strangers));
    return paths;
}

}  // namespace outis::images::programs
