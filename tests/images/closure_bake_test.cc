// Dynamic programs baked for real: what is in their images.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/input.h"
#include "loaded.h"
#include "unpacked.h"

namespace closure_bake_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
using namespace outis::images::programs;
using namespace outis::images::bake;
using namespace outis::images::testing;

namespace fs = std::filesystem;

namespace {

constexpr const char* kHello = "int main(void) { return 0; }\n";

}  // namespace

TEST_CASE("a program of this machine comes with its loader, its libraries and their list")
{
    const WorkFolder work_folder;
    write_text(work_folder / "hello.c", kHello);
    output_of({"gcc", "-o", work_folder.path("hello"), work_folder.path("hello.c")});
    const Baked made =
        baked({.apps = {work_folder.path("hello")}, .outputs = {work_folder.path("x.tar")}});
    CHECK(problems_of(work_folder / "x.tar").empty());
    const Unpacked image = unpack(work_folder / "x.tar");
    CHECK(image.layers.size() == 3);
    CHECK(image.entries.contains("app"));
    CHECK((image.entries.at("lib").kind == EntryKind::symlink) == fs::is_symlink("/lib"));
    const std::string libc = fs::canonical("/lib/x86_64-linux-gnu/libc.so.6").string();
    CHECK((image.contents.at(libc.substr(1)) == read_text(libc)));
    const std::string loader = fs::canonical("/lib64/ld-linux-x86-64.so.2").string();
    CHECK(image.entries.at(loader.substr(1)).mode == 0755);

    write_text(work_folder / "ld.so.cache", image.contents.at("etc/ld.so.cache"));
    const std::string listing =
        output_of({"ldconfig", "-p", "-C", work_folder.path("ld.so.cache")});
    CHECK(listing.find("libc.so.6 (libc6,x86-64) => /lib/x86_64-linux-gnu/libc.so.6") !=
          std::string::npos);
}

TEST_CASE("a program of a root keeps its path, and the links on its way")
{
    const WorkFolder work_folder;
    const RootMaker root(work_folder / "root", Libc::glibc);
    root.program({.path = "/usr/bin/app-1.0", .needed = {"libb.so.1"}, .rpath = "/opt/lib"});
    root.library({.path = "/opt/lib/libb.so.1.0", .soname = "libb.so.1"});
    root.link({.path = "/opt/lib/libb.so.1", .target = "libb.so.1.0"});
    root.link({.path = "/usr/bin/app", .target = "app-1.0"});
    root.link({.path = "/bin", .target = "usr/bin"});
    write_text(work_folder / "tool", make_elf({}));
    baked({.apps = {"/bin/app"},
           .root = root.folder().string(),
           .outputs = {work_folder.path("x.tar")},
           .add = {work_folder.path("tool") + ":/bin/tool",
                   work_folder.path("tool") + ":/lib/x/tool"},
           .directories = {"/bin"},
           .debug = {work_folder.path("tool")}});
    CHECK(problems_of(work_folder / "x.tar").empty());
    for (const char* file : {"x.tar", "x-debug.tar"}) {
        CAPTURE(file);
        const Unpacked image = unpack(work_folder / file);
        CHECK(text(image.config.at("config").at("Entrypoint").as_array().back()) == "/bin/app");
        CHECK(image.entries.at("bin").target == "usr/bin");
        CHECK(image.entries.at("usr/bin/app").target == "app-1.0");
        CHECK(image.entries.at("usr/bin/app-1.0").kind == EntryKind::file);
        CHECK(image.entries.at("opt/lib/libb.so.1").target == "libb.so.1.0");
        CHECK(image.entries.at("opt/lib/libb.so.1.0").kind == EntryKind::file);
        // What the user adds goes behind the root's links.
        CHECK(image.entries.at("usr/bin/tool").kind == EntryKind::file);
        CHECK(image.entries.contains("lib/x/tool") != fs::is_symlink("/lib"));
        for (const auto& [path, entry] : image.entries) {
            CAPTURE(path);
            CHECK(path.find("root") == std::string::npos);  // the folder's name on this machine
        }
    }
    CHECK(unpack(work_folder / "x-debug.tar").entries.contains("usr/bin/busybox"));
}

