// The signal that engines send to end a container, told to PID 1 by whoever makes the image.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <boost/json/serialize.hpp>

#include "broken_images.h"
#include "fixture.h"
#include "host/digest.h"
#include "kubernetes/workload.h"
#include "made_image.h"
#include "outis/images/harden.h"
#include "outis/images/rebase.h"
#include "unpacked.h"
#include "view/stop_signals.h"

namespace stop_signals_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::view;
using namespace outis::images::bake;
using namespace outis::images::kubernetes;
using namespace outis::images::testing;

namespace {

using List = std::vector<std::string>;

constexpr SignalSet kQuit = 1 << 2;
constexpr SignalSet kTerm = 1 << 14;

std::string spaced(const List& words)
{
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

std::string run_field(const std::string& tar, const char* name)
{
    const Unpacked image = unpack(tar);
    const boost::json::value& run = image.config.at("config");
    const boost::json::value* found = run.as_object().if_contains(name);
    return found == nullptr ? "" : boost::json::serialize(*found);
}

std::string base_of(const WorkFolder& shop, const std::string& run)
{
    Parts parts;
    parts.run = run;
    write_text(shop / "base.tar", make_image(parts).archive());
    return shop.path("base.tar");
}

}  // namespace

TEST_CASE("stop signals: names and numbers are read as engines read them")
{
    struct Case {
        const char* text;
        int signal;  // 0: none that a process could receive
    };

    const Case cases[] = {
        {"SIGTERM", 15},    {"QUIT", 3},      {"sigwinch", 28},
        {"3", 3},           {"SIGRTMIN", 34}, {"SIGRTMIN+3", 37},
        {"SIGRTMAX-1", 63}, {"64", 64},       {"SIGPOLL", 29},
        {"SIGKILL", 0},     {"19", 0},        {"0", 0},
        {"65", 0},          {"", 0},          {"SIG", 0},
        {"RTMIN+31", 0},    {"RTMIN-1", 0},   {"RTMIN+", 0},
        {"TERM,QUIT", 0},   {"-3", 0},
    };
    for (const Case& c : cases) {
        CAPTURE(std::string(c.text));
        CHECK(engine_signal(c.text).value_or(0) == c.signal);
    }
    CHECK(signal_list(kTerm | kQuit | SignalSet{1} << 36) == "QUIT,TERM,37");
}

TEST_CASE("stop signals: PID 1 gets an option for each signal that it must know")
{
    struct Case {
        const char* name;
        List command;
        const char* variable;
        SignalSet policy;
        const char* engine;
        const char* want;
    };

    const Case cases[] = {
        {"none", {"/outis-init", "--", "/a"}, "", 0, "", "/outis-init -- /a"},
        {"TERM", {"/outis-init", "--", "/a"}, "", 0, "SIGTERM", "/outis-init -- /a"},
        {"another",
         {"/outis-init", "--", "/a"},
         "",
         0,
         "SIGQUIT",
         "/outis-init --stop QUIT,TERM -- /a"},
        {"without dashes",
         {"/outis-init", "-g", "/a"},
         "",
         0,
         "QUIT",
         "/outis-init -g --stop QUIT,TERM /a"},
        {"no app",
         {"/outis-init", "-p", "x", "--"},
         "",
         0,
         "37",
         "/outis-init -p x --stop TERM,37 --"},
        {"the policy's", {"/outis-init", "--", "/a"}, "", kQuit, "SIGQUIT", "/outis-init -- /a"},
        {"besides the policy's",
         {"/outis-init", "--", "/a"},
         "",
         kQuit,
         "SIGINT",
         "/outis-init --stop INT,QUIT -- /a"},
        {"an option that has it",
         {"/outis-init", "--stop=quit", "--", "/a"},
         "",
         0,
         "SIGQUIT",
         "/outis-init --stop=quit -- /a"},
        {"an option that lacks it",
         {"/outis-init", "--stop", "INT", "-v", "--", "/a"},
         "",
         0,
         "SIGQUIT",
         "/outis-init -v --stop INT,QUIT -- /a"},
        {"an app's word",
         {"/outis-init", "/a", "--stop", "3"},
         "",
         0,
         "SIGQUIT",
         "/outis-init --stop QUIT,TERM /a --stop 3"},
        {"a variable decides",
         {"/outis-init", "--", "/a"},
         "INT",
         0,
         "SIGQUIT",
         "/outis-init -- /a"},
        {"an option before a variable",
         {"/outis-init", "--stop=INT", "--", "/a"},
         "HUP",
         0,
         "SIGQUIT",
         "/outis-init --stop INT,QUIT -- /a"},
        {"what PID 1 refuses stays",
         {"/outis-init", "--stop=X", "--", "/a"},
         "",
         0,
         "SIGQUIT",
         "/outis-init --stop=X -- /a"},
        {"no signal", {"/outis-init", "--", "/a"}, "", 0, "SIGNAL", "/outis-init -- /a"},
        {"another PID 1", {"/tini", "--", "/a"}, "", 0, "SIGQUIT", "/tini -- /a"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(spaced(with_stop(c.command, c.variable, c.policy, c.engine)) == c.want);
    }
}

TEST_CASE("stop signals: a bake gives its own signal to PID 1")
{
    struct Case {
        const char* name;
        BakeOptions options;
        const char* stop;  // what the entrypoint has after the policy
    };

    const WorkFolder shop;
    write_text(shop / "quit.policy", make_policy({.name = "quit", .stop = kQuit}));
    const Case cases[] = {
        {"none", {}, ""},
        {"TERM", {.stop_signal = "TERM"}, ""},
        {"QUIT", {.stop_signal = "QUIT"}, R"("--stop","QUIT,TERM",)"},
        {"the policy's", {.profile = shop.path("quit.policy"), .stop_signal = "QUIT"}, ""},
        {"another than the policy's",
         {.profile = shop.path("quit.policy"), .stop_signal = "INT"},
         R"("--stop","INT,QUIT",)"},
        {"told already", {.environment = {"OUTIS_STOP=INT"}, .stop_signal = "QUIT"}, ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        BakeOptions options = c.options;
        options.apps = {shop.program("hello")};
        options.outputs = {shop.path("x.tar")};
        const Baked made = baked(options);
        CHECK(run_field(shop.path("x.tar"), "Entrypoint") ==
              R"(["/outis-init","-p","/etc/outis/policy",)" + std::string(c.stop) +
                  R"("--","/app"])");
    }
}

TEST_CASE("stop signals: a bake over a base and hardening keep the base's signal")
{
    const WorkFolder shop;
    const std::string base = base_of(shop, R"({"Entrypoint":["/app"],"StopSignal":"SIGWINCH"})");
    const std::string start = R"(["/outis-init","-p","/etc/outis/policy","--stop",)";
    const auto entrypoint = [&] { return run_field(shop.path("x.tar"), "Entrypoint"); };

    const auto quiet = [](std::string_view) {};
    REQUIRE(harden({.image = base, .outputs = {shop.path("x.tar")}}, quiet));
    CHECK(entrypoint() == start + R"("TERM,WINCH","--","/app"])");
    CHECK(problems_of(shop / "x.tar") == "");
    REQUIRE(harden({.image = shop.path("x.tar"), .outputs = {shop.path("y.tar")}}, quiet));
    CHECK(run_field(shop.path("y.tar"), "Entrypoint") == entrypoint());

    BakeOptions over{
        .apps = {shop.program("hello")}, .outputs = {shop.path("x.tar")}, .from = base};
    baked(over);
    CHECK(entrypoint() == start + R"("TERM,WINCH","--","/app"])");
    over.stop_signal = "INT";
    baked(over);
    CHECK(entrypoint() == start + R"("INT,TERM","--","/app"])");
    over.from = shop.path("y.tar");
    over.keep_entrypoint = true;
    over.root = shop.path(".");
    over.apps = {"/hello"};
    baked(over);
    CHECK(entrypoint() == start + R"("INT,TERM,WINCH","--","/app"])");
}

TEST_CASE("stop signals: a rebase names them in a variable, for an older PID 1")
{
    struct Case {
        const char* name;
        const char* run;  // without its braces
        const char* entrypoint;
        const char* environment;
    };

    constexpr const char* kOld = R"(["/outis-init","--","/app"])";
    const Case cases[] = {
        {"nothing to tell", R"("Entrypoint":["/outis-init","--","/app"])", kOld, ""},
        {"a variable", R"("Entrypoint":["/outis-init","--","/app"],"StopSignal":"SIGQUIT")", kOld,
         R"(["OUTIS_STOP=QUIT,TERM"])"},
        {"its own variable",
         R"("Entrypoint":["/outis-init","--","/app"],"StopSignal":"SIGQUIT",)"
         R"("Env":["OUTIS_STOP=INT"])",
         kOld, R"(["OUTIS_STOP=INT"])"},
        {"an option",
         R"("Entrypoint":["/outis-init","--stop","INT","--","/app"],"StopSignal":"SIGQUIT")",
         R"(["/outis-init","--stop","INT,QUIT","--","/app"])", ""},
        {"another PID 1", R"("Entrypoint":["/app"],"StopSignal":"SIGQUIT")", R"(["/app"])", ""},
    };
    const WorkFolder shop;
    Parts below;
    below.put(program_entry("outis-init"), make_elf({}));
    Parts other = below;
    other.put({.path = "version"}, "2");
    write_text(shop / "new.tar", make_image(other).archive());
    const std::string chain = sha256(tar_of(below.layers.front())).text();
    for (const Case& c : cases) {
        CAPTURE(c.name);
        Parts image = below;
        image.layers.push_back({{.entry = {.path = "own"}, .content = "x"}});
        image.run = std::string("{") + c.run + R"(,"User":"1:1","Labels":{"outis.base.chain":")" +
                    chain + R"("}})";
        write_text(shop / "x.tar", make_image(image).archive());
        const auto moved = rebase({.image = shop.path("x.tar"),
                                   .from = shop.path("new.tar"),
                                   .outputs = {shop.path("y.tar")}},
                                  [](std::string_view) {});
        REQUIRE_MESSAGE(moved, moved.error().text);
        CHECK(run_field(shop.path("y.tar"), "Entrypoint") == c.entrypoint);
        CHECK(run_field(shop.path("y.tar"), "Env") == c.environment);
    }
}

