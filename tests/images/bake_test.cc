#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <boost/json/value.hpp>

#include "content/base.h"
#include "content/base_layer.h"
#include "fixture.h"
#include "oci/json.h"
#include "unpacked.h"

namespace bake_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
using namespace outis::images::oci;
using namespace outis::images::content;
using namespace outis::images::places;
using namespace outis::images::bake;
using namespace outis::images::testing;
namespace fs = std::filesystem;
namespace json = boost::json;

TEST_CASE("a program becomes an image with all that scratch lacks")
{
    const WorkFolder work_folder;
    const Baked made = baked({.apps = {work_folder.program("hello")},
                              .arguments = {"-v"},
                              .outputs = {work_folder.path("x.tar")},
                              .environment = {"A=1"},
                              .ports = {"8080"}});
    CHECK(made.name == "hello:latest");
    CHECK(made.user == "65534:65534");
    CHECK(problems_of(work_folder / "x.tar") == "");

    const Unpacked image = unpack(work_folder / "x.tar");
    const json::value& run = image.config.at("config");
    CHECK(canonical_json(run.at("Entrypoint")) ==
          R"(["/outis-init","-p","/etc/outis/policy","--","/app"])");
    CHECK(canonical_json(run.at("Cmd")) == R"(["-v"])");
    CHECK(text(run.at("User")) == "65534:65534");
    CHECK(text(image.config.at("created")) == "1970-01-01T00:00:00Z");

    struct Case {
        const char* path;
        EntryKind kind;
        std::uint32_t mode;
    };

    const Case cases[] = {
        {"app", EntryKind::file, 0755},
        {"outis-init", EntryKind::file, 0755},
        {"etc", EntryKind::directory, 0755},
        {"etc/outis/policy", EntryKind::file, 0644},
        {"etc/ssl/certs/ca-certificates.crt", EntryKind::file, 0644},
        {"etc/ssl/cert.pem", EntryKind::symlink, 0777},
        {"etc/passwd", EntryKind::file, 0644},
        {"etc/group", EntryKind::file, 0644},
        {"etc/nsswitch.conf", EntryKind::file, 0644},
        {"etc/hosts", EntryKind::file, 0644},
        {"etc/os-release", EntryKind::file, 0644},
        {"tmp", EntryKind::directory, 01777},
        {"proc", EntryKind::directory, 0755},
        {"sys", EntryKind::directory, 0755},
        {"dev", EntryKind::directory, 0755},
        {"usr/share/zoneinfo/America/Los_Angeles", EntryKind::file, 0644},
        {"usr/share/zoneinfo/US/Pacific", EntryKind::hardlink, 0644},
        {"usr/share/zoneinfo/Europe/Kiev", EntryKind::file, 0644},
    };
    for (const Case& c : cases) {
        CAPTURE(c.path);
        REQUIRE(image.entries.contains(c.path));
        CHECK(image.entries.at(c.path).kind == c.kind);
        CHECK(image.entries.at(c.path).mode == c.mode);
    }
    for (const auto& row : image.entries) {
        CAPTURE(row.first);
        const TarEntry& entry = row.second;
        CHECK(entry.uid == 0);
        CHECK(entry.gid == 0);
        CHECK(entry.time == 0);
    }
    CHECK(image.contents.at("app") == make_elf({}));
    CHECK(image.contents.at("etc/outis/policy") == make_policy({}));
    CHECK(image.contents.at("outis-init") == "PID 1 for linux-amd64");
}

TEST_CASE("the same input has the same digest, whatever surrounds it")
{
    struct Case {
        const char* name;
        const char* folder;
        mode_t umask;
        const char* cache;
        mode_t mode;  // of the program
    };

    const Case cases[] = {
        {"first", "a", 022, "cache", 0755},
        {"again", "a", 022, "cache", 0755},
        {"another folder and umask", "b", 077, "cache", 0711},
        {"no cache yet", "c", 0, "other-cache", 0644},
    };
    const WorkFolder work_folder;
    const mode_t before = ::umask(022);
    std::string digest;
    std::string bytes;
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string app = work_folder.program(std::string(c.folder) + "/hello");
        fs::permissions(app, static_cast<fs::perms>(c.mode));
        ::umask(c.umask);
        ::setenv("XDG_CACHE_HOME", work_folder.path(c.cache).c_str(), 1);
        const std::string output = work_folder.path(std::string(c.folder) + ".tar");
        const Baked made = baked({.apps = {app}, .outputs = {output}});
        ::umask(before);
        if (digest.empty()) {
            digest = made.digest;
            bytes = read_text(output);
        }
        CHECK(made.digest == digest);
        CHECK((read_text(output) == bytes));
    }
}

