// An image on top of another: its configuration, where its files go, and whom it knows.
#include <cstdio>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "bake/merged_config.h"
#include "bake/placement.h"
#include "content/base.h"
#include "fixture.h"
#include "oci/json.h"
#include "outis/images/harden.h"

namespace from_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
using namespace outis::images::oci;
using namespace outis::images::registry;
using namespace outis::images::content;
using namespace outis::images::view;
using namespace outis::images::bake;
using namespace outis::images::testing;

namespace {

std::string as_words(const std::vector<std::string>& list)
{
    std::string text;
    for (const std::string& word : list)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

Flattened flattened(const std::vector<TarEntry>& entries)
{
    Flattened files;
    for (const TarEntry& entry : entries) {
        LayerEntry there;
        there.member.entry = entry;
        REQUIRE(files.apply(there, 0) == Outcome::applied);
    }
    return files;
}

// "etc 0750 1:2, etc/outis 0755 0:0, …"
std::string as_text(const Tree& tree)
{
    std::string text;
    for (const auto& [path, entry] : tree) {
        char mode[8];
        std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(entry.mode));
        text += (text.empty() ? "" : ", ") + path + " " + mode + " " + std::to_string(entry.uid) +
                ":" + std::to_string(entry.gid);
    }
    return text;
}

}  // namespace

