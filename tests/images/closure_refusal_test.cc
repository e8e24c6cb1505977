// Roots in which a program could not start: one line that names the chain, and no image.
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "loaded.h"
#include "unpacked.h"

namespace closure_refusal_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::programs;
using namespace outis::images::testing;

namespace fs = std::filesystem;

namespace {

const Recipe kApp{.path = "/bin/app", .needed = {"liba.so.1"}, .rpath = "/opt/a"};
const Recipe kA{.path = "/opt/a/liba.so.1", .soname = "liba.so.1", .needed = {"libb.so.1"}};

struct Case {
    std::string name;
    std::vector<LinkRecipe> links = {};
    std::string foreign = {};  // the place of a file for another machine
    std::string garbage = {};  // the place of a text
    std::vector<std::string> messages = {};
};

}  // namespace

TEST_CASE("a missing library is named with the chain that needs it, and nothing is written")
{
    const Case cases[] = {
        {.name = "missing",
         .messages = {"'/bin/app' needs 'liba.so.1', which needs 'libb.so.1', which the root '",
                      "' lacks; install it there, give it by --add", "--provided libb.so.1"}},
        {.name = "for another machine",
         .foreign = "/opt/a/libb.so.1",
         .messages = {"which needs 'libb.so.1'", "lacks ('/opt/a/libb.so.1' is for i386 (32-bit)"}},
        {.name = "two for other machines",
         .links = {{"/lib/libb.so.1", "/opt/a/libb.so.1"}},
         .foreign = "/opt/a/libb.so.1",
         .messages = {"('/opt/a/libb.so.1' is for i386 (32-bit); "
                      "'/lib/libb.so.1' is for i386 (32-bit)"}},
        {.name = "no ELF file",
         .garbage = "/opt/a/libb.so.1",
         .messages = {"('/opt/a/libb.so.1' is not an ELF file)"}},
        {.name = "a link to nowhere",
         .links = {{"/opt/a/libb.so.1", "libb.so.1.2"}},
         .messages = {"('/opt/a/libb.so.1' leads by the link '/opt/a/libb.so.1' to "
                      "'/opt/a/libb.so.1.2', which is not in the root '"}},
        {.name = "a link out of the root",
         .links = {{"/opt/a/libb.so.1", "../../../../../../../etc/hostname.not.here"}},
         .messages = {"to '/etc/hostname.not.here', which is not in the root '"}},
        {.name = "links in a circle",
         .links = {{"/opt/a/libb.so.1", "libc.so.1"}, {"/opt/a/libc.so.1", "libb.so.1"}},
         .messages = {"goes round in circles"}},
        {.name = "a circle of folders",
         .links = {{"/opt/a/libb.so.1", "x/libb.so.1"}, {"/opt/a/x", "x/y"}},
         .messages = {"goes round in circles"}},
    };
    const WorkFolder work_folder;
    const RootMaker root(work_folder / "root", Libc::glibc);
    root.program(kApp);
    root.library(kA);
    for (const Case& c : cases) {
        CAPTURE(c.name);
        for (const LinkRecipe& link : c.links)
            root.link(link);
        if (!c.foreign.empty())
            root.text(c.foreign, make_elf({.bits = 32, .machine = 3, .type = 3}));
        if (!c.garbage.empty())
            root.text(c.garbage, "INPUT(libb.so)\n");
        std::vector<std::string> before = work_folder.listing();
        std::erase(before, "cache");
        const auto made = bake_quietly({.apps = {"/bin/app"},
                                        .root = root.folder().string(),
                                        .outputs = {work_folder.path("x.tar")}});
        REQUIRE_FALSE(made);
        CAPTURE(made.error().text);
        CHECK(made.error().blame == Blame::input);
        CHECK(made.error().text.find('\n') == std::string::npos);
        for (const std::string& message : c.messages)
            CHECK(made.error().text.find(message) != std::string::npos);
        std::vector<std::string> after = work_folder.listing();
        std::erase(after, "cache");
        CHECK(after == before);
        for (const LinkRecipe& link : c.links)
            fs::remove(root.folder().string() + link.path);
        for (const std::string& file : {c.foreign, c.garbage}) {
            if (!file.empty())
                fs::remove(root.folder().string() + file);
        }
    }
}

TEST_CASE("an interpreter that is not in the root is named")
{
    struct Interpreter {
        std::string name;
        std::string interpreter;
        const char* message;
    };

    const WorkFolder work_folder;
    const std::string outside = work_folder.program("ld.so", {.type = 3});
    const Interpreter cases[] = {
        {"absent", "/lib64/ld-none.so", "needs the loader '/lib64/ld-none.so', which the root '"},
        {"outside", outside, "which the root '"},
        {"relative", "lib/ld.so", "which is no absolute path"},
        {"climbing", "/../../" + outside, "lacks"},
        {"a link out", "/lib/out.so", "leads by the link '/lib/out.so' to '"},
        {"another machine", "/lib/arm.so", "is for AArch64 (64-bit)"},
        {"text", "/lib/text.so", "is not an ELF file"},
        {"a folder", "/lib", "lacks"},
    };
    fs::create_directories(work_folder / "root/lib");
    fs::create_symlink(outside, work_folder / "root/lib/out.so");
    write_text(work_folder / "root/lib/arm.so", make_elf({.machine = 183, .type = 3}));
    write_text(work_folder / "root/lib/text.so", "text");
    for (const Interpreter& c : cases) {
        CAPTURE(c.name);
        write_text(work_folder / "root/bin/app", make_elf({.interpreter = c.interpreter}));
        const auto made = bake_quietly({.apps = {"/bin/app"},
                                        .root = work_folder.path("root"),
                                        .outputs = {work_folder.path("x.tar")}});
        REQUIRE_FALSE(made);
        CAPTURE(made.error().text);
        CHECK(made.error().blame == Blame::input);
        CHECK(made.error().text.find(c.message) != std::string::npos);
        CHECK_FALSE(fs::exists(work_folder / "x.tar"));
    }
}

TEST_CASE("a library of another architecture is skipped if the right one follows")
{
    const WorkFolder work_folder;
    const RootMaker root(work_folder / "root", Libc::glibc);
    root.program(kApp);
    root.library(kA);
    root.text("/opt/a/libb.so.1", make_elf({.bits = 32, .machine = 3, .type = 3}));
    root.library({.path = "/usr/lib/libb.so.1", .soname = "libb.so.1"});
    CHECK(root.ours("/bin/app").contains("/usr/lib/libb.so.1"));
    CHECK_FALSE(root.ours("/bin/app").contains("/opt/a/libb.so.1"));
}

TEST_CASE("damaged or endless settings of a loader are refused")
{
    const WorkFolder work_folder;
    const RootMaker root(work_folder / "root", Libc::glibc);
    root.program({.path = "/bin/app"});
    root.text("/etc/ld.so.conf", "include /etc/ld.so.conf\ninclude /etc/*.conf\n");
    CHECK(root.refusal("/bin/app").find("does a file include itself?") != std::string::npos);
    root.text("/etc/ld.so.conf", "/opt/a\n");
    CHECK(root.refusal("/bin/app").empty());
    root.text("/etc/ld.so.cache", "glibc-ld.so.cache1.1");
    CHECK(root.refusal("/bin/app").find("'/etc/ld.so.cache' is malformed") != std::string::npos);
}

}  // namespace closure_refusal_test