TEST_CASE("stop signals: a pod's manifest tells PID 1 which one the kubelet sends")
{
    struct Case {
        const char* name;
        const char* stop_signal;
        List options;                              // of PID 1
        std::map<std::string, std::string> image;  // its environment
        WorkloadWords words;
        const char* pre_stop;
        std::map<std::string, std::string> expected;
        std::size_t notes;
    };

    const Case cases[] = {
        {"TERM drains", "", {}, {{"OUTIS_DRAIN", "7s"}}, {}, "", {}, 0},
        {"QUIT drains when PID 1 is told",
         "SIGQUIT",
         {},
         {{"OUTIS_DRAIN", "7s"}},
         {},
         "",
         {{"OUTIS_STOP", "QUIT,TERM"}},
         0},
        {"QUIT, without a drain", "SIGQUIT", {}, {}, {}, "5s", {{"OUTIS_STOP", "QUIT,TERM"}}, 0},
        {"the image tells it",
         "SIGQUIT",
         {"--stop", "QUIT"},
         {{"OUTIS_DRAIN", "7s"}},
         {},
         "",
         {},
         0},
        {"the image's --stop is another",
         "SIGQUIT",
         {"--stop", "INT"},
         {{"OUTIS_DRAIN", "7s"}},
         {},
         "5s",
         {},
         1},
        {"the image's variable is another",
         "SIGQUIT",
         {},
         {{"OUTIS_DRAIN", "7s"}, {"OUTIS_STOP", "INT"}},
         {.pre_stop = "9s"},
         "9s",
         {},
         1},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        ImageFacts image{.name = "docker.io/team/hello:1",
                         .run = {.user = "65534:65534",
                                 .entrypoint = {"/outis-init"},
                                 .environment = c.image,
                                 .ports = {"80/tcp"},
                                 .stop_signal = c.stop_signal}};
        for (const std::string& word : c.options)
            image.run.entrypoint.push_back(word);
        image.run.entrypoint.insert(image.run.entrypoint.end(), {"--", "/app"});
        const auto workload = make_workload(c.words, image);
        REQUIRE_MESSAGE(workload, workload.error().text);
        CHECK(workload.value().pre_stop == c.pre_stop);
        CHECK(workload.value().environment == c.expected);
        CHECK(workload.value().notes.size() == c.notes);
    }
    ImageFacts image{.name = "docker.io/team/hello:1",
                     .run = {.user = "65534:65534",
                             .entrypoint = {"/outis-init", "--stop", "INT", "--", "/app"},
                             .stop_signal = "SIGQUIT"}};
    const auto refused = make_workload({.drain = "3s"}, image);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("--drain would have no effect") != std::string::npos);
}

}  // namespace stop_signals_test
