// What images say about themselves: labels from git, from Go's linker and of the certificates.
#include "content/labels.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <boost/json/value.hpp>

#include "bake/external_parameters.h"
#include "fixture.h"
#include "host/input.h"
#include "oci/json.h"
#include "programs/git.h"
#include "programs/go_info.h"
#include "unpacked.h"

namespace labels_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::oci;
using namespace outis::images::programs;
using namespace outis::images::content;
using namespace outis::images::places;
using namespace outis::images::bake;
using namespace outis::images::testing;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

const std::string kStandard = "org.opencontainers.image.";

void git(const WorkFolder& work_folder, std::vector<std::string> words)
{
    words.insert(words.begin(), {"git", "-c", "user.name=x", "-c", "user.email=x@example.com"});
    output_of(words, work_folder / "src");
}

// A label of the configuration, which the manifest must repeat; "" if it is absent.
std::string label(const WorkFolder& work_folder, const std::string& key)
{
    const OpenedImage image = opened(work_folder / "x.tar");
    const json::value index = document(image, "index.json");
    const std::string digest = text(index.at("manifests").at(0).at("digest"));
    const json::value manifest = document(image, "blobs/sha256/" + digest.substr(7));
    const json::value* annotation = manifest.at("annotations").as_object().if_contains(key);
    const json::value config = unpack(work_folder / "x.tar").config;
    const json::value* found = config.at("config").at("Labels").as_object().if_contains(key);
    const std::string value = found == nullptr ? "" : text(*found);
    CHECK((annotation == nullptr ? "" : text(*annotation)) == value);
    return value;
}

}  // namespace

TEST_CASE("a password in a URL reaches no label")
{
    const std::pair<const char*, const char*> cases[] = {
        {"https://example.com/x.git", "https://example.com/x.git"},
        {"https://user:secret@example.com/x", "https://example.com/x"},
        {"https://token@example.com/x@y", "https://example.com/x@y"},
        {"https://a@b@example.com/x", "https://example.com/x"},
        {"https://example.com/x.git?private_token=secret#y", "https://example.com/x.git"},
        {"ssh://git@example.com:22/team/x.git", "ssh://example.com:22/team/x.git"},
        {"git://example.com/x", "git://example.com/x"},
        {"git@example.com:team/x.git", "example.com:team/x.git"},
        {"example.com:team/x@y.git", "example.com:team/x@y.git"},
        {"/home/alice/client.git", ""},
        {"./client.git", ""},
        {"../a:b/client.git", ""},
        {"C:/client.git", ""},
        {"file:///home/alice/client.git", ""},
        {"ext::sh -c id", ""},
        {"", ""},
    };
    for (const auto& [url, expected] : cases) {
        CAPTURE(url);
        CHECK(source_url(url) == expected);
    }
}

TEST_CASE("provenance shows the names that -X sets and no values")
{
    struct Case {
        const char* given;
        const char* shown;
    };

    const Case cases[] = {
        {"-s -w", "-s -w"},
        {"-X main.key=hunter2", "-X main.key"},
        {"-X=main.key=hunter2 -s", "-X=main.key -s"},
        {"--X main.key=hunter2", "--X main.key"},
        {"-s -X 'main.key=hunter2 and more' -w", "-s -X main.key -w"},
        {"'-X=main.key=hunter2'", "-X=main.key"},
    };
    for (const Case& c : cases) {
        CAPTURE(std::string(c.given));
        const json::object parameters = external_parameters(
            {.go_ldflags = c.given, .go_flags = {std::string("-ldflags=") + c.given}}, 0);
        const json::value& options = parameters.at("options");
        CHECK(text(options.at("ldflags").at(0)) == c.shown);
        CHECK(text(options.at("go-flag").at(0)) == "-ldflags");
    }
}

TEST_CASE("the date of a Debian package is read from its version")
{
    CHECK(certificates_date("20250419~deb12u2") == "2025-04-19");
    CHECK(certificates_date("20230311+nmu1") == "2023-03-11");
    CHECK(certificates_date("2025") == "");
    CHECK(certificates_date("unknown") == "");
}