TEST_CASE("SOURCE_DATE_EPOCH is the time of the app, never of the base layer")
{
    const WorkFolder work_folder;
    const std::string app = work_folder.program("hello");
    baked({.apps = {app}, .outputs = {work_folder.path("old.tar")}});
    ::setenv("SOURCE_DATE_EPOCH", "86400", 1);
    baked({.apps = {app}, .outputs = {work_folder.path("new.tar")}});
    ::unsetenv("SOURCE_DATE_EPOCH");
    const Unpacked old_image = unpack(work_folder / "old.tar");
    const Unpacked new_image = unpack(work_folder / "new.tar");
    CHECK(new_image.layers.front() == old_image.layers.front());
    CHECK(new_image.layers.back() != old_image.layers.back());
    CHECK(new_image.entries.at("app").time == 86400);
    CHECK(text(new_image.config.at("created")) == "1970-01-02T00:00:00Z");
}

TEST_CASE("the image runs as the user of the policy, or the one that was asked for")
{
    struct Case {
        const char* name;
        const char* profile;
        const char* user;
        const char* expected;  // "": no User; nullptr: refused
    };

    const Case cases[] = {
        {"the policy's", "baseline", "", "65534:65534"},
        {"asked for", "baseline", "1000:50", "1000:50"},
        {"by name", "baseline", "nobody", "65534:65534"},
        {"no policy for it", "none", "", ""},
        {"no policy, asked for", "none", "7", "7:7"},
        {"exact", "strict", "", "65534:65534"},
        {"exact, the same", "strict", "nobody", "65534:65534"},
        {"exact, another", "strict", "1000", nullptr},
        {"capabilities need root", "bind", "", ""},
        {"capabilities, root asked for", "bind", "0", "0:0"},
        {"capabilities, the policy's asked for", "bind", "nobody", ""},
        {"capabilities, another", "bind", "7:8", nullptr},
        {"unknown", "baseline", "joe", nullptr},
    };
    const WorkFolder work_folder;
    const std::string app = work_folder.program("hello");
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto made = bake_quietly({.apps = {app},
                                        .outputs = {work_folder.path("x.tar")},
                                        .profile = c.profile,
                                        .user = c.user});
        CHECK(static_cast<bool>(made) == (c.expected != nullptr));
        if (!made || c.expected == nullptr)
            continue;
        const Unpacked image = unpack(work_folder / "x.tar");
        const json::value* user = image.config.at("config").as_object().if_contains("User");
        CHECK((user == nullptr ? "" : text(*user)) == c.expected);
        const bool own = std::string(c.expected).starts_with("1000");
        CHECK((image.contents.at("etc/passwd").find("app:x:1000:50:") != std::string::npos) == own);
    }
}

TEST_CASE("every app has the same base layer, and what differs lies above it")
{
    const WorkFolder work_folder;
    const std::string authority = read_text(OUTIS_TEST_DATA "/authority.pem");
    write_text(work_folder / "ours.pem", "# ours\n" + authority);
    write_text(work_folder / "other", make_elf({.entry = 0x400100}));
    baked({.apps = {work_folder.program("hello")}, .outputs = {work_folder.path("plain.tar")}});
    baked({.apps = {work_folder.path("other")},
           .outputs = {work_folder.path("local.tar")},
           .accounts = {"web:33:33"},
           .ca_add = {work_folder.path("ours.pem")}});
    const Unpacked plain = unpack(work_folder / "plain.tar");
    const Unpacked local = unpack(work_folder / "local.tar");
    CHECK(problems_of(work_folder / "local.tar") == "");
    CHECK(plain.layers.size() == 2);
    CHECK(local.layers.size() == 3);
    CHECK(plain.layers.front() == local.layers.front());
    CHECK(local.contents.at(kBundleKey) == read_text(OUTIS_TEST_SHARE "/ca.pem") + authority);
    CHECK(local.contents.at(kPasswdKey).ends_with("web:x:33:33:web:/nonexistent:/sbin/nologin\n"));
}

