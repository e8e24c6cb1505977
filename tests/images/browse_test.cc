#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "browse/difference.h"
#include "browse/images.h"
#include "browse/list.h"
#include "browse/show.h"
#include "browse/words.h"
#include "fixture.h"
#include "host/input.h"
#include "layers/compress.h"
#include "layers/platform.h"
#include "made_image.h"
#include "oci/json.h"
#include "view/verify.h"

namespace browse_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
using namespace outis::images::oci;
using namespace outis::images::view;
using namespace outis::images::browse;
using namespace outis::images::testing;

namespace {

Result<Members, Error> members_at(const std::string& name)
{
    return open_members(name, "", {}, {});
}

Members members_of(const WorkFolder& work_folder, const Parts& parts, const std::string& name)
{
    write_text(work_folder / name, make_image(parts).archive());
    auto members = members_at(work_folder.path(name));
    REQUIRE_MESSAGE(members, (members ? "" : members.error().text));
    return members.take();
}

std::string listing(const Members& members, const ListOptions& options, bool details)
{
    const auto rows = list_image(members, options);
    return rows ? list_text(rows.value(), details) : rows.error().text;
}

// Two layers: the upper one removes, replaces, and writes through a link of the lower one.
Parts layered()
{
    Parts parts;
    parts.layers = {
        {{.entry = {.path = "bin", .kind = EntryKind::symlink, .mode = 0777, .target = "usr/bin"}},
         {.entry = {.path = "old"}, .content = "1"},
         {.entry = {.path = "opt", .kind = EntryKind::directory, .mode = 0755}},
         {.entry = {.path = "opt/gone"}, .content = "22"},
         {.entry = {.path = "usr", .kind = EntryKind::directory, .mode = 0755}},
         {.entry = {.path = "usr/bin", .kind = EntryKind::directory, .mode = 0755}},
         {.entry = {.path = "usr/bin/a", .mode = 04755}, .content = "333"},
         {.entry = {.path = "usr/bin/b", .kind = EntryKind::hardlink, .target = "usr/bin/a"}}},
        {{.entry = {.path = ".wh.old"}},
         {.entry = {.path = "bin/c", .uid = 7, .gid = 8, .capability = "raw"}, .content = "4444"},
         {.entry = {.path = "opt/.wh..wh..opq"}},
         {.entry = {.path = "opt/new"}, .content = "5"}},
    };
    return parts;
}

}  // namespace

TEST_CASE("image ls lists what a container sees, or what one layer holds")
{
    const WorkFolder work_folder;
    const Members members = members_of(work_folder, layered(), "x.tar");
    CHECK(listing(members, {}, false) ==
          "bin\nopt\nopt/new\nusr\nusr/bin\nusr/bin/a\nusr/bin/b\nusr/bin/c\n");
    CHECK(listing(members, {.path = "/bin/"}, true) ==
          "drwxr-xr-x 0:0 0 usr/bin\n"
          "-rwsr-xr-x 0:0 3 usr/bin/a\n"
          "-rwsr-xr-x 0:0 3 usr/bin/b link to usr/bin/a\n"
          "-rw-r--r-- 7:8 4 usr/bin/c [security.capability]\n");
    CHECK(listing(members, {.path = "opt", .layer = 2}, false) == "opt/.wh..wh..opq\nopt/new\n");
    CHECK(listing(members, {.path = "bin", .layer = 1}, true) ==
          "lrwxrwxrwx 0:0 0 bin -> usr/bin\n");
    CHECK(listing(members, {.layer = 3}, false).find("has layers 1 to 2") != std::string::npos);
    CHECK(listing(members, {.path = "none"}, false).find("has no '/none'") != std::string::npos);
    const auto rows = list_image(members, {.path = "usr/bin/b"});
    REQUIRE(rows);
    CHECK(list_json(rows.value()) ==
          R"([{"attributes":[],"digest":"sha256:)"
          R"(556d7dc3a115356350f1f9910b1af1ab0e312d4b3e4fc788d2da63668f36d017",)"
          R"("gid":0,"kind":"hardlink","layer":1,"mode":"4755","path":"usr/bin/b","size":3,)"
          R"("target":"usr/bin/a","time":0,"uid":0}])"
          "\n");
}

