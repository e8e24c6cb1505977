// What a program needs, found as its loader finds it: each row is a root, and the real loader is
// asked about it too.
#include "programs/closure.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

#include "fixture.h"
#include "loaded.h"
#include "support/skip.h"

namespace closure_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::programs;
using namespace outis::images::testing;

namespace {

struct Case {
    std::string name;
    Libc libc = Libc::glibc;
    Recipe program = {};  // at /bin/app
    std::vector<Recipe> libraries = {};
    std::vector<LinkRecipe> links = {};
    std::vector<const char*> found = {};  // besides loader and libc
    const char* cache_folder = nullptr;   // in ld.so.conf before ldconfig runs
};

// The two that every program here needs.
std::set<std::string> system_files(const RootMaker& root, Libc libc)
{
    const auto opened = Root::open(root.folder().string());
    std::set<std::string> files;
    const auto add = [&](const char* path) {
        const auto found = opened.value().find(path);
        REQUIRE(found);
        files.insert(found.value().path);
    };
    add(libc == Libc::glibc ? "/lib64/ld-linux-x86-64.so.2" : "/lib/ld-musl-x86_64.so.1");
    if (libc == Libc::glibc)
        add("/lib/x86_64-linux-gnu/libc.so.6");
    return files;
}

const Recipe kA{.path = "/opt/a/liba.so.1", .soname = "liba.so.1", .needed = {"libb.so.1"}};
const Recipe kB{.path = "/opt/a/libb.so.1", .soname = "libb.so.1"};
const Recipe kDefaultB{.path = "/usr/lib/libb.so.1", .soname = "libb.so.1"};

const std::vector<Case>& cases()
{
    static const std::vector<Case> rows = {
        {.name = "RPATH counts for what libraries need",
         .program = {.needed = {"liba.so.1"}, .rpath = "/opt/a"},
         .libraries = {kA, kB, kDefaultB},
         .found = {"/opt/a/liba.so.1", "/opt/a/libb.so.1"}},
        {.name = "RUNPATH counts for its own needs alone",
         .program = {.needed = {"liba.so.1"}, .runpath = "/opt/a"},
         .libraries = {kA, kB, kDefaultB},
         .found = {"/opt/a/liba.so.1", "/usr/lib/libb.so.1"}},
        {.name = "a library with RUNPATH does not inherit RPATH",
         .program = {.needed = {"liba.so.1"}, .rpath = "/opt/a"},
         .libraries = {{.path = "/opt/a/liba.so.1",
                        .soname = "liba.so.1",
                        .needed = {"libb.so.1"},
                        .runpath = "/opt/none"},
                       kB,
                       kDefaultB},
         .found = {"/opt/a/liba.so.1", "/usr/lib/libb.so.1"}},
        {.name = "$ORIGIN of a library is where it was found",
         .program = {.needed = {"liba.so.1"}, .runpath = "$ORIGIN/../opt/a"},
         .libraries = {{.path = "/opt/a/liba.so.1",
                        .soname = "liba.so.1",
                        .needed = {"libc1.so"},
                        .runpath = "${ORIGIN}/../c"},
                       {.path = "/opt/c/libc1.so", .soname = "libc1.so"}},
         .found = {"/opt/a/liba.so.1", "/opt/c/libc1.so"}},
        {.name = "$ORIGIN through a link to a folder",
         .program = {.needed = {"liba.so.1"}, .runpath = "/opt/link"},
         .libraries = {{.path = "/opt/a/liba.so.1",
                        .soname = "liba.so.1",
                        .needed = {"libc1.so"},
                        .runpath = "$ORIGIN/c"},
                       {.path = "/opt/a/c/libc1.so", .soname = "libc1.so"}},
         .links = {{"/opt/link", "a"}},
         .found = {"/opt/a/liba.so.1", "/opt/a/c/libc1.so"}},
        {.name = "$LIB",
         .program = {.needed = {"liba.so.1"}, .runpath = "/opt/$LIB"},
         .libraries = {{.path = "/opt/lib/x86_64-linux-gnu/liba.so.1", .soname = "liba.so.1"}},
         .found = {"/opt/lib/x86_64-linux-gnu/liba.so.1"}},
        {.name = "a name that is loaded is not looked for again",
         .program = {.needed = {"liba.so.1", "libb.so.1"}, .rpath = "/opt/b:/opt/a"},
         .libraries = {kA, kB, {.path = "/opt/b/libb.so.1", .soname = "libb.so.1"}},
         .found = {"/opt/a/liba.so.1", "/opt/b/libb.so.1"}},
        {.name = "a SONAME that differs from the file's name",
         .program = {.needed = {"libx.so", "liba.so.1"}, .rpath = "/opt/a"},
         .libraries = {kA, {.path = "/opt/a/libx.so", .soname = "libb.so.1"}, kDefaultB},
         .found = {"/opt/a/libx.so", "/opt/a/liba.so.1"}},
        {.name = "chains of links, relative and absolute",
         .program = {.needed = {"libl.so.1"}},
         .libraries = {{.path = "/opt/real/libl.so.1.2.3", .soname = "libl.so.1"}},
         .links = {{"/usr/lib/libl.so.1", "libl.so.1.2"},
                   {"/usr/lib/libl.so.1.2", "/opt/current/libl.so.1.2.3"},
                   {"/opt/current", "../opt/real"}},
         .found = {"/opt/real/libl.so.1.2.3"}},
        {.name = "the cache comes before the loader's folders",
         .program = {.needed = {"libb.so.1"}},
         .libraries = {kDefaultB, {.path = "/opt/conf/libb.so.1", .soname = "libb.so.1"}},
         .found = {"/opt/conf/libb.so.1"},
         .cache_folder = "/opt/conf"},
        {.name = "nodefaultlib",
         .program = {.needed = {"libb.so.1"},
                     .runpath = "/opt/a:/lib/x86_64-linux-gnu",
                     .no_default_folders = true},
         .libraries = {kDefaultB, kB},
         .found = {"/opt/a/libb.so.1"}},
        {.name = "a path as the name",
         .program = {.needed = {"/opt/a/libb.so.1"}},
         .libraries = {kB},
         .found = {"/opt/a/libb.so.1"}},
        {.name = "needed in a circle",
         .program = {.needed = {"liba.so.1"}, .rpath = "/opt/a"},
         .libraries =
             {kA, {.path = "/opt/a/libb.so.1", .soname = "libb.so.1", .needed = {"liba.so.1"}}},
         .found = {"/opt/a/liba.so.1", "/opt/a/libb.so.1"}},
        {.name = "musl: RUNPATH counts for what libraries need",
         .libc = Libc::musl,
         .program = {.needed = {"liba.so.1"}, .runpath = "/opt/a"},
         .libraries = {kA, kB},
         .found = {"/opt/a/liba.so.1", "/opt/a/libb.so.1"}},
        {.name = "musl: its folders",
         .libc = Libc::musl,
         .program = {.needed = {"libb.so.1"}},
         .libraries = {{.path = "/usr/lib/x86_64-linux-musl/libb.so.1", .soname = "libb.so.1"}},
         .found = {"/usr/lib/x86_64-linux-musl/libb.so.1"}},
        {.name = "musl: parts of libc are the loader",
         .libc = Libc::musl,
         .program = {.needed = {"libpthread.so.0", "libm.so.6", "libb.so.1"},
                     .rpath = "$ORIGIN/../opt/a"},
         .libraries = {kB, {.path = "/opt/a/libm.so.6", .soname = "libm.so.6"}},
         .found = {"/opt/a/libb.so.1"}},
    };
    return rows;
}

void make(const RootMaker& root, const Case& c)
{
    Recipe program = c.program;
    program.path = "/bin/app";
    root.program(program);
    for (const Recipe& library : c.libraries)
        root.library(library);
    for (const LinkRecipe& link : c.links)
        root.link(link);
    if (c.cache_folder != nullptr) {
        root.text("/etc/ld.so.conf", "# ours\ninclude /etc/ld.so.conf.d/*.conf\n");
        root.text("/etc/ld.so.conf.d/x.conf", c.cache_folder + std::string("  # here\n"));
        output_of({"ldconfig", "-r", root.folder().string()});
    }
}

}  // namespace

