// --package: the files of installed packages with those that they need, by dpkg's database and
// apk's.
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "bill/packages.h"
#include "broken_images.h"
#include "fixture.h"
#include "loaded.h"
#include "made_image.h"
#include "unpacked.h"

namespace packages_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::bill;
using namespace outis::images::layers;
using namespace outis::images::testing;
namespace fs = std::filesystem;

namespace {

constexpr std::uint16_t kShared = 3;  // ET_DYN
constexpr const char* kStatus = "var/lib/dpkg/status";
constexpr const char* kInstalled = "lib/apk/db/installed";

void write_below(const fs::path& file, const std::string& text)
{
    fs::create_directories(file.parent_path());
    write_text(file, text);
}

// The files below the root, each with a blank behind it, or the error.
std::string files_of(const fs::path& folder, const std::vector<std::string>& names)
{
    const auto root = host::Root::open(folder.string());
    REQUIRE(root);
    const auto index = PackageIndex::open(root.value(), policy::Arch::x86_64);
    if (!index)
        return index.error().text;
    const auto files = index.value().files(names);
    if (!files)
        return files.error().text;
    std::string text;
    for (const std::string& file : files.value())
        text += file + " ";
    return text;
}

std::string stanza(const std::string& name, const std::string& more = "",
                   const std::string& arch = "amd64")
{
    return "Package: " + name +
           "\nStatus: install ok installed\nVersion: 1\nArchitecture: " + arch + "\n" + more + "\n";
}

}  // namespace

TEST_CASE("a package of dpkg comes with those that it needs")
{
    const WorkFolder shop;
    const fs::path root = shop / "tree";
    write_below(root / kStatus,
                stanza("app",
                       "Depends: one (>= 1) | two, virtual,\n folded:any, absent, libc6\n"
                       "Pre-Depends: early\nRecommends: not\n") +
                    stanza("one") + stanza("two") + stanza("real", "Provides: virtual (= 1), x\n") +
                    stanza("folded", "Depends: app\n") + stanza("early") + stanza("not") +
                    stanza("libc6") + stanza("both", "", "i386") +
                    stanza("both", "Depends: one\n") + stanza("both", "", "arm64"));
    const fs::path info = root / "var/lib/dpkg/info";
    for (const char* name : {"app", "one", "two", "real", "folded", "early", "not", "libc6"})
        write_below(info / (std::string(name) + ".list"), "/.\n/opt/" + std::string(name) + "\n");
    write_below(info / "both:amd64.list", "/opt/amd64\n");
    write_below(info / "both:i386.list", "/opt/i386\n");
    write_below(info / "app.list",
                "/.\n/etc\n/etc/app\n/opt/app\n/usr/share/man/app.1\n/usr/share/doc/app/copyright\n"
                "relative\n/opt/app\n" +
                    std::string("/nul\0x\n", 7) + "/" + std::string(5000, 'x') + "\n");
    write_below(root / "etc/app/made", "by its installation");
    CHECK(files_of(root, {"app"}) ==
          "/etc /etc/app /etc/app/made /opt/app /opt/early /opt/folded /opt/one /opt/real "
          "/usr/share/doc/app/copyright ");
    CHECK(files_of(root, {"two", "one"}) == "/opt/one /opt/two ");
    CHECK(files_of(root, {"libc6"}) == "/opt/libc6 ");
    CHECK(files_of(root, {"both"}) == "/opt/amd64 /opt/one ");
    CHECK(files_of(root, {"ap"}).find("'app'") != std::string::npos);
}