TEST_CASE("images of programs that need the same share the library layer")
{
    const WorkFolder work_folder;
    write_text(work_folder / "a.c", kHello);
    write_text(work_folder / "b.c", "int main(void) { return 1; }\n");
    std::vector<std::string> layers;
    for (const std::string name : {"a", "b"}) {
        output_of({"gcc", "-o", work_folder.path(name), work_folder.path(name + ".c")});
        baked({.apps = {work_folder.path(name)}, .outputs = {work_folder.path(name + ".tar")}});
        layers.push_back(unpack(work_folder / (name + ".tar")).layers.at(1));
    }
    CHECK(layers[0] == layers[1]);
}

TEST_CASE("$ORIGIN of a program that moves to /app moves with it")
{
    const WorkFolder work_folder;
    const RootMaker root(work_folder / "root", Libc::glibc);
    root.program({.path = "/build/app", .needed = {"libb.so.1"}, .runpath = "$ORIGIN/lib"});
    root.library({.path = "/build/lib/libb.so.1",
                  .soname = "libb.so.1",
                  .needed = {"libc1.so"},
                  .runpath = "$ORIGIN/more"});
    root.library({.path = "/build/lib/more/libc1.so", .soname = "libc1.so"});
    baked({.apps = {work_folder.path("root/build/app")}, .outputs = {work_folder.path("x.tar")}});
    const Unpacked image = unpack(work_folder / "x.tar");
    const std::string lib = fs::is_symlink("/lib") ? "usr/lib" : "lib";
    CHECK(image.entries.at(lib + "/libb.so.1").kind == EntryKind::file);
    CHECK(image.entries.at(lib + "/more/libc1.so").kind == EntryKind::file);
}

TEST_CASE("libraries loaded at run time are found by evidence, or added by name")
{
    struct Case {
        std::string name;
        const char* source;
        BakeOptions options;
        std::vector<const char*> found = {};
        std::vector<const char*> absent = {};
        const char* note = "";
    };

    const Case cases[] = {
        {.name = "threads that are cancelled",
         .source =
             "#include <pthread.h>\nint main(void) { return pthread_cancel(pthread_self()); }",
         .options = {},
         .found = {"libgcc_s.so.1"}},
        {.name = "nothing",
         .source = kHello,
         .options = {},
         .absent = {"libgcc_s.so.1", "gconv-modules", "libnss_compat.so.2", "C.utf8"}},
        {.name = "conversion",
         .source = "#include <iconv.h>\nint main(void) { return iconv_open(\"a\", \"b\") != 0; }",
         .options = {},
         .found = {"gconv-modules", "ISO8859-15.so"},
         .note = "/gconv'"},
        {.name = "a library by its name",
         .source = kHello,
         .options = {.libraries = {"libnss_compat.so.2"}},
         .found = {"libnss_compat.so.2"}},
        {.name = "a library by its path",
         .source = kHello,
         .options = {.libraries = {"/lib/x86_64-linux-gnu/libgcc_s.so.1"}},
         .found = {"libgcc_s.so.1"}},
        {.name = "a locale",
         .source = "#include <locale.h>\nint main(void) { return setlocale(0, \"\") == 0; }",
         .options = {.locale = "C.UTF-8"},
         .found = {"LC_CTYPE"}},
        {.name = "a locale that nobody gave",
         .source = "#include <locale.h>\nint main(void) { return setlocale(0, \"\") == 0; }",
         .options = {},
         .absent = {"LC_CTYPE"},
         .note = "asks for a locale"},
        {.name = "dlopen",
         .source = "#include <dlfcn.h>\nint main(void) { return dlopen(\"x\", 1) != 0; }",
         .options = {},
         .note = "may load more at run time"},
    };
    const WorkFolder work_folder;
    for (const Case& c : cases) {
        CAPTURE(c.name);
        write_text(work_folder / "x.c", c.source);
        output_of({"gcc", "-o", work_folder.path("x"), work_folder.path("x.c")});
        BakeOptions options = c.options;
        options.apps = {work_folder.path("x")};
        options.outputs = {work_folder.path("x.tar")};
        const Baked made = baked(options);
        const Unpacked image = unpack(work_folder / "x.tar");
        const auto holds = [&](const std::string& file) {
            return std::ranges::any_of(image.entries, [&](const auto& entry) {
                return entry.first.ends_with("/" + file);
            });
        };
        for (const char* file : c.found)
            CHECK_MESSAGE(holds(file), file);
        for (const char* file : c.absent)
            CHECK_FALSE_MESSAGE(holds(file), file);
        std::string notes;
        for (const std::string& note : made.notes)
            notes += note + "\n";
        CAPTURE(notes);
        CHECK((std::string(c.note).empty() ? notes.empty()
                                           : notes.find(c.note) != std::string::npos));
    }
}

