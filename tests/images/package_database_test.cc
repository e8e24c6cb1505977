// The packages that an image lists for scanners: those of dpkg, distroless images and apk, by the
// files that are in it.
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/digest.h"
#include "made_image.h"
#include "outis/images/rebase.h"
#include "unpacked.h"

namespace package_database_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::bake;
using namespace outis::images::layers;
using namespace outis::images::testing;
namespace fs = std::filesystem;

namespace {

constexpr std::uint16_t kShared = 3;  // ET_DYN
constexpr const char* kStatusD = "var/lib/dpkg/status.d/";
constexpr const char* kApk = "lib/apk/db/installed";

void write_below(const fs::path& file, const std::string& text)
{
    fs::create_directories(file.parent_path());
    write_text(file, text);
}

std::string md5(const fs::path& file)
{
    return host::md5_of_file(file).value();
}

// What a package manager's lists say in `status`, behind name and architecture.
std::string stanza(const std::string& name, const std::string& arch, const std::string& status)
{
    return "Package: " + name + "\n folded\nStatus: " + status + "\nArchitecture: " + arch +
           "\nVersion: 1.0-1\nDepends: a,\n b\nConffiles:\n /etc/x 00 obsolete\nPACKAGE: twice\n" +
           "Description: one\n two\n\n";
}

// What is written of it.
std::string listed(const std::string& name, const std::string& arch)
{
    return "Package: " + name + "\nStatus: install ok installed\nArchitecture: " + arch +
           "\nVersion: 1.0-1\nDepends: a,\n b\nDescription: one\n two\n";
}

// A program and its two libraries, without any package.
fs::path bare_root(const WorkFolder& shop)
{
    const fs::path root = shop / "tree";
    write_below(root / "bin/app",
                make_elf({.interpreter = "/lib/ld.so.1", .needed = {"libx.so.1"}}));
    write_below(root / "lib/ld.so.1", make_elf({.type = kShared, .entry = 1}));
    write_below(root / "lib/libx.so.1", make_elf({.type = kShared, .entry = 2}));
    write_below(root / "etc/x", "changed here\n");
    return root;
}

fs::path debian_root(const WorkFolder& shop)
{
    const fs::path root = bare_root(shop);
    const fs::path info = root / "var/lib/dpkg/info";
    write_below(root / "var/lib/dpkg/status",
                stanza("libx", "amd64", "hold ok installed") +
                    stanza("app", "amd64", "install ok unpacked") +
                    stanza("old", "all", "deinstall ok config-files") +
                    stanza("libx", "i386", "install ok installed"));
    write_below(info / "libx:amd64.list", "/.\n/lib\n/lib/libx.so.1\n/lib/ld.so.1\n/etc/x\n");
    write_below(info / "libx:amd64.md5sums",
                md5(root / "lib/libx.so.1") + "  lib/libx.so.1\n" +
                    "00000000000000000000000000000000  lib/ld.so.1\n" +
                    "11111111111111111111111111111111  usr/share/doc/libx/copyright\n");
    write_below(info / "app.list", "/bin/app\n");
    write_below(info / "app.md5sums", md5(root / "bin/app") + "  bin/app\n");
    write_below(info / "old.list", "/etc/old.conf\n");
    write_below(root / "etc/old.conf", "x");
    write_below(info / "libx:i386.list", "/lib/other.so\n");
    write_below(root / "lib/other.so", "x");
    write_below(root / "usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    write_below(root / "etc/debian_version", "12.9\n");
    return root;
}

fs::path alpine_root(const WorkFolder& shop)
{
    const fs::path root = bare_root(shop);
    write_below(root / "srv/one", "one\n");
    write_below(root / "usr/share/two", "two\n");
    write_below(root / kApk,
                "C:Q1x=\nP:tool\nV:1.0-r0\nA:x86_64\nS:1\nL:MIT\no:tools\nf:f\nF:bin\nM:0:0:755\n"
                "R:app\na:0:0:755\nR:absent\nZ:Q1x=\nF:usr/share\nR:two\nZ:Q1wrong=\n\n"
                "C:Q1y=\nP:data\nV:2.0-r0\nA:noarch\nF:srv\nR:one\n"
                // printf 'one\n' | openssl dgst -sha1 -binary | base64
                "Z:Q1xwWbsZQzzDyrqmI2yD1WZoqEPdI=\n\n");
    write_below(root / "etc/os-release", "ID=alpine\nVERSION_ID=3.18.4\n");
    write_below(root / "etc/alpine-release", "3.18.4\n");
    return root;
}

BakeOptions options(const WorkFolder& shop, const std::string& output)
{
    return {.apps = {"/bin/app"},
            .root = shop.path("tree"),
            .outputs = {shop.path(output)},
            .sbom = "none",
            .provenance = "none"};
}

Unpacked made(const BakeOptions& wanted)
{
    baked(wanted);
    CHECK(problems_of(wanted.outputs.front()) == "");
    return unpack(wanted.outputs.front());
}

std::string content(const Unpacked& image, const std::string& path)
{
    const auto found = image.contents.find(path);
    return found == image.contents.end() ? "none" : found->second;
}

// The names in status.d, each with a blank behind it.
std::string names_in_status(const Unpacked& image)
{
    std::string names;
    for (const auto& [path, entry] : image.entries) {
        if (path.starts_with(kStatusD) && entry.kind == EntryKind::file)
            names += path.substr(std::string(kStatusD).size()) + " ";
    }
    return names;
}

// A base with one more file, and the folders above it.
std::string base_with(const WorkFolder& shop, const std::string& path, const std::string& text)
{
    Parts parts;
    parts.run = "{}";
    MadeLayer layer;
    for (std::size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1))
        layer.push_back(
            {.entry = {.path = path.substr(0, slash), .kind = EntryKind::directory, .mode = 0755}});
    layer.push_back({.entry = {.path = path}, .content = text});
    parts.layers.push_back(layer);
    write_text(shop / "base.tar", make_image(parts).archive());
    return shop.path("base.tar");
}

}  // namespace

