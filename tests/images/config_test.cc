#include "bake/config_file.h"

#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "bake/table.h"
#include "fixture.h"

namespace config_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::bake;
using namespace outis::images::testing;

namespace {

using List = std::vector<std::string>;

const char* const kText = R"(
tag       = "team/hello:1"
profile   = "sub/ours.toml"
port      = [8080, "53/udp"]
add       = ["static:/srv", "/abs:/x"]
ca-add    = "ours.pem"
arguments = ["-v"]
ldflags   = ""
test      = true

[env]
LOG = "debug"
N = 5

[label]
"a.b" = "c"
)";

}  // namespace

TEST_CASE("a configuration file sets what flags set")
{
    const auto options = parse_config(kText, "outis.toml", "folder");
    REQUIRE_MESSAGE(options, (options ? "" : options.error().text));
    CHECK(options.value().tags == List{"team/hello:1"});
    CHECK(options.value().profile == "folder/sub/ours.toml");
    CHECK(options.value().ports == List{"8080", "53/udp"});
    CHECK(options.value().add == List{"folder/static:/srv", "/abs:/x"});
    CHECK(options.value().ca_add == List{"folder/ours.pem"});
    CHECK(options.value().arguments == List{"-v"});
    CHECK(options.value().go_ldflags == "");
    CHECK(options.value().go_test);
    CHECK(options.value().environment == List{"LOG=debug", "N=5"});
    CHECK(options.value().labels == List{"a.b=c"});
}

TEST_CASE("a printed configuration file is read back to the same")
{
    const auto options = parse_config(kText, "outis.toml", "/folder");
    REQUIRE(options);
    const std::string printed = config_text(options.value());
    const auto again = parse_config(printed, "printed", "/elsewhere");
    REQUIRE_MESSAGE(again, (again ? "" : again.error().text));
    CHECK(config_text(again.value()) == printed);
    CHECK(printed.find("add = [\"/folder/static:/srv\", \"/abs:/x\"]\n") != std::string::npos);
}

TEST_CASE("all mistakes of a configuration file are reported with place and remedy")
{
    struct Case {
        const char* name;
        const char* text;
        const char* message;
    };

    const Case cases[] = {
        {"syntax", "tag = \n", "x.toml:1:"},
        {"unknown key", "\nprot = 1\n", "x.toml:2:1: unknown key 'prot'; did you mean 'port'?"},
        {"no text", "tag = [true]\n", "x.toml:1:8: expected a text"},
        {"a table for a word", "[profile]\nx = 1\n", "expected a text"},
        {"a table for a list", "[tag]\nx = 1\n", "expected a text or a list of texts"},
        {"no switch", "test = 1\n", "x.toml:1:8: expected true or false"},
        {"value of a pair", "[env]\nA = [1]\n", "x.toml:2:5: expected a text"},
        {"second of two", "prot = 1\ntset = true\n", "x.toml:2:1: unknown key 'tset'"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto options = parse_config(c.text, "x.toml", ".");
        REQUIRE_FALSE(options);
        const std::string said = options.error().text + "\n" + options.error().details;
        CAPTURE(said);
        CHECK(said.find(c.message) != std::string::npos);
    }
}

TEST_CASE("flags win over the configuration file")
{
    const WorkFolder work_folder;
    const std::string app = work_folder.program("src/app");
    write_text(work_folder / "src/outis.toml",
               "tag = [\"a\", \"b\"]\nprofile = \"none\"\n[env]\nX = \"file\"\nY = \"file\"\n");

    struct Case {
        const char* name;
        BakeOptions flags;
        List tags;
        const char* profile;
        List environment;
    };

    const Case cases[] = {
        {"file alone", {}, {"a", "b"}, "none", {"X=file", "Y=file"}},
        {"flags", {.tags = {"c"}, .profile = "go"}, {"c"}, "go", {"X=file", "Y=file"}},
        {"merged by name",
         {.environment = {"X=flag"}},
         {"a", "b"},
         "none",
         {"X=file", "Y=file", "X=flag"}},
        {"no file", {.config = "none"}, {}, "", {}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        BakeOptions flags = c.flags;
        flags.apps = {app};
        const auto options = with_config_file(flags);
        REQUIRE(options);
        CHECK(options.value().tags == c.tags);
        CHECK(options.value().profile == c.profile);
        CHECK(options.value().environment == c.environment);
    }
    const auto missing = with_config_file({.apps = {app}, .config = work_folder.path("x.toml")});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().text.find("cannot read '") == 0);
    const auto folder = with_config_file({.apps = {work_folder.path("src")}});
    REQUIRE(folder);
    CHECK(folder.value().profile == "none");
}

}  // namespace config_test