TEST_CASE("a package of apk comes with those that it needs, by name, library and command")
{
    const WorkFolder shop;
    const fs::path root = shop / "tree";
    write_below(root / "bin/app",
                make_elf({.interpreter = "/lib/ld.so.1", .needed = {"libx.so.1"}}));
    write_below(root / "lib/ld.so.1", make_elf({.type = kShared, .entry = 1}));
    write_below(root / "lib/libx.so.1", make_elf({.type = kShared, .entry = 2}));
    for (const char* file : {"usr/share/tool/data", "usr/lib/y/module", "usr/share/man/tool.1",
                             "usr/share/helper", "usr/share/virtual", "usr/share/plain",
                             "usr/share/musl", "usr/share/other", "etc/tool/secret"})
        write_below(root / file, file);
    fs::permissions(root / "etc/tool/secret", fs::perms(0600));
    write_below(root / kInstalled,
                "C:Q1=\nP:tool\nV:1-r0\nA:x86_64\nD:so:liby.so.1 cmd:helper>=1 virtual plain~1 "
                "!other so:libc.musl-x86_64.so.1 absent\nF:etc/tool\nR:secret\nF:usr/share/tool\n"
                "R:data\nF:usr/share/man\nR:tool.1\n\n"
                "P:liby\nV:1\nA:x86_64\np:so:liby.so.1=1.0\nF:usr/lib/y\nR:module\n\n"
                "P:help\nV:1\nA:x86_64\np:cmd:helper=1-r0 pc:help=1\nF:usr/share\nR:helper\n\n"
                "P:provider\nV:1\nA:x86_64\np:virtual\nF:usr/share\nR:virtual\n\n"
                "P:plain\nV:1\nA:x86_64\nD:tool\nF:usr/share\nR:plain\n\n"
                "P:musl\nV:1\nA:x86_64\np:so:libc.musl-x86_64.so.1=1\nF:usr/share\nR:musl\n\n"
                "P:other\nV:1\nA:x86_64\nF:usr/share\nR:other\n");
    write_below(root / "etc/os-release", "ID=alpine\nVERSION_ID=3.20\n");
    const bake::Baked made = baked({.apps = {"/bin/app"},
                                    .root = root.string(),
                                    .outputs = {shop.path("x.tar")},
                                    .packages = {"tool"}});
    const Unpacked image = unpack(shop / "x.tar");
    for (const char* there : {"usr/share/tool/data", "usr/lib/y/module", "usr/share/helper",
                              "usr/share/virtual", "usr/share/plain"}) {
        CAPTURE(std::string(there));
        REQUIRE(image.contents.contains(there));
        CHECK(image.contents.at(there) == there);
    }
    for (const char* absent :
         {"usr/share/man/tool.1", "usr/share/musl", "usr/share/other", "etc/tool/secret"}) {
        CAPTURE(std::string(absent));
        CHECK_FALSE(image.entries.contains(absent));
    }
    // The image lists them, and the bill of materials.
    for (const char* name : {"tool", "liby", "help", "provider", "plain"}) {
        CAPTURE(std::string(name));
        CHECK(image.contents.at(kInstalled).find("P:" + std::string(name) + "\n") !=
              std::string::npos);
        CHECK(read_text(shop / "x.spdx.json").find("pkg:apk/alpine/" + std::string(name) + "@1") !=
              std::string::npos);
    }
    CHECK(image.contents.at(kInstalled).find("P:musl") == std::string::npos);
    CHECK(files_of(root, {"tol"}).find("'tool'") != std::string::npos);
}

TEST_CASE("what a program may open is noted by a file that it names, and not if the base has it")
{
    struct Case {
        const char* name;
        std::vector<std::string> base;  // what of the package it has
        std::string note;               // a part; empty: there is none
    };

    const Case cases[] = {
        {"a module before data",
         {},
         "3 files of its package 'tool' and its kin are not in the "
         "image, '/usr/share/tool/mods/a.so' for one"},
        {"the module is in the base", {"usr/share/tool/mods/a.so"}, "'/usr/share/tool/x/data'"},
        {"nothing likely is left",
         {"usr/share/tool/mods/a.so", "usr/share/tool/x/data"},
         "1 files of its package 'tool' and its kin are not in the image; --package"},
        {"all is there",
         {"usr/share/tool/mods/a.so", "usr/share/tool/x/data", "usr/share/zoo/other"},
         ""},
    };
    const WorkFolder shop;
    const RootMaker root(shop / "tree", programs::Libc::glibc);
    write_text(shop / "tool.c",
               "#include <dlfcn.h>\nconst char *volatile place = \"/usr/share/tool/main.conf\";\n"
               "int main(void) { return dlopen(place, 1) != 0; }\n");
    root.text("/usr/bin/keep", "");
    output_of({"gcc", "-o", (root.folder() / "usr/bin/tool").string(), shop.path("tool.c")});
    for (const char* file :
         {"/usr/share/tool/mods/a.so", "/usr/share/tool/x/data", "/usr/share/zoo/other"})
        root.text(file, "x");
    root.text("/" + std::string(kStatus), stanza("tool"));
    root.text("/var/lib/dpkg/info/tool.list",
              "/.\n/usr/bin/tool\n/usr/share/tool/mods/a.so\n/usr/share/tool/x/data\n"
              "/usr/share/zoo/other\n");
    for (const Case& c : cases) {
        CAPTURE(std::string(c.name));
        bake::BakeOptions options{.apps = {"/usr/bin/tool"},
                                  .root = root.folder().string(),
                                  .outputs = {shop.path("x.tar")}};
        if (!c.base.empty()) {
            Parts parts;
            for (const std::string& file : c.base)
                parts.put({.path = file}, "x");
            write_text(shop / "base.tar", make_image(parts).archive());
            options.from = shop.path("base.tar");
        }
        std::string notes;
        for (const std::string& note : baked(options).notes)
            notes += note + "\n";
        CAPTURE(notes);
        CHECK((notes.find("opens more") == std::string::npos) == c.note.empty());
        CHECK(notes.find(c.note) != std::string::npos);
    }
}

