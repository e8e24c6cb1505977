#include "programs/git.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "host/child.h"
#include "host/input.h"
#include "host/new_file.h"

namespace outis::images::programs {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxHead = 4096;

using Environment = std::map<std::string, std::string>;

// The answer without its line end; nothing if git fails.
std::optional<std::string> ask(const fs::path& folder, const Environment& environment,
                               std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), "git");
    const Result<host::ChildAnswer, Error> answer = host::run_child(
        {.arguments = std::move(arguments), .folder = folder, .environment = environment});
    if (!answer || answer.value().exit_code != 0)
        return std::nullopt;
    std::string text = answer.value().output;
    while (text.ends_with('\n'))
        text.pop_back();
    return text;
}

Result<Done, Error> write_text(const fs::path& file, std::string_view text)
{
    host::NewFile made = OUTIS_TRY(host::NewFile::create(file));
    OUTIS_TRY(made.write(host::as_bytes(text)));
    return made.commit();
}

// A repository of our own in `made`, of the objects and refs of `git`: the configuration of the
// source, which may name programs (filters, monitors, hooks), is not in it.
Result<Done, Error> make_repository(const fs::path& git, const fs::path& made, bool sha256)
{
    const std::string head = OUTIS_TRY(host::read_file(git / "HEAD", kMaxHead));
    OUTIS_TRY(write_text(made / "HEAD", head));
    OUTIS_TRY(write_text(made / "config", sha256 ? "[core]\nrepositoryformatversion = 1\n"
                                                   "[extensions]\nobjectformat = sha256\n"
                                                 : "[core]\nrepositoryformatversion = 0\n"));
    std::error_code error;
    for (const char* name : {"refs", "packed-refs"})
        fs::create_symlink(git / name, made / name, error);
    return Done{};
}

}  // namespace

std::string source_url(std::string url)
{
    constexpr std::string_view kEnd = "?#";
    url.resize(std::min(url.find_first_of(kEnd), url.size()));
    const std::size_t scheme = url.find("://");
    const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
    if (scheme == std::string::npos) {
        const std::size_t colon = url.find(':');
        if (colon == std::string::npos || colon < 2 || url.find('/') < colon ||
            url.find("::") == colon)
            return {};
    } else {
        constexpr std::string_view kSchemes[] = {"https", "http", "ssh", "git"};
        if (std::ranges::find(kSchemes, std::string_view(url).substr(0, scheme)) ==
            std::end(kSchemes))
            return {};
    }
    const std::size_t end = url.find(scheme == std::string::npos ? ':' : '/', host);
    const std::size_t at = url.substr(0, end).rfind('@');
    return at == std::string::npos ? url : url.substr(0, host) + url.substr(at + 1);
}

std::optional<GitState> git_state(const fs::path& folder)
{
    std::error_code error;
    const fs::path git = fs::absolute(folder / ".git", error);
    if (error || fs::symlink_status(git, error).type() != fs::file_type::directory)
        return std::nullopt;
    const auto own = host::TemporaryDirectory::create();
    if (!own)
        return std::nullopt;
    const std::string made = own.value().path().string();
    Environment environment{{"GIT_OPTIONAL_LOCKS", "0"},
                            {"GIT_CONFIG_NOSYSTEM", "1"},
                            {"GIT_CONFIG_GLOBAL", "/dev/null"},
                            {"GIT_CONFIG_COUNT", "0"},
                            {"GIT_CONFIG_PARAMETERS", ""},
                            {"GIT_ATTR_NOSYSTEM", "1"},
                            {"GIT_ALTERNATE_OBJECT_DIRECTORIES", ""},
                            {"HOME", made},
                            {"XDG_CONFIG_HOME", made}};
    const auto configured = [&](const char* key) {
        return ask(made, environment, {"config", "--file", (git / "config").string(), "--get", key})
            .value_or("");
    };
    const bool sha256 = configured("extensions.objectformat") == "sha256";
    const std::string remote = configured("remote.origin.url");
    if (!make_repository(git, made, sha256))
        return std::nullopt;
    environment.insert({{"GIT_DIR", made},
                        {"GIT_WORK_TREE", fs::absolute(folder, error).string()},
                        {"GIT_OBJECT_DIRECTORY", (git / "objects").string()},
                        {"GIT_INDEX_FILE", (git / "index").string()}});
    const auto revision = ask(folder, environment, {"rev-parse", "--verify", "HEAD"});
    const auto changes =
        ask(folder, environment,
            {"status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all"});
    if (!revision || !changes)
        return std::nullopt;
    GitState state{.revision = *revision};
    if (changes->empty())
        state.version =
            ask(folder, environment, {"describe", "--tags", "--exact-match", "HEAD"}).value_or("");
    else
        state.revision += "-dirty";
    state.source = source_url(remote);
    return state;
}

}  // namespace outis::images::programs
