// The terminal: an interactive app is in its foreground, and stops and goes on as under a shell.
#include <csignal>
#include <string>

#include <doctest/doctest.h>

#include "init/program.h"

namespace outis::tests::terminal_test {
namespace {

constexpr std::string_view kInterruptKey = "\x03";
constexpr std::string_view kStopKey = "\x1a";

Setup on_terminal(Setup setup)
{
    setup.terminal = true;
    return setup;
}

TEST_CASE("terminal: the app has the foreground if there is a terminal")
{
    struct Case {
        std::string name;
        bool terminal;
        std::string foreground;
    };

    const Case kCases[]{{"terminal", true, "ours\r"}, {"pipe", false, "none"}};
    for (const Place& place : places()) {
        CAPTURE(place.name);
        for (const Case& c : kCases) {
            CAPTURE(c.name);
            Setup setup = at(place, under_init({}, {"inherit"}));
            setup.terminal = c.terminal;
            const Ended end = run(setup);
            CHECK(end.outcome() == "0");
            CHECK(value_of(end.out, "foreground") == c.foreground);
        }
    }
}

TEST_CASE("terminal: keys reach the app")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Process init(on_terminal(at(place, under_init({}, {"hold"}))));
        REQUIRE(init.says("ready"));
        init.write_input(kInterruptKey);
        CHECK(init.wait().outcome() == "130");
    }
}

TEST_CASE("terminal: the app stops from the keyboard, and goes on")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Process init(on_terminal(at(place, under_init({}, {"hold"}))));
        REQUIRE(init.says("ready"));
        const pid_t app = children_of(init.pid()).at(0);
        init.write_input(kStopKey);
        CHECK(eventually([&] { return proc_field(app, "status", "State") == "T (stopped)"; }));
        // Beside others we stop with it, for the shell that waits for us; PID 1 cannot.
        if (!place.pid_namespace)
            CHECK(init.stop_signal() == SIGSTOP);
        init.send(SIGCONT);
        CHECK(eventually([&] { return proc_field(app, "status", "State") == "S (sleeping)"; }));
        init.write_input(kInterruptKey);
        CHECK(init.wait().outcome() == "130");
    }
}

// The first process of that name below `pid`'s children, or -1.
pid_t find_job(pid_t pid, std::string_view name)
{
    for (const pid_t shell : children_of(pid)) {
        for (const pid_t job : children_of(shell)) {
            if (proc_text(job, "comm") == name)
                return job;
        }
    }
    return -1;
}

TEST_CASE("terminal: an interactive shell has job control")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Setup setup = on_terminal(at(place, under_init({}, {})));
        setup.arguments.pop_back();
        setup.arguments.insert(setup.arguments.end(), {"/bin/bash", "--norc", "--noprofile", "-i"});
        setup.environment.emplace_back("PS1=> ");
        setup.environment.emplace_back("TERM=dumb");
        Process init(setup);
        REQUIRE(init.says("> "));
        const auto job_is = [&](std::string_view state) {
            return eventually([&] {
                const pid_t job = find_job(init.pid(), "sleep\n");
                return state.empty() ? job < 0 : proc_field(job, "status", "State") == state;
            });
        };
        init.write_input("sleep 1000\n");
        REQUIRE(job_is("S (sleeping)"));
        init.write_input(kStopKey);
        REQUIRE(init.says("Stopped"));
        init.write_input("fg\n");
        REQUIRE(job_is("S (sleeping)"));
        init.write_input(kInterruptKey);
        REQUIRE(job_is(""));
        init.write_input("exit 9\n");
        CHECK(init.wait().outcome() == "9");
        CHECK(init.out().find("no job control") == std::string::npos);
    }
}

TEST_CASE("terminal: a closed or foreign stdin is no reason to end")
{
    struct Case {
        std::string name;
        std::vector<int> closed;
    };

    const Case kCases[]{{"stdin closed", {0}}, {"all closed", {0, 1, 2}}};
    for (const Place& place : places()) {
        CAPTURE(place.name);
        for (const Case& c : kCases) {
            CAPTURE(c.name);
            Setup setup = on_terminal(at(place, under_init({}, {"exit", "7"})));
            setup.closed = c.closed;
            CHECK(run(setup).outcome() == "7");
        }
    }
}

TEST_CASE("terminal: stop signals from outside reach the app")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Process init(on_terminal(at(place, under_init({}, {"signals", "3"}))));
        REQUIRE(init.says("ready"));
        for (const int signal : {SIGTSTP, SIGTTIN, SIGTTOU}) {
            CAPTURE(signal);
            init.send(signal);
            CHECK(init.says("signal " + std::to_string(signal) + " "));
        }
        CHECK(init.wait().outcome() == "0");
    }
}

}  // namespace
}  // namespace outis::tests::terminal_test
