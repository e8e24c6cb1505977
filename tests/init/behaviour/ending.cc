// From a stop signal to the last process: drain, grace, those left behind, and reaping.
#include <csignal>
#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

#include "init/program.h"
#include "support/process_trace.h"

namespace outis::tests::ending_test {
namespace {

// Longer than any test may take: what waits for it would hang.
constexpr const char* kNever = "1h";
constexpr int kMostResident = 40;  // kB of PID 1 while the app runs

TEST_CASE("ending: a worker finishes its request as without PID 1")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Process init(at(place, under_init({}, {"prefork"})));
        REQUIRE(init.says("request running\n"));
        init.send(SIGTERM);
        REQUIRE(init.says("server stopping\n"));
        init.write_input("finish\n");
        CHECK(init.wait().outcome() == "0");
        CHECK(init.out() == "request running\nserver stopping\nrequest done\nall done\n");
    }
}

TEST_CASE("ending: the app is killed when the grace is over, not before")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Process init(at(place, under_init({"-k", "50ms"}, {"ignore", "15"})));
        REQUIRE(init.says("ready\n"));
        init.send(SIGTERM);
        const Ended end = init.wait();
        CHECK(end.outcome() == "137");
        CHECK(end.err.starts_with("outis-init: the app did not end in time, killing it: actor ("));
        CHECK(end.err.ends_with(", state S)\n"));
    }
}

TEST_CASE("ending: a process that hangs in the kernel is named with that state")
{
    // The parent of a vfork waits in state D until its child executes.
    Process init(under_init({"-k", "50ms"}, {"vfork"}));
    REQUIRE(init.says("ready\n"));
    init.send(SIGTERM);
    const Ended end = init.wait();
    CHECK(end.outcome() == "137");
    CHECK(end.err.find(", state D)\n") != std::string::npos);
}

TEST_CASE("ending: without a grace no process is killed")
{
    Process init(under_init({}, {"ignore", "15"}));
    REQUIRE(init.says("ready\n"));
    init.send(SIGTERM);
    init.send(SIGTERM);
    CHECK(init.wait(300).hung);
    init.send(SIGINT);
    CHECK(init.wait().outcome() == "130");
}

TEST_CASE("ending: in group mode the whole group is killed after the grace")
{
    // The worker ignores TERM as its parent does and would hold stdin for ever.
    Process init(under_init({"-g", "-k", "50ms"}, {"ignore", "15"}));
    REQUIRE(init.says("ready\n"));
    init.send(SIGTERM);
    CHECK(init.wait().outcome() == "137");
}

// PID 1 has taken the signal: of those that wait the lowest number comes first, and two of the same
// are one.
bool has_taken(const Process& init, int signal)
{
    const std::string waiting = proc_field(init.pid(), "status", "ShdPnd");
    return (std::stoull("0" + waiting, nullptr, 16) & signals({signal})) == 0;
}

TEST_CASE("ending: a drain delays the stop signal")
{
    struct Case {
        std::string name;
        Words options;
        std::vector<int> sent;
        std::string received;
    };

    const Case kCases[]{
        {"until its end", {"--drain", "50ms"}, {SIGTERM}, "signal 15 "},
        {"a second stop signal ends it", {"--drain", kNever}, {SIGTERM, SIGTERM}, "signal 15 "},
        {"other signals pass", {"--drain", kNever}, {SIGTERM, SIGUSR1}, "signal 10 "},
        {"no time is no drain", {"--drain", "0"}, {SIGTERM}, "signal 15 "},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Process init(under_init(c.options, {"signals", "1"}));
        REQUIRE(init.says("ready\n"));
        for (const int signal : c.sent) {
            init.send(signal);
            CHECK(eventually([&] { return has_taken(init, signal); }));
        }
        CHECK(init.wait().outcome() == "0");
        CHECK(init.out().starts_with("ready\n" + c.received));
    }
}

TEST_CASE("ending: a delayed stop signal is forwarded once")
{
    Process init(under_init({"--drain", kNever}, {"signals", "2"}));
    REQUIRE(init.says("ready\n"));
    init.send(SIGTERM);
    REQUIRE(eventually([&] { return has_taken(init, SIGTERM); }));
    init.send(SIGUSR1);
    REQUIRE(init.says("signal 10 "));
    CHECK(init.out().find("signal 15 ") == std::string::npos);
    init.send(SIGTERM);
    CHECK(init.wait().outcome() == "0");
    CHECK(init.out().find("signal 15 ") != std::string::npos);
}

TEST_CASE("ending: a daemon in another session is asked to end")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Process init(at(place, under_init({"-k", kNever}, {"daemon", "5"})));
        REQUIRE(init.says("daemon ready\n"));
        REQUIRE(init.says("ready\n"));
        init.send(SIGUSR1);
        const Ended end = init.wait();
        CHECK(end.outcome() == "5");
        CHECK(end.out.ends_with("daemon told\n"));
    }
}

// Brought into the namespace as an engine's exec does it: with no parent there, and no SIGCHLD for
// us when it ends.
TEST_CASE("ending: a process that an engine started has its time too")
{
    if (lacks_namespaces("init: strangers in the namespace"))
        return;
    Folder folder;
    Setup setup = under_init({"-k", kNever}, {"hold"});
    setup.pid_namespace = true;
    Process init(setup);
    REQUIRE(init.says("ready\n"));
    const std::string words = folder.file("words");
    const std::string enter =
        "nsenter --target " + std::to_string(init.pid()) +
        " --pid sh -c 'trap \"sleep 0.1; echo clean; exit 0\" TERM; echo ready; "
        "while :; do sleep 0.02; done' > " +
        words + " 2>/dev/null &";
    REQUIRE(std::system(enter.c_str()) == 0);
    REQUIRE(eventually([&] { return folder.read("words") == "ready\n"; }));
    init.send(SIGUSR2);
    CHECK(init.wait().outcome() == std::to_string(128 + SIGUSR2));
    CHECK(folder.read("words") == "ready\nclean\n");
}