TEST_CASE("a configuration over another merges, replaces or keeps each field")
{
    struct Case {
        const char* name;
        const char* base;
        RunConfig run;
        std::int64_t time;
        const char* want;  // part of it
    };

    const Case cases[] = {
        {"nothing is there", R"({})", {}, 0, R"("config":{},"created":"1970-01-01T00:00:00Z")"},
        {"unknown fields stay",
         R"({"config":{"Shell":["/x"]},"variant":"v8"})",
         {},
         0,
         R"("config":{"Shell":["/x"]})"},
        {"the command is ours alone",
         R"({"config":{"Cmd":["a"],"Entrypoint":["b"],"User":"c"}})",
         {.user = "1:2", .entrypoint = {"d"}},
         0,
         R"("config":{"Entrypoint":["d"],"User":"1:2"})"},
        {"no user",
         R"({"config":{"User":"c"}})",
         {.arguments = {"e"}},
         0,
         R"("config":{"Cmd":["e"]})"},
        {"variables",
         R"({"config":{"Env":["A=1","B=2"]}})",
         {.environment = {{"B", "3"}, {"C", "4"}}},
         0,
         R"("Env":["A=1","B=3","C=4"])"},
        {"a variable that is no text",
         R"({"config":{"Env":[7]}})",
         {.environment = {{"B", "3"}}},
         0,
         R"("Env":[7,"B=3"])"},
        {"labels",
         R"({"config":{"Labels":{"a":"1","b":"2"}}})",
         {.labels = {{"b", "3"}}},
         0,
         R"("Labels":{"a":"1","b":"3"})"},
        {"labels that are null",
         R"({"config":{"Labels":null}})",
         {.labels = {{"b", "3"}}},
         0,
         R"("Labels":{"b":"3"})"},
        {"ports",
         R"({"config":{"ExposedPorts":{"1/tcp":{}}}})",
         {.ports = {"2/tcp"}},
         0,
         R"("ExposedPorts":{"1/tcp":{},"2/tcp":{}})"},
        {"the signal is replaced",
         R"({"config":{"StopSignal":"SIGINT"}})",
         {.stop_signal = "SIGQUIT"},
         0,
         R"("StopSignal":"SIGQUIT")"},
        {"the signal is kept",
         R"({"config":{"StopSignal":"SIGINT"}})",
         {},
         0,
         R"("StopSignal":"SIGINT")"},
        {"a shell's health check is kept",
         R"({"config":{"Healthcheck":{"Test":["CMD-SHELL","x"]}}})",
         {},
         0,
         R"("Healthcheck":{"Test":["CMD-SHELL","x"]})"},
        {"the date is kept",
         R"({"created":"2020-01-01T00:00:00Z"})",
         {},
         0,
         R"("created":"2020-01-01T00:00:00Z")"},
        {"the date is ours",
         R"({"created":"2020-01-01T00:00:00Z"})",
         {},
         86400,
         R"("created":"1970-01-02T00:00:00Z")"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        BaseImage base;
        base.config = parse_json(c.base, c.name).take();
        const auto text = merged_config(base, c.run, {}, c.time);
        REQUIRE(text);
        CHECK_MESSAGE(text.value().find(c.want) != std::string::npos, text.value());
    }
}

TEST_CASE("a configuration over another: every layer has its diffID and its line of history")
{
    struct Case {
        const char* name;
        const char* history;
        const char* want;
    };

    const Case cases[] = {
        {"none", "", R"([{"created_by":"layer 1"},{"created_by":"layer 2"},OURS])"},
        {"whole", R"([{"created_by":"a"},{"empty_layer":true},{"created_by":"b"}])",
         R"([{"created_by":"a"},{"empty_layer":true},{"created_by":"b"},OURS])"},
        {"one is missing", R"([{"created_by":"a"}])",
         R"([{"created_by":"a"},{"created_by":"layer 2"},OURS])"},
        {"too many", R"([{},{},{}])",
         R"([{"created_by":"layer 1"},{"created_by":"layer 2"},OURS])"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        BaseImage base;
        base.layers.resize(2);
        const std::string history = c.history;
        base.config = parse_json(R"({"rootfs":{"type":"layers","diff_ids":["x","y"]})" +
                                     (history.empty() ? "" : R"(,"history":)" + history) + "}",
                                 c.name)
                          .take();
        const std::vector<Layer> own{{.diff_id = "z", .created_by = "us"}};
        const std::string text = merged_config(base, {}, own, 0).take();
        CHECK(text.find(R"("diff_ids":["x","y","z"])") != std::string::npos);
        std::string want = c.want;
        want.replace(want.find("OURS"), 4,
                     R"({"created":"1970-01-01T00:00:00Z","created_by":"us"})");
        CHECK_MESSAGE(text.find(R"("history":)" + want) != std::string::npos, text);
    }
}

TEST_CASE("the image's command becomes the arguments of PID 1")
{
    const std::string start = "/outis-init -p /etc/outis/policy --";

    struct Case {
        const char* name;
        std::vector<std::string> entrypoint;
        std::string want;  // empty: refused
    };

    const Case cases[] = {
        {"none", {}, start},
        {"a program", {"/app", "-x"}, start + " /app -x"},
        {"a shell's", {"/bin/sh", "-c", "a b"}, start + " /bin/sh -c a b"},
        {"another init", {"/sbin/tini", "--", "/app"}, start + " /sbin/tini -- /app"},
        {"ours already", {"/outis-init", "-p", "/etc/outis/policy", "--", "/app"}, start + " /app"},
        {"ours with another policy", {"/outis-init", "-p", "go", "--", "/app"}, ""},
        {"ours without one", {"/outis-init", "/app"}, ""},
        {"ours alone", {"/outis-init"}, ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto words = behind_init(c.entrypoint);
        CHECK((words ? as_words(words.value()) : "") == c.want);
    }
}

TEST_CASE("files over an image follow its links and keep its folders")
{
    const TarEntry etc{
        .path = "etc", .kind = EntryKind::directory, .mode = 0751, .uid = 1, .gid = 2};

    struct Case {
        const char* name;
        std::vector<TarEntry> base;
        const char* want;  // what the layer holds, or part of the refusal
    };

    const Case cases[] = {
        {"an empty image", {}, "etc 0755 0:0, etc/outis 0755 0:0, etc/outis/policy 0644 0:0"},
        {"the folder is there",
         {etc},
         "etc 0751 1:2, etc/outis 0755 0:0, etc/outis/policy 0644 0:0"},
        {"no layer lists the folder",
         {{.path = "etc/passwd"}},
         "etc 0755 0:0, etc/outis 0755 0:0, etc/outis/policy 0644 0:0"},
        {"the folder is a link",
         {{.path = "usr/etc", .kind = EntryKind::directory, .mode = 0711},
          {.path = "etc", .kind = EntryKind::symlink, .mode = 0777, .target = "usr/etc"}},
         "usr 0755 0:0, usr/etc 0711 0:0, usr/etc/outis 0755 0:0, usr/etc/outis/policy 0644 0:0"},
        {"a policy is there",
         {etc, {.path = "etc/outis/policy", .mode = 0600}},
         "etc 0751 1:2, etc/outis 0755 0:0, etc/outis/policy 0644 0:0"},
        {"the folder is a file", {{.path = "etc"}}, "'/etc' is no folder"},
        {"the file is a folder", {{.path = "etc/outis/policy/x"}}, "is a folder in the image"},
        {"the links go round",
         {{.path = "etc", .kind = EntryKind::symlink, .target = "etc"}},
         "goes round in a circle of symbolic links"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        Tree tree;
        tree.emplace(kPolicyKey, file_entry(std::string("policy")));
        const auto placed = placed_on(tree, flattened(c.base));
        if (placed)
            CHECK(as_text(placed.value()) == c.want);
        else
            CHECK_MESSAGE(placed.error().text.find(c.want) != std::string::npos,
                          placed.error().text);
    }
}

TEST_CASE("the accounts of an image are read from its files")
{
    struct Case {
        const char* name;
        const char* text;
        const char* want;  // "NAME:UID:GID:HOME", with blanks between
    };

    const Case cases[] = {
        {"empty", "", ""},
        {"two", "root:x:0:0:root:/root:/bin/sh\nweb:x:33:34::/www:/bin/false\n",
         "root:0:0:/root web:33:34:/www"},
        {"no end of line", "a:x:1:1:::", "a:1:1:"},
        {"what is no account", "\n#x\na:b\na:x:y:1:::\n:x:1:1:::\n+::::::\nb:x:2:2:::\n", "b:2:2:"},
        {"numbers that are none", "a:x:-1:1:::\nb:x:4294967295:1:::\nc:x:1:99999999999:::\n", ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        Flattened files;
        LayerEntry passwd;
        passwd.member.entry = {.path = "etc/passwd"};
        passwd.facts.text = c.text;
        REQUIRE(files.apply(passwd, 0) == Outcome::applied);
        std::vector<std::string> found;
        for (const Account& account : accounts_in(files))
            found.push_back(account.name + ":" + std::to_string(account.uid) + ":" +
                            std::to_string(account.gid) + ":" + account.home);
        CHECK(as_words(found) == c.want);
    }
    CHECK(accounts_in(Flattened()).empty());
}

TEST_CASE("a hardened image runs as its own user, or as the policy's")
{
    struct Case {
        const char* name;
        const char* own;  // user of the image
        const char* profile;
        const char* asked;
        const char* user;  // in the end; nullptr: refused
    };

    const Case cases[] = {
        {"another's stays", "33:34", "baseline", "", "33:34"},
        {"root's is the policy's", "0", "baseline", "", "65534:65534"},
        {"an exact policy's", "33", "strict", "", "65534:65534"},
        {"capabilities, root's", "0", "bind", "", ""},
        {"capabilities, the policy's own", "nobody", "bind", "", ""},
        {"capabilities, another's", "33", "bind", "", nullptr},
        {"capabilities, another asked for", "0", "bind", "33", nullptr},
        {"capabilities, root asked for", "33", "bind", "root", "0:0"},
    };
    const WorkFolder shop;
    const std::string app = shop.program("hello");
    for (const Case& c : cases) {
        CAPTURE(c.name);
        REQUIRE(bake_quietly(
            {.apps = {app}, .outputs = {shop.path("x.tar")}, .profile = "none", .user = c.own}));
        const auto made = harden({.image = shop.path("x.tar"),
                                  .profile = c.profile,
                                  .user = c.asked,
                                  .outputs = {shop.path("y.tar")}},
                                 [](std::string_view) {});
        CHECK(static_cast<bool>(made) == (c.user != nullptr));
        if (made && c.user != nullptr)
            CHECK(made.value().user == c.user);
        else if (!made)
            CHECK(made.error().text.find("as the profile's user") != std::string::npos);
    }
}

TEST_CASE("hardening gives the same bytes each time, and writes nothing after a refusal")
{
    const WorkFolder shop;
    BakeOptions bake{
        .apps = {shop.program("hello")}, .tags = {"team/hello:1"}, .outputs = {shop.path("x.tar")}};
    REQUIRE(bake_quietly(bake));
    const auto quiet = [](std::string_view) {};
    HardenOptions options{.image = shop.path("x.tar"), .outputs = {shop.path("a.tar")}};
    const auto first = harden(options, quiet);
    REQUIRE_MESSAGE(first, first.error().text);
    CHECK(first.value().name == "team/hello:1-hardened");
    CHECK(first.value().user == "65534:65534");
    options.outputs = {shop.path("b.tar")};
    const auto second = harden(options, quiet);
    REQUIRE(second);
    CHECK(read_text(shop / "a.tar") == read_text(shop / "b.tar"));
    const std::vector<std::string> before = shop.listing();
    options.outputs = {shop.path("c.tar")};
    options.platforms = {"linux/arm64"};
    CHECK_FALSE(harden(options, quiet));
    options.platforms.clear();
    options.user = "somebody";
    CHECK_FALSE(harden(options, quiet));
    CHECK(shop.listing() == before);
}

TEST_CASE("a derived image name is valid, or refused")
{
    struct Case {
        const char* name;
        std::size_t letters;  // of the tag, which "-hardened" makes longer by nine
        const char* refusal;  // part of it, or empty
    };

    const Case cases[] = {
        {"as long as can be", 119, ""},
        {"too long", 120, "-hardened'; use at most 128 letters"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder shop;
        REQUIRE(bake_quietly({.apps = {shop.program("hello")},
                              .tags = {"team/hello:" + std::string(c.letters, 'x')},
                              .outputs = {shop.path("x.tar")}}));
        const auto made = harden({.image = shop.path("x.tar"), .outputs = {shop.path("y.tar")}},
                                 [](std::string_view) {});
        CHECK(static_cast<bool>(made) == (std::string(c.refusal) == ""));
        if (!made)
            CHECK_MESSAGE(made.error().text.find(c.refusal) != std::string::npos,
                          made.error().text);
        CHECK(std::filesystem::exists(shop / "y.tar") == static_cast<bool>(made));
    }
}

}  // namespace from_test
