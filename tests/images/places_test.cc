// Where an image is: every command takes the same words, and refuses others with the same message.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "browse/images.h"
#include "browse/list.h"
#include "browse/show.h"
#include "commands/command_line.h"
#include "commands/commands.h"
#include "content/tool_data.h"
#include "fixture.h"
#include "host/input.h"
#include "kubernetes/image_facts.h"
#include "layers/compress.h"
#include "made_image.h"
#include "oci/manifest.h"
#include "outis/images/harden.h"
#include "outis/images/rebase.h"
#include "outis/images/transfer.h"
#include "places/place.h"
#include "scripted_server.h"
#include "unpacked.h"
#include "view/verify.h"

namespace places_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::layers;
using namespace outis::images::oci;
using namespace outis::images::places;
using namespace outis::images::browse;
using namespace outis::images::testing;
namespace fs = std::filesystem;

namespace {

// One command that takes IMAGE: its error, or "".
struct Opener {
    const char* name;
    std::function<std::string(const std::string& image)> open;
};

template <typename Value>
std::string error_of(const Result<Value, Error>& result)
{
    return result ? "" : result.error().text;
}

// A command that looks into an image.
template <typename Look>
Opener looker(const char* name, Look look)
{
    return {name, [look](const std::string& image) {
                const auto members = open_members(image, "", {}, {});
                return members ? error_of(look(members.value())) : members.error().text;
            }};
}

void no_progress(std::string_view) {}

// All of them; `over` is an image whose base is the one to be opened.
std::vector<Opener> all_openers(const WorkFolder& shop, const std::string& over)
{
    const std::string out = shop.path("out.tar");
    return {
        looker("verify",
               [](const Members& members) -> Result<Done, Error> {
                   if (view::verify_image(members.find, {.tag = members.tag}).images.empty())
                       return bad_input("nothing was verified");
                   return Done{};
               }),
        looker("image show",
               [](const Members& members) { return show_image(members, "", ShowAs::text); }),
        looker("image ls", [](const Members& members) { return list_image(members, {}); }),
        looker("image diff", [](const Members& members) { return browse_image(members, ""); }),
        {"k8s",
         [](const std::string& image) {
             const auto data = content::find_tool_data();
             const std::string error = error_of(
                 kubernetes::read_image_facts(image, {}, policy::Arch::x86_64, data.value()));
             // It has read the image, which was not made for it.
             return error.find("outis-init") == std::string::npos ? error : "";
         }},
        {"harden",
         [=](const std::string& image) {
             return error_of(bake::harden({.image = image, .outputs = {out}}, no_progress));
         }},
        {"rebase --from",
         [=](const std::string& image) {
             return error_of(
                 bake::rebase({.image = over, .from = image, .outputs = {out}}, no_progress));
         }},
        {"bake --from",
         [=, app = shop.program("app")](const std::string& image) {
             return error_of(bake_quietly({.apps = {app}, .outputs = {out}, .from = image}));
         }},
        {"copy",
         [=](const std::string& image) {
             return error_of(transfer({.from = image, .to = out}, {}));
         }},
    };
}

// A registry and a daemon that have the image of the tar as 'team/x:1'.
Reply served(const Heard& heard, const OpenedImage& image, const std::string& tar)
{
    const std::string top = text(document(image, "index.json").at("manifests").at(0).at("digest"));
    if (heard.target == "/_ping")
        return answer(200, {{"Api-Version", "1.41"}}, "OK");
    if (heard.target == "/v1.41/images/docker.io/team/x:1/get")
        return answer(200, {}, tar);
    const std::string last = heard.target.substr(heard.target.rfind('/') + 1);
    const std::string digest = last == "1" ? top : last;
    const std::string hex = digest.substr(digest.find(':') + 1);
    const auto blob = image.find("blobs/sha256/" + hex);
    if (!blob || !heard.target.starts_with("/v2/team/x/"))
        return answer(404);
    return answer(200, {{"Content-Type", kManifestType}}, std::string(host::as_text(*blob)));
}

// $DOCKER_HOST as long as it lives.
class DaemonAt {
public:
    explicit DaemonAt(const std::string& domain)
    {
        ::setenv("DOCKER_HOST", ("tcp://" + domain).c_str(), 1);
    }

    DaemonAt(const DaemonAt&) = delete;
    DaemonAt& operator=(const DaemonAt&) = delete;

    ~DaemonAt() { ::unsetenv("DOCKER_HOST"); }
};

}  // namespace