TEST_CASE("ending: other processes are left alone without subreaper and beside PID 1")
{
    Process init(under_init({"--no-subreaper"}, {"daemon", "5"}));
    REQUIRE(init.says("daemon ready\n"));
    REQUIRE(init.says("ready\n"));
    init.send(SIGUSR1);
    const Ended end = init.wait();
    CHECK(end.outcome() == "5");
    CHECK(end.out.find("daemon told") == std::string::npos);
}

TEST_CASE("ending: processes that stay are killed and named")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Setup setup = at(place, under_init({"-k", "50ms"}, {}));
        // A shell that leaves a process behind which ignores TERM.
        setup.arguments.pop_back();
        setup.arguments.insert(
            setup.arguments.end(),
            {"/bin/sh", "-c", std::string(kActor) + " ignore 15 & read x; exit 4"});
        Process init(setup);
        REQUIRE(init.says("ready\n"));
        init.write_input("go\n");
        const Ended end = init.wait();
        CHECK(end.outcome() == "4");
        CHECK(end.err.starts_with(
            "outis-init: still there after the app has ended, killing: actor ("));
        CHECK(end.err.ends_with(", state S)\n"));
    }
}

constexpr int kManyForks = 140'000;  // milliseconds; some machines fork a thousand times a second

TEST_CASE("ending: only as PID 1 we use kill(-1)")
{
    if (kHosted) {
        skip("init: kill(-1)", "a sanitizer cannot be traced");
        return;
    }
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Setup setup = at(place, under_init({"-k", "50ms"}, {}));
        setup.arguments.pop_back();
        setup.arguments.insert(setup.arguments.end(), {"/bin/sh", "-c", "sleep 1000 & exit 3"});
        // Beside others it reads all of /proc, call by call, and there may be thousands.
        const Trace traced = trace(setup, Pace::as_it_comes, kManyForks);
        CHECK(traced.end.outcome() == "3");
        bool everybody = false;
        for (const Call& call : traced.of_first()) {
            if (call_name(call.number) == "kill")
                everybody = everybody || static_cast<int>(call.arguments[0]) == -1;
        }
        CHECK(everybody == place.pid_namespace);
    }
}

TEST_CASE("ending: orphans become our children, except with the option against it")
{
    struct Case {
        std::string name;
        Words options;
        bool ours;
    };

    const Case kCases[]{{"by default", {}, true}, {"not asked for", {"--no-subreaper"}, false}};
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Process init(under_init(c.options, {"orphan", "0"}));
        REQUIRE(init.says("parent-pid "));
        const std::string own = "parent-pid " + std::to_string(init.pid()) + "\n";
        CHECK((init.says(own, c.ours ? kDeadline : 0)) == c.ours);
        init.send(SIGUSR1);
        CHECK(init.wait().outcome() == "0");
    }
}

TEST_CASE("ending: several deaths behind one SIGCHLD are all seen")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Process init(at(place, under_init({}, {"crowd", "50", "6"})));
        REQUIRE(init.says("ready\n"));
        init.send(SIGSTOP);
        REQUIRE(init.stop_signal() == SIGSTOP);
        init.write_input("go\n");
        // All are dead before we look: the main child and the orphans are one SIGCHLD.
        CHECK(eventually([&] {
            for (const pid_t pid : children_of(init.pid())) {
                if (proc_field(pid, "status", "State") != "Z (zombie)")
                    return false;
            }
            return children_of(init.pid()).size() == 51;
        }));
        init.send(SIGCONT);
        CHECK(init.wait().outcome() == "6");
    }
}

TEST_CASE("ending: 20 000 orphans are reaped without a page more of memory")
{
    for (const Place& place : places()) {
        if (place.nobody)
            continue;
        CAPTURE(place.name);
        Process init(at(place, under_init({}, {"orphans", "20000", "1000", "8"})));
        REQUIRE(init.says("ready\n"));
        // One child: the app. What it made has gone through our hands.
        CHECK(init.says("done\n", kManyForks));
        CHECK(eventually([&] { return children_of(init.pid()).size() == 1; }));
        if (!kHosted)
            CHECK(std::stoi(proc_field(init.pid(), "smaps_rollup", "Rss")) <= kMostResident);
        init.send(SIGUSR1);
        CHECK(init.wait().outcome() == "8");
        CHECK(init.err().empty());
    }
}

// reboot(2) in a PID namespace: its PID 1 ends by SIGINT when the machine would be powered off.
TEST_CASE("ending: --halt powers off where we are PID 1 of a machine")
{
    if (lacks_namespaces("init: --halt"))
        return;
    const auto end = [](bool first, const Words& options) {
        Setup setup = under_init(options, {"exit", "7"});
        setup.pid_namespace = first;
        return run(setup).outcome();
    };
    CHECK(end(true, {}) == "7");
    CHECK(end(true, {"--halt"}) == "signal 2");
    CHECK(end(false, {"--halt"}) == "7");
}

}  // namespace
}  // namespace outis::tests::ending_test
