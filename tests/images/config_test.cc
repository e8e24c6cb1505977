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
namespace fs = std::filesystem;

void ignore(const std::string&) {}

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
        const auto options = with_config_file(flags, ignore);
        REQUIRE(options);
        CHECK(options.value().tags == c.tags);
        CHECK(options.value().profile == c.profile);
        CHECK(options.value().environment == c.environment);
    }
    const auto missing =
        with_config_file({.apps = {app}, .config = work_folder.path("x.toml")}, ignore);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().text.find("cannot read '") == 0);
    const auto folder = with_config_file({.apps = {work_folder.path("src")}}, ignore);
    REQUIRE(folder);
    CHECK(folder.value().profile == "none");
}

TEST_CASE("a file that was found beside the app says less than one that was named")
{
    struct Case {
        const char* text;
        bool allowed;
    };

    const Case cases[] = {
        {"tag = 'a:1'\nport = [80]\nmain = 'cmd/x'\npack = true\ntest = false\n", false},
        {"tag = 'a:1'\nport = [80]\nmain = './cmd/x'\npack = true\n", true},
        {"add = ['static:/srv', './inner/file:/x']\nca-add = 'ca.pem'\n", true},
        {"add = ['/etc/passwd:/x']\n", false},
        {"add = ['../outside:/x']\n", false},
        {"add = ['inner/../../outside:/x']\n", false},
        {"add = ['link:/x']\n", false},
        {"add = ['linked/file:/x']\n", false},
        {"ca-add = '/etc/ssl/certs/ca-certificates.crt'\n", false},
        {"ca = 'host'\n", false},
        {"ca = 'none'\nca-add = 'link'\n", false},
        {"profile = 'go'\n", true},
        {"profile = './own.toml'\n", true},
        {"profile = '../own.toml'\n", false},
        {"debug = '/bin/busybox'\n", false},
        {"root = '.'\n", false},
        {"from = 'docker://evil/x'\n", false},
        {"from = 'docker-daemon:x'\n", false},
        {"from = 'oci:/var/x'\n", false},
        {"from = 'oci:layout:1'\n", true},
        {"from = 'oci:inner:1'\n", true},
        {"from = 'oci:linked:1'\n", false},
        {"from = 'oci:linked:reg.example/x:1'\n", false},
        {"from = 'oci-archive:link:1'\n", false},
        {"from = 'linked'\n", false},
        {"output = ['docker://evil/x']\n", false},
        {"output = ['x.tar']\n", false},
        {"authfile = 'x'\n", false},
        {"tls-ca = 'x'\n", false},
        {"plain-http = true\n", false},
        {"env = ['A=1']\n[label]\nx = 'y'\n", true},
        {"env = ['SECRET']\n", false},
        {"env-file = 'ca.pem'\n", false},
        {"trace = 'sh -c id'\n", false},
        {"test = true\n", false},
        {"cgo = '1'\n", false},
        {"binary-only = true\n", false},
        {"library = ['libx.so.1']\n", true},
        {"library = ['/root/libx.so.1']\n", false},
        {"main = '-toolexec=./t.sh'\n", false},
        {"main = '../x'\n", false},
        {"go-flag = ['-toolexec=./t.sh']\n", false},
        {"go-flag = ['--toolexec=./t.sh']\n", false},
        {"go-flag = ['-buildvcs=true']\n", false},
        {"go-flag = ['-buildvcs']\n", false},
        {"go-flag = ['-buildvcs=auto']\n", false},
        {"go-flag = ['-buildvcs=false']\n", true},
        {"go-flag = ['-mod=mod']\n", false},
        {"go-flag = ['-mod', 'mod']\n", false},
        {"go-flag = ['-mod=vendor']\n", true},
        {"go-flag = ['-exec=./t.sh']\n", false},
        {"go-flag = ['-overlay=x']\n", false},
        {"go-flag = ['-modfile=/x']\n", false},
        {"go-flag = ['-ldflags=-extld=./t.sh']\n", false},
        {"go-flag = ['-trimpath', '-tags=netgo', '-mod=vendor']\n", true},
        {"ldflags = '-s -w -X main.version=1 -X=main.x=2 -buildid='\n", true},
        {"ldflags = \"-X 'main.text=a -extld b' -extldflags '-static'\"\n", true},
        {"ldflags = '-s -extld=./t.sh'\n", false},
        {"ldflags = '-extld ./t.sh'\n", false},
        {"ldflags = '--extld=./t.sh'\n", false},
        {"ldflags = 'all=-extld=./t.sh'\n", false},
        {"ldflags = \"-X 'a' -extld=./t.sh\"\n", false},
        {"ldflags = '-extldflags=-fplugin=./x.so'\n", false},
        {"ldflags = \"'-extldflags=-static -fplugin=x'\"\n", false},
        {"ldflags = '-r /x'\n", false},
    };
    const WorkFolder work_folder;
    const std::string app = work_folder.program("src/app");
    write_text(work_folder / "src/inner/file", "x");
    write_text(work_folder / "src/ca.pem", "x");
    write_text(work_folder / "outside/file", "x");
    fs::create_symlink("../outside/file", work_folder / "src/link");
    fs::create_symlink("../outside", work_folder / "src/linked");
    for (const Case& c : cases) {
        CAPTURE(std::string(c.text));
        write_text(work_folder / "src/outis.toml", c.text);
        std::string noted;
        const auto found =
            with_config_file({.apps = {app}}, [&](const std::string& text) { noted = text; });
        CHECK(static_cast<bool>(found) == c.allowed);
        CHECK(noted.find("outis.toml'") != std::string::npos);
        CHECK(with_config_file({.apps = {app}, .config = work_folder.path("src/outis.toml")},
                               ignore));
    }
    fs::rename(work_folder / "src/outis.toml", work_folder / "other.toml");
    fs::create_symlink("../other.toml", work_folder / "src/outis.toml");
    CHECK_FALSE(with_config_file({.apps = {app}}, ignore));
}

}  // namespace config_test
