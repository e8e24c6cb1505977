// What a container may lack or refuse: none of it ends us, and none of it hangs us.
#include <cerrno>
#include <csignal>
#include <string>

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "policies.h"
#include "support/process_trace.h"

namespace outis::tests::surroundings_test {
namespace {

constexpr int kCapabilityKill = 5;  // linux/capability.h

TEST_CASE("surroundings: it works with SIGCHLD ignored at the start")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Setup setup = at(place, under_init({}, {"exit", "7"}));
        setup.ignored = signals({SIGCHLD});
        CHECK(run(setup).outcome() == "7");
    }
}

TEST_CASE("surroundings: it works with every signal ignored at the start")
{
    Setup setup = under_init({}, {"signals", "1"});
    setup.ignored = ~SignalSet{0};
    Process init(setup);
    REQUIRE(init.says("ready\n"));
    init.send(SIGTERM);
    CHECK(init.wait().outcome() == "0");
}

TEST_CASE("surroundings: it works with any of the first three descriptors closed")
{
    struct Case {
        std::string name;
        std::vector<int> closed;
    };

    const Case kCases[]{
        {"stdin", {0}},     {"stdout", {1}}, {"stderr", {2}}, {"stdin and stderr", {0, 2}},
        {"all", {0, 1, 2}},
    };
    for (const Place& place : places()) {
        CAPTURE(place.name);
        for (const Case& c : kCases) {
            CAPTURE(c.name);
            Setup setup = at(place, under_init({"-vv"}, {"exit", "7"}));
            setup.closed = c.closed;
            CHECK(run(setup).outcome() == "7");
        }
    }
}

TEST_CASE("surroundings: none of our files becomes a closed 0, 1 or 2 of the app")
{
    if (kHosted) {
        skip("init: closed descriptors", "a libc build opens them itself");
        return;
    }
    for (const bool nobody : {false, true}) {
        CAPTURE(nobody);
        if (nobody && lacks_root("init: closed descriptors of nobody"))
            continue;
        Setup setup = under_init({}, {"inherit"});
        setup.closed = {0, 2};
        if (nobody)
            setup.uid = kNobodyId;
        CHECK(value_of(run(setup).out, "descriptors") == "0,1,2");
        setup.closed = {1};
        setup.arguments = {
            kInit, "-p", "none", "--", "/bin/sh", "-c", "echo $(readlink /proc/$$/fd/1) >&2"};
        CHECK(run(setup).err.ends_with("/dev/null\n"));
    }
}

// The kernel refuses a tracer with fewer capabilities than the tracee.
class Traced : public Confinement {
public:
    Setup unprivileged(const Words& command)
    {
        return running_as_root() ? setup_with(strict_sections(), command) : under_init({}, command);
    }
};

// Whoever calls PTRACE_TRACEME makes its parent the tracer, at which every signal waits.
TEST_CASE_FIXTURE(Traced, "surroundings: an app that asks to be traced runs")
{
    struct Case {
        std::string name;
        Words command;
        int signal;
        std::string outcome;
    };

    const Case kCases[]{
        {"ended", {"traced"}, SIGTERM, "143"},
        {"ended as by a user", {"traced"}, SIGUSR1, "138"},
        {"a trap of its execve is none", {"traced", "hold"}, SIGTERM, "143"},
        {"a signal that it handles", {"traced", "catch", "10", "7"}, SIGUSR1, "7"},
    };
    for (const Place& place : places()) {
        CAPTURE(place.name);
        for (const bool settled : {false, true}) {
            CAPTURE(settled);
            for (const Case& c : kCases) {
                CAPTURE(c.name);
                Process init(at(place, unprivileged(c.command)));
                REQUIRE(init.says("ready\n"));
                if (settled)
                    CHECK(eventually(
                        [&] { return proc_field(init.pid(), "status", "Seccomp") == "2"; }));
                init.send(c.signal);
                CHECK(init.wait().outcome() == c.outcome);
            }
        }
    }
}