TEST_CASE("an image lists the packages of its files as distroless images do")
{
    const WorkFolder shop;
    const fs::path root = debian_root(shop);
    BakeOptions wanted = options(shop, "x.tar");
    wanted.add = {(root / "etc/x").string() + ":/etc/x",
                  (root / "etc/old.conf").string() + ":/etc/old.conf",
                  (root / "lib/other.so").string() + ":/lib/other.so"};
    const Unpacked image = made(wanted);
    CHECK(names_in_status(image) == "app app.md5sums libx libx.md5sums libx_1.0-1_i386 ");
    CHECK(content(image, kStatusD + std::string("libx")) == listed("libx", "amd64"));
    CHECK(content(image, kStatusD + std::string("libx_1.0-1_i386")) == listed("libx", "i386"));
    // The loader is another than the package has, and a configuration file has no checksum.
    CHECK(content(image, kStatusD + std::string("libx.md5sums")) ==
          md5(root / "lib/libx.so.1") + "  lib/libx.so.1\n");
    CHECK(content(image, kStatusD + std::string("app.md5sums")) ==
          md5(root / "bin/app") + "  bin/app\n");
    CHECK(content(image, "etc/os-release") == "ID=debian\nVERSION_ID=\"12\"\n");
    CHECK(content(image, "etc/debian_version") == "12.9\n");
    CHECK(content(image, "etc/alpine-release") == "none");
    for (const auto& [path, entry] : image.entries) {
        if (!path.starts_with("var/lib/dpkg") && !path.starts_with("etc/debian"))
            continue;
        CAPTURE(path);
        CHECK(entry.uid + entry.gid == 0);
        CHECK(entry.mode == (entry.kind == EntryKind::directory ? 0755 : 0644));
    }
}

TEST_CASE("the package of a library is listed in the layer of libraries, which others share")
{
    const WorkFolder shop;
    const fs::path root = debian_root(shop);
    const Unpacked first = made(options(shop, "x.tar"));
    write_text(root / "bin/app",
               make_elf({.entry = 5, .interpreter = "/lib/ld.so.1", .needed = {"libx.so.1"}}));
    const Unpacked second = made(options(shop, "y.tar"));
    REQUIRE(first.layers.size() == 3);
    CHECK(first.layers[1] == second.layers[1]);
    CHECK(names_in_status(first) == "app app.md5sums libx libx.md5sums ");
    CHECK(names_in_status(second) ==
          "app libx libx.md5sums ");  // another program than the package's
}