TEST_CASE("libraries are found where the loader finds them")
{
    const WorkFolder work_folder;
    const bool privileged = ::geteuid() == 0;
    if (!privileged)
        tests::skip("comparison with the loaders", "chroot needs root");
    int number = 0;
    for (const Case& c : cases()) {
        CAPTURE(c.name);
        const RootMaker root(work_folder / ("root" + std::to_string(number++)), c.libc);
        make(root, c);
        std::set<std::string> expected = system_files(root, c.libc);
        expected.insert(c.found.begin(), c.found.end());
        CHECK((root.ours("/bin/app") == expected));
        if (privileged)
            CHECK((root.loaders("/bin/app") == expected));
    }
}

// What $PLATFORM is depends on the processor before glibc 2.37; images are for all of them.
TEST_CASE("library folders are searched in the loader's order")
{
    std::vector<Object> objects(2);
    objects[0].look = "/home/me/app";
    objects[0].place = "/app";
    objects[0].elf.rpath = "$ORIGIN/lib:relative:/opt/${PLATFORM}:/opt/$LIBRARY";
    objects[1].look = objects[1].place = "/lib/liba.so";
    objects[1].asker = 0;
    SearchPath path{.variable = "/v/$LIB;relative::/w",
                    .cache = std::make_shared<const LdCache>(LdCache{{"x", "/c/x"}, {"y", "/c/y"}}),
                    .folders = {"/conf"},
                    .built_in = {"/lib"},
                    .lib = "lib64"};
    const auto places = [&](std::size_t asker) {
        std::vector<std::string> list;
        for (const Candidate& candidate : candidates(path, objects, asker, "x").places)
            list.push_back(candidate.look +
                           (candidate.place == candidate.look ? "" : " at " + candidate.place));
        return list;
    };
    const std::vector<std::string> glibc{"/home/me/lib/x at /lib/x",
                                         "/opt/x86_64/x",
                                         "/opt/$LIBRARY/x",
                                         "/v/lib64/x",
                                         "/w/x",
                                         "/c/x",
                                         "/conf/x",
                                         "/lib/x"};
    CHECK((places(0) == glibc));
    CHECK((places(1) == glibc));
    objects[0].elf.no_default_folders = true;
    CHECK((places(0) == std::vector<std::string>(glibc.begin(), glibc.end() - 1)));

    objects[0].elf.no_default_folders = false;
    objects[0].elf.runpath = "/run";
    CHECK((places(0) ==
           std::vector<std::string>{"/v/lib64/x", "/w/x", "/run/x", "/c/x", "/conf/x", "/lib/x"}));
    objects[0].elf.runpath.clear();

    path.libc = Libc::musl;
    path.variable = "/v:relative\n/w";
    CHECK((places(0) == std::vector<std::string>{"/v/x", "/w/x", "/conf/x", "/lib/x"}));
    objects[0].elf.runpath = "$ORIGIN/lib";
    CHECK((places(1) == std::vector<std::string>{"/v/x", "/w/x", "/home/me/lib/x at /lib/x",
                                                 "/conf/x", "/lib/x"}));
}

}  // namespace closure_test
