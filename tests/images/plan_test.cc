#include "bake/plan.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <sys/stat.h>

#include "bake/run_words.h"
#include "bake/table.h"
#include "content/additions.h"
#include "fixture.h"
#include "unpacked.h"

namespace plan_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::layers;
using namespace outis::images::oci;
using namespace outis::images::content;
using namespace outis::images::bake;
using namespace outis::images::testing;

TEST_CASE("durations are read as people write them")
{
    struct Case {
        const char* text;
        std::int64_t nanoseconds;  // -1: refused
    };

    const Case cases[] = {
        {"30s", 30'000'000'000},
        {"500ms", 500'000'000},
        {"1.5s", 1'500'000'000},
        {"1m30s", 90'000'000'000},
        {"24h", 86'400'000'000'000},
        {"0s", 0},
        {"5us", 5'000},
        {"24h1s", -1},
        {"", -1},
        {"5", -1},
        {"s", -1},
        {"-1s", -1},
        {"1e3s", -1},
        {"nans", -1},
        {"infs", -1},
        {"1d", -1},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto time = parse_time(c.text);
        CHECK((time ? time.value() : -1) == c.nanoseconds);
    }
}

TEST_CASE("stop signals are known by name and number")
{
    struct Case {
        const char* text;
        const char* name;  // empty: refused
    };

    const Case cases[] = {
        {"TERM", "SIGTERM"}, {"SIGQUIT", "SIGQUIT"}, {"quit", "SIGQUIT"},
        {"15", "SIGTERM"},   {"2", "SIGINT"},        {"0", ""},
        {"99", ""},          {"TREM", ""},           {"", ""},
        {"SIG", ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto name = parse_stop_signal(c.text);
        CHECK((name ? name.value() : "") == c.name);
    }
    CHECK(parse_stop_signal("TREM").error().text.find("did you mean 'TERM'?") != std::string::npos);
}

TEST_CASE("options become the run settings of an image")
{
    const auto run = parse_run_words({.arguments = {"-x"},
                                      .environment = {"A=1", "A=2=3"},
                                      .ports = {"80"},
                                      .volumes = {"/data//x/"},
                                      .workdir = "/data",
                                      .stop_signal = "QUIT",
                                      .health = "http://:8080/healthz",
                                      .health_interval = "5s",
                                      .health_retries = "2"});
    REQUIRE(run);
    CHECK(run.value().environment.at("A") == "2=3");
    CHECK(run.value().volumes.contains("/data/x"));
    CHECK(run.value().stop_signal == "SIGQUIT");
    REQUIRE(run.value().health);
    CHECK(run.value().health->command ==
          std::vector<std::string>{"/outis-init", "--probe", "http://:8080/healthz"});
    CHECK(run.value().health->interval_ns == 5'000'000'000);
    CHECK(run.value().health->retries == 2);
}

TEST_CASE("a health check's times are unset, or in the range that engines accept")
{
    const auto timeout_of = [](const char* text) {
        return parse_run_words({.health = "tcp://:80", .health_timeout = text});
    };
    for (const char* text : {"0s", "1ms", "1500us"})
        CHECK(timeout_of(text));
    for (const char* text : {"999us", "0.5ms"}) {
        const auto refused = timeout_of(text);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().text.find("at least 1ms") != std::string::npos);
    }
}

TEST_CASE("additions: each option puts its files in the right place")
{
    const WorkFolder work_folder;
    write_text(work_folder / "in/file", "text");
    write_text(work_folder / "in/tree/run", "program");
    write_text(work_folder / "in/tree/sub/data", "data");
    std::filesystem::permissions(work_folder / "in/tree/run", std::filesystem::perms(0700));
    const std::string in = work_folder.path("in");
    const auto added = added_files(
        {.files = {in + "/file:/etc/a.conf", in + "/file:/opt/", in + "/file:/b:0400:7:8",
                   in + "/tree:/srv:640"},
         .directories = {"/var/cache:1777", "/run/x:0700:65534:65534", "/plain", "/srv/sub:0711"},
         .links = {"/bin/x:../srv/run"}});
    REQUIRE_MESSAGE(added, (added ? "" : added.error().text));
    const Tree& tree = added.value().tree;

    struct Case {
        const char* key;
        EntryKind kind;
        std::uint32_t mode;
        std::uint32_t uid = 0;
        std::uint32_t gid = 0;
    };

    const Case cases[] = {
        {"etc/a.conf", EntryKind::file, 0644},
        {"opt/file", EntryKind::file, 0644},
        {"b", EntryKind::file, 0400, 7, 8},
        {"srv", EntryKind::directory, 0755},
        {"srv/run", EntryKind::file, 0640},
        {"srv/sub", EntryKind::directory, 0711},
        {"srv/sub/data", EntryKind::file, 0640},
        {"var/cache", EntryKind::directory, 01777},
        {"run/x", EntryKind::directory, 0700, 65534, 65534},
        {"plain", EntryKind::directory, 0755},
        {"bin/x", EntryKind::symlink, 0777},
    };
    CHECK(tree.size() == std::size(cases));
    for (const Case& c : cases) {
        CAPTURE(c.key);
        REQUIRE(tree.contains(c.key));
        const Entry& entry = tree.at(c.key);
        CHECK(entry.kind == c.kind);
        CHECK(entry.mode == c.mode);
        CHECK(entry.uid == c.uid);
        CHECK(entry.gid == c.gid);
    }
}

TEST_CASE("additions: a later one goes over an earlier one, and what was another is told")
{
    const WorkFolder work_folder;
    write_text(work_folder / "a/share/data", "old");
    write_text(work_folder / "a/share/same", "same");
    write_text(work_folder / "a/name", "linked");
    std::filesystem::create_hard_link(work_folder / "a/name", work_folder / "a/other");
    std::filesystem::create_hard_link(work_folder / "a/name", work_folder / "a/third");
    write_text(work_folder / "b/data", "new");
    write_text(work_folder / "b/same", "same");
    const auto added = added_files(
        {.files = {work_folder.path("a") + ":/opt", work_folder.path("b") + ":/opt/share:0640:5:6",
                   work_folder.path("b/data") + ":/opt/name"}});
    REQUIRE_MESSAGE(added, (added ? "" : added.error().text));
    const Tree& tree = added.value().tree;
    const auto content = [&](const char* key) {
        return read_text(std::get<std::filesystem::path>(tree.at(key).content));
    };
    CHECK(content("opt/share/data") == "new");
    CHECK(tree.at("opt/share/data").mode == 0640);
    CHECK(tree.at("opt/share/same").uid == 5);
    CHECK(tree.at("opt/share").gid == 6);
    CHECK(content("opt/name") == "new");
    CHECK(content("opt/other") == "linked");
    CHECK(tree.at("opt/third").target == "opt/other");
    REQUIRE(added.value().notes.size() == 2);
    CHECK(added.value().notes[0].find("'/opt/share/data'") != std::string::npos);
    CHECK(added.value().notes[0].find("/opt/share/same") == std::string::npos);
    CHECK(added.value().notes[1].find("'/opt/name'") != std::string::npos);
}

TEST_CASE("additions: a folder is taken without what is excluded, sockets and pipes")
{
    const WorkFolder work_folder;
    for (const char* name : {"in/a.txt", "in/.git/x", "in/sub/b.tmp", "in/sub/keep.tmp"})
        write_text(work_folder / name, "text");
    REQUIRE(::mkfifo(work_folder.path("in/sub/pipe").c_str(), 0600) == 0);
    const auto added = added_files({.files = {work_folder.path("in") + ":/opt"},
                                    .exclude = {".git", "**/*.tmp", "!sub/keep.tmp"}});
    REQUIRE_MESSAGE(added, (added ? "" : added.error().text));
    std::vector<std::string> keys;
    for (const auto& [key, entry] : added.value().tree)
        keys.push_back(key);
    CHECK((keys == std::vector<std::string>{"opt", "opt/a.txt", "opt/sub", "opt/sub/keep.tmp"}));
    REQUIRE(added.value().notes.size() == 1);
    CHECK(added.value().notes[0].find("sub/pipe'") != std::string::npos);
    const auto refused =
        added_files({.files = {work_folder.path("in") + ":/opt"}, .exclude = {"[a"}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("--exclude") != std::string::npos);
}

TEST_CASE(
    "ports, variables and what PID 1 starts are understood as a Dockerfile's and docker's are")
{
    const WorkFolder work_folder;
    ::setenv("OUTIS_TEST_HERE", "here", 1);
    ::unsetenv("OUTIS_TEST_NOWHERE");
    write_text(work_folder / "env",
               "\xEF\xBB\xBF# comment\n  A=1 \nB=\"q\"\n\nOUTIS_TEST_HERE\n"
               "OUTIS_TEST_NOWHERE\nC=x=y\n");
    write_text(work_folder / "bad", "A=1\nB C=2\n");
    const auto run = parse_run_words({.environment = {"A=over", "OUTIS_TEST_HERE"},
                                      .env_files = {work_folder.path("env")},
                                      .ports = {"8000-8002", "53/udp", "9/sctp"}});
    REQUIRE_MESSAGE(run, (run ? "" : run.error().text));
    const std::map<std::string, std::string> environment{
        {"A", "over"}, {"B", "\"q\""}, {"C", "x=y"}, {"OUTIS_TEST_HERE", "here"}};
    CHECK((run.value().environment == environment));
    CHECK((run.value().ports ==
           std::set<std::string>{"8000/tcp", "8001/tcp", "8002/tcp", "53/udp", "9/sctp"}));
    for (const BakeOptions& options :
         {BakeOptions{.environment = {"OUTIS_TEST_NOWHERE"}}, BakeOptions{.ports = {"9-8"}},
          BakeOptions{.env_files = {work_folder.path("bad")}},
          BakeOptions{.env_files = {work_folder.path("none")}}})
        CHECK_FALSE(parse_run_words(options));

    struct Case {
        std::string text;
        std::vector<std::string> words;  // none: refused
    };

    const Case cases[] = {
        {"/bin/x", {"/bin/x"}},
        {"[\"/bin/x\", \"-a b\"]", {"/bin/x", "-a b"}},
        {"[]", {}},
        {"[1]", {}},
        {"[\"\"]", {}},
        {"[\"a\"", {}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto words = parse_entrypoint({.entrypoint = c.text});
        CHECK(static_cast<bool>(words) == !c.words.empty());
        if (words)
            CHECK((words.value() == c.words));
    }
    const std::string app = work_folder.program("app");
    const auto made = bake_quietly({.apps = {app},
                                    .arguments = {"-v"},
                                    .outputs = {work_folder.path("x.tar")},
                                    .entrypoint = "[\"/app\", \"serve\"]"});
    REQUIRE_MESSAGE(made, (made ? "" : made.error().text));
    const auto config = unpack(work_folder / "x.tar").config;
    const auto& entry = config.at("config").at("Entrypoint").as_array();
    CHECK(text(entry.back()) == "serve");
    CHECK(text(entry[entry.size() - 2]) == "/app");
    CHECK(text(config.at("config").at("Cmd").as_array()[0]) == "-v");

    struct Missing {
        const char* entrypoint;
        const char* message;
    };

    for (const Missing& c : {Missing{"/nope", "'/nope' is not there"},
                             Missing{"/app -w", "one word"}, Missing{"nope", "'nope'"}}) {
        CAPTURE(std::string(c.entrypoint));
        const auto none = bake_quietly(
            {.apps = {app}, .outputs = {work_folder.path("none.tar")}, .entrypoint = c.entrypoint});
        REQUIRE_FALSE(none);
        CHECK_MESSAGE(none.error().text.find(c.message) != std::string::npos, none.error().text);
        CHECK_FALSE(std::filesystem::exists(work_folder / "none.tar"));
    }
}

TEST_CASE("additions: malformed or conflicting ones are refused")
{
    const WorkFolder work_folder;
    write_text(work_folder / "file", "text");
    const std::string file = work_folder.path("file");

    struct Case {
        const char* name;
        Additions additions;
        const char* message;
    };

    const Case cases[] = {
        {"no destination", {.files = {file}}, "must be SRC:DST"},
        {"relative destination", {.files = {file + ":etc/x"}}, "must be SRC:DST"},
        {"no source", {.files = {":/x"}}, "must be SRC:DST"},
        {"climbing", {.files = {file + ":/a/../../x"}}, "must not contain '..'"},
        {"missing", {.files = {work_folder.path("none") + ":/x"}}, "there is no '"},
        {"bad mode", {.files = {file + ":/x:9"}}, "has the mode '9'"},
        {"set-user-ID", {.files = {file + ":/x:4755"}}, "has the mode '4755'"},
        {"half an owner", {.files = {file + ":/x:644:0"}}, "must end in PATH"},
        {"owner by name", {.files = {file + ":/x:644:root:root"}}, "two numbers"},
        {"a folder over a file",
         {.files = {file + ":/x"}, .directories = {"/x"}},
         "a folder and a file"},
        {"a link over a file", {.files = {file + ":/x"}, .links = {"/x:y"}}, "--link and by --add"},
        {"over PID 1", {.files = {file + ":/outis-init"}}, "belongs to PID 1"},
        {"over the policy", {.files = {file + ":/etc/outis/policy"}}, "belongs to PID 1"},
        {"beside the policy", {.directories = {"/etc/outis:0777"}}, "belongs to PID 1"},
        {"whiteout", {.files = {file + ":/.wh.x"}}, "which layers reserve"},
        {"link without target", {.links = {"/x:"}}, "must be PATH:TARGET"},
        {"link over a directory", {.directories = {"/x"}, .links = {"/x:y"}}, "is given twice"},
        {"device", {.files = {"/dev/null:/x"}}, "not a regular file"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto tree = added_files(c.additions);
        REQUIRE_FALSE(tree);
        CAPTURE(tree.error().text);
        CHECK(tree.error().text.find(c.message) != std::string::npos);
    }
}

TEST_CASE("every row of the table has a name of its own and a field of its own")
{
    BakeOptions options;
    const std::vector<BakeRow> table = bake_table(options);
    for (const BakeRow& row : table) {
        CAPTURE(row.option.names);
        const auto same = [&](auto part) {
            return std::ranges::count_if(
                table, [&](const BakeRow& other) { return part(other) == part(row); });
        };
        CHECK(same([](const BakeRow& one) { return host::long_name(one.option); }) == 1);
        CHECK(same([](const BakeRow& one) { return one.option.field; }) == 1);
        if (!row.option.names.starts_with("--"))
            CHECK(same([](const BakeRow& one) { return one.option.names.substr(0, 2); }) == 1);
        CHECK_FALSE(row.option.help.empty());
        CHECK(row.option.value.empty() == std::holds_alternative<bool*>(row.option.field));
        CHECK(row.use.refusal.empty() == (row.use.dockerfile != InDockerfile::refused));
    }
}

TEST_CASE("the manual page names every option")
{
    const std::string page = read_text(OUTIS_TEST_PAGE);
    REQUIRE_FALSE(page.empty());
    BakeOptions options;
    for (const BakeRow& row : bake_table(options)) {
        std::string name = "\\-\\-";
        for (const char c : host::long_name(row.option))
            name += c == '-' ? "\\-" : std::string(1, c);
        CAPTURE(name);
        CHECK(page.find(name) != std::string::npos);
    }
}

}  // namespace plan_test
