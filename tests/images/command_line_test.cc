#include "commands/command_line.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "commands/commands.h"
#include "commands/completion.h"
#include "commands/shared.h"
#include "fixture.h"

namespace command_line_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::bake;
using namespace outis::images::commands;
using namespace outis::images::testing;

namespace {

Result<Call, Error> parse(const std::vector<std::string>& words)
{
    static Command program;
    program = outis_program();  // with fields that are empty
    return parse_command_line(program, words);
}

// What a bake takes from its words.
struct Bake {
    BakeOptions options = {};
    std::vector<std::string> rest = {};
};

Bake bake_of(const std::vector<std::string>& words)
{
    Bake bake;
    Command program{.name = "outis", .help = "test"};
    program.commands.push_back({.name = "bake",
                                .help = "test",
                                .options = {app_option(bake.options)},
                                .rest = "[-- ARGUMENT...]"});
    Options& options = program.commands.back().options;
    options = concat({options, table_options(bake.options, [](const OptionUse&) { return true; })});
    const auto call = parse_command_line(program, words);
    REQUIRE_MESSAGE(call, (call ? "" : call.error().text));
    bake.rest = call.value().rest;
    return bake;
}

}  // namespace

TEST_CASE("bake: every option reaches its field")
{
    const Bake command = bake_of({"bake",
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
    CHECK(command.rest == Words{"--flag", "--", "x"});
}

TEST_CASE("bake: an option takes one value, and APP may follow it")
{
    const Bake command = bake_of({"bake", "--ca-add", "c.pem", "one", "two"});
    CHECK(command.options.apps == std::vector<std::string>{"one", "two"});
    CHECK_FALSE(command.options.go_ldflags);
}

TEST_CASE("bake: a value may follow '=', and is never the next word")
{
    const Bake command = bake_of({"bake", "-o=x.tar", "-e=A=1", "--ldflags=", "app", "-oy.tar",
                                  "-e", "-o=z", "--label=k=", "-t", "a"});
    using Words = std::vector<std::string>;
    CHECK(command.options.apps == Words{"app"});
    CHECK(command.options.outputs == Words{"x.tar", "y.tar"});
    CHECK(command.options.environment == Words{"A=1", "-o=z"});
    CHECK(command.options.labels == Words{"k="});
    CHECK(command.options.tags == Words{"a"});
    CHECK(command.options.go_ldflags == "");
}

TEST_CASE("each command line calls its command, or shows help")
{
    struct Case {
        const char* name;
        std::vector<std::string> words;
        const char* command;  // empty: help
        std::vector<std::string> rest = {};
    };

    const Case cases[] = {
        {"help", {"--help"}, ""},
        {"help of bake", {"bake", "--help"}, ""},
        {"short help", {"bake", "app", "-h"}, ""},
        {"help without what must be given", {"copy", "-h"}, ""},
        {"version", {"version"}, "version"},
        {"version flag", {"--version"}, "outis"},
        {"version flag before a command", {"--version", "version"}, "version"},
        {"a bake and its app's arguments", {"bake", "app", "--", "-q", "--"}, "bake", {"-q", "--"}},
        {"dockerfile", {"dockerfile", "app", "--port", "80", "--", "-v"}, "dockerfile", {"-v"}},
        {"profile", {"profile", "compile", "x.toml", "--arch", "arm64", "-o", "y"}, "compile"},
        {"a word that may be left out", {"image", "ls", "x.tar"}, "ls"},
        {"negative numbers", {"profile", "explain", "go", "kill", "--", "-1"}, "explain", {"-1"}},
        {"a program", {"run", "go", "-v", "--", "/bin/true"}, "run", {"/bin/true"}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto call = parse(c.words);
        REQUIRE_MESSAGE(call, (call ? "" : call.error().text));
        CHECK(call.value().text.empty() == (*c.command != '\0'));
        if (call.value().command == nullptr)
            continue;
        CHECK(call.value().command->name == c.command);
        CHECK(call.value().rest == c.rest);
    }
}

TEST_CASE("help shows defaults, variables and what is repeatable")
{
    const auto call = parse({"bake", "--help"});
    REQUIRE(call);
    const std::string& help = call.value().text;
    for (const char* fact :
         {"Usage: outis bake [OPTION]... APP... [-- ARGUMENT...]", "(default: baseline)",
          "(default: name of APP) (repeatable)", "(environment: REGISTRY_AUTH_FILE)"}) {
        CAPTURE(fact);
        CHECK(help.find(fact) != std::string::npos);
    }
}

TEST_CASE("help shows what works: one TAG, each variable, no option that is refused")
{
    const std::string builder = parse({"golang-builder", "--help"}).value().text;
    CHECK(builder.find("[TAG]\n") != std::string::npos);
    for (const char* variable : {"MAIN_PATH", "BUILD_GOOS", "OUTIS_IMAGE"})
        CHECK(builder.find(std::string("\n  ") + variable + " ") != std::string::npos);
    const std::string dockerfile = parse({"dockerfile", "--help"}).value().text;
    const std::string completion = bash_completion(outis_program());
    const std::size_t row = completion.find("\"dockerfile:\"-*)");
    REQUIRE(row != std::string::npos);
    const std::string offered = completion.substr(row, completion.find('\n', row) - row);
    for (const char* refused : {"--annotation", "--cap ", "--from", "--trace"}) {
        CAPTURE(refused);
        CHECK(dockerfile.find(refused) == std::string::npos);
        CHECK(offered.find(refused) == std::string::npos);
    }
    CHECK(dockerfile.find("--label") != std::string::npos);
    // The command itself says why.
    CHECK(parse({"dockerfile", "app", "--annotation", "a=b"}));
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
        {"no app", {"bake"}, "'outis bake' needs APP; usage: outis bake"},
        {"no app before --", {"bake", "--", "app"}, "'outis bake' needs APP; usage: outis bake"},
        {"unknown option", {"bake", "app", "--porfile", "x"}, "did you mean '--profile'?"},
        {"unknown option with value",
         {"bake", "app", "--porfile=x"},
         "unknown option '--porfile';"},
        {"no value", {"bake", "app", "--tag"}, "option '--tag' needs one value"},
        {"an empty value", {"bake", "app", "--platform=", "-o", "x"}, "'--platform' needs a value"},
        {"an empty value of a list", {"bake", "app", "--tag=", "-o", "x"}, "'--tag' needs a value"},
        {"a short one", {"bake", "app", "-o=", "-t", "x"}, "'-o' needs a value"},
        {"behind a switch", {"bake", "app", "-qo=", "-t", "x"}, "'-qo' needs a value"},
        {"one dash", {"bake", ".", "-profile", "go"}, "did you mean '--profile'?"},
        {"one dash and a value", {"bake", ".", "-output=x"}, "did you mean '--output'?"},
        {"contradiction", {"bake", "app", "-q", "--json"}, "contradict"},
        {"no file", {"profile", "compile"}, "needs FILE"},
        {"one of two words", {"copy", "x.tar"}, "needs TO; usage: outis copy [OPTION]... FROM TO"},
        {"no program", {"run", "go"}, "needs -- PROGRAM..."},
        {"no new base", {"rebase", "x.tar"}, "needs --from"},
        {"another shell", {"completion", "fish"}, "'bash'"},
        {"surplus", {"version", "x"}, "unexpected argument 'x'"},
        {"surplus behind --", {"image", "show", "x", "--", "-y"}, "unexpected argument '-y'"},
        {"no app of a Dockerfile", {"dockerfile"}, "needs APP"},
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
        const auto command = parse(c.words);
        REQUIRE_FALSE(command);
        CAPTURE(command.error().text);
        CHECK(command.error().text.find(c.message) != std::string::npos);
        CHECK(command.error().text.find('\n') == std::string::npos);
        CHECK(command.error().blame == Blame::input);
    }
}

TEST_CASE("bash completes commands and options")
{
    const WorkFolder work_folder;
    write_text(work_folder / "completion", bash_completion(outis_program()));

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
                      work_folder / ".");
        CHECK(replies == std::string(c.expected) + "\n");
    }
}

}  // namespace command_line_test