TEST_CASE("a platform with a variant matches the platform without one")
{
    struct Case {
        const char* there;
        const char* wanted;
        bool fits;
    };

    const Case cases[] = {
        {"linux/arm64", "linux/arm64", true},       {"linux/arm64/v8", "linux/arm64", true},
        {"linux/arm64/v8", "linux/arm64/v8", true}, {"linux/arm64", "linux/arm64/v8", true},
        {"linux/arm64", "linux/arm64/v9", false},   {"linux/arm", "linux/arm/v8", false},
        {"linux/arm64", "linux/arm", false},        {"linux/amd64", "linux/arm64", false},
    };
    for (const Case& c : cases) {
        CAPTURE(std::string(c.there));
        CAPTURE(std::string(c.wanted));
        CHECK(platform_fits(c.there, c.wanted) == c.fits);
    }
    const WorkFolder work_folder;
    Parts parts;
    parts.platform = R"("architecture":"arm64","os":"linux","variant":"v8")";
    const Members members = members_of(work_folder, parts, "x.tar");
    for (const char* platform : {"linux/arm64", "linux/arm64/v8"}) {
        CHECK(browse_image(members, platform));
        CHECK(verify_image(members.find, {.platform = platform}).images.size() == 1);
    }
    CHECK_FALSE(browse_image(members, "linux/amd64"));
}

TEST_CASE("image diff lists what was added, removed and changed")
{
    const WorkFolder work_folder;
    Parts changed = layered();
    changed.run = R"({"Entrypoint":["/bin/a"],"User":"65534:65534"})";
    changed.layers.push_back(
        {{.entry = {.path = "added"}},
         {.entry = {.path = "usr/bin/.wh.b"}},
         {.entry = {.path = "usr/bin/a", .mode = 0755, .uid = 1}, .content = "3333"},
         {.entry = {.path = "usr/bin/c", .uid = 7, .gid = 8, .capability = "other"},
          .content = "4444"}});
    const Members first = members_of(work_folder, layered(), "first.tar");
    const Members second = members_of(work_folder, changed, "second.tar");
    const auto old = browse_image(first, "");
    const auto fresh = browse_image(second, "");
    REQUIRE(old);
    REQUIRE(fresh);
    CHECK(differences(old.value(), old.value()).empty());
    const std::vector<Difference> found = differences(old.value(), fresh.value());
    CHECK(difference_text(found, false) ==
          "~ config Entrypoint: [\"/app\"] -> [\"/bin/a\"]\n"
          "+ /added\n"
          "~ /usr/bin/a: mode -rwsr-xr-x -> -rwxr-xr-x, owner 0:0 -> 1:0, "
          "content 556d7dc3a115 -> 318aee3fed8c, size 3 -> 4\n"
          "- /usr/bin/b\n"
          "~ /usr/bin/c: attribute security.capability changed\n");
    CHECK(difference_text({{.kind = Difference::Kind::added, .name = "x"}}, true) ==
          "\x1B[32m+ /x\x1B[0m\n");
    CHECK(difference_json({{.kind = Difference::Kind::removed, .name = "x"}}) ==
          "[{\"changes\":[],\"kind\":\"removed\",\"name\":\"x\"}]\n");
}

TEST_CASE("image show prints how the image starts, its policy and its layers")
{
    const WorkFolder work_folder;
    Parts parts;
    parts.put({.path = "etc/outis", .kind = EntryKind::directory, .mode = 0755});
    parts.put({.path = "etc/outis/policy"}, make_policy({.name = "strict", .uid = 5}));
    parts.run = R"({"Entrypoint":["/outis-init","--","/app"],"Cmd":["a b","it's"],)"
                R"("Env":["A=1"],"ExposedPorts":{"80/tcp":{}},"Labels":{"k":"v"}})";
    const Members members = members_of(work_folder, parts, "x.tar");
    const auto shown = show_image(members, "linux/amd64", ShowAs::text);
    REQUIRE(shown);
    const std::string& text = shown.value();
    CAPTURE(text);
    for (const char* line :
         {"linux/amd64\n", "  entrypoint   /outis-init -- /app\n",
          "  arguments    'a b' 'it'\\''s'\n", "  environment  A=1\n", "  ports        80/tcp\n",
          "  labels       k=v\n", "  policy       strict (/etc/outis/policy): user 5\n",
          "  layers       1, ", " unpacked, 13 entries\n"})
        CHECK_MESSAGE(text.find(line) != std::string::npos, std::string(line));
    const auto json = show_image(members, "linux/amd64", ShowAs::json);
    REQUIRE(json);
    CHECK(parse_json(json.value(), "x"));
    const auto other = show_image(members, "linux/arm64", ShowAs::text);
    REQUIRE_FALSE(other);
    CHECK(other.error().text.find("it has linux/amd64") != std::string::npos);
}

