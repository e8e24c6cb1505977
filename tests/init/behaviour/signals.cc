// Signals on their way to the app: all of them, in order, with what they carry.
#include <csignal>
#include <string>

#include <sys/syscall.h>

#include <doctest/doctest.h>

#include "init/program.h"

namespace outis::tests::signals_test {
namespace {

std::string report(int signal, int code = SI_USER, int value = 0)
{
    return "signal " + std::to_string(signal) + " code " + std::to_string(code) + " value " +
           std::to_string(value) + "\n";
}

constexpr int kLast = 64;

bool can_be_blocked(int signal)
{
    return signal != SIGKILL && signal != SIGSTOP;
}

TEST_CASE("signals: each of 1 to 64 reaches the app")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Process init(at(place, under_init({}, {"signals", std::to_string(kLast - 2)})));
        REQUIRE(init.says("ready\n"));
        std::string expected = "ready\n";
        for (int signal = 1; signal <= kLast; ++signal) {
            if (!can_be_blocked(signal))
                continue;
            CAPTURE(signal);
            init.send(signal);
            expected += report(signal);
            REQUIRE(init.says(report(signal)));
        }
        CHECK(init.wait().outcome() == "0");
        CHECK(init.out() == expected);
        CHECK(init.err().empty());
    }
}

// An app that is no longer PID 1 has lost the immunity of one: as on any machine.
TEST_CASE("signals: one that the app does not catch ends it")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Process init(at(place, under_init({}, {"hold"})));
        REQUIRE(init.says("ready\n"));
        init.send(SIGUSR2);
        CHECK(init.wait().outcome() == std::to_string(128 + SIGUSR2));
    }
}

// The other kind, sent by somebody, is among those above.
TEST_CASE("signals: a fault that the kernel raises in PID 1 ends it")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Setup setup = at(place, under_init({}, {"hold"}));
        setup.refused = RefusedCall{
            .number = SYS_rt_sigtimedwait, .first = std::nullopt, .error = 0, .trap = true};
        CHECK(run(setup).outcome() == "signal 31");
    }
}

TEST_CASE("signals: payloads and their order are kept")
{
    constexpr int kCount = 200;
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Process init(at(place, under_init({}, {"signals", std::to_string(kCount + 1)})));
        REQUIRE(init.says("ready\n"));
        std::string expected = "ready\n";
        for (int value = 1; value <= kCount; ++value) {
            init.queue(40, value);
            expected += report(40, SI_QUEUE, value);
        }
        REQUIRE(init.says(report(40, SI_QUEUE, kCount)));
        init.queue(SIGTERM, -5);
        expected += report(SIGTERM, SI_QUEUE, -5);
        CHECK(init.wait().outcome() == "0");
        CHECK(init.out() == expected);
    }
}

TEST_CASE("signals: what came before the app was there reaches it")
{
    const SignalSet early = signals({SIGHUP, SIGTERM, SIGUSR1, 33, 40});

    struct Case {
        std::string name;
        Words options;
    };

    const Case kCases[]{{"the child", {}}, {"its group", {"-g"}}};
    for (const Place& place : places()) {
        CAPTURE(place.name);
        for (const Case& c : kCases) {
            CAPTURE(c.name);
            Setup setup = at(place, under_init(c.options, {"signals", "5"}));
            // The app inherits the mask, so the signals wait there until it asks.
            setup.blocked = setup.pending = early;
            const Ended end = run(setup);
            CHECK(end.outcome() == "0");
            // The kernel hands out what waits by number.
            CHECK(end.out == "ready\n" + report(SIGHUP) + report(SIGUSR1) + report(SIGTERM) +
                                 report(33) + report(40));
        }
    }
}

TEST_CASE("signals: they reach the app also if all were blocked at the start")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Setup setup = at(place, under_init({}, {"signals", "1"}));
        setup.blocked = ~SignalSet{0};
        Process init(setup);
        REQUIRE(init.says("ready\n"));
        init.send(SIGTERM);
        CHECK(init.wait().outcome() == "0");
        CHECK(init.out() == "ready\n" + report(SIGTERM));
    }
}