TEST_CASE("every command that takes an image finds it in every kind of place")
{
    const WorkFolder shop;
    Parts parts;
    parts.run = R"({"Entrypoint":["/app"],"User":"65534:65534"})";
    const MadeImage made = make_image(parts);
    const std::string tar = made.archive();
    write_text(shop / "x.tar", tar);
    write_text(shop / "x.tar.gz", compress_part(host::as_bytes(tar), {Encoding::gzip, 1}));
    for (const auto& [path, content] : made.members)
        write_text(shop / ("layout/" + path), content);
    const auto over = bake_quietly({.apps = {shop.program("over")},
                                    .outputs = {shop.path("over.tar")},
                                    .from = shop.path("x.tar")});
    REQUIRE_MESSAGE(over, (over ? "" : over.error().text));
    const OpenedImage image = opened(shop / "x.tar");
    const ScriptedServer server([&](const Heard& heard) { return served(heard, image, tar); });
    const DaemonAt daemon(server.domain());
    const std::string digest =
        text(document(image, "index.json").at("manifests").at(0).at("digest"));

    const std::string places[] = {
        "docker://" + server.domain() + "/team/x:1",
        "docker://" + server.domain() + "/team/x@" + digest,
        "docker-daemon:team/x:1",
        "oci:" + shop.path("layout"),
        "oci-archive:" + shop.path("x.tar"),
        "docker-archive:" + shop.path("x.tar"),
        shop.path("x.tar"),
        shop.path("x.tar.gz"),
        shop.path("layout"),
    };
    for (const Opener& opener : all_openers(shop, shop.path("over.tar"))) {
        CAPTURE(opener.name);
        for (const std::string& place : places) {
            CAPTURE(place);
            CHECK(opener.open(place) == "");
        }
    }
}

TEST_CASE("what is no image is named as what it is, alike in every command")
{
    const WorkFolder shop;
    write_text(shop / "x.tar", make_image({}).archive());
    const auto over = bake_quietly({.apps = {shop.program("over")},
                                    .outputs = {shop.path("over.tar")},
                                    .from = shop.path("x.tar")});
    REQUIRE(over);
    const std::string tree = tar_of({{.entry = {.path = "etc/passwd"}, .content = "root"},
                                     {.entry = {.path = "bin/sh"}, .content = "x"}});
    write_text(shop / "Containerfile", "# syntax=x\n\nfrom scratch\nCOPY a /a\n");
    write_text(shop / "x.xz",
               "\xFD"
               "7zXZ" +
                   std::string("\0\0\4", 3));
    write_text(shop / "x.zip", "PK\3\4");
    write_text(shop / "start.sh", "#!/bin/sh\n");
    write_text(shop / "x.policy", make_policy({}));
    write_text(shop / "x.json", "{}");
    write_text(shop / "notes", "some words\n");
    write_text(shop / "empty", "");
    write_text(shop / "tree.tar", tree);
    write_text(shop / "tree.tar.gz", compress_part(host::as_bytes(tree), {Encoding::gzip, 1}));
    write_text(shop / "module/go.mod", "module x\n");
    write_text(shop / "context/Dockerfile", "FROM scratch\n");

    struct Case {
        const char* name;
        std::string image;
        std::vector<std::string> facts;
    };

    const std::string app = shop.program("app");
    const Case cases[] = {
        {"a bare name", "nginx:1", {"'nginx:1'", "docker://nginx:1", "docker-daemon:nginx:1"}},
        {"a name without tag", "team/none", {"docker://team/none", "docker-daemon:team/none"}},
        {"a name with its host", "x.example/none:1", {"docker://x.example/none:1"}},
        {"a missing file", shop.path("no.tar"), {"cannot read '" + shop.path("no.tar") + "'"}},
        {"a missing layout", "oci:" + shop.path("no:1"), {"cannot read '" + shop.path("no") + "'"}},
        {"a missing archive", "oci-archive:no.tar", {"cannot read 'no.tar'"}},
        {"a mistyped transport", "docker-daemom:x:1", {"'docker-daemom'", "'docker-daemon'?"}},
        {"a transport of other tools", "dir:lay", {"unknown transport 'dir'"}},
        {"another", "containers-storage:x", {"unknown transport 'containers-storage'"}},
        {"an unknown transport", "Ftp:X", {"cannot read 'Ftp:X'"}},
        {"a program", app, {app, "ELF program", "outis bake"}},
        {"a Dockerfile", shop.path("Containerfile"), {"Dockerfile"}},
        {"xz", shop.path("x.xz"), {"xz"}},
        {"zip", shop.path("x.zip"), {"zip archive"}},
        {"a script", shop.path("start.sh"), {"script"}},
        {"a policy", shop.path("x.policy"), {"policy", "--profile"}},
        {"JSON", shop.path("x.json"), {"JSON"}},
        {"a text", shop.path("notes"), {"text"}},
        {"nothing", shop.path("empty"), {"empty"}},
        {"a root file system", shop.path("tree.tar"), {"neither", "files of a system"}},
        {"the same, packed", shop.path("tree.tar.gz"), {"neither", "files of a system"}},
        {"a Go module", shop.path("module"), {"neither", "Go module"}},
        {"a context", shop.path("context"), {"neither", "Dockerfile"}},
        {"a tree as a layout", "oci:" + shop.path("module"), {"neither", "Go module"}},
    };
    const std::vector<Opener> openers = all_openers(shop, shop.path("over.tar"));
    for (const Case& c : cases) {
        CAPTURE(c.name);
        std::set<std::string> messages;
        for (const Opener& opener : openers)
            messages.insert(opener.open(c.image));
        REQUIRE(messages.size() == 1);
        for (const std::string& fact : c.facts)
            CHECK_MESSAGE(messages.begin()->find(fact) != std::string::npos, *messages.begin());
    }
}