TEST_CASE_FIXTURE(Traced, "surroundings: an app that asks to be traced stops and goes on")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Process init(at(place, unprivileged({"traced"})));
        REQUIRE(init.says("ready\n"));
        const pid_t app = children_of(init.pid()).at(0);
        kill(app, SIGSTOP);
        CHECK(eventually([&] { return proc_field(app, "status", "State") == "T (stopped)"; }));
        kill(app, SIGCONT);
        CHECK(eventually([&] { return proc_field(app, "status", "State") == "S (sleeping)"; }));
        CHECK(proc_field(app, "status", "TracerPid") == "0");
        init.send(SIGTERM);
        CHECK(init.wait().outcome() == "143");
    }
}

TEST_CASE("surroundings: a lost status of the app is an error")
{
    Setup setup = under_init({}, {"exit", "0"});
    setup.refused = RefusedCall{.number = SYS_wait4, .first = {}, .error = ECHILD};
    CHECK(run(setup).outcome() == "125");
}

TEST_CASE("surroundings: account files that are no files or endless are refused")
{
    Folder root;
    if (!root.make_scratch()) {
        skip("init: strange accounts", "needs root and the static program");
        return;
    }
    const std::string passwd = root.file("etc/passwd");
    const auto start = [&](const std::string& user) {
        Setup setup;
        setup.arguments = {"/outis-init", "-p", "none", "-u", user, "--", "/actor", "inherit"};
        setup.root = root.path();
        return run(setup);
    };
    root.write("etc/group", "");
    REQUIRE(mkfifo(passwd.c_str(), 0644) == 0);
    CHECK(value_of(start("nobody").out, "uid") == "65534 65534 65534 gid 65534 65534 65534");
    CHECK(start("other").outcome() == "125");
    for (const unsigned device : {5U, 8U}) {  // zero, random
        REQUIRE(unlink(passwd.c_str()) == 0);
        if (mknod(passwd.c_str(), S_IFCHR | 0644, makedev(1, device)) != 0 &&
            skip("init: accounts that are a device", "no device can be made"))
            break;
        CHECK(value_of(start("nobody").out, "uid") == "65534 65534 65534 gid 65534 65534 65534");
    }
    unlink(passwd.c_str());
    constexpr std::size_t kMebibyte = 1024 * 1024;
    root.write("etc/passwd",
               "near:x:7:7::/:/\n" + std::string(2 * kMebibyte, '\n') + "far:x:8:8::/:/\n");
    CHECK(value_of(start("near").out, "uid") == "7 7 7 gid 7 7 7");
    CHECK(start("far").outcome() == "125");
    REQUIRE(truncate(passwd.c_str(), 1024 * kMebibyte) == 0);
    CHECK(start("far").outcome() == "125");
}

TEST_CASE("surroundings: it works without /proc")
{
    if (!can_make_namespaces() || kHosted) {
        skip("init: without /proc", "needs root with SYS_ADMIN and the static program");
        return;
    }
    for (const bool nobody : {false, true}) {
        CAPTURE(nobody);
        Setup setup = under_init({"-k", "50ms"}, {});
        setup.arguments.pop_back();
        setup.arguments.insert(setup.arguments.end(), {"/bin/sh", "-c", "sleep 1000 & exit 3"});
        setup.pid_namespace = true;
        setup.proc = false;
        if (nobody)
            setup.uid = kNobodyId;
        CHECK(run(setup).outcome() == "3");
    }
}

TEST_CASE("surroundings: it works in a root that holds two programs alone")
{
    Folder root;
    if (!root.make_scratch()) {
        skip("init: scratch root", "needs root and the static program");
        return;
    }

    struct Case {
        std::string name;
        Words options;
        std::string ids;
    };

    const Case kCases[]{
        {"as it is", {}, "0 0 0 gid 0 0 0"},
        {"nobody by name", {"-u", "nobody"}, "65534 65534 65534 gid 65534 65534 65534"},
        {"user by number", {"-u", "7"}, "7 7 7 gid 7 7 7"},
        {"user and group by number", {"-u", "7:8"}, "7 7 7 gid 8 8 8"},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Setup setup;
        setup.arguments = {"/outis-init", "-p", "none"};
        setup.arguments.insert(setup.arguments.end(), c.options.begin(), c.options.end());
        setup.arguments.insert(setup.arguments.end(), {"--", "/actor", "inherit"});
        setup.root = root.path();
        const Ended end = run(setup);
        CHECK(end.outcome() == "0");
        CHECK(value_of(end.out, "uid") == c.ids);
        CHECK(end.err.empty());
    }
}