TEST_CASE("what a program opens is named without '..'")
{
    const WorkFolder shop;
    const RootMaker root(shop / "tree", programs::Libc::glibc);
    root.text("/opt/bin/keep", "");
    root.text("/opt/lib/keep", "");
    write_text(shop / "more.c",
               "#include <dlfcn.h>\nint more(void) { return dlopen(\"x\", 1) != 0; }\n");
    write_text(shop / "tool.c", "int more(void);\nint main(void) { return more(); }\n");
    const std::string library = (root.folder() / "opt/lib/libmore.so").string();
    output_of(
        {"gcc", "-shared", "-fPIC", "-Wl,-soname,libmore.so", "-o", library, shop.path("more.c")});
    output_of({"gcc", "-o", (root.folder() / "opt/bin/tool").string(), shop.path("tool.c"), library,
               "-Wl,-rpath,$ORIGIN/../lib"});
    root.text("/opt/lib/data", "x");
    root.text("/" + std::string(kStatus), stanza("tool"));
    root.text("/var/lib/dpkg/info/tool.list", "/.\n/opt/lib/libmore.so\n/opt/lib/data\n");
    std::string notes;
    for (const std::string& note : baked({.apps = {"/opt/bin/tool"},
                                   .root = root.folder().string(),
                                   .outputs = {shop.path("x.tar")}})
                                       .notes)
        notes += note + "\n";
    CHECK_MESSAGE(notes.find("'/opt/lib/libmore.so' opens more") != std::string::npos, notes);
}

TEST_CASE("a database of packages that is damaged or too large is refused in one line")
{
    std::string many;
    for (std::size_t i = 0; i <= kMaxPackages; ++i)
        many += "P:" + std::to_string(i) + "\n\n";
    std::string stanzas;
    for (std::size_t i = 0; i <= kMaxPackages; ++i)
        stanzas += "Package: " + std::to_string(i) + "\nVersion: 1\nArchitecture: all\n\n";
    std::string needs;
    for (std::size_t i = 0; i <= kMaxRelations; ++i)
        needs += "a,";
    std::string apk_needs = needs;
    std::ranges::replace(apk_needs, ',', ' ');

    struct Case {
        const char* name;
        const char* file;
        std::string text;
        std::string fact;
    };

    const Case cases[] = {
        {"no database", "etc/hosts", "", "'/var/lib/dpkg/status' nor '/lib/apk/db/installed'"},
        {"a line without colon", kStatus, "Package\n", "damaged"},
        {"NUL", kStatus, std::string("Package: a\0\n", 12), "damaged"},
        {"apk: no letter", kInstalled, "P:a\nnonsense\n", "damaged"},
        {"apk: NUL", kInstalled, std::string("P:a\0\n", 5), "damaged"},
        {"too many packages", kStatus, stanzas, "200000"},
        {"apk: too many packages", kInstalled, many, "200000"},
        {"too many dependencies", kStatus, stanza("a", "Depends: " + needs + "\n"), "2000000"},
        {"too many provided names", kStatus, stanza("a", "Provides: " + needs + "\n"), "2000000"},
        {"apk: too many dependencies", kInstalled, "P:a\nD:" + apk_needs + "\n", "2000000"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder shop;
        write_below(shop / "tree" / c.file, c.text);
        const std::string said = files_of(shop / "tree", {"a"});
        CHECK(said.find(c.fact) != std::string::npos);
        CHECK(said.find('\n') == std::string::npos);
    }
}

TEST_CASE("a package of too many files, and one of endless paths")
{
    const WorkFolder shop;
    const fs::path root = shop / "tree";
    std::string files;
    for (std::size_t i = 0; i <= 500'000; ++i)
        files += "/opt/" + std::to_string(i) + "\n";
    write_below(root / kStatus, stanza("a") + stanza("b"));
    write_below(root / "var/lib/dpkg/info/a.list", files);
    CHECK(files_of(root, {"a"}).find("500000") != std::string::npos);

    // What is repeated is looked at once.
    std::string again;
    for (std::size_t i = 0; i <= 600'000; ++i)
        again += "/etc/b\n";
    write_below(root / "var/lib/dpkg/info/b.list", again);
    write_below(root / "etc/b/c", "");
    CHECK(files_of(root, {"b"}) == "/etc/b /etc/b/c ");

    // A folder of a long name, before many files: nothing is put together that cannot be.
    std::string record = "P:a\nV:1\nA:x86_64\nF:" + std::string(1 << 20, 'x') + "\n";
    for (std::size_t i = 0; i < 100'000; ++i)
        record += "R:y\n";
    record += "F:opt\nR:z\n";
    std::string paths;
    REQUIRE(each_file(record, [&](const std::string& path) -> Result<Done, Error> {
        paths += path + " ";
        return Done{};
    }));
    CHECK(paths == "/opt /opt/z ");
    const auto wanted = wanted_in_apk(record, PathFilter({"/opt/z"}, UsrMerge::no));
    REQUIRE(wanted);
    CHECK(wanted->by_path.size() == 1);
}

}  // namespace packages_test
