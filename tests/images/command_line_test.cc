#include "commands/command_line.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"

namespace command_line_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::bake;
using namespace outis::images::commands;
using namespace outis::images::testing;

namespace {

BakeCommand bake_of(const std::vector<std::string>& words)
{
    const auto command = parse_command_line(words);
    REQUIRE_MESSAGE(command, (command ? "" : command.error().text));
    REQUIRE(std::holds_alternative<BakeCommand>(command.value()));
    return std::get<BakeCommand>(command.value());
}

template <typename Kind>
bool is(const Command& command)
{
    return std::holds_alternative<Kind>(command);
}

}  // namespace

TEST_CASE("bake: every option reaches its field")
{
    const BakeCommand command = bake_of({"bake",
                                         "-t",
                                         "a:1",
                                         "app",
                                         "--tag=b",
                                         "-o",
                                         "x.tar",
                                         "--output",
                                         "y.tar",
                                         "--platform",
                                         "linux/amd64,linux/arm64",
                                         "--profile",
                                         "go",
                                         "--user",
                                         "1:2",
                                         "--ca-add",
                                         "c.pem",
                                         "--env",
                                         "A=1=2",
                                         "-e",
                                         "B=",
                                         "--label",
                                         "k=v",
                                         "--port",
                                         "80",
                                         "--port",
                                         "53/udp",
                                         "--account",
                                         "web:33",
                                         "--main",
                                         "./cmd/x",
                                         "--ldflags",
                                         "-s",
                                         "--tags",
                                         "t",
                                         "--go-flag",
                                         "-v",
                                         "--test",
                                         "-q",
                                         "--",
                                         "--flag",
                                         "--",
                                         "x"});
    const BakeOptions& options = command.options;
    using Words = std::vector<std::string>;
    CHECK(options.apps == Words{"app"});
    CHECK(options.tags == Words{"a:1", "b"});
    CHECK(options.outputs == Words{"x.tar", "y.tar"});
    CHECK(options.platforms == Words{"linux/amd64,linux/arm64"});
    CHECK(options.profile == "go");
    CHECK(options.user == "1:2");
    CHECK(options.ca_add == Words{"c.pem"});
    CHECK(options.environment == Words{"A=1=2", "B="});
    CHECK(options.labels == Words{"k=v"});
    CHECK(options.ports == Words{"80", "53/udp"});
    CHECK(options.accounts == Words{"web:33"});
    CHECK(options.go_main == "./cmd/x");
    CHECK(options.go_ldflags == "-s");
    CHECK(options.go_tags == "t");
    CHECK(options.go_flags == Words{"-v"});
    CHECK(options.go_test);
    CHECK(options.arguments == Words{"--flag", "--", "x"});
    CHECK(command.verbosity == Verbosity::quiet);
}

TEST_CASE("bake: an option takes one value, and APP may follow it")
{
    const BakeCommand command = bake_of({"bake", "--ca-add", "c.pem", "one", "two"});
    CHECK(command.options.apps == std::vector<std::string>{"one", "two"});
    CHECK_FALSE(command.options.go_ldflags);
    CHECK(command.verbosity == Verbosity::summary);
}

TEST_CASE("dockerfile: it accepts the options of a bake")
{
    const auto command = parse_command_line(
        std::vector<std::string>{"dockerfile", "app", "--port", "80", "--", "-v"});
    REQUIRE(command);
    REQUIRE(is<DockerfileCommand>(command.value()));
    const auto& options = std::get<DockerfileCommand>(command.value()).options;
    CHECK(options.ports == std::vector<std::string>{"80"});
    CHECK(options.arguments == std::vector<std::string>{"-v"});
}

TEST_CASE("the other commands accept their arguments")
{
    struct Case {
        const char* name;
        std::vector<std::string> words;
        bool (*is_right)(const Command&);
    };

    const Case cases[] = {
        {"help", {"--help"}, is<ShowText>},
        {"help of bake", {"bake", "--help"}, is<ShowText>},
        {"short help", {"bake", "app", "-h"}, is<ShowText>},
        {"version", {"version"}, is<VersionCommand>},
        {"version flag", {"--version"}, is<VersionCommand>},
        {"version flag before a command", {"--version", "version"}, is<VersionCommand>},
        {"profile",
         {"profile", "compile", "x.toml", "--arch", "arm64", "-o", "y"},
         is<ProfileCompileOptions>},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto command = parse_command_line(c.words);
        REQUIRE(command);
        CHECK(c.is_right(command.value()));
    }
}

TEST_CASE("wrong arguments are refused with one helpful line")
{
    struct Case {
        const char* name;
        std::vector<std::string> words;
        const char* message;
    };

    const Case cases[] = {
        {"nothing", {}, "'outis' needs a command: 'bake'"},
        {"unknown command", {"bkae"}, "unknown command 'bkae'; did you mean 'bake'?"},
        {"profile alone", {"profile"}, "'outis profile' needs a command: '"},
        {"unknown subcommand", {"profile", "complie", "x"}, "did you mean 'compile'?"},
        {"no app", {"bake"}, "needs an APP"},
        {"no app before --", {"bake", "--", "app"}, "needs an APP"},
        {"unknown option", {"bake", "app", "--porfile", "x"}, "did you mean '--profile'?"},
        {"unknown option with value",
         {"bake", "app", "--porfile=x"},
         "unknown option '--porfile';"},
        {"no value", {"bake", "app", "--tag"}, "option '--tag' needs one value"},
        {"contradiction", {"bake", "app", "-q", "--json"}, "contradict"},
        {"no file", {"profile", "compile"}, "needs a FILE.toml"},
        {"surplus", {"version", "x"}, "unexpected argument 'x'"},
        {"surplus behind --", {"image", "show", "x", "--", "-y"}, "unexpected argument '-y'"},
        {"no app of a Dockerfile", {"dockerfile"}, "needs an APP"},
        {"an output of a Dockerfile", {"dockerfile", "app", "-o", "x"}, "unknown option '-o'"},
        {"how a Dockerfile's image is packed",
         {"dockerfile", "app", "--compress", "zstd"},
         "unknown option '--compress'"},
        {"a Dockerfile's registry",
         {"dockerfile", "app", "--plain-http"},
         "unknown option '--plain-http'"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto command = parse_command_line(c.words);
        REQUIRE_FALSE(command);
        CAPTURE(command.error().text);
        CHECK(command.error().text.find(c.message) != std::string::npos);
        CHECK(command.error().text.find('\n') == std::string::npos);
        CHECK(command.error().blame == Blame::input);
    }
}

TEST_CASE("bash completes commands and options")
{
    const Workshop workshop;
    const auto command = parse_command_line(std::vector<std::string>{"completion", "bash"});
    REQUIRE(command);
    const std::string& script = std::get<ShowText>(command.value()).text;
    write_text(workshop / "completion", script);

    struct Case {
        const char* words;  // the last is being completed
        const char* expected;
    };

    const Case cases[] = {
        {"outis ba", "bake"},
        {"outis bake --heal", "--health"},
        {"outis bake --output --heal", ""},
        {"outis profile sh", "show"},
        {"outis profile show --ar", "--arch"},
        {"outis profile show --arch --js", ""},
        {"outis run -u --verb", ""},
        {"outis completion b", "bash"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.words);
        const std::string replies =
            output_of({"bash", "-c",
                       ". ./completion; COMP_WORDS=($1); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
                       "_outis; echo \"${COMPREPLY[0]}\"",
                       "bash", c.words},
                      workshop / ".");
        CHECK(replies == std::string(c.expected) + "\n");
    }
}

}  // namespace command_line_test
