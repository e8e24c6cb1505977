#include "registry/login.h"

#include <system_error>

#include <unistd.h>

#include "host/child.h"
#include "host/input.h"
#include "host/words.h"
#include "http/fields.h"

namespace outis::images::registry {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxAuthFile = 1U << 20;
constexpr std::size_t kMaxShown = 200;

std::string explicit_file(const std::string& named)
{
    return named.empty() ? host::variable("REGISTRY_AUTH_FILE") : named;
}

// As helpers know the host: Docker Hub by its first address.
std::string server_name(const std::string& domain)
{
    return domain == "docker.io" ? "https://index.docker.io/v1/" : domain;
}

Result<std::optional<Credentials>, Error> ask_helper(const AuthFile& file,
                                                     const std::string& helper,
                                                     const std::string& domain)
{
    const std::string program = "docker-credential-" + helper;
    Result<host::ChildAnswer, Error> answer =
        host::run_child({.arguments = {program, "get"}, .input = server_name(domain) + "\n"});
    if (!answer)
        return unavailable(answer.error().text + ", the credential helper of '" + file.name +
                           "'; install it, or remove it there");
    const std::string& said = answer.value().output;
    if (answer.value().exit_code != 0) {
        // The words of Docker's helper protocol.
        if (said.find("credentials not found") != std::string::npos)
            return std::optional<Credentials>();
        // JSON on its output would be what it was asked for.
        const std::string words = said.find('{') == std::string::npos ? said : "";
        return unavailable("'" + program + "' failed: " + http::printable_line(words, kMaxShown) +
                           http::printable_line(answer.value().messages, kMaxShown));
    }
    return std::optional(OUTIS_TRY(parse_helper_answer(said, program)));
}

}  // namespace

std::vector<fs::path> auth_files(const std::string& named)
{
    const std::string file = explicit_file(named);
    if (!file.empty())
        return {file};
    const std::string home = host::variable("HOME");
    const auto below = [](const std::string& root, const fs::path& otherwise, const char* name) {
        return (root.empty() ? otherwise : fs::path(root)) / name;
    };
    std::vector<fs::path> files{
        below(host::variable("DOCKER_CONFIG"), fs::path(home) / ".docker", "config.json"),
        below(host::variable("XDG_RUNTIME_DIR"),
              fs::path("/run/containers") / std::to_string(getuid()),
              host::variable("XDG_RUNTIME_DIR").empty() ? "auth.json" : "containers/auth.json"),
        below(host::variable("XDG_CONFIG_HOME"), fs::path(home) / ".config",
              "containers/auth.json"),
    };
    // Without a home they would be in the folder we happen to be in, which may be anybody's.
    std::erase_if(files, [](const fs::path& path) { return path.is_relative(); });
    return files;
}

Result<std::optional<Credentials>, Error> find_credentials(const std::string& domain,
                                                           const std::string& repository,
                                                           const std::string& named_file)
{
    const bool must_exist = !explicit_file(named_file).empty();
    for (const fs::path& path : auth_files(named_file)) {
        std::error_code ignored;
        if (!must_exist && !fs::exists(path, ignored))
            continue;
        const std::string text = OUTIS_TRY(host::read_file(path, kMaxAuthFile));
        const AuthFile file = OUTIS_TRY(parse_auth_file(text, path.string()));
        const std::string helper = OUTIS_TRY(helper_for(file, domain));
        std::optional<Credentials> found;
        if (!helper.empty())
            found = OUTIS_TRY(ask_helper(file, helper, domain));
        if (!found)
            found = OUTIS_TRY(entry_for(file, domain, repository));
        if (found)
            return found;
    }
    return std::optional<Credentials>();
}

}  // namespace outis::images::registry
