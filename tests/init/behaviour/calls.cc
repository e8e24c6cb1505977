// The system calls of a whole run, exactly. A call more is a cost for everyone, and a mapping would
// be a heap; both are seen here first.
#include <bit>
#include <csignal>
#include <string>

#include <sys/syscall.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "policies.h"
#include "support/process_trace.h"

namespace outis::tests::calls_test {
namespace {

bool can_trace()
{
    if (kHosted)
        skip("init: system calls",
             "the hosted twin has a libc and sanitizers with calls of their own");
    return !kHosted;
}

// "NAME NAME …", a repeated name once with its count: "prctl*3".
std::string names(const std::vector<Call>& calls)
{
    std::string text;
    for (std::size_t i = 0; i < calls.size();) {
        std::size_t next = i + 1;
        while (next < calls.size() && calls[next].number == calls[i].number)
            ++next;
        text += (text.empty() ? "" : " ") + call_name(calls[i].number);
        if (next - i > 1)
            text += "*" + std::to_string(next - i);
        i = next;
    }
    return text;
}

std::vector<Call> until_exec(const std::vector<Call>& calls)
{
    std::vector<Call> found;
    for (const Call& call : calls) {
        found.push_back(call);
        if (call_name(call.number) == "execve" && call.result == 0)
            break;
    }
    return found;
}

// Up to the moment when the app runs.
constexpr const char* kStart =
    "rt_sigprocmask rt_sigaction ppoll openat*2 getresuid getpid faccessat*2 prctl getppid ioctl*3 "
    "clone "
    "close_range chdir prctl capget capset ";
constexpr const char* kChild = "setpgid close_range getpid rt_sigprocmask execve";

TEST_CASE("calls: an app that ends at once costs these calls")
{
    if (!can_trace())
        return;
    const Trace traced = trace(under_init({}, {"exit", "0"}), Pace::early_children);
    REQUIRE(traced.end.outcome() == "0");
    CHECK(names(traced.of_first()) == kStart + std::string("rt_sigtimedwait wait4*2 exit_group"));
    CHECK(names(until_exec(traced.of_others())) == kChild);
}

TEST_CASE("calls: an app that stays costs no further calls")
{
    if (!can_trace())
        return;
    const Trace traced = trace(under_init({}, {"nap", "50"}));
    REQUIRE(traced.end.outcome() == "0");
    // Time to settle is over; confined, and memory given back; then the loop.
    CHECK(names(traced.of_first()) ==
          kStart + std::string("rt_sigtimedwait wait4 prctl*2 seccomp madvise*4 rt_sigtimedwait "
                               "wait4*2 exit_group"));
    CHECK(names(until_exec(traced.of_others())) == kChild);
}

TEST_CASE("calls: every signal is blocked before anything else")
{
    if (!can_trace())
        return;
    const Trace traced = trace(under_init({}, {"exit", "0"}));
    REQUIRE_FALSE(traced.calls.empty());
    const Call& first = traced.calls[0];
    CHECK(call_name(first.number) == "rt_sigprocmask");
    CHECK(first.arguments[0] == SIG_SETMASK);
    CHECK(first.arguments[3] == sizeof(SignalSet));
}

// Restrictions take hold in one order; the filter is last, so that it needs to allow execve alone.
TEST_CASE("calls: a run with a policy makes these calls")
{
    if (!can_trace() || (!running_as_root() && skip("init: calls with a policy", "needs root")))
        return;
    Folder folder;
    const std::string path = folder.write_policy("policy", make_policy(strict_sections()));
    const Trace traced = trace(under_policy(path, {}, {"exit", "0"}), Pace::early_children);
    REQUIRE(traced.end.outcome() == "0");
    // 41 capabilities (Linux 5.9 and later): each is asked for, dropped if it is there, and asked
    // for again in the child; then securebits, KEEPCAPS and the like.
    const auto held = std::stoull(proc_field(getpid(), "status", "CapBnd"), nullptr, 16);
    const std::string drops = std::to_string(44 + std::popcount(held));
    CHECK(
        names(traced.of_first()) ==
        // The image's policy is looked for; the folders of ours are /, /tmp and one in it.
        "rt_sigprocmask rt_sigaction ppoll openat*3 fstat openat close fstat openat close fstat "
        "openat close fstat read*2 close getresuid getresgid openat fstat read close getgroups "
        "getpid faccessat*2 prctl getpid fstat*2 fchown fstat fchown setresgid prctl*" +
            drops +
            " setresuid capget "
            "capset prctl*3 getppid ioctl*3 clone close_range chdir prctl rt_sigtimedwait wait4*2 "
            "exit_group");
    CHECK(names(until_exec(traced.of_others())) ==
          "setpgid close_range getpid getresuid getresgid capget prctl*44 rt_sigprocmask seccomp "
          "execve");
}

// /etc/passwd is read for them: four calls, unless all three are set.
TEST_CASE("calls: the names of a kept user cost these calls")
{
    Folder folder;
    if (!can_trace() || !folder.make_scratch()) {
        skip("init: calls of a kept user", "needs root and the static program");
        return;
    }
    folder.write("etc/passwd", "nobody:x:65534:65534::/:/\n");
    Setup setup;
    setup.arguments = {"/outis-init", "-p", "none", "--", "/actor", "exit", "0"};
    setup.root = folder.path();
    setup.uid = kNobodyId;
    const auto start = [&] {
        const std::string all = names(trace(setup, Pace::early_children).of_first());
        return all.substr(0, all.find(" clone"));
    };
    CHECK(start() ==
          "rt_sigprocmask rt_sigaction ppoll openat*2 getresuid getpid openat fstat read close "
          "faccessat*2 "
          "prctl getppid ioctl*3");
    setup.environment = {"HOME=/", "USER=me", "LOGNAME=me"};
    CHECK(start() ==
          "rt_sigprocmask rt_sigaction ppoll openat*2 getresuid getpid faccessat*2 prctl getppid "
          "ioctl*3");
}

TEST_CASE("calls: no run uses the heap")
{
    if (!can_trace())
        return;

    struct Case {
        std::string name;
        Setup setup;
    };

    Setup missing = under_init({}, {});
    missing.arguments.back() = "/no/such";
    const Case kCases[]{
        {"plain", under_init({}, {"exit", "0"})},
        {"with messages", under_init({"-vv"}, {"die", "15"})},
        {"with a user", under_init({"-u", "nobody"}, {"exit", "0"})},
        {"not found", missing},
        {"by PATH",
         [] {
             Setup setup = under_init({}, {});
             setup.arguments.back() = "true";
             return setup;
         }()},
        {"wrong usage", under_init({"--no-such"}, {})},
        {"with those left behind",
         [] {
             Setup setup = under_init({"-k", "50ms"}, {});
             setup.arguments.pop_back();
             setup.arguments.insert(setup.arguments.end(),
                                    {"/bin/sh", "-c", "sleep 1000 & exit 0"});
             return setup;
         }()},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        const Trace traced = trace(c.setup);
        CHECK_FALSE(traced.end.hung);
        bool in_init = true;
        for (const Call& call : traced.calls) {
            // The child is ours until its execve; of the app's own calls nothing is asked.
            in_init = in_init || call.pid == traced.first;
            if (call.pid != traced.first)
                continue;
            const std::string name = call_name(call.number);
            CHECK(name != "brk");
            CHECK(name != "mmap");
            CHECK(name != "mremap");
        }
        for (const Call& call : until_exec(traced.of_others())) {
            const std::string name = call_name(call.number);
            CHECK(name != "brk");
            CHECK(name != "mmap");
        }
    }
}

TEST_CASE("calls: a failed execve is explained by these calls")
{
    if (!can_trace())
        return;
    Setup setup = under_init({}, {});
    setup.arguments.back() = "/no/such";
    const Trace traced = trace(setup);
    REQUIRE(traced.end.outcome() == "127");
    CHECK(names(traced.of_first()) ==
          "rt_sigprocmask rt_sigaction ppoll openat*2 getresuid getpid faccessat*2 prctl getppid "
          "ioctl*3 "
          "clone openat ppoll write openat exit_group");
    CHECK(names(traced.of_others()) ==
          "setpgid close_range getpid rt_sigprocmask execve exit_group");
}

}  // namespace
}  // namespace outis::tests::calls_test
