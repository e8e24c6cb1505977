// Source without what it imports: a module of its own fetches that, from a proxy that is a folder.
#include "programs/go_fetch.h"

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "programs/go.h"

namespace go_fetch_test {

using namespace outis;
using namespace outis::images::programs;
using namespace outis::images::testing;
namespace fs = std::filesystem;

namespace {

constexpr const char* kBody =
    "\n\nimport \"example.com/third/dep\"\n\nfunc main() { println(dep.Word) }\n";

using Variables = std::map<std::string, std::string>;

// GOPROXY and its like while it lives, and the module cache in the work folder.
class GoSettings {
public:
    explicit GoSettings(Variables variables) : variables_(std::move(variables))
    {
        for (const auto& [name, value] : variables_)
            ::setenv(name.c_str(), value.c_str(), 1);
    }

    GoSettings(const GoSettings&) = delete;
    GoSettings& operator=(const GoSettings&) = delete;

    ~GoSettings()
    {
        for (const auto& row : variables_)
            ::unsetenv(row.first.c_str());
    }

private:
    Variables variables_;
};

// The module example.com/third, version 1.0.0, as `go help goproxy` wants it.
void write_proxy(const WorkFolder& work_folder)
{
    const std::string folder = "proxy/example.com/third/@v/";
    const std::string module = "module example.com/third\n\ngo 1.19\n";
    write_text(work_folder / (folder + "list"), "v1.0.0\n");
    write_text(work_folder / (folder + "v1.0.0.info"),
               R"({"Version":"v1.0.0","Time":"2020-01-01T00:00:00Z"})");
    write_text(work_folder / (folder + "v1.0.0.mod"), module);
    write_text(work_folder / (folder + "v1.0.0.zip"),
               output_of({"go", "run", OUTIS_TEST_DATA "/go/module_zip.go"}));
}

GoMain main_of(const fs::path& folder)
{
    const auto main = find_go_main(folder, {});
    REQUIRE_MESSAGE(main, (main ? "" : main.error().text));
    return main.value();
}

}  // namespace

TEST_CASE("missing packages are fetched by a module outside of the source")
{
    struct Case {
        const char* name;
        std::string clause;
        const char* module;  // go.mod; null for none
        std::vector<std::string> fetched;
    };

    const Case cases[] = {
        {"an import comment",
         "package main // import \"example.com/team/tool\"",
         nullptr,
         {"example.com/third v1.0.0"}},
        {"go.mod without the module",
         "package main",
         "module example.com/tool\n\ngo 1.19\n",
         {"example.com/third v1.0.0"}},
        {"no go.sum",
         "package main",
         "module example.com/tool\n\ngo 1.19\n\nrequire example.com/third v1.0.0\n",
         {}},
    };
    const WorkFolder work_folder;
    write_proxy(work_folder);
    const std::string proxy = "file://" + work_folder.path("proxy");
    for (const Case& c : cases) {
        CAPTURE(c.name);
        fs::remove_all(work_folder / "src");
        fs::remove_all(work_folder / "module");
        fs::create_directory(work_folder / "module");
        write_text(work_folder / "src/main.go", c.clause + kBody);
        if (c.module != nullptr)
            write_text(work_folder / "src/go.mod", c.module);
        const GoMain main = main_of(work_folder / "src");
        const GoOptions options{.fetch = work_folder / "module"};
        {
            const GoSettings settings(Variables{{"GOPROXY", proxy},
                                                {"GONOSUMDB", "*"},
                                                {"GOFLAGS", "-modcacherw"},
                                                {"GOMODCACHE", work_folder.path("cache")}});
            CHECK_FALSE(build_go(main, {}, {}, work_folder / "none"));
            const auto built = build_go(main, options, {}, work_folder / "out");
            REQUIRE_MESSAGE(built, (built ? "" : said_by(built.error())));
        }
        CHECK(fetched_modules(main, work_folder / "module").value() == c.fetched);
        // A second build, of the image, has the same versions and asks nobody.
        const GoSettings settings(Variables{{"GOPROXY", "off"},
                                            {"GOFLAGS", "-modcacherw"},
                                            {"GOMODCACHE", work_folder.path("cache")}});
        CHECK(build_go(main, options, {}, work_folder / "again"));
        fs::rename(work_folder / "module", work_folder / "moved");
        if (c.module == nullptr)
            write_text(work_folder / "moved/overlay.json",
                       R"({"Replace":{")" + (main.root / "go.mod").string() + "\":\"" +
                           work_folder.path("moved/go.mod") + "\"}}");
        CHECK(build_go(main, {.fetch = work_folder / "moved"}, {}, work_folder / "elsewhere"));
        fs::remove_all(work_folder / "moved");
        for (const char* name : {"again", "elsewhere"})
            CHECK(read_text(work_folder / "out") == read_text(work_folder / name));
        CHECK(std::distance(fs::directory_iterator(work_folder / "src"), {}) ==
              (c.module == nullptr ? 1 : 2));
        if (c.module != nullptr)
            CHECK(read_text(work_folder / "src/go.mod") == c.module);
    }
}