TEST_CASE("images are found in every kind of place")
{
    const WorkFolder work_folder;
    const MadeImage made = make_image({});
    const std::string archive = made.archive();
    write_text(work_folder / "x.tar", archive);
    write_text(work_folder / "x.tar.gz", compress_part(as_bytes(archive), {Encoding::gzip, 1}));
    write_text(work_folder / "x.tar.zst", compress_part(as_bytes(archive), {Encoding::zstd, 1}));
    for (const auto& [path, content] : made.members)
        write_text(work_folder / ("folder/" + path), content);
    // Docker shares a layer of two images by a link.
    MadeImage linked = made;
    std::string layer;
    for (const auto& [path, content] : made.members) {
        if (encoding_of(as_bytes(content)) == Encoding::gzip)
            layer = path;
    }
    const std::string content = made.members.at(layer);
    linked.members.erase(layer);
    const TarEntry link{.path = layer, .kind = EntryKind::symlink, .target = "../../real"};
    const std::string rest = linked.archive();
    write_text(work_folder / "linked.tar",
               tar_header({.path = "real", .size = content.size()}) + content +
                   std::string(tar_padding(content.size()), '\0') + tar_header(link) + rest);
    const std::string folder = work_folder.path("folder");
    for (const std::string& name :
         {work_folder.path("x.tar"), work_folder.path("x.tar.gz"), work_folder.path("x.tar.zst"),
          work_folder.path("linked.tar"), folder, "oci:" + folder,
          "oci-archive:" + work_folder.path("x.tar"),
          "docker-archive:" + work_folder.path("x.tar")}) {
        CAPTURE(name);
        const auto members = members_at(name);
        REQUIRE(members);
        const auto image = browse_image(members.value(), "");
        REQUIRE_MESSAGE(image, (image ? "" : image.error().text));
        CHECK(image.value().files.nodes().size() == 11);
        CHECK(verify_image(members.value().find, {}).findings.empty());
    }
    for (const std::string& name : {"oci:" + folder + ":none", work_folder.path("none"),
                                    work_folder.path("folder/index.json")}) {
        CAPTURE(name);
        const auto members = members_at(name);
        CHECK_FALSE((members && browse_image(members.value(), "")));
    }
}

TEST_CASE("an archive that holds a member twice is refused")
{
    struct TwiceCase {
        const char* name;
        TarEntry entry;
    };

    const TwiceCase cases[] = {
        {"the same path", {.path = "index.json"}},
        {"another form of it", {.path = "./blobs/../index.json"}},
        {"a symbolic link",
         {.path = "index.json", .kind = EntryKind::symlink, .target = "manifest.json"}},
        {"a hard link",
         {.path = "index.json", .kind = EntryKind::hardlink, .target = "manifest.json"}},
    };
    const WorkFolder work_folder;
    for (const TwiceCase& c : cases) {
        CAPTURE(c.name);
        write_text(work_folder / "x.tar", tar_header(c.entry) + make_image({}).archive());
        const auto members = members_at(work_folder.path("x.tar"));
        REQUIRE_FALSE(members);
        CHECK(members.error().text.find("holds 'index.json' twice") != std::string::npos);
    }
}

TEST_CASE("an image with a damaged layer is not shown")
{
    struct DamageCase {
        const char* name;
        void (*damage)(std::map<std::string, std::string>& members, const std::string& layer);
        const char* text;
    };

    const DamageCase cases[] = {
        {"missing", [](auto& members, const std::string& layer) { members.erase(layer); },
         "layer 1 is missing"},
        {"another",
         [](auto& members, const std::string& layer) {
             members[layer] = compress_part(as_bytes(tar_of({})), {Encoding::gzip, 1});
         },
         "not to its diffID"},
        {"cut off", [](auto& members, const std::string& layer) { members[layer].resize(40); },
         "is damaged"},
    };
    const WorkFolder work_folder;
    for (const DamageCase& c : cases) {
        CAPTURE(c.name);
        MadeImage made = make_image({});
        std::string layer;
        for (const auto& [path, content] : made.members) {
            if (encoding_of(as_bytes(content)) == Encoding::gzip)
                layer = path;
        }
        c.damage(made.members, layer);
        write_text(work_folder / "x.tar", made.archive());
        const auto members = members_at(work_folder.path("x.tar"));
        REQUIRE(members);
        const auto rows = list_image(members.value(), {});
        REQUIRE_FALSE(rows);
        CHECK(rows.error().text.find(c.text) != std::string::npos);
        CHECK_FALSE(browse_image(members.value(), ""));
    }
}

TEST_CASE("sizes, modes and commands are written as people read them")
{
    CHECK(size_text(999) == "999 B");
    CHECK(size_text(76'312) == "76.3 kB");
    CHECK(size_text(7'010'000) == "7.01 MB");
    CHECK(size_text(16'000'000'000) == "16.00 GB");
    CHECK(mode_text({.kind = EntryKind::directory, .mode = 01777}) == "drwxrwxrwt");
    CHECK(mode_text({.mode = 06644}) == "-rwSr-Sr--");
    CHECK(command_text({"a", "", "b c", "it's"}) == "a '' 'b c' 'it'\\''s'");
}

}  // namespace browse_test