TEST_CASE("signals: they are rewritten and dropped as the option says")
{
    struct Case {
        std::string name;
        Words options;
        int sent;
        int received;  // 0: nothing
    };

    const Case kCases[]{
        {"by name", {"-r", "TERM:QUIT"}, SIGTERM, SIGQUIT},
        {"by number", {"-r", "15:3"}, SIGTERM, SIGQUIT},
        {"only what was named", {"-r", "TERM:QUIT"}, SIGHUP, SIGHUP},
        {"not twice", {"-r", "TERM:HUP", "-r", "HUP:INT"}, SIGTERM, SIGHUP},
        {"to a real-time signal", {"-r", "HUP:RTMIN+8"}, SIGHUP, 40},
        {"from a real-time signal", {"-r", "RTMAX:USR1"}, 64, SIGUSR1},
        {"dropped", {"-r", "HUP:0"}, SIGHUP, 0},
        {"a stop signal dropped", {"-r", "TERM:0"}, SIGTERM, 0},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Process init(under_init(c.options, {"signals", c.received == 0 ? "1" : "2"}));
        REQUIRE(init.says("ready\n"));
        init.send(c.sent);
        if (c.received != 0)
            CHECK(init.says(report(c.received)));
        init.send(SIGUSR2);
        CHECK(init.wait().outcome() == "0");
        CHECK(init.out() ==
              "ready\n" + (c.received == 0 ? "" : report(c.received)) + report(SIGUSR2));
    }
}

TEST_CASE("signals: a payload survives its rewriting")
{
    Process init(under_init({"-r", "40:41"}, {"signals", "1"}));
    REQUIRE(init.says("ready\n"));
    init.queue(40, 77);
    CHECK(init.wait().outcome() == "0");
    CHECK(init.out() == "ready\n" + report(41, SI_QUEUE, 77));
}

// RLIMIT_SIGPENDING leaves no room for a value; the signal itself still arrives.
TEST_CASE("signals: with a full queue the signal arrives without its payload")
{
    constexpr std::uint32_t kPending = 11;  // RLIMIT_SIGPENDING, asm-generic/resource.h
    Folder folder;
    const std::string path = folder.write_policy(
        "policy", make_policy({{policy::Kind::limits, limits_payload({{kPending, 0, 0}})}}));
    if (lacks_root("init: a full queue"))
        return;
    Process init(under_policy(path, {}, {"signals", "1"}));
    REQUIRE(init.says("ready\n"));
    init.queue(40, 77);
    CHECK(init.wait().outcome() == "0");
    CHECK(init.out().starts_with("ready\nsignal 40 code 0 "));
}

TEST_CASE("signals: they go to the child alone, or to its group")
{
    struct Case {
        std::string name;
        Words options;
        std::string result;
    };

    // A worker that is told itself loses its request.
    const Case kCases[]{
        {"the child alone", {}, "all done\n"},
        {"its group", {"-g"}, "request lost\n"},
    };
    for (const Place& place : places()) {
        CAPTURE(place.name);
        for (const Case& c : kCases) {
            CAPTURE(c.name);
            Process init(at(place, under_init(c.options, {"prefork"})));
            REQUIRE(init.says("request running\n"));
            init.send(SIGTERM);
            REQUIRE(init.says("server stopping\n"));
            init.write_input("finish\n");
            CHECK(init.wait().outcome() == "0");
            CHECK(init.out().ends_with(c.result));
        }
    }
}

TEST_CASE("signals: a stopped and continued PID 1 goes on")
{
    Process init(under_init({}, {"signals", "2"}));
    REQUIRE(init.says("ready\n"));
    init.send(SIGSTOP);
    REQUIRE(init.stop_signal() == SIGSTOP);
    init.send(SIGUSR1);
    init.send(SIGCONT);
    CHECK(init.wait().outcome() == "0");
    CHECK(init.out().find(report(SIGUSR1)) != std::string::npos);
    CHECK(init.out().find(report(SIGCONT)) != std::string::npos);
}

}  // namespace
}  // namespace outis::tests::signals_test