TEST_CASE("what has nothing to do with fetching keeps Go's words")
{
    const WorkFolder work_folder;
    write_proxy(work_folder);
    write_text(
        work_folder / "src/main.go",
        "package main // import \"example.com/team/tool\"\n\nimport (\n\t\"example.com/third/"
        "dep\"\n\t_ \"example.com/team/tool/api\"\n)\n\nfunc main() { println(dep.Word) }\n");
    write_text(work_folder / "src/api/api.go", "//go:build plan9\n\npackage api\n");
    fs::create_directory(work_folder / "module");
    const GoSettings settings(Variables{{"GOPROXY", "file://" + work_folder.path("proxy")},
                                        {"GONOSUMDB", "*"},
                                        {"GOFLAGS", "-modcacherw"},
                                        {"GOMODCACHE", work_folder.path("cache")}});
    const auto built = build_go(main_of(work_folder / "src"), {.fetch = work_folder / "module"}, {},
                                work_folder / "out");
    REQUIRE_FALSE(built);
    CHECK(built.error().blame == Blame::input);
    CHECK(built.error().details.find("exclude all Go files") != std::string::npos);
    CHECK(built.error().text.find("GOPROXY") == std::string::npos);
}

TEST_CASE("what cannot be fetched is an error that says how to bring it")
{
    const WorkFolder work_folder;
    write_text(work_folder / "src/main.go",
               std::string("package main // import \"example.com/team/tool\"") + kBody);
    fs::create_directory(work_folder / "module");
    const GoSettings settings(Variables{{"GOPROXY", "off"}});
    const auto built = build_go(main_of(work_folder / "src"), {.fetch = work_folder / "module"}, {},
                                work_folder / "out");
    REQUIRE_FALSE(built);
    CHECK(built.error().blame == Blame::environment);
    for (const char* words : {"GOPROXY", "vendor/", "'go mod init example.com/team/tool'"}) {
        CAPTURE(words);
        CHECK(built.error().text.find(words) != std::string::npos);
    }
}

TEST_CASE("nothing is fetched for source that keeps its dependencies or has no name")
{
    struct Case {
        const char* name;
        std::string clause;
        std::map<std::string, std::string> files;
        bool fetched = false;
    };

    const std::string named = "package main // import \"example.com/team/tool\"";
    const Case cases[] = {
        {"an import comment", named, {}, true},
        {"no import comment", "package main", {}},
        {"vendor", named, {{"src/vendor/x/x.go", "package x\n"}}},
        {"Godeps", named, {{"src/Godeps/Godeps.json", "{}"}}},
        {"a workspace",
         "package main",
         {{"go.work", "go 1.19\n\nuse ./src\n"}, {"src/go.mod", "module x\n\ngo 1.19\n"}}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        write_text(work_folder / "src/main.go", c.clause + kBody);
        for (const auto& [file, text] : c.files)
            write_text(work_folder / file, text);
        const GoMain main = main_of(work_folder / "src");
        CHECK(may_fetch(main, {.fetch = work_folder / "module"}) == c.fetched);
        CHECK_FALSE(may_fetch(main, {}));
    }
}

TEST_CASE("fetching runs version control only if GOPROXY says 'direct'")
{
    struct Case {
        const char* name;
        const char* given;     // GOPROXY of the environment
        const char* default_;  // what Go says without it
        const char* proxy;     // that is set; empty: the environment's stays
        const char* control;   // GOVCS that is set
    };

    const Case cases[] = {
        {"Go's default", "", "https://a.example,direct", "https://a.example", "*:off"},
        {"a list with both ends", "", "https://a.example|https://b.example,direct",
         "https://a.example|https://b.example", "*:off"},
        {"a default that is direct alone", "", "direct", "off", "*:off"},
        {"a proxy that was asked for", "https://a.example", "", "", "*:off"},
        {"direct that was asked for", "direct", "", "", ""},
    };
    const std::string path = std::getenv("PATH");
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        write_text(work_folder / "bin/go", "#!/bin/sh\necho '" + std::string(c.default_) + "'\n");
        fs::permissions(work_folder / "bin/go", fs::perms(0755));
        const GoSettings settings(Variables{{"GOPROXY", c.given}});
        ::setenv("PATH", (work_folder.path("bin") + ":" + path).c_str(), 1);
        Workplace place;
        const auto done = use_fetched(place, {.module = "x"}, work_folder / "module");
        ::setenv("PATH", path.c_str(), 1);
        REQUIRE(done);
        CHECK(place.environment["GOPROXY"] == c.proxy);
        CHECK(place.environment["GOVCS"] == c.control);
    }
}

}  // namespace go_fetch_test
