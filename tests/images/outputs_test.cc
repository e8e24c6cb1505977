// What a command writes: no two outputs in one place, and none in that of a file that is read.
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "outis/images/harden.h"
#include "outis/images/rebase.h"
#include "outis/images/transfer.h"
#include "unpacked.h"

namespace outputs_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::bake;
using namespace outis::images::testing;
namespace fs = std::filesystem;

namespace {

// The work folder as the working directory.
class Inside {
public:
    explicit Inside(const WorkFolder& work) { fs::current_path(work / "."); }

    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

    ~Inside() { fs::current_path(before_); }

private:
    fs::path before_ = fs::current_path();
};

void check_facts(const Error& error, const std::vector<std::string>& facts)
{
    CHECK(error.blame == Blame::input);
    for (const std::string& fact : facts)
        CHECK_MESSAGE(error.text.find("'" + fact + "'") != std::string::npos, error.text);
}

}  // namespace

TEST_CASE("two outputs in one place are refused before anything is written")
{
    struct Case {
        const char* name;
        std::vector<std::string> outputs;
        std::vector<std::string> facts;  // empty: they have two places
        bool debug = false;
    };

    const Case cases[] = {
        {"a bill and an image", {"c.tar", "c.spdx.json"}, {"c.tar", "c.spdx.json"}},
        {"the other way", {"c.provenance.json", "c.tar"}, {"c.tar", "c.provenance.json"}},
        {"two forms of one file",
         {"docker-archive:c.tar", "oci-archive:c.tar"},
         {"docker-archive:c.tar", "oci-archive:c.tar"}},
        {"two spellings", {"c.tar", "./c.tar"}, {"c.tar", "./c.tar"}},
        {"two links to a folder", {"ln/a.tar", "ln2/a.tar"}, {"ln/a.tar", "ln2/a.tar"}},
        {"a link to a file", {"link.tar", "old.tar"}, {"link.tar", "old.tar"}},
        {"standard output", {"-", "-"}, {"-"}},
        {"standard output in two forms", {"-", "oci-archive:-"}, {"-", "oci-archive:-"}},
        {"bills of two images", {"d.tar", "d"}, {"d.tar", "d"}},
        {"the image of debugging", {"d.tar", "d-debug.tar"}, {"d.tar", "d-debug.tar"}, true},
        {"a tag of debugging", {"oci:l:1", "oci:l:1-debug"}, {"oci:l:1", "oci:l:1-debug"}, true},
        {"a tag", {"oci:l:1", "oci:real/../l/:1"}, {"oci:l:1", "oci:real/../l/:1"}},
        {"the image's own tag", {"oci:l", "oci:l:2"}, {"oci:l", "oci:l:2"}},
        {"a folder and a file", {"oci:l:1", "l"}, {"oci:l:1", "l"}},
        {"a registry",
         {"docker://x.example/a", "docker://x.example/a:latest"},
         {"docker://x.example/a", "docker://x.example/a:latest"}},
        {"a daemon",
         {"docker-daemon:a:1", "docker-daemon:docker.io/library/a:1"},
         {"docker-daemon:a:1", "docker-daemon:docker.io/library/a:1"}},
        {"two tags", {"oci:two:1", "oci:two:2", "oci:two"}, {}},
        {"two folders", {"real/a.tar", "a.tar"}, {}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work;
        const Inside inside(work);
        const std::string app = work.program("app");
        const std::string shell = work.program("shell");
        fs::create_directory("real");
        fs::create_symlink("real", "ln");
        fs::create_symlink("real", "ln2");
        write_text("./old.tar", "");
        fs::create_symlink("old.tar", "link.tar");
        const std::vector<std::string> before = work.listing();
        BakeOptions options{.apps = {app}, .tags = {"app:3"}, .outputs = c.outputs};
        if (c.name == std::string("the image's own tag"))
            options.tags = {"app:2"};
        if (c.debug)
            options.debug = {shell};
        const auto made = bake_quietly(options);
        REQUIRE_MESSAGE(static_cast<bool>(made) == c.facts.empty(),
                        (made ? "" : made.error().text));
        if (made)
            continue;
        CHECK(work.listing() == before);
        check_facts(made.error(), c.facts);
    }
}

TEST_CASE("several targets of a transfer have places of their own")
{
    const auto same = places::check_targets("docker://x.example/team/x:1", {"oci:l", "oci:l:1"});
    REQUIRE_FALSE(same);
    check_facts(same.error(), {"oci:l", "oci:l:1"});
    CHECK(places::check_targets("docker://x.example/team/x:1", {"oci:l", "oci:l:2", "x.tar"}));
}

TEST_CASE("an output never replaces a file that is read, or one of another kind")
{
    const WorkFolder work;
    const Inside inside(work);
    const std::string app = work.program("app");
    baked({.apps = {app}, .outputs = {"base.tar"}});
    fs::create_directory("tree");
    fs::copy_file("base.tar", "tree/data.tar");
    fs::copy_file("base.tar", "data.tar");
    fs::create_symlink("data.tar", "link");
    write_text("./notes.txt", "of mine\n");
    write_text("./x.spdx.json", "of mine\n");
    write_text("./app.policy", make_policy({}));
    write_text("./variables", "A=1\n");

    struct Case {
        const char* name;
        BakeOptions options;
        std::vector<std::string> facts;
    };

    const Case cases[] = {
        {"the program", {.apps = {"./app"}, .outputs = {"app"}}, {"app", "./app"}},
        {"an added archive",
         {.apps = {app}, .outputs = {"data.tar"}, .add = {"link:/data.tar"}},
         {"data.tar", "link"}},
        {"a file of an added folder",
         {.apps = {app}, .outputs = {"tree/data.tar"}, .add = {"tree:/srv"}},
         {"tree/data.tar"}},
        {"the image below",
         {.apps = {app}, .outputs = {"docker-archive:base.tar"}, .from = "oci-archive:base.tar"},
         {"docker-archive:base.tar", "base.tar"}},
        {"the profile",
         {.apps = {app}, .outputs = {"./app.policy"}, .profile = "app.policy"},
         {"./app.policy", "app.policy"}},
        {"variables",
         {.apps = {app}, .outputs = {"./variables"}, .env_files = {"variables"}},
         {"./variables", "variables"}},
        {"a text", {.apps = {app}, .outputs = {"notes.txt"}}, {"notes.txt"}},
        {"a text in the place of the bill", {.apps = {app}, .outputs = {"x.tar"}}, {"x.spdx.json"}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto made = bake_quietly(c.options);
        REQUIRE_FALSE(made);
        check_facts(made.error(), c.facts);
    }
    CHECK(read_text("notes.txt") == "of mine\n");
    CHECK(read_text("x.spdx.json") == "of mine\n");
    CHECK(read_text("variables") == "A=1\n");
    const auto quiet = [](std::string_view) {};
    const auto hardened = harden({.image = "base.tar", .outputs = {"./base.tar"}}, quiet);
    REQUIRE_FALSE(hardened);
    check_facts(hardened.error(), {"base.tar", "./base.tar"});
    const auto copied = places::transfer({.from = "base.tar", .to = "oci-archive:base.tar"}, {});
    REQUIRE_FALSE(copied);
    check_facts(copied.error(), {"base.tar", "oci-archive:base.tar"});
    CHECK_FALSE(places::transfer({.from = "base.tar", .to = "notes.txt"}, {}));
    // An image from before, packed or not, is replaced.
    CHECK(bake_quietly({.apps = {app}, .outputs = {"data.tar"}}));
    CHECK(places::transfer({.from = "base.tar", .to = "data.tar"}, {}));
}

TEST_CASE("the folder that an output lacks is named before anything is built")
{
    const WorkFolder work;
    const auto made =
        bake_quietly({.apps = {work.program("app")}, .outputs = {work.path("no/sub/x.tar")}});
    REQUIRE_FALSE(made);
    CHECK(made.error().blame == Blame::environment);
    CHECK(made.error().text.find("'" + work.path("no/sub/x.tar") + "'") != std::string::npos);
    CHECK(made.error().text.find("'" + work.path("no/sub") + "'") != std::string::npos);
    CHECK(made.error().text.find(".json") == std::string::npos);
}

}  // namespace outputs_test