TEST_CASE("what is asked for decides whether packages and the distribution are named")
{
    struct Case {
        const char* name;
        void (*change)(BakeOptions& options, const WorkFolder& shop);
        const char* names;
        const char* release;  // the start of /etc/os-release
        const char* version;  // /etc/debian_version
    };

    const Case cases[] = {
        {"usual", [](BakeOptions&, const WorkFolder&) {}, "app app.md5sums libx libx.md5sums ",
         "ID=debian", "12.9\n"},
        {"no list", [](BakeOptions& o, const WorkFolder&) { o.no_package_database = true; }, "",
         "NAME=\"Outis\"", "none"},
        {"an os-release of ours", [](BakeOptions& o, const WorkFolder&) { o.os_release = "outis"; },
         "app app.md5sums libx libx.md5sums ", "NAME=\"Outis\"", "none"},
        {"no os-release", [](BakeOptions& o, const WorkFolder&) { o.os_release = "none"; },
         "app app.md5sums libx libx.md5sums ", "none", "none"},
        {"a file of the user's",
         [](BakeOptions& o, const WorkFolder& shop) {
             write_text(shop / "mine", "mine");
             for (const char* place : {"var/lib/dpkg/status.d/libx", "etc/os-release"})
                 o.add.push_back(shop.path("mine") + ":/" + place);
         },
         "app app.md5sums libx libx.md5sums ", "mine", "12.9\n"},
        {"a file in the place of a folder",
         [](BakeOptions& o, const WorkFolder& shop) {
             write_text(shop / "mine", "mine");
             o.add = {shop.path("mine") + ":/var/lib/dpkg"};
         },
         "", "ID=debian", "12.9\n"},
        {"a folder that is a link elsewhere",
         [](BakeOptions& o, const WorkFolder&) { o.links = {"/var:srv/var"}; }, "", "ID=debian",
         "12.9\n"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder shop;
        debian_root(shop);
        BakeOptions wanted = options(shop, "x.tar");
        c.change(wanted, shop);
        const Unpacked image = made(wanted);
        CHECK(names_in_status(image) == c.names);
        CHECK(content(image, "etc/os-release").starts_with(c.release));
        CHECK(content(image, "etc/debian_version") == c.version);
        const bool moved = image.entries.contains("srv/var/lib/dpkg/status.d/libx");
        CHECK(moved == !wanted.links.empty());
        if (wanted.add.size() == 2)
            CHECK(content(image, kStatusD + std::string("libx")) == "mine");
    }
}

TEST_CASE("an image without a file of a package lists nothing")
{
    const WorkFolder shop;
    debian_root(shop);
    BakeOptions wanted = options(shop, "x.tar");
    wanted.apps = {shop.program("static")};
    wanted.root.clear();
    const Unpacked image = made(wanted);
    wanted.no_package_database = true;
    wanted.outputs = {shop.path("y.tar")};
    CHECK(made(wanted).layers == image.layers);
    CHECK_FALSE(image.entries.contains("var"));
    CHECK(content(image, "etc/os-release").starts_with("NAME=\"Outis\""));
}

TEST_CASE("an image lists packages of apk in apk's own form")
{
    const WorkFolder shop;
    const fs::path root = alpine_root(shop);
    BakeOptions wanted = options(shop, "x.tar");
    for (const char* file : {"srv/one", "usr/share/two"})
        wanted.add.push_back((root / file).string() + ":/" + file);
    const Unpacked image = made(wanted);
    // A file that has another checksum is not the package's; /srv is never a package's.
    CHECK(content(image, kApk) ==
          "C:Q1x=\nP:tool\nV:1.0-r0\nA:x86_64\nS:1\nL:MIT\no:tools\nF:bin\nR:app\n\n");
    CHECK(image.entries.at(kApk).mode == 0644);
    CHECK(content(image, "etc/os-release") == "ID=alpine\nVERSION_ID=3.18.4\n");
    CHECK(content(image, "etc/alpine-release") == "3.18.4\n");
}

TEST_CASE("a later layer repeats what apk's database below it says")
{
    const WorkFolder shop;
    const fs::path root = alpine_root(shop);
    write_below(root / "opt/one", "one\n");
    write_text(root / kApk,
               "P:zlib\nV:1-r0\nA:x86_64\nF:lib\nR:libx.so.1\n\n"
               "P:tool\nV:1.0-r0\nA:x86_64\nF:bin\nR:app\nF:opt\nR:one\n"
               "Z:Q1xwWbsZQzzDyrqmI2yD1WZoqEPdI=\n\n");
    BakeOptions wanted = options(shop, "x.tar");
    wanted.add = {(root / "opt/one").string() + ":/opt/one"};
    CHECK(content(made(wanted), kApk) ==
          "P:tool\nV:1.0-r0\nA:x86_64\nF:bin\nR:app\nF:opt\nR:one\n"
          "Z:Q1xwWbsZQzzDyrqmI2yD1WZoqEPdI=\n\n"
          "P:zlib\nV:1-r0\nA:x86_64\nF:lib\nR:libx.so.1\n\n");
}

TEST_CASE("what an image below lists of packages stays as it is")
{
    struct Case {
        const char* name;
        std::string path;
        std::string text;
        const char* names;  // in status.d
    };

    const std::string status = kStatusD;
    const std::string newer =
        "Package: libx\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.0-1\n";
    const Case cases[] = {
        {"nothing", "etc/hosts", "x", "app app.md5sums libx libx.md5sums "},
        {"the same in status.d", status + "libx", listed("libx", "amd64"), "app app.md5sums libx "},
        {"another version in status.d", status + "libx", newer,
         "app app.md5sums libx libx_1.0-1_amd64 libx_1.0-1_amd64.md5sums "},
        {"the same in the status", "var/lib/dpkg/status",
         stanza("libx", "amd64", "install ok installed"), "app app.md5sums "},
        {"another version in the status", "var/lib/dpkg/status", newer,
         "app app.md5sums libx libx.md5sums "},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder shop;
        debian_root(shop);
        BakeOptions wanted = options(shop, "x.tar");
        wanted.from = base_with(shop, c.path, c.text);
        const Unpacked image = made(wanted);
        CHECK(names_in_status(image) == c.names);
        CHECK(content(image, c.path) == c.text);
        CHECK(content(image, "etc/os-release") == "ID=debian\nVERSION_ID=\"12\"\n");
    }
}

TEST_CASE("apk's database in an image below stays, and a note names what it lacks")
{
    const WorkFolder shop;
    alpine_root(shop);
    BakeOptions wanted = options(shop, "x.tar");
    wanted.from = base_with(shop, kApk, "P:musl\nV:1\nA:x86_64\n\n");
    const Baked baked_on = baked(wanted);
    CHECK(content(unpack(shop / "x.tar"), kApk) == "P:musl\nV:1\nA:x86_64\n\n");
    REQUIRE_FALSE(baked_on.notes.empty());
    CHECK(baked_on.notes.back().find("'tool'") != std::string::npos);
}

TEST_CASE("a distribution that an image below names stays, and one of ours names none")
{
    const WorkFolder shop;
    debian_root(shop);
    BakeOptions wanted = options(shop, "x.tar");
    wanted.from = base_with(shop, "etc/os-release", "ID=theirs\n");
    CHECK(content(made(wanted), "etc/os-release") == "ID=theirs\n");
    wanted.from = base_with(shop, "etc/os-release", "NAME=\"Outis\"\nID=outis\n");
    CHECK(content(made(wanted), "etc/os-release").starts_with("ID=debian"));
    const auto moved = rebase({.image = shop.path("x.tar"),
                               .from = base_with(shop, "etc/os-release", "NAME=\"Outis\"\n1\n"),
                               .outputs = {shop.path("y.tar")}},
                              [](std::string_view) {});
    REQUIRE_MESSAGE(moved, moved.error().text);
    CHECK(content(unpack(shop / "y.tar"), "etc/os-release").starts_with("ID=debian"));
}

TEST_CASE("a database with odd names and sizes brings no list out of its folder")
{
    struct Case {
        const char* name;
        std::string package;
        std::string more;
    };

    const Case cases[] = {
        {"a dot", "..", ""},
        {"a whiteout", ".wh.x", ""},
        {"a name for sums", "app.md5sums", ""},
        {"a long name", std::string(200, 'a'), ""},
        {"a stanza without end", "app", "Description: " + std::string(300'000, 'x') + "\n"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder shop;
        const fs::path root = bare_root(shop);
        write_below(root / "var/lib/dpkg/status",
                    "Package: " + c.package + "\nArchitecture: amd64\nVersion: 1\n" + c.more);
        write_below(root / "var/lib/dpkg/info" / (c.package + ".list"), "/bin/app\n");
        const Unpacked image = made(options(shop, "x.tar"));
        for (const auto& [path, entry] : image.entries) {
            CAPTURE(path);
            CHECK((!path.starts_with("var") || entry.kind == EntryKind::directory ||
                   path == kStatusD + std::string("app.md5sums_1_amd64")));
        }
    }
}

}  // namespace package_database_test
