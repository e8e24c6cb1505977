#include "programs/git.h"

#include <system_error>
#include <utility>
#include <vector>

#include "host/child.h"

namespace outis::images::programs {

namespace fs = std::filesystem;

namespace {

// The answer without its line end; nothing if git fails.
std::optional<std::string> ask(const fs::path& folder, std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), "git");
    const Result<host::ChildAnswer, Error> answer =
        host::run_child({.arguments = std::move(arguments),
                         .folder = folder,
                         .environment = {{"GIT_OPTIONAL_LOCKS", "0"}}});
    if (!answer || answer.value().exit_code != 0)
        return std::nullopt;
    std::string text = answer.value().output;
    while (text.ends_with('\n'))
        text.pop_back();
    return text;
}

}  // namespace

std::string without_secrets(const std::string& url)
{
    const std::size_t scheme = url.find("://");
    if (scheme == std::string::npos)
        return url;
    const std::size_t host = scheme + 3;
    const std::size_t at = url.substr(0, url.find('/', host)).rfind('@');
    return at == std::string::npos ? url : url.substr(0, host) + url.substr(at + 1);
}

std::optional<GitState> git_state(const fs::path& folder)
{
    std::error_code ignored;
    if (!fs::exists(folder / ".git", ignored))
        return std::nullopt;
    const auto revision = ask(folder, {"rev-parse", "--verify", "HEAD"});
    const auto changes = ask(folder, {"status", "--porcelain", "--untracked-files=no"});
    if (!revision || !changes)
        return std::nullopt;
    GitState state{.revision = *revision};
    if (changes->empty())
        state.version = ask(folder, {"describe", "--tags", "--exact-match", "HEAD"}).value_or("");
    else
        state.revision += "-dirty";
    state.source =
        without_secrets(ask(folder, {"config", "--get", "remote.origin.url"}).value_or(""));
    return state;
}

}  // namespace outis::images::programs
