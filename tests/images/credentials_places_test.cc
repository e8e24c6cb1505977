// Where credentials are looked for, in which order, and whom a file sends us to.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <unistd.h>

#include "fixture.h"
#include "registry/login.h"

namespace credentials_places_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::registry;
using namespace outis::images::testing;

namespace {

// Variables as they are said, and afterwards as they were.
class Environment {
public:
    explicit Environment(const std::map<std::string, std::string>& said)
    {
        for (const auto& [name, value] : said) {
            const char* const before = std::getenv(name.c_str());
            if (before != nullptr)
                before_.emplace(name, before);
            else
                absent_.push_back(name);
            value.empty() ? ::unsetenv(name.c_str()) : ::setenv(name.c_str(), value.c_str(), 1);
        }
    }

    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

    ~Environment()
    {
        for (const auto& [name, value] : before_)
            ::setenv(name.c_str(), value.c_str(), 1);
        for (const std::string& name : absent_)
            ::unsetenv(name.c_str());
    }

private:
    std::map<std::string, std::string> before_;
    std::vector<std::string> absent_;
};

std::string lines(const std::vector<std::filesystem::path>& files)
{
    std::string text;
    for (const std::filesystem::path& file : files)
        text += (text.empty() ? "" : " ") + file.string();
    return text;
}

}  // namespace

TEST_CASE("files of credentials are searched in their order")
{
    const std::string run = "/run/containers/" + std::to_string(::getuid()) + "/auth.json";

    struct Case {
        const char* name;
        const char* named;
        std::map<std::string, std::string> said;
        std::string files;
    };

    const Case cases[] = {
        {"a home alone",
         "",
         {},
         "/h/.docker/config.json " + run + " /h/.config/containers/auth.json"},
        {"Docker's folder",
         "",
         {{"DOCKER_CONFIG", "/d"}},
         "/d/config.json " + run + " /h/.config/containers/auth.json"},
        {"folders of the session",
         "",
         {{"XDG_RUNTIME_DIR", "/r"}, {"XDG_CONFIG_HOME", "/c"}},
         "/h/.docker/config.json /r/containers/auth.json /c/containers/auth.json"},
        {"a variable", "", {{"REGISTRY_AUTH_FILE", "/v.json"}, {"DOCKER_CONFIG", "/d"}}, "/v.json"},
        {"an option", "/o.json", {{"REGISTRY_AUTH_FILE", "/v.json"}}, "/o.json"},
        {"no home", "", {{"HOME", ""}}, run},
        {"a folder that is none", "", {{"XDG_CONFIG_HOME", "c"}}, "/h/.docker/config.json " + run},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        std::map<std::string, std::string> all{{"HOME", "/h"},
                                               {"DOCKER_CONFIG", ""},
                                               {"XDG_RUNTIME_DIR", ""},
                                               {"XDG_CONFIG_HOME", ""},
                                               {"REGISTRY_AUTH_FILE", ""}};
        for (const auto& [name, value] : c.said)
            all[name] = value;
        const Environment environment(all);
        CHECK(lines(auth_files(c.named)) == c.files);
    }
}

TEST_CASE("a credential helper comes before a file's entries, and the first match counts")
{
    const std::string entry = R"("auths": {"host": {"auth": "ZTpl"}})";  // e:e
    const std::string helper = R"("credHelpers": {"host": "test"})";
    const std::string known = R"(echo '{"Username": "helper", "Secret": "x"}')";

    struct Case {
        const char* name;
        std::string docker;  // the file's text; empty: no file
        std::string config;  // of $XDG_CONFIG_HOME/containers/auth.json
        std::string script;  // what the helper does
        const char* user;    // or a part of the error
    };

    const Case cases[] = {
        {"a helper before the entry", "{" + helper + "," + entry + "}", "", known, "helper"},
        {"it knows nothing: the entry", "{" + helper + "," + entry + "}", "",
         "echo 'credentials not found in native keychain'; exit 1", "e"},
        {"it fails", "{" + helper + "," + entry + "}", "", "echo broken >&2; exit 1", "broken"},
        {"it knows nothing, nor does the file: the next one", "{" + helper + "}", "{" + entry + "}",
         "echo 'credentials not found'; exit 1", "e"},
        {"the configuration's folder", "", "{" + entry + "}", known, "e"},
        {"the first file", "{" + helper + "}", "{" + entry + "}", known, "helper"},
        {"a file that knows others", R"({"auths": {"other": {}}})", "{" + entry + "}", known, "e"},
        {"nobody", "{}", "{}", known, ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        if (!c.docker.empty())
            write_text(work_folder / "docker/config.json", c.docker);
        if (!c.config.empty())
            write_text(work_folder / "config/containers/auth.json", c.config);
        const std::filesystem::path program = work_folder / "bin/docker-credential-test";
        write_text(program, "#!/bin/sh\n" + c.script + "\n");
        std::filesystem::permissions(program, std::filesystem::perms::owner_all);
        const Environment environment({{"HOME", work_folder.path("home")},
                                       {"DOCKER_CONFIG", work_folder.path("docker")},
                                       {"XDG_RUNTIME_DIR", work_folder.path("run")},
                                       {"XDG_CONFIG_HOME", work_folder.path("config")},
                                       {"REGISTRY_AUTH_FILE", ""},
                                       {"PATH", work_folder.path("bin") + ":/usr/bin:/bin"}});
        const auto found = find_credentials("host", "team/app", "");
        if (!found) {
            CHECK_MESSAGE(found.error().text.find(c.user) != std::string::npos, found.error().text);
            continue;
        }
        CHECK((found.value() ? found.value()->username : "") == c.user);
    }
}

}  // namespace credentials_places_test