TEST_CASE("a file wins over a transport that is none")
{
    const WorkFolder shop;
    write_text(shop / "nginx:1", make_image({}).archive());
    const fs::path before = fs::current_path();
    fs::current_path(shop / ".");
    const auto place = parse_source("nginx:1");
    const auto members = open_members("nginx:1", "", {}, {});
    const auto target = parse_target("nginx:1");
    fs::current_path(before);
    REQUIRE(place);
    CHECK(place.value().path == "nginx:1");
    CHECK_MESSAGE(members, (members ? "" : members.error().text));
    REQUIRE_FALSE(target);
    CHECK(target.error().text.find("docker://nginx:1") != std::string::npos);
}

TEST_CASE("of an index in a registry only the image that is wanted is pulled")
{
    const WorkFolder shop;
    const auto made =
        bake_quietly({.apps = {shop.program("a"), shop.program("b", {.machine = 183})},
                      .tags = {"team/x:1"},
                      .outputs = {"oci-archive:" + shop.path("x.tar")}});
    REQUIRE_MESSAGE(made, (made ? "" : made.error().text));
    const OpenedImage image = opened(shop / "x.tar");
    const std::string index_path = "blobs/sha256/" + made.value().digest.substr(7);
    const std::string arm64 = text(document(image, index_path).at("manifests").at(1).at("digest"));
    std::mutex mutex;
    std::vector<std::string> asked;  // paths
    const ScriptedServer server([&](const Heard& heard) {
        const std::scoped_lock lock(mutex);
        asked.push_back(heard.target);
        Reply reply = served(heard, image, "");
        const std::string index = "/v2/team/x/manifests/1";
        if (heard.target != index)
            return reply;
        const auto blob = image.find(index_path);
        return answer(200, {{"Content-Type", kIndexType}}, std::string(host::as_text(*blob)));
    });
    const std::string name = "docker://" + server.domain() + "/team/x:1";

    struct Case {
        const char* platform;
        std::size_t images;
    };

    for (const Case& c : {Case{"", 1}, {"linux/arm64", 1}, {"linux/arm64/v8", 1}, {"all", 2}}) {
        CAPTURE(c.platform);
        const auto members = open_members(name, c.platform, {}, {});
        REQUIRE_MESSAGE(members, (members ? "" : members.error().text));
        const auto images = images_of(members.value(), c.platform);
        REQUIRE(images);
        CHECK(images.value().size() == c.images);
        CHECK(images.value().front().name == server.domain() + "/team/x:1");
    }
    const auto asked_for_other = [&](std::vector<std::string> words) {
        {
            const std::scoped_lock lock(mutex);
            asked.clear();
        }
        const commands::Command program = commands::outis_program();
        words.insert(words.end(), {"--plain-http", name});
        const auto call = commands::parse_command_line(program, words);
        REQUIRE(call);
        const auto code = call.value().command->run({});
        CHECK_MESSAGE(code, (code ? "" : code.error().text));
        const std::scoped_lock lock(mutex);
        return std::ranges::any_of(
            asked, [&](const std::string& target) { return target.ends_with(arm64); });
    };
    CHECK(asked_for_other({"verify", "-q"}));
    CHECK(asked_for_other({"image", "show", "--json"}));
    CHECK_FALSE(asked_for_other({"verify", "-q", "--platform", "linux/amd64"}));
    CHECK_FALSE(asked_for_other({"image", "diff", name}));
    const auto other = open_members(name, "linux/s390x", {}, {});
    REQUIRE_FALSE(other);
    CHECK(other.error().text.find("'linux/s390x'") != std::string::npos);
}

TEST_CASE("an image in a daemon is named by its ID, or by the start of it")
{
    const WorkFolder shop;
    const std::string tar = make_image({}).archive();
    const std::string id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const ScriptedServer server([&](const Heard& heard) {
        if (heard.target == "/_ping")
            return answer(200, {{"Api-Version", "1.41"}}, "OK");
        for (const std::string& known :
             {id, "sha256:" + id, id.substr(0, 12), std::string("sha256:abcdefabcdef"),
              std::string("docker.io/library/0123456789a:latest")}) {
            if (heard.target == "/v1.41/images/" + known + "/get")
                return answer(200, {}, tar);
        }
        return answer(404, {}, R"({"message":"No such image"})");
    });
    const DaemonAt daemon(server.domain());
    const std::string daemon_word = "docker-daemon:";
    for (const std::string& name : {id, "sha256:" + id, id.substr(0, 12), id.substr(0, 11),
                                    std::string("sha256:abcdefabcdef")}) {
        CAPTURE(name);
        const auto members = open_members(daemon_word + name, "", {}, {});
        CHECK_MESSAGE(members, (members ? "" : members.error().text));
    }
    CHECK_FALSE(open_members(daemon_word + id + ":1", "", {}, {}));
    for (const std::string& name : {id, "sha256:" + id}) {
        CAPTURE(name);
        const auto target = parse_target(daemon_word + name);
        REQUIRE_FALSE(target);
        CHECK(target.error().text.find(name) != std::string::npos);
    }
}

}  // namespace places_test
