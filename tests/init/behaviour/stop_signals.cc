// Which signals ask the app to end: drain and grace apply to them, and to those left behind.
#include <csignal>
#include <string>

#include <doctest/doctest.h>

#include "policies.h"

namespace outis::tests::stop_signals_test {
namespace {

// A policy with a stop signal of its own.
std::vector<Section> stopped_by(int signal)
{
    return {{Kind::signals, signals_payload({.stop = signals({signal}), .rewrites = {}})}};
}

TEST_CASE_FIXTURE(Confinement, "stop signals: those of the option replace all others")
{
    struct Case {
        std::string name;
        Words options;
        Words environment;
        int signal;
        bool stops;  // the grace kills the app, which ignores the signal
    };

    const Case kCases[]{
        {"TERM", {}, {}, SIGTERM, true},
        {"none but TERM", {}, {}, SIGQUIT, false},
        {"one by name", {"--stop", "QUIT"}, {}, SIGQUIT, true},
        {"TERM no more", {"--stop", "QUIT"}, {}, SIGTERM, false},
        {"several", {"--stop=SIGQUIT,28,TERM"}, {}, SIGWINCH, true},
        {"several, the last", {"--stop=SIGQUIT,28,TERM"}, {}, SIGTERM, true},
        {"by environment", {}, {"OUTIS_STOP=QUIT"}, SIGQUIT, true},
        {"the option wins", {"--stop", "WINCH"}, {"OUTIS_STOP=QUIT"}, SIGQUIT, false},
        {"the last option wins", {"--stop", "QUIT", "--stop", "WINCH"}, {}, SIGQUIT, false},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Words options = c.options;
        options.insert(options.end(), {"-k", "50ms"});
        Setup setup = under_init(options, {"ignore", std::to_string(c.signal)});
        setup.environment.insert(setup.environment.end(), c.environment.begin(),
                                 c.environment.end());
        Process init(setup);
        REQUIRE(init.says("ready\n"));
        init.send(c.signal);
        if (c.stops)
            CHECK(init.wait().outcome() == "137");
        else
            CHECK(init.wait(300).hung);
    }
    if (lacks_root("init: stop signals of a policy"))
        return;
    const auto end = [&](const Words& options, int signal) {
        Process init(setup_with(stopped_by(SIGQUIT), {"ignore", std::to_string(signal)}, options));
        REQUIRE(init.says("ready\n"));
        init.send(signal);
        return init.wait(options.size() > 2 ? 300 : kDeadline).outcome();
    };
    CHECK(end({"-k", "50ms"}, SIGQUIT) == "137");
    CHECK(end({"-k", "50ms", "--stop", "TERM"}, SIGQUIT) == "hangs");
}

TEST_CASE_FIXTURE(Confinement, "stop signals: an app cannot delay its end beyond the grace")
{
    if (lacks_root("init: an end that is held back"))
        return;
    for (const bool first : {false, true}) {
        CAPTURE(first);
        const auto end = [&](const Words& options, const Words& app) {
            Setup setup = under_init(options, app);
            setup.pid_namespace = first;
            Process init(setup);
            REQUIRE(init.says("ready\n"));
            init.send(SIGTERM);
            return init.wait().outcome();
        };
        CHECK(end({"-k", "50ms"}, {"hold-back"}) == "137");
        CHECK(end({"-g"}, {"leave-group"}) == "143");
        CHECK(end({"-g", "-k", "50ms", "-r", "TERM:CONT"}, {"leave-group"}) == "137");
    }
}

TEST_CASE("stop signals: unknown ones are refused")
{
    for (const std::string list :
         {"", "KILL", "TERM,STOP", "NOSUCH", "TERM,", "0", "65", "TERM QUIT"}) {
        CAPTURE(list);
        const std::string line =
            "outis-init: not a signal: '" + list + "'; SIGNAL is a name, a number or RTMIN+N\n";
        Setup setup = under_init({"--stop", list}, {"exit", "0"});
        const Ended by_option = run(setup);
        CHECK(by_option.outcome() == "125");
        setup = under_init({}, {"exit", "0"});
        setup.environment.push_back("OUTIS_STOP=" + list);
        const Ended by_variable = run(setup);
        CHECK(by_variable.outcome() == "125");
        if (!list.empty()) {
            CHECK(by_option.err == line);
            CHECK(by_variable.err == line);
        }
    }
}

// Left behind by a shell that dies of TERM, and deaf to it.
Setup wrapped(const Words& options)
{
    Setup setup = under_init(options, {});
    setup.arguments.pop_back();
    setup.arguments.insert(setup.arguments.end(),
                           {"/bin/sh", "-c", std::string(kActor) + " ignore 15 & read x; exit 4"});
    return setup;
}

TEST_CASE("stop signals: processes that stay have the engine's time, if no grace is set")
{
    constexpr int kMoreThanOurs = 1500;  // milliseconds
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Process init(at(place, wrapped({})));
        REQUIRE(init.says("ready\n"));
        init.send(SIGTERM);
        CHECK_FALSE(init.complains("killing", kMoreThanOurs));
        init.send(SIGTERM);
        const Ended end = init.wait();
        CHECK(end.outcome() == "143");
        CHECK(end.err.starts_with(
            "outis-init: still there after the app has ended, killing: actor ("));
    }
}

TEST_CASE("stop signals: processes that stay have the grace that was set, or a second")
{
    struct Case {
        std::string name;
        Words options;
        bool stop;
        std::string outcome;
    };

    const Case kCases[]{
        {"a grace", {"-k", "50ms"}, true, "143"},
        {"the app ended by itself", {}, false, "4"},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Process init(wrapped(c.options));
        REQUIRE(init.says("ready\n"));
        if (c.stop)
            init.send(SIGTERM);
        else
            init.write_input("go\n");
        CHECK(init.wait().outcome() == c.outcome);
    }
}

}  // namespace
}  // namespace outis::tests::stop_signals_test
