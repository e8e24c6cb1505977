// The contract of the golang-builder: what its variables mean. The image itself is asked by
// tests/whole/golang_builder.sh.
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "golang_builder/contract.h"
#include "outis/sandbox/arch.h"

namespace golang_builder_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::bake;
using namespace outis::images::golang_builder;
using namespace outis::images::testing;

namespace {

using Words = std::vector<std::string>;

BuilderJob job_of(const Variables& variables, const std::optional<std::string>& tag = {})
{
    const auto job = read_contract(variables, tag);
    REQUIRE_MESSAGE(job, (job ? "" : job.error().text));
    return job.value();
}

}  // namespace

TEST_CASE("contract: without variables the defaults hold")
{
    for (const Variables& variables :
         {Variables{}, Variables{{"LDFLAGS", ""}, {"OUTPUT", ""}, {"CGO_ENABLED", ""}}}) {
        const BuilderJob job = job_of(variables);
        CHECK(job.compile.apps == Words{"."});
        CHECK(job.compile.binary_only);
        CHECK(job.compile.go_cgo.empty());
        CHECK_FALSE(job.compile.go_ldflags);
        CHECK(job.compile.go_main.empty());
        CHECK(job.compile.outputs.empty());
        CHECK(job.compile.platforms.empty());
        CHECK_FALSE(job.compile.pack);
        CHECK_FALSE(job.tag);
        CHECK_FALSE(job.cross);
        CHECK(job.context == ".");
        CHECK(job.notes.empty());
    }
}

TEST_CASE("contract: variables reach their options unchanged")
{
    const BuilderJob job = job_of({{"LDFLAGS", "-extldflags \"-static\""},
                                   {"OUTPUT", "bin/"},
                                   {"MAIN_PATH", "cmd/x"},
                                   {"COMPRESS_BINARY", "true"},
                                   {"DOCKER_BUILD_CONTEXT", "deploy"}},
                                  "team/x:1");
    CHECK(job.compile.go_ldflags == "-extldflags \"-static\"");
    CHECK(job.compile.outputs == Words{"bin/"});
    CHECK(job.compile.go_main == "cmd/x");
    CHECK(job.compile.pack);
    CHECK(job.context == "deploy");
    CHECK(job.tag == "team/x:1");
}

TEST_CASE("contract: an empty argument counts as unset")
{
    CHECK_FALSE(job_of({}, "").tag);
    CHECK(job_of({{"BUILD_GOOS", "linux"}}, "").cross);
}

TEST_CASE("contract: outis.toml decides what no variable sets")
{
    struct Case {
        const char* name;
        Variables variables;
        std::string ldflags;
        std::string cgo;
        std::string main;
        bool pack;
    };

    const Case cases[] = {
        {"nothing is said", {}, "-X a=file", "", "cmd/file", true},
        {"all is said",
         {{"LDFLAGS", "-s"},
          {"CGO_ENABLED", "0"},
          {"MAIN_PATH", "x"},
          {"COMPRESS_BINARY", "false"}},
         "-s",
         "0",
         "x",
         false},
        {"empty variables",
         {{"LDFLAGS", ""}, {"CGO_ENABLED", ""}, {"MAIN_PATH", ""}, {"COMPRESS_BINARY", ""}},
         "-X a=file",
         "",
         "cmd/file",
         true},
    };
    const WorkFolder work_folder;
    write_text(work_folder / "outis.toml",
               "ldflags = '-X a=file'\nmain = 'cmd/file'\npack = true\nport = [80]\n"
               "platform = 'linux/arm64'\ntag = 'y:1'\n");
    for (const Case& c : cases) {
        CAPTURE(c.name);
        BuilderJob told = job_of(c.variables);
        told.compile.apps = {work_folder.path(".")};
        const auto job = with_config(told, [](const std::string&) {});
        REQUIRE_MESSAGE(job, (job ? "" : job.error().text));
        const BakeOptions& options = job.value().compile;
        CHECK(options.go_ldflags == c.ldflags);
        CHECK(options.go_cgo == c.cgo);
        CHECK(options.go_main == c.main);
        CHECK(options.pack == c.pack);
        CHECK(options.ports == Words{"80"});
        CHECK(options.outputs.empty());
        CHECK(options.platforms.empty());
        CHECK(options.tags.empty());
        CHECK(job.value().image_platforms == Words{"linux/arm64"});
    }
}