TEST_CASE("the base layers packed by the build are those that a bake would pack")
{
    const WorkFolder work_folder;
    const ToolData data{.root = OUTIS_TEST_SHARE};
    auto store = BlobStore::open_at(work_folder / "store");
    REQUIRE(store);
    for (const BaseVariant& variant : kBaseVariants) {
        CAPTURE(variant.name);
        const auto saved = base_layer(data, policy::Arch::x86_64, variant.content, store.value());
        const auto packed =
            pack_base_layer(data, policy::Arch::x86_64, variant.content, store.value());
        REQUIRE(saved);
        REQUIRE(packed);
        CHECK(saved.value().blob.digest == packed.value().blob.digest);
        CHECK(saved.value().diff_id == packed.value().diff_id);
        CHECK(std::get<fs::path>(saved.value().blob.content).parent_path() ==
              data.layers(policy::Arch::x86_64));
    }
}

TEST_CASE("one bake makes images of several programs for several platforms")
{
    const WorkFolder work_folder;
    const std::string amd64 = work_folder.program("hello");
    const std::string tool = work_folder.program("tool");
    const std::string arm64 = work_folder.program("hello-arm64", {.machine = 183});
    const Baked made = baked({.apps = {amd64, arm64, tool},
                              .tags = {"team/two:1", "two"},
                              .outputs = {work_folder.path("x.tar")}});
    CHECK(made.platforms == std::vector<std::string>{"linux/amd64", "linux/arm64"});
    CHECK(problems_of(work_folder / "x.tar") == "");
    const OpenedImage image = opened(work_folder / "x.tar");
    const json::value index = document(image, "index.json");
    REQUIRE(index.at("manifests").as_array().size() == 1);
    CHECK(text(index.at("manifests").at(0).at("annotations").at("io.containerd.image.name")) ==
          "docker.io/team/two:1");
    CHECK(canonical_json(document(image, "manifest.json").at(0).at("RepoTags")) ==
          R"(["team/two:1","two:latest"])");
    CHECK(unpack(work_folder / "x.tar").contents.at("bin/tool") == make_elf({}));
}

TEST_CASE("Go source gives the same image from two folders")
{
    const WorkFolder work_folder;
    for (const char* folder : {"one", "two"}) {
        write_text(work_folder / folder / "go.mod",
                   "module example.com/team/Hello.git/v2\n\ngo 1.19\n");
        // With CGO on, package net makes a program dynamic.
        write_text(work_folder / folder / "main.go",
                   "package main\n\nimport _ \"net\"\n\nfunc main() {}\n");
    }
    ::setenv("CGO_ENABLED", "1", 1);
    const Baked one =
        baked({.apps = {work_folder.path("one")}, .outputs = {work_folder.path("1.tar")}});
    const Baked two =
        baked({.apps = {work_folder.path("two")}, .outputs = {work_folder.path("2.tar")}});
    ::unsetenv("CGO_ENABLED");
    CHECK(one.name == "hello:latest");
    CHECK(one.digest == two.digest);
    CHECK((read_text(work_folder / "1.tar") == read_text(work_folder / "2.tar")));
}

TEST_CASE("skopeo and umoci read a baked image")
{
    const WorkFolder work_folder;
    const Baked made = baked({.apps = {work_folder.program("hello")},
                              .tags = {"team/hello:1"},
                              .outputs = {work_folder.path("x.tar")},
                              .labels = {"k=v"}});
    for (const char* transport : {"oci-archive:", "docker-archive:"}) {
        CAPTURE(transport);
        const std::string inspected =
            output_of({"skopeo", "inspect", transport + work_folder.path("x.tar")});
        const auto value = parse_json(inspected, "skopeo");
        REQUIRE(value);
        CHECK(text(value.value().at("Labels").at("k")) == "v");
        CHECK(value.value().at("Layers").as_array().size() == 2);
        if (std::string(transport) == "oci-archive:")
            CHECK(text(value.value().at("Digest")) == made.digest);
    }
    fs::create_directory(work_folder / "layout");
    output_of({"tar", "-xf", work_folder.path("x.tar"), "-C", work_folder.path("layout")});
    CHECK(problems_of(work_folder / "layout") == "");
    output_of({"umoci", "unpack", "--rootless", "--image", work_folder.path("layout") + ":1",
               work_folder.path("bundle")});
    CHECK(read_text(work_folder / "bundle/rootfs/app") == make_elf({}));
    CHECK((fs::status(work_folder / "bundle/rootfs/tmp").permissions() & fs::perms::mask) ==
          static_cast<fs::perms>(01777));
}

}  // namespace bake_test
