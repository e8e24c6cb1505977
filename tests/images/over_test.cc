// Bakes on top of images that are there, and their move to another base.
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "fixture.h"
#include "made_image.h"
#include "outis/images/harden.h"
#include "outis/images/rebase.h"
#include "unpacked.h"

namespace over_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
using namespace outis::images::places;
using namespace outis::images::bake;
using namespace outis::images::testing;

namespace {

struct File {
    TarEntry entry = {};
    std::string content = {};
};

TarEntry folder_entry(const char* path)
{
    return {.path = path, .kind = EntryKind::directory, .mode = 0755};
}

TarEntry link_entry(const char* path, const char* target)
{
    return {.path = path, .kind = EntryKind::symlink, .mode = 0777, .target = target};
}

// A base by its parts as a tar in the work_folder, and its path.
std::string base_tar(const WorkFolder& shop, const std::string& name, const Parts& parts)
{
    write_text(shop / name, make_image(parts).archive());
    return shop.path(name);
}

Unpacked baked_on(const WorkFolder& shop, const std::string& base, const std::string& output)
{
    baked({.apps = {shop.program("hello")}, .outputs = {shop.path(output)}, .from = base});
    return unpack(shop / output);
}

std::string text_at(const boost::json::value& value, const char* pointer)
{
    boost::system::error_code missing;
    const boost::json::value* found = value.find_pointer(pointer, missing);
    return found == nullptr ? "" : boost::json::serialize(*found);
}

boost::json::value manifest_of(const std::filesystem::path& path)
{
    const OpenedImage image = opened(path);
    const boost::json::array rows = rows_of(image, Rows::images);
    const std::string digest = text(rows.at(0).at("digest"));
    return document(image, "blobs/sha256/" + digest.substr(digest.find(':') + 1));
}

Result<Baked, Error> rebased(const WorkFolder& shop, const std::string& image,
                             const std::string& base, const std::string& output)
{
    return rebase({.image = shop.path(image), .from = base, .outputs = {shop.path(output)}},
                  [](std::string_view) {});
}

}  // namespace

TEST_CASE("a bake over an image keeps its layers and settings, and adds what is missing")
{
    const WorkFolder shop;
    Parts parts;
    parts.run = R"({"Entrypoint":["/old"],"Cmd":["word"],"Env":["A=1"],"User":"0",)"
                R"("Labels":{"kind":"x","org.opencontainers.image.version":"9"}})";
    parts.history = R"({"created_by":"one"},{"created_by":"two","empty_layer":true})";
    const std::string base = base_tar(shop, "base.tar", parts);
    const Unpacked below = unpack(base);
    const Baked done = baked({.apps = {shop.program("hello")},
                              .arguments = {"x"},
                              .outputs = {shop.path("a.tar")},
                              .from = base,
                              .environment = {"B=2"}});
    CHECK(done.user == "65534:65534");
    REQUIRE(done.notes.size() == 1);
    CHECK(done.notes.front() ==
          "the base's own command, '/old word', gives way to the app; --keep-entrypoint has its "
          "entrypoint start the app");
    CHECK(problems_of(shop / "a.tar") == "");

    const Unpacked image = unpack(shop / "a.tar");
    const OpenedImage old = opened(base);
    const OpenedImage made = opened(shop / "a.tar");
    const auto blob = [](const OpenedImage& in, const std::string& path) {
        return as_text(*in.find(path));
    };
    CHECK(image.layers.front() == below.layers.front());
    CHECK(blob(made, image.layers.front()) == blob(old, below.layers.front()));
    CHECK(text_at(image.config, "/config/Entrypoint") ==
          R"(["/outis-init","-p","/etc/outis/policy","--","/app"])");
    CHECK(text_at(image.config, "/config/Cmd") == R"(["x"])");
    CHECK(text_at(image.config, "/config/Env") == R"(["A=1","B=2"])");
    CHECK(text_at(image.config, "/config/Labels/kind") == R"("x")");
    CHECK(text_at(image.config, "/config/Labels/org.opencontainers.image.version") == "");
    CHECK(text_at(image.config, "/history/1/created_by") == R"("two")");
    const boost::json::value manifest = manifest_of(shop / "a.tar");
    CHECK(manifest.at("annotations").at("org.opencontainers.image.base.digest") ==
          rows_of(old, Rows::images).at(0).at("digest"));

    CHECK(image.contents.at("etc/ssl/certs/ca-certificates.crt") == "certificates");
    CHECK_FALSE(image.entries.contains("etc/ssl/cert.pem"));
    CHECK_FALSE(image.entries.contains("usr/share/zoneinfo/Europe/Berlin"));
    CHECK(image.contents.at("outis-init") == "PID 1 for linux-amd64");
    CHECK(image.contents.at("etc/passwd").starts_with("root:x:0:0:root:/:/\nnobody:x:65534:"));
    CHECK(image.entries.contains("etc/nsswitch.conf"));
    const std::string bill = read_text(shop / "a.spdx.json");
    CHECK(bill.find("DESCENDANT_OF") != std::string::npos);
    CHECK(bill.find("pkg:deb/debian/tzdata") == std::string::npos);
    CHECK(read_text(shop / "a.provenance.json").find("linux/amd64 base image base:latest") !=
          std::string::npos);

    baked_on(shop, base, "b.tar");
    baked_on(shop, base, "c.tar");
    CHECK(read_text(shop / "b.tar") == read_text(shop / "c.tar"));
}

