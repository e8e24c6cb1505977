#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <boost/json/value.hpp>

#include "commands/commands.h"
#include "fixture.h"
#include "oci/json.h"
#include "unpacked.h"

namespace base_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::layers;
using namespace outis::images::oci;
using namespace outis::images::places;
using namespace outis::images::bake;
using namespace outis::images::commands;
using namespace outis::images::testing;
namespace json = boost::json;

TEST_CASE("a base has all that an app's image has, without the app")
{
    const WorkFolder work_folder;
    const BakeOptions common{.outputs = {work_folder.path("app.tar")}, .ports = {"8080"}};
    BakeOptions app = common;
    app.apps = {work_folder.program("hello")};
    baked(app);
    BakeOptions options = common;
    options.product = Product::base;
    options.outputs = {work_folder.path("base.tar")};
    const Baked made = baked(options);
    CHECK(made.name == "outis-base:latest");
    CHECK(made.user == "65534:65534");
    CHECK(made.profile == "baseline");
    CHECK(problems_of(work_folder / "base.tar") == "");

    Unpacked wanted = unpack(work_folder / "app.tar");
    const Unpacked base = unpack(work_folder / "base.tar");
    wanted.entries.erase("app");
    wanted.contents.erase("app");
    CHECK(base.contents == wanted.contents);
    std::vector<std::string> paths;
    for (const auto& row : base.entries)
        paths.push_back(row.first);
    std::vector<std::string> wanted_paths;
    for (const auto& row : wanted.entries)
        wanted_paths.push_back(row.first);
    CHECK(paths == wanted_paths);
    CHECK(base.layers.front() == wanted.layers.front());

    const json::value& run = base.config.at("config");
    CHECK(canonical_json(run.at("Entrypoint")) ==
          R"(["/outis-init","-p","/etc/outis/policy","--"])");
    CHECK(canonical_json(run.at("ExposedPorts")) == R"({"8080/tcp":{}})");
    CHECK_FALSE(run.as_object().contains("Cmd"));
}

TEST_CASE("facts about the base are annotations, because children inherit labels")
{
    const WorkFolder work_folder;
    baked({.product = Product::base,
           .outputs = {"oci:" + work_folder.path("layout")},
           .labels = {"team=x"}});
    const OpenedImage layout = opened(work_folder / "layout");
    const auto blob = [&](const json::value& row) {
        const std::string digest = text(row.at("digest"));
        return document(layout, "blobs/sha256/" + digest.substr(digest.find(':') + 1));
    };
    const json::value manifest = blob(rows_of(layout, Rows::images).front());
    const json::value config = blob(manifest.at("config"));
    CHECK(text(manifest.at("annotations").at("org.opencontainers.image.title")) == "outis-base");
    const json::object& labels = config.at("config").at("Labels").as_object();
    CHECK_FALSE(labels.contains("org.opencontainers.image.title"));
    CHECK(text(labels.at("team")) == "x");
}

TEST_CASE("a base can hold certificates alone")
{
    const WorkFolder work_folder;
    const Baked made =
        baked({.product = Product::certificates, .outputs = {work_folder.path("ca.tar")}});
    CHECK(made.name == "ca-certificates:latest");
    CHECK(made.profile.empty());
    CHECK(problems_of(work_folder / "ca.tar") == "");
    const Unpacked image = unpack(work_folder / "ca.tar");
    CHECK(image.layers.size() == 1);
    std::vector<std::string> files;
    for (const auto& [path, entry] : image.entries) {
        if (entry.kind == EntryKind::file)
            files.push_back(path);
    }
    CHECK(files == std::vector<std::string>{"etc/ssl/certs/ca-certificates.crt"});
    CHECK(image.entries.at("etc/ssl/cert.pem").kind == EntryKind::symlink);
    const json::object& run = image.config.at("config").as_object();
    CHECK_FALSE(run.contains("Entrypoint"));
    CHECK(text(run.at("User")) == "65534:65534");
    const std::string bill = read_text(work_folder / "ca.spdx.json");
    CHECK(bill.find("ca-certificates") != std::string::npos);
    CHECK(bill.find("outis-init") == std::string::npos);
    CHECK(bill.find("tzdata") == std::string::npos);
    const std::string provenance = read_text(work_folder / "ca.provenance.json");
    CHECK(provenance.find(R"("product":"certificates")") != std::string::npos);
}

TEST_CASE("the command 'base' accepts its arguments, or explains the mistake")
{
    struct Case {
        const char* name;
        std::vector<std::string> words;
        const char* message;  // empty: taken
    };

    const Case cases[] = {
        {"nothing more", {"base"}, ""},
        {"content and run", {"base", "-p", "go", "--tz", "none", "--env", "A=1"}, ""},
        {"certificates", {"base", "--ca-only"}, ""},
        {"of one's own", {"base", "--ca-only", "--ca", "none", "--ca-add", "x.pem"}, ""},
        {"no certificates", {"base", "--ca-only", "--ca", "none"}, "leaves nothing"},
        {"certificates and zones", {"base", "--ca-only", "--tz", "none"}, "leave out --tz"},
        {"certificates and a switch of bills", {"base", "--ca-only", "--sbom", "none"}, ""},
        {"certificates for a registry",
         {"base", "--ca-only", "--authfile", "a.json", "--tls-ca", "ca.pem", "--plain-http"},
         ""},
        {"certificates and a user", {"base", "--ca-only", "-u", "1"}, "leave out --user"},
        {"an app", {"base", "app"}, "unexpected argument 'app'"},
        {"arguments of an app", {"base", "--", "x"}, "unexpected argument 'x'"},
        {"options of Go", {"base", "--cgo", "1"}, "unknown option '--cgo'"},
        {"a command to trace", {"base", "--trace", "x"}, "unknown option '--trace'"},
        {"quiet and json", {"base", "-q", "--json"}, "contradict"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto call = parse_command_line(outis_program(), c.words);
        const std::string text = call ? "" : call.error().text;
        CAPTURE(text);
        CHECK(bool(call) == (*c.message == '\0'));
        CHECK(text.find(c.message) != std::string::npos);
    }
}

}  // namespace base_test
