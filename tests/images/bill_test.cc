// The documents of a bake: the bill of materials asked by the rules of SPDX 2.3, provenance by
// those of SLSA and in-toto, and both as files and as referrers.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <boost/json/object.hpp>

#include "bake/external_parameters.h"
#include "bill/purl.h"
#include "fixture.h"
#include "host/digest.h"
#include "host/input.h"
#include "oci/json.h"
#include "programs/go_info.h"
#include "spdx_check.h"
#include "unpacked.h"

namespace bill_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::oci;
using namespace outis::images::programs;
using namespace outis::images::places;
using namespace outis::images::bill;
using namespace outis::images::bake;
using namespace outis::images::testing;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

json::value read_json(const fs::path& file)
{
    const std::string content = read_text(file);
    auto value = parse_json(content, file.string());
    REQUIRE(value);
    CHECK(canonical_json(value.value()) == content);
    return value.take();
}

// By name; of several the last one.
const json::object* package_named(const json::value& document, const std::string& name)
{
    const json::object* found = nullptr;
    for (const json::value& package : document.at("packages").as_array()) {
        if (text(package.at("name")) == name)
            found = &package.as_object();
    }
    return found;
}

std::string purl_of(const json::value& document, const std::string& name)
{
    const json::object* package = package_named(document, name);
    const json::value* references = package ? package->if_contains("externalRefs") : nullptr;
    return references == nullptr ? "" : text(references->at(0).at("referenceLocator"));
}

bool related(const json::value& document, const std::string& from, const std::string& type,
             const std::string& to)
{
    return std::ranges::any_of(document.at("relationships").as_array(),
                               [&](const json::value& relation) {
                                   return text(relation.at("spdxElementId")) == from &&
                                          text(relation.at("relationshipType")) == type &&
                                          text(relation.at("relatedSpdxElement")) == to;
                               });
}

}  // namespace