TEST_CASE("a bake over an image restores a removed PID 1, and keeps an equal one")
{
    struct Case {
        const char* name;
        std::vector<File> above;  // layers on that of a sound image, one each
        bool packed;              // by the bake
    };

    const std::string ours = "PID 1 for linux-amd64";
    const TarEntry init{.path = "outis-init", .mode = 0755};
    const Case cases[] = {
        {"none", {}, true},
        {"the same", {{init, ours}}, false},
        {"another", {{init, "other"}}, true},
        {"of another mode", {{{.path = "outis-init", .mode = 0777}, ours}}, true},
        {"removed", {{init, ours}, {{.path = ".wh.outis-init"}}}, true},
        {"a link", {{link_entry("outis-init", "app")}}, true},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder shop;
        Parts parts;
        for (const File& file : c.above)
            parts.layers.push_back({{.entry = file.entry, .content = file.content}});
        const Unpacked image = baked_on(shop, base_tar(shop, "base.tar", parts), "a.tar");
        CHECK(image.contents.at("outis-init") == ours);
        const bool packed = image.layers.size() > parts.layers.size() &&
                            read_text(shop / "a.provenance.json").find("linux/amd64 /outis-init") !=
                                std::string::npos;
        CHECK(packed == c.packed);
    }
}

TEST_CASE("hardening restores PID 1, and finds accounts behind a link")
{
    struct Case {
        const char* name;
        std::vector<File> above;  // layers on that of a sound image, one each
        const char* user;         // of --user
        const char* want;         // the image's user
    };

    const std::string ours = "PID 1 for linux-amd64";
    const TarEntry init{.path = "outis-init", .mode = 0755};
    const Case cases[] = {
        {"removed", {{init, ours}, {{.path = ".wh.outis-init"}}}, "", "65534:65534"},
        {"removed with all else", {{init, ours}, {{.path = ".wh..wh..opq"}}}, "", "65534:65534"},
        {"a link", {{link_entry("outis-init", "app")}}, "", "65534:65534"},
        {"accounts behind a link",
         {{{.path = "etc/people"}, "web:x:33:34:::\n"}, {link_entry("etc/passwd", "people")}},
         "33:34",
         "33:34"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder shop;
        Parts parts;
        parts.run = R"({"Entrypoint":["/app"]})";
        for (const File& file : c.above)
            parts.layers.push_back(
                {{.entry = folder_entry("etc")}, {.entry = file.entry, .content = file.content}});
        const auto done = harden({.image = base_tar(shop, "base.tar", parts),
                                  .user = c.user,
                                  .outputs = {shop.path("a.tar")}},
                                 [](std::string_view) {});
        REQUIRE_MESSAGE(done, done.error().text);
        CHECK(done.value().user == c.want);
        CHECK(problems_of(shop / "a.tar") == "");
        const Unpacked image = unpack(shop / "a.tar");
        CHECK(image.contents.at("outis-init") == ours);
        CHECK(image.entries.at("outis-init").kind == EntryKind::file);
        CHECK(image.entries.contains("etc/outis/policy"));
    }
}

TEST_CASE("a bake over an image adds certificates and zones on request, and none twice")
{
    const WorkFolder shop;
    Parts parts;
    parts.put(folder_entry("etc/pki"));
    parts.put(folder_entry("etc/pki/tls"));
    parts.put(folder_entry("etc/pki/tls/certs"));
    parts.put({.path = "etc/pki/tls/certs/ca-bundle.crt"}, "theirs");
    parts.put(link_entry("etc/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt"));
    const std::string base = base_tar(shop, "base.tar", parts);
    const std::string authority = read_text(OUTIS_TEST_DATA "/authority.pem");
    baked({.apps = {shop.program("hello")},
           .outputs = {shop.path("a.tar")},
           .from = base,
           .ca_add = {OUTIS_TEST_DATA "/authority.pem"},
           .zones = "Europe/Berlin"});
    CHECK(problems_of(shop / "a.tar") == "");
    const Unpacked image = unpack(shop / "a.tar");
    CHECK(image.contents.at("etc/ssl/certs/ca-certificates.crt").ends_with(authority));
    CHECK(image.entries.at("etc/pki/tls/certs/ca-bundle.crt").target ==
          "../../../ssl/certs/ca-certificates.crt");
    CHECK(image.entries.at("etc/ssl/cert.pem").target == "/etc/ssl/certs/ca-certificates.crt");
    CHECK(image.entries.contains("usr/share/zoneinfo/Europe/Berlin"));
    CHECK(image.contents.at("usr/share/zoneinfo/UTC") == "TZif");
}

TEST_CASE("a bake over an image keeps its entrypoint on request")
{
    struct Case {
        const char* name;
        const char* base;  // its configuration
        const char* entrypoint;
        const char* arguments;
        const char* note;
    };

    const Case cases[] = {
        {"a script's", R"({"Entrypoint":["/entry","-x"],"Cmd":["old"]})",
         R"(["/outis-init","-p","/etc/outis/policy","--","/entry","-x"])", R"(["/app","word"])",
         "the base's entrypoint, '/entry -x', starts the app"},
        {"behind PID 1", R"({"Entrypoint":["/outis-init","-p","/etc/outis/policy","--","/entry"]})",
         R"(["/outis-init","-p","/etc/outis/policy","--","/entry"])", R"(["/app","word"])",
         "the base's entrypoint, '/outis-init -p /etc/outis/policy -- /entry', starts the app"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder shop;
        Parts parts;
        parts.run = c.base;
        parts.put({.path = "entry"}, "x");
        const Baked done = baked({.apps = {shop.program("hello")},
                                  .arguments = {"word"},
                                  .outputs = {shop.path("a.tar")},
                                  .from = base_tar(shop, "base.tar", parts),
                                  .keep_entrypoint = true});
        REQUIRE(done.notes.size() == 1);
        CHECK(done.notes.front() == c.note);
        const Unpacked image = unpack(shop / "a.tar");
        CHECK(text_at(image.config, "/config/Entrypoint") == c.entrypoint);
        CHECK(text_at(image.config, "/config/Cmd") == c.arguments);
    }
}

TEST_CASE("a bake over an image that cannot work is one line, and writes nothing")
{
    const WorkFolder shop;
    const std::string sound = base_tar(shop, "base.tar", Parts());
    Parts with_folder;
    with_folder.put(folder_entry("app"));
    Parts with_link;
    with_link.put(link_entry("etc/passwd", "group"));
    Parts without;
    without.run = R"({"Cmd":["/bin/sh"]})";
    Parts with_init;
    with_init.run = R"({"Entrypoint":["/outis-init","/app"]})";
    const std::string app = shop.program("hello");

    struct Case {
        const char* name;
        BakeOptions options;
        const char* want;
    };

    const Case cases[] = {
        {"no such image", {.apps = {app}, .from = shop.path("no.tar")}, "cannot read '"},
        {"a platform it lacks",
         {.apps = {shop.program("arm", {.machine = 183})}, .from = sound},
         "it has no image for 'linux/arm64'"},
        {"the program is a folder",
         {.apps = {app}, .from = base_tar(shop, "folder.tar", with_folder)},
         "'/app' is a folder in image"},
        {"accounts behind a link",
         {.apps = {app}, .from = base_tar(shop, "link.tar", with_link)},
         "behind a symbolic link"},
        {"no entrypoint to keep",
         {.apps = {app}, .from = base_tar(shop, "none.tar", without), .keep_entrypoint = true},
         "has no entrypoint; leave out --keep-entrypoint"},
        {"PID 1 in its own way",
         {.apps = {app}, .from = base_tar(shop, "own.tar", with_init), .keep_entrypoint = true},
         "starts '/outis-init' in its own way"},
        {"an entrypoint of nothing",
         {.apps = {app}, .keep_entrypoint = true},
         "--keep-entrypoint is about the image that --from names"},
        {"a base of ours", {.product = Product::base, .from = sound}, "--from is for an app"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        BakeOptions options = c.options;
        options.outputs = {shop.path("x.tar")};
        const auto result = bake_quietly(options);
        REQUIRE_FALSE(result);
        CHECK_MESSAGE(result.error().text.find(c.want) != std::string::npos, result.error().text);
        CHECK_FALSE(std::filesystem::exists(shop / "x.tar"));
    }
}

TEST_CASE("a rebased image has its own layers and the new base's, and none of the old")
{
    const WorkFolder shop;
    Parts old_parts;
    old_parts.put({.path = "version"}, "1");
    Parts new_parts;
    new_parts.put({.path = "version"}, "2");
    new_parts.layers.push_back({{.entry = {.path = "more"}, .content = "more"}});
    new_parts.history = R"({"created_by":"new one"},{"created_by":"new two"})";
    const std::string old_base = base_tar(shop, "old.tar", old_parts);
    const std::string new_base = base_tar(shop, "new.tar", new_parts);
    const Unpacked before = baked_on(shop, old_base, "app.tar");

    const auto moved = rebased(shop, "app.tar", new_base, "moved.tar");
    REQUIRE_MESSAGE(moved, moved.error().text);
    CHECK(moved.value().name == "hello:latest-rebased");
    CHECK(problems_of(shop / "moved.tar") == "");
    const Unpacked after = unpack(shop / "moved.tar");
    CHECK(after.layers.size() == before.layers.size() + 1);
    CHECK(after.layers.back() == before.layers.back());
    CHECK(after.contents.at("version") == "2");
    CHECK(after.contents.contains("more"));
    CHECK(after.config.at("config").at("Entrypoint") ==
          before.config.at("config").at("Entrypoint"));
    CHECK(text_at(after.config, "/history/1/created_by") == R"("new two")");
    // On the base itself it is what a bake on that base is, but for what it is called.
    const Unpacked direct = baked_on(shop, new_base, "app.tar");
    CHECK(direct.config == after.config);
    CHECK(rebased(shop, "moved.tar", old_base, "back.tar"));
    CHECK(unpack(shop / "back.tar").config == before.config);
}

TEST_CASE("a rebase is refused where the image would differ from its description")
{
    const WorkFolder shop;
    const std::string base = base_tar(shop, "base.tar", Parts());
    baked_on(shop, base, "app.tar");
    Parts accounts;
    accounts.put({.path = "etc/passwd"}, "root:x:0:0:::\nnew:x:7:7:::\n");
    Parts places;
    places.put({.path = "etc/nsswitch.conf", .kind = EntryKind::directory, .mode = 0755});
    Parts lies;
    lies.run = R"({"Labels":{"outis.base.chain":"sha256:no"}})";

    struct Case {
        const char* name;
        std::string image;
        std::string base;
        const char* want;
    };

    const Case cases[] = {
        {"no base is named", "base.tar", base, "does not say what it was made on"},
        {"another base is named", base_tar(shop, "lies.tar", lies), base, "does not begin with"},
        {"other accounts", "app.tar", base_tar(shop, "accounts.tar", accounts), "'/etc/passwd'"},
        {"a folder for a file", "app.tar", base_tar(shop, "places.tar", places),
         "'/etc/nsswitch.conf' is a folder"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string image = c.image.substr(c.image.rfind('/') + 1);
        const auto result = rebased(shop, image, c.base, "x.tar");
        REQUIRE_FALSE(result);
        CHECK_MESSAGE(result.error().text.find(c.want) != std::string::npos, result.error().text);
        CHECK_FALSE(std::filesystem::exists(shop / "x.tar"));
    }
}

}  // namespace over_test