TEST_CASE("an added library brings what it needs, and is found by name")
{
    const WorkFolder work_folder;
    const RootMaker root(work_folder / "root", Libc::glibc);
    root.program({.path = "/bin/app", .needed = {"libmine.so.1"}});
    root.library({.path = "/usr/lib/libb.so.1", .soname = "libb.so.1"});
    root.library(
        {.path = "/elsewhere/libmine.so.1", .soname = "libmine.so.1", .needed = {"libb.so.1"}});
    const std::string mine = (work_folder / "libmine.so.1").string();
    fs::rename(root.folder() / "elsewhere/libmine.so.1", mine);
    const BakeOptions without{.apps = {"/bin/app"},
                              .root = root.folder().string(),
                              .outputs = {work_folder.path("x.tar")}};
    CHECK_FALSE(bake_quietly(without));
    BakeOptions with = without;
    with.add = {mine + ":/usr/lib/"};
    baked(with);
    const Unpacked image = unpack(work_folder / "x.tar");
    CHECK(image.entries.contains("usr/lib/libmine.so.1"));
    CHECK(image.entries.contains("usr/lib/libb.so.1"));
    const std::string& cache = image.contents.at("etc/ld.so.cache");
    CHECK(cache.find("/libmine.so.1") != std::string::npos);
}

TEST_CASE("what a module needs may lie anywhere in the image, or come from the host")
{
    struct Case {
        std::string name;
        std::vector<std::string> needed;      // by the module
        std::vector<std::string> added = {};  // libraries beside it
        std::vector<std::string> provided = {};
        std::vector<std::string> refusal = {};  // what the message names
    };

    const Case cases[] = {
        {.name = "beside it", .needed = {"libvm.so"}, .added = {"server/libvm.so"}},
        {.name = "nowhere",
         .needed = {"libvm.so", "libcuda.so.1"},
         .refusal = {"'/opt/lib/module.so' needs 'libvm.so'", "needs 'libcuda.so.1'",
                     "--provided libvm.so --provided libcuda.so.1"}},
        {.name = "by the host",
         .needed = {"libvm.so", "libcuda.so.1"},
         .provided = {"libvm.so", "libcuda.so.1"}},
        {.name = "one of two",
         .needed = {"libvm.so", "libcuda.so.1"},
         .added = {"server/libvm.so"},
         .refusal = {"--provided libcuda.so.1"}},
    };
    const WorkFolder work_folder;
    int number = 0;
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const RootMaker root(work_folder / ("root" + std::to_string(number)), Libc::glibc);
        const RootMaker other(work_folder / ("other" + std::to_string(number++)), Libc::glibc);
        root.program({.path = "/usr/bin/app"});
        other.library({.path = "/lib-in/module.so", .soname = "module.so", .needed = c.needed});
        for (const std::string& library : c.added)
            other.library(
                {.path = "/lib-in/" + library, .soname = fs::path(library).filename().string()});
        const auto made = bake_quietly({.apps = {"/usr/bin/app"},
                                        .root = root.folder().string(),
                                        .outputs = {work_folder.path("x.tar")},
                                        .add = {(other.folder() / "lib-in").string() + ":/opt/lib"},
                                        .provided = c.provided});
        CHECK(static_cast<bool>(made) == c.refusal.empty());
        const std::string text = made ? "" : made.error().text;
        CAPTURE(text);
        for (const std::string& message : c.refusal)
            CHECK(text.find(message) != std::string::npos);
        CHECK((text.find("'/usr/bin/app'") == std::string::npos));
        if (c.added.size() == c.needed.size())
            CHECK(problems_of(work_folder / "x.tar") == "");
    }
}

TEST_CASE("what a program itself needs is an error, unless the host brings it")
{
    const WorkFolder work_folder;
    const RootMaker root(work_folder / "root", Libc::glibc);
    root.program({.path = "/usr/bin/app", .needed = {"libcuda.so.1"}});
    BakeOptions options{.apps = {"/usr/bin/app"},
                        .root = root.folder().string(),
                        .outputs = {work_folder.path("x.tar")}};
    const auto refused = bake_quietly(options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("'/usr/bin/app' needs 'libcuda.so.1'") != std::string::npos);
    options.provided = {"libcuda.so.1"};
    CHECK(bake_quietly(options));
}

}  // namespace closure_bake_test