TEST_CASE("git gives revision, version and source of a module at the top of its tree")
{
    const WorkFolder work_folder;
    write_text(work_folder / "src/go.mod", "module example.com/tool\n\ngo 1.19\n");
    write_text(work_folder / "src/main.go", "package main\n\nfunc main() {}\n");
    const BakeOptions options{.apps = {work_folder.path("src")},
                              .outputs = {work_folder.path("x.tar")}};
    baked(options);
    CHECK(label(work_folder, kStandard + "revision") == "");
    CHECK(label(work_folder, kStandard + "title") == "tool");
    CHECK(label(work_folder, kStandard + "created") == "1970-01-01T00:00:00Z");
    CHECK(label(work_folder, "outis.go.module") == "example.com/tool");
    CHECK(label(work_folder, "outis.go.toolchain").starts_with("go1."));

    git(work_folder, {"init", "-q"});
    git(work_folder, {"add", "."});
    git(work_folder, {"commit", "-q", "-m", "x"});
    git(work_folder, {"tag", "v1.2.3"});
    git(work_folder, {"remote", "add", "origin", "https://me:secret@example.com/tool.git"});
    std::string revision = output_of({"git", "rev-parse", "HEAD"}, work_folder / "src");
    revision.pop_back();
    baked(options);
    CHECK(label(work_folder, kStandard + "revision") == revision);
    CHECK(label(work_folder, kStandard + "version") == "v1.2.3");
    CHECK(label(work_folder, kStandard + "source") == "https://example.com/tool.git");

    write_text(work_folder / "src/untracked.tar", "an image, say");
    baked(options);
    CHECK(label(work_folder, kStandard + "revision") == revision);
    write_text(work_folder / "src/main.go", "package main\n\nfunc main() { println() }\n");
    BakeOptions given = options;
    given.labels = {kStandard + "title=mine"};
    given.annotations = {kStandard + "title=mine"};
    baked(given);
    CHECK(label(work_folder, kStandard + "revision") == revision + "-dirty");
    CHECK(label(work_folder, kStandard + "version") == "");
    CHECK(label(work_folder, kStandard + "title") == "mine");
    CHECK(problems_of(work_folder / "x.tar") == "");
}

TEST_CASE("the configuration of a repository runs no program of the source's choice")
{
    const WorkFolder work_folder;
    write_text(work_folder / "src/go.mod", "module example.com/tool\n\ngo 1.19\n");
    write_text(work_folder / "src/main.go", "package main\n\nfunc main() {}\n");
    write_text(work_folder / "src/.gitattributes", "*.go filter=evil diff=evil\n");
    git(work_folder, {"init", "-q"});
    git(work_folder, {"add", "."});
    git(work_folder, {"commit", "-q", "-m", "x"});
    const std::string evil = work_folder.path("evil.sh");
    write_text(evil, "#!/bin/sh\ntouch " + work_folder.path("ran") + "\ncat\n");
    fs::permissions(evil, fs::perms::owner_all);
    for (const char* key :
         {"core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process",
          "diff.evil.command", "diff.evil.textconv", "core.pager", "core.sshCommand",
          "core.gitProxy", "gpg.program", "credential.helper"})
        git(work_folder, {"config", key, evil});
    git(work_folder, {"config", "core.hooksPath", work_folder.path(".")});
    fs::copy(evil, work_folder / "post-index-change");
    fs::create_directories(work_folder / "src/.git/hooks");
    fs::copy(evil, work_folder / "src/.git/hooks/post-index-change");
    // Other times make git look at the bytes, by way of the filter.
    fs::last_write_time(work_folder / "src/main.go",
                        fs::file_time_type::clock::now() + std::chrono::hours(1));
    const auto state = git_state(work_folder / "src");
    REQUIRE(state);
    CHECK(state->revision.size() == 40);
    CHECK_FALSE(fs::exists(work_folder / "ran"));

    fs::rename(work_folder / "src/.git", work_folder / "elsewhere");
    write_text(work_folder / "src/.git", "gitdir: ../elsewhere\n");
    CHECK_FALSE(git_state(work_folder / "src"));
    fs::remove(work_folder / "src/.git");
    fs::create_symlink("../elsewhere", work_folder / "src/.git");
    CHECK_FALSE(git_state(work_folder / "src"));
}