TEST_CASE("surroundings: an app that we may not signal any more is reported")
{
    if (!can_make_namespaces()) {
        skip("init: EPERM", "needs root with SYS_ADMIN");
        return;
    }
    Setup setup = under_init({}, {"become", "4321"});
    setup.pid_namespace = true;
    setup.dropped_capabilities = {kCapabilityKill};
    Process init(setup);
    REQUIRE(init.says("ready\n"));
    init.send(SIGTERM);
    // Said, not died of: the app still runs, and PID 1 with it.
    CHECK(init.complains("outis-init: cannot forward SIGTERM: Operation not permitted\n"));
    CHECK(init.wait(200).hung);
}

TEST_CASE("surroundings: with -u the app can always be signalled")
{
    if (!can_make_namespaces()) {
        skip("init: user and signals", "needs root with SYS_ADMIN");
        return;
    }
    Setup setup = under_init({"-u", "4321"}, {"signals", "1"});
    setup.pid_namespace = true;
    setup.dropped_capabilities = {kCapabilityKill};
    Process init(setup);
    REQUIRE(init.says("ready\n"));
    init.send(SIGTERM);
    CHECK(init.says("signal 15 "));
    CHECK(init.wait().outcome() == "0");
}

TEST_CASE("surroundings: a refused subreaper is reported, and the app runs")
{
    Setup setup = under_init({"-v"}, {"exit", "7"});
    setup.refused =
        RefusedCall{.number = SYS_prctl, .first = PR_SET_CHILD_SUBREAPER, .error = EPERM};
    const Ended end = run(setup);
    CHECK(end.outcome() == "7");
    CHECK(end.err.starts_with("outis-init: cannot become a subreaper: orphans go elsewhere\n"));
}

TEST_CASE("surroundings: a refusal of our own filter is reported")
{
    constexpr std::uint32_t kSetModeFilter = 1;  // SECCOMP_SET_MODE_FILTER
    Setup setup = under_init({"-v"}, {"ask", "7"});
    setup.refused = RefusedCall{.number = SYS_seccomp, .first = kSetModeFilter, .error = EPERM};
    Process init(setup);
    REQUIRE(init.complains("outis-init: cannot confine PID 1 itself: Operation not permitted\n"));
    init.write_input("go\n");
    CHECK(init.wait().outcome() == "7");
}

TEST_CASE("surroundings: a refused fork is tried again, then an error")
{
    if (!running_as_root() || kHosted) {
        skip("init: fork refused", "needs root and the static program");
        return;
    }
    Setup setup = under_init({}, {"exit", "7"});
    setup.uid = 4321;
    setup.most_processes = 1;
    const Trace traced = trace(setup);
    CHECK(traced.end.outcome() == "124");
    CHECK(traced.end.err ==
          "outis-init: cannot start a process: Resource temporarily unavailable; raise the limit "
          "on processes\n");
    int tries = 0;
    for (const Call& call : traced.calls)
        tries += call_name(call.number) == "clone" ? 1 : 0;
    CHECK(tries == 5);
}

TEST_CASE("surroundings: a full stderr does not stop us")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Setup setup = at(place, under_init({"-vv"}, {"exit", "7"}));
        setup.stderr_full = true;
        CHECK(run(setup).outcome() == "7");
    }
}

TEST_CASE("surroundings: a closed pipe as stderr does not stop us")
{
    Setup setup = under_init({"-vv"}, {"signals", "1"});
    Process init(setup);
    REQUIRE(init.says("ready\n"));
    init.close_errors();
    init.send(SIGUSR1);
    CHECK(init.wait().outcome() == "0");
}

}  // namespace
}  // namespace outis::tests::surroundings_test