TEST_CASE("a package URL escapes what its specification says")
{
    struct Case {
        const char* name;
        Purl purl;
        const char* text;
    };

    const Case cases[] = {
        {"deb",
         {"deb", "debian/libc6", "2.36-9+deb12u10", {{"distro", "debian-12"}, {"arch", "amd64"}}},
         "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=debian-12"},
        {"an epoch", {"deb", "debian/x", "1:2~rc1", {}}, "pkg:deb/debian/x@1:2~rc1"},
        {"no version, an empty qualifier",
         {"apk", "alpine/musl", "", {{"arch", ""}}},
         "pkg:apk/alpine/musl"},
        {"what must be encoded",
         {"generic", "a b@c?d#e%f", "", {{"k", "x&y=z"}}},
         "pkg:generic/a%20b%40c%3Fd%23e%25f?k=x%26y%3Dz"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(purl_text(c.purl) == c.text);
    }
    CHECK(go_purl("github.com/Masterminds/semver/v3", "v3.2.1+incompatible") ==
          "pkg:golang/github.com/masterminds/semver/v3@v3.2.1%2Bincompatible");
}

TEST_CASE("a checksum of go.sum becomes hexadecimal digits")
{
    // The example of in-toto's specification of digest sets.
    CHECK(dir_hash("h1:Khu2En+0gcYPZ2kuIihfswbzxv/mIHXgzPZ018Oty48=") ==
          "2a1bb6127fb481c60f67692e22285fb306f3c6ffe62075e0ccf674d7c3adcb8f");
    for (const char* wrong : {"", "h1:", "h2:Khu2En+0gcYPZ2kuIihfswbzxv/mIHXgzPZ018Oty48=",
                              "h1:Khu2En+0gcYPZ2kuIihfswbzxv/mIHXgzPZ018Oty4==",
                              "h1:!hu2En+0gcYPZ2kuIihfswbzxv/mIHXgzPZ018Oty48="}) {
        CAPTURE(wrong);
        CHECK(dir_hash(wrong) == "");
    }
}

TEST_CASE("modules are read from the build information of a Go program")
{
    const std::string lines =
        "path\texample.com/tool/cmd\nmod\texample.com/tool\tv1.0.0\th1:m=\n"
        "dep\tgolang.org/x/text\tv0.14.0\th1:t=\n"
        "dep\texample.com/old\tv1.1.0\n=>\texample.com/new\tv1.2.0\th1:n=\n"
        "dep\texample.com/near\tv0.0.0\n=>\t../near\t(devel)\t\n"
        "build\tCGO_ENABLED=0\nbuild\tvcs.revision=abc\nbuild\tvcs.modified=true\n";
    const std::string mark(16, 'm');
    const auto text_field = [](const std::string& content) {
        std::string length;
        for (std::size_t left = content.size();; left >>= 7) {
            length += static_cast<char>((left & 0x7F) | (left > 0x7F ? 0x80 : 0));
            if (left <= 0x7F)
                return length + content;
        }
    };
    std::string record = "\xFF Go buildinf:" + std::string(1, '\x08') + std::string(1, '\x02');
    record.resize(32);
    record += text_field("go1.22.3 X:nocoverageredesign") + text_field(mark + lines + mark);
    const auto info = read_go_info(as_bytes(record), {.data_size = record.size()});
    REQUIRE(info);
    CHECK(info->toolchain == "go1.22.3");
    CHECK(info->package == "example.com/tool/cmd");
    CHECK(info->module + "@" + info->version == "example.com/tool@v1.0.0");
    CHECK(info->revision == "abc-dirty");
    CHECK(info->settings.front().first + "=" + info->settings.front().second == "CGO_ENABLED=0");
    std::string modules;
    for (const GoModule& module : info->dependencies)
        modules += module.path + "@" + module.version + " " + module.sum + " for " +
                   module.replaces + "\n";
    CHECK(modules ==
          "golang.org/x/text@v0.14.0 h1:t= for \n"
          "example.com/new@v1.2.0 h1:n= for example.com/old@v1.1.0\n"
          "example.com/near@  for example.com/near@v0.0.0\n");
}

TEST_CASE("a build flag that names an absolute path is recognised")
{
    struct Case {
        const char* word;
        bool names_path;
    };

    const Case cases[] = {
        {"-s -w", false},
        {"-X example.com/tool.version=1.2", false},
        {"./cmd/tool", false},
        {"/home/me/x", true},
        {"-L/home/me/lib", true},
        {"-extldflags=-L/home/me/lib", true},
        {"-X example.com/tool.file=/home/me", true},
        {"-toolexec '/home/me/x'", true},
        {"-s /home/me", true},
    };
    for (const Case& c : cases) {
        CAPTURE(c.word);
        CHECK(names_absolute_path(c.word) == c.names_path);
    }
}

TEST_CASE("a bake leaves a bill of materials and its provenance beside a tar")
{
    const WorkFolder work_folder;
    const std::string app = work_folder.program("tool");
    write_text(work_folder / "page.html", "<p>hello</p>");
    const Baked made = baked({.apps = {app},
                              .arguments = {"--serve"},
                              .tags = {"team/tool:2"},
                              .outputs = {work_folder.path("x.tar"), work_folder.path("plain")},
                              .environment = {"TOKEN=secret"},
                              .add = {work_folder.path("page.html") + ":/srv/page.html"},
                              .go_flags = {"-asmflags=/secret/place", "-v"}});
    CHECK(made.documents == std::vector<std::string>{work_folder.path("x.spdx.json"),
                                                     work_folder.path("x.provenance.json"),
                                                     work_folder.path("plain.spdx.json"),
                                                     work_folder.path("plain.provenance.json")});
    const json::value bill = read_json(work_folder / "x.spdx.json");
    CHECK(spdx_problems(bill) == "");
    CHECK(text(bill.at("name")) == "team/tool:2");
    CHECK(purl_of(bill, "team/tool:2") == "pkg:oci/tool@" + made.digest + "?arch=amd64&tag=2");
    std::map<std::string, std::string> sums;
    for (const json::value& file : bill.at("files").as_array())
        sums[text(file.at("fileName"))] = text(file.at("checksums").at(1).at("checksumValue"));
    CHECK(sums.size() == 3);
    CHECK(sums.at("./app") == sha256(read_text(app)).hex);
    CHECK(sums.at("./srv/page.html") == sha256("<p>hello</p>").hex);
    CHECK(sums.contains("./etc/outis/policy"));
    for (const char* name : {"outis-init", "ca-certificates", "tzdata", "outis"}) {
        CAPTURE(name);
        CHECK(package_named(bill, name) != nullptr);
    }
    CHECK(related(bill, "SPDXRef-Package-outis", "BUILD_TOOL_OF", "SPDXRef-Package-team-tool-2"));

    const json::value statement = read_json(work_folder / "x.provenance.json");
    CHECK(text(statement.at("_type")) == "https://in-toto.io/Statement/v1");
    CHECK(text(statement.at("predicateType")) == "https://slsa.dev/provenance/v1");
    CHECK("sha256:" + text(statement.at("subject").at(0).at("digest").at("sha256")) == made.digest);
    const json::value& definition = statement.at("predicate").at("buildDefinition");
    const json::value& options = definition.at("externalParameters").at("options");
    CHECK(canonical_json(options) ==
          R"({"add":["/srv/page.html"],"env":["TOKEN"],"go-flag":["-v"],"tag":["team/tool:2"]})");
    CHECK(text(definition.at("externalParameters").at("arguments").at(0)) == "--serve");
    std::set<std::string> inputs;
    for (const json::value& input : definition.at("resolvedDependencies").as_array()) {
        const json::value* digest = input.as_object().if_contains("digest");
        if (digest != nullptr && digest->as_object().contains("sha256"))
            inputs.insert(text(digest->at("sha256")));
    }
    CHECK(inputs.contains(sha256(read_text(app)).hex));
    for (const char* document : {"x.spdx.json", "x.provenance.json"}) {
        CAPTURE(document);
        const std::string content = read_text(work_folder / document);
        CHECK(content.find("secret") == std::string::npos);
        CHECK(content.find(work_folder.path("")) == std::string::npos);
    }
    CHECK(read_text(work_folder / "plain.spdx.json") == read_text(work_folder / "x.spdx.json"));
}

TEST_CASE("a bake writes the documents that were asked for where the output can hold them")
{
    struct Case {
        const char* name;
        const char* sbom;
        const char* provenance;
        const char* output;
        std::vector<std::string> files;
    };

    const Case cases[] = {
        {"both", "", "", "x.tar", {"x.provenance.json", "x.spdx.json", "x.tar"}},
        {"said", "spdx", "slsa", "x.tar", {"x.provenance.json", "x.spdx.json", "x.tar"}},
        {"the bill", "", "none", "x.tar", {"x.spdx.json", "x.tar"}},
        {"provenance", "none", "", "oci-archive:x.tar", {"x.provenance.json", "x.tar"}},
        {"neither", "none", "none", "docker-archive:x.tar", {"x.tar"}},
        {"a device", "", "", "/dev/null", {}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        const std::string app = work_folder.program("tool");
        const std::vector<std::string> before = work_folder.listing();
        std::string output = c.output;
        const std::size_t name = output.find("x.tar");
        if (name != std::string::npos)
            output.insert(name, work_folder.path(""));
        baked({.apps = {app}, .outputs = {output}, .sbom = c.sbom, .provenance = c.provenance});
        std::vector<std::string> made = work_folder.listing();
        std::erase_if(made, [&](const std::string& file) {
            return file == "cache" || std::ranges::find(before, file) != before.end();
        });
        CHECK(made == c.files);
    }
    const WorkFolder work_folder;
    const std::string app = work_folder.program("tool");
    for (const BakeOptions& wrong : {BakeOptions{.apps = {app}, .sbom = "cyclonedx"},
                                     BakeOptions{.apps = {app}, .provenance = "spdx"}}) {
        const auto refused = bake_quietly(wrong);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().text.find("' or 'none', not '") != std::string::npos);
    }
}

TEST_CASE("the same bake gives the same documents, with or without its cache")
{
    const WorkFolder work_folder;
    const std::string app = work_folder.program("tool");
    const BakeOptions options{.apps = {app}, .outputs = {work_folder.path("x.tar")}};
    baked(options);
    const std::string first = read_text(work_folder / "x.spdx.json");
    const std::string provenance = read_text(work_folder / "x.provenance.json");
    const char* cache = std::getenv("XDG_CACHE_HOME");
    REQUIRE(cache != nullptr);

    const auto again = [&](const char* what) {
        CAPTURE(what);
        baked(options);
        CHECK(read_text(work_folder / "x.spdx.json") == first);
        CHECK(read_text(work_folder / "x.provenance.json") == provenance);
    };
    again("from the cache");
    for (const auto& record : fs::directory_iterator(fs::path(cache) / "outis/layers")) {
        if (record.path().string().ends_with("-files"))
            write_text(record.path(), "damaged");
    }
    again("the record of files is damaged");
    fs::remove_all(fs::path(cache) / "outis");
    again("nothing cached");
}

TEST_CASE("in a layout the documents refer to what the tag points to")
{
    const WorkFolder work_folder;
    const std::string app = work_folder.program("tool");
    const std::string other = work_folder.program("other", {.machine = 183});
    const std::string layout = work_folder.path("layout");
    const auto referrers = [&] {
        std::multimap<std::string, std::string> found;  // subject, type
        const OpenedImage image = opened(layout);
        for (const json::value& row : rows_of(image, Rows::referrers)) {
            const json::value manifest =
                document(image, "blobs/sha256/" + text(row.at("digest")).substr(7));
            CHECK(text(row.at("mediaType")) == "application/vnd.oci.image.manifest.v1+json");
            CHECK_FALSE(row.as_object().contains("annotations"));
            CHECK(text(manifest.at("artifactType")) == text(row.at("artifactType")));
            CHECK(text(manifest.at("config").at("mediaType")) ==
                  "application/vnd.oci.empty.v1+json");
            CHECK(text(manifest.at("layers").at(0).at("mediaType")) ==
                  text(row.at("artifactType")));
            found.emplace(text(manifest.at("subject").at("digest")), text(row.at("artifactType")));
        }
        CHECK(problems_of(layout) == "");
        return found;
    };
    const Baked index = baked({.apps = {app, other}, .outputs = {"oci:" + layout + ":both"}});
    auto found = referrers();
    CHECK(found.size() == 2);
    CHECK(found.count(index.digest) == 2);

    const Baked one = baked({.apps = {app}, .outputs = {"oci:" + layout + ":one"}});
    const Baked same = baked({.apps = {app}, .outputs = {"oci:" + layout + ":same"}});
    CHECK(same.digest == one.digest);
    found = referrers();
    CHECK(found.size() == 4);

    const Baked changed =
        baked({.apps = {app}, .outputs = {"oci:" + layout + ":one"}, .environment = {"A=1"}});
    found = referrers();
    CHECK(found.count(one.digest) == 2);  // it is still called 'same'
    CHECK(found.count(changed.digest) == 2);
    baked({.apps = {app},
           .outputs = {"oci:" + layout + ":same"},
           .sbom = "none",
           .provenance = "none",
           .environment = {"A=2"}});
    found = referrers();
    CHECK(found.count(one.digest) == 0);  // nothing is called so any more
    CHECK(found.size() == 4);
}

TEST_CASE("an image for several platforms has one bill of materials")
{
    const WorkFolder work_folder;
    const Baked made =
        baked({.apps = {work_folder.program("a"), work_folder.program("b", {.machine = 183})},
               .tags = {"x:1"},
               .outputs = {work_folder.path("x.tar")}});
    const json::value bill = read_json(work_folder / "x.spdx.json");
    CHECK(spdx_problems(bill) == "");
    CHECK(related(bill, "SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Package-x-1"));
    CHECK(related(bill, "SPDXRef-Package-x-1", "CONTAINS", "SPDXRef-Package-x-1-3"));
    CHECK(bill.at("files").as_array().size() == 4);
    const json::value statement = read_json(work_folder / "x.provenance.json");
    CHECK(statement.at("subject").as_array().size() == 3);
    CHECK("sha256:" + text(statement.at("subject").at(0).at("digest").at("sha256")) == made.digest);
    const auto index = document(opened(work_folder / "x.tar"), "index.json");
    CHECK(index.at("manifests").as_array().size() == 1);
}

}  // namespace bill_test