TEST_CASE("a module below the top of its tree gets nothing from git")
{
    const WorkFolder work_folder;
    write_text(work_folder / "src/sub/go.mod", "module example.com/tool\n\ngo 1.19\n");
    git(work_folder, {"init", "-q"});
    git(work_folder, {"add", "."});
    git(work_folder, {"commit", "-q", "-m", "x"});
    CHECK_FALSE(git_state(work_folder / "src/sub"));
    CHECK(git_state(work_folder / "src"));
}

TEST_CASE("the module of a Go program is read, and damaged information is ignored")
{
    const WorkFolder work_folder;
    write_text(work_folder / "src/go.mod", "module example.com/tool\n\ngo 1.19\n");
    write_text(work_folder / "src/main.go", "package main\n\nfunc main() {}\n");
    git(work_folder, {"init", "-q"});
    git(work_folder, {"add", "."});
    git(work_folder, {"commit", "-q", "-m", "x"});
    write_text(work_folder / "src/main.go", "package main\n\nfunc main() { println() }\n");
    std::string revision = output_of({"git", "rev-parse", "HEAD"}, work_folder / "src");
    revision.pop_back();
    output_of({"env", "CGO_ENABLED=0", "go", "build", "-buildvcs=true", "-o",
               work_folder.path("tool"), "."},
              work_folder / "src");
    std::string program = read_text(work_folder / "tool");
    auto elf = read_elf(as_bytes(program), "tool");
    REQUIRE(elf);
    const auto info = read_go_info(as_bytes(program), elf.value());
    REQUIRE(info);
    CHECK(info->toolchain.starts_with("go1."));
    CHECK(info->module == "example.com/tool");
    CHECK(info->version == "");
    CHECK(info->revision == revision + "-dirty");
    baked({.apps = {work_folder.path("tool")}, .outputs = {work_folder.path("x.tar")}});
    CHECK(label(work_folder, kStandard + "revision") == revision + "-dirty");

    const std::size_t record = program.find("\xFF Go buildinf:");
    REQUIRE(record != std::string::npos);
    for (std::size_t at = record; at < record + 256; ++at) {
        for (const char value : {'\0', '\x7F', '\xFF'}) {
            const char before = std::exchange(program[at], value);
            (void)read_go_info(as_bytes(program), elf.value());
            program[at] = before;
        }
    }
    for (std::size_t size = record; size < record + 256; ++size)
        (void)read_go_info(as_bytes(program).first(size), elf.value());
    for (const std::size_t size : {20, 40, 100})
        CHECK_FALSE(read_go_info(as_bytes(program).first(record + size), elf.value()));
}

TEST_CASE("the label of the certificates holds their number and date")
{
    struct Case {
        const char* name;
        BakeOptions options;
        const char* count;
        const char* date;
    };

    const std::string file = OUTIS_TEST_DATA "/authority.pem";
    const Case cases[] = {
        {"pinned", {}, "148", "2025-04-19"},
        {"added", {.ca_add = {file}}, "149", "2025-04-19"},
        {"only ours", {.ca = file}, "1", ""},
        {"none", {.ca = "none"}, "", ""},
    };
    const WorkFolder work_folder;
    write_text(work_folder / "data/versions",
               "ca-certificates 20250419~deb12u2 148\ntzdata 2026f\n");
    for (const Case& c : cases) {
        CAPTURE(c.name);
        BakeOptions options = c.options;
        options.apps = {work_folder.program("app")};
        options.outputs = {work_folder.path("x.tar")};
        baked(options);
        CHECK(label(work_folder, "outis.ca.count") == c.count);
        CHECK(label(work_folder, "outis.ca.date") == c.date);
    }
}

}  // namespace labels_test