TEST_CASE("contract: CGO_ENABLED is accepted, or refused with a reason")
{
    struct Case {
        const char* name;
        const char* value;
        const char* meaning;  // or null for a refusal
    };

    const Case cases[] = {
        {"zero", "0", "0"},
        {"one", "1", "1"},
        {"false", "false", "0"},
        {"true", "true", "1"},
        {"another word", "yes", nullptr},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto job = read_contract({{"CGO_ENABLED", c.value}}, {});
        if (c.meaning == nullptr) {
            REQUIRE_FALSE(job);
            CHECK(job.error().blame == Blame::input);
            CHECK(job.error().text.find("'yes'") != std::string::npos);
        } else {
            REQUIRE(job);
            CHECK(job.value().compile.go_cgo == c.meaning);
        }
    }
}

TEST_CASE("contract: only 'true' compresses, and other values are noted")
{
    CHECK_FALSE(job_of({{"COMPRESS_BINARY", "false"}}).compile.pack);
    CHECK(job_of({{"COMPRESS_BINARY", "false"}}).notes.empty());
    const BuilderJob job = job_of({{"COMPRESS_BINARY", "1"}});
    CHECK_FALSE(job.compile.pack);
    REQUIRE(job.notes.size() == 1);
    CHECK(job.notes.front().find("'1'") != std::string::npos);
}

TEST_CASE("contract: platforms are the product of both lists")
{
    struct Case {
        const char* name;
        const char* systems;
        const char* machines;
        Words platforms;
    };

    const std::string host(sandbox::arch_name(sandbox::host_arch()));
    const Case cases[] = {
        {"both",
         "darwin linux",
         "386 amd64",
         {"darwin/386", "darwin/amd64", "linux/386", "linux/amd64"}},
        {"systems alone", "windows", "", {"windows/" + host}},
        {"machines alone", "", "arm64  arm", {"linux/arm64", "linux/arm"}},
        {"blanks", " ", "", {"linux/" + host}},
        {"commas",
         "linux,darwin",
         "amd64, arm",
         {"linux/amd64", "linux/arm", "darwin/amd64", "darwin/arm"}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const BuilderJob job = job_of({{"BUILD_GOOS", c.systems}, {"BUILD_GOARCH", c.machines}});
        CHECK(job.cross);
        CHECK(job.compile.platforms == c.platforms);
    }
}

TEST_CASE("contract: the image for several platforms has defaults of its own")
{
    struct Case {
        const char* name;
        const char* systems;
        const char* machines;
        Words platforms;
        bool guessed;
    };

    const Case cases[] = {
        {"nothing",
         "",
         "",
         {"linux/386", "linux/amd64", "linux/arm", "linux/arm64", "darwin/386", "darwin/amd64",
          "darwin/arm", "darwin/arm64"},
         true},
        {"a system",
         "windows",
         "",
         {"windows/386", "windows/amd64", "windows/arm", "windows/arm64"},
         true},
        {"a machine", "", "amd64", {"linux/amd64", "darwin/amd64"}, true},
        {"both", "darwin", "386", {"darwin/386"}, false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto job = read_contract({{"BUILD_GOOS", c.systems}, {"BUILD_GOARCH", c.machines}},
                                       {}, {.cross = true});
        REQUIRE(job);
        CHECK(job.value().cross);
        CHECK(job.value().compile.platforms == c.platforms);
        CHECK(job.value().guessed_platforms == c.guessed);
    }
}

TEST_CASE("contract: an image of Outis' own and fetching can be switched off")
{
    CHECK(job_of({}).own_image);
    CHECK(job_of({}).fetch);
    CHECK_FALSE(job_of({{"OUTIS_IMAGE", "none"}}).own_image);
    CHECK_FALSE(read_contract({}, {}, {.no_get = true}).value().fetch);
    CHECK_FALSE(read_contract({{"OUTIS_IMAGE", "no"}}, {}));
}

TEST_CASE("contract: messages name variables instead of options")
{
    CHECK(contract_words("choose one with --main") == "choose one with MAIN_PATH");
    CHECK(contract_words("--pack; --cgo 1; --pack") ==
          "COMPRESS_BINARY; CGO_ENABLED=1; COMPRESS_BINARY");
    CHECK(contract_words("name a file with --output") == "name a file with OUTPUT");
    CHECK(contract_words("") == "");
}

}  // namespace golang_builder_test
