// Where the peers break: each row is played by all of them that are installed, so that it is known
// to fail on at least one. The numbers are those of the list of edge cases that the rows come from.
//
// Where all peers do well, or none does anything, the row is a behaviour test, and a deliberately
// broken build shows that it can fail (mutants.sh): 5 coalesced SIGCHLD and 7 kill(-1) in
// ending.cc; 9 what probes leave behind in probes.cc; 11 signals that nobody catches in signals.cc;
// 16 the parent's death and 18 the order in inheritance.cc and confinement.cc; 17 file capabilities
// in confinement.cc; 19 who hangs in ending.cc; 23 the linear wait in bench_reap; 24 statuses in
// exits.cc.
#include <cerrno>
#include <csignal>
#include <string>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "init/program.h"
#include "support/process_trace.h"

namespace outis::tests::breaks_test {
namespace {

constexpr int kSoon = 3000;  // milliseconds; a peer that is still there is taken to hang

struct Program {
    std::string name;
    std::string path;
    Words options;  // before "--"
    Words group;    // that signal the child's group
    Words loud;     // that make it talk
    Words subreaper;
};

const Program kOurs{"outis-init", kInit, {"-p", "none"}, {"-g"}, {"-vv"}, {}};
const Program kPeers[]{
    {"tini", "/usr/bin/tini", {}, {"-g"}, {"-vvv"}, {"-s"}},
    {"dumb-init", "/usr/bin/dumb-init", {}, {}, {"-v"}, {}},
    {"catatonit", "/usr/bin/catatonit", {}, {"-g"}, {}, {}},
};

// What we are due to do has all the time; a peer is not waited for that long, and has several
// tries.
int patience(const Program& program, int of_a_peer)
{
    return program.path == kInit ? kDeadline : of_a_peer;
}

Setup start(const Program& program, const Words& command, const Words& more = {})
{
    Words options = program.options;
    options.insert(options.end(), more.begin(), more.end());
    return under(program.path, options, command);
}

Setup start_first(const Program& program, const Words& command, const Words& more = {})
{
    Setup setup = start(program, command, more);
    setup.pid_namespace = true;
    return setup;
}

std::string deaf_window(const Program& program)
{
    const Trace traced = trace(start(program, {"exit", "0"}));
    const bool blocks = call_name(traced.calls.at(0).number) == "rt_sigprocmask";
    return blocks ? "blocks first" : "deaf";
}

// The new process is held until its parent has nothing more to do.
std::string early_group_signal(const Program& program)
{
    Setup setup = start(program, {"signals", "1"}, program.group);
    setup.blocked = setup.pending = signals({SIGTERM});
    const Ended end = trace(setup, Pace::late_children, patience(program, kSoon)).end;
    return end.out.find("signal 15 ") == std::string::npos ? "lost" : "forwarded";
}

std::string ignored_child_signal(const Program& program)
{
    Setup setup = start_first(program, {"exit", "7"});
    setup.ignored = signals({SIGCHLD});
    return run(setup, patience(program, kSoon)).outcome();
}

std::string forbidden_kill(const Program& program)
{
    constexpr int kCapabilityKill = 5;
    Setup setup = start_first(program, {"become", "4321"});
    setup.dropped_capabilities = {kCapabilityKill};
    Process process(setup);
    process.says("ready\n");
    process.send(SIGTERM);
    const Ended end = process.wait(kSoon / 4);
    return end.hung ? "goes on" : "ends with " + end.outcome();
}

std::string daemon_at_the_end(const Program& program)
{
    Process process(start_first(program, {"daemon", "5"}));
    if (!process.says("daemon ready\n") || !process.says("ready\n"))
        return "?";
    process.send(SIGUSR1);
    const Ended end = process.wait();
    return end.out.find("daemon told") == std::string::npos ? "killed untold" : "told";
}

std::string refused_subreaper(const Program& program)
{
    Setup setup = start(program, {"exit", "7"}, program.subreaper);
    setup.refused =
        RefusedCall{.number = SYS_prctl, .first = PR_SET_CHILD_SUBREAPER, .error = EPERM};
    return run(setup).outcome();
}

std::string first_of_two_signals(const Program& program, int signal)
{
    Process process(start_first(program, {"signals", "1"}));
    process.says("ready\n");
    process.send(signal);
    process.send(SIGUSR2);
    const std::string out = process.wait().out;
    return out.substr(out.rfind("ready\n") + 6, out.rfind(" code") - 6);
}

std::string requested_fault(const Program& program)
{
    return first_of_two_signals(program, SIGABRT);
}

std::string signal_of_libc(const Program& program)
{
    // Sent alone: where it is not forwarded, nothing comes.
    Process process(start_first(program, {"signals", "1"}));
    process.says("ready\n");
    process.send(33);
    return process.says("signal 33 ", patience(program, kSoon / 4)) ? "forwarded" : "lost";
}

std::string payload(const Program& program)
{
    Process process(start(program, {"signals", "1"}));
    process.says("ready\n");
    process.queue(40, 7);
    return process.wait().out.find(" value 7\n") == std::string::npos ? "lost" : "kept";
}

std::string closed_stdin(const Program& program)
{
    Setup setup = start(program, {"exit", "7"});
    setup.closed = {0};
    return run(setup).outcome();
}

std::string nohup(const Program& program)
{
    Setup setup = start(program, {"inherit"});
    setup.ignored = signals({SIGHUP});
    return value_of(run(setup).out, "ignored") == "0000000000000001" ? "kept" : "changed";
}

std::string mask(const Program& program)
{
    Setup setup = start(program, {"inherit"});
    setup.blocked = signals({SIGUSR1});
    return value_of(run(setup).out, "mask") == "0000000000000200" ? "kept" : "changed";
}

std::string held_directory(const Program& program)
{
    Setup setup = start(program, {"hold"});
    setup.directory = "/usr";
    Process process(setup);
    process.says("ready\n");
    const std::string link = "/proc/" + std::to_string(process.pid()) + "/cwd";
    // Ours lets go when the app is off.
    eventually_within(patience(program, kSoon / 4), [&] { return link_target(link) == "/"; });
    return link_target(link);
}

std::string held_descriptor(const Program& program)
{
    Setup setup = start(program, {"hold"});
    setup.leaked = {7};
    Process process(setup);
    process.says("ready\n");
    const std::string link = "/proc/" + std::to_string(process.pid()) + "/fd/7";
    return eventually_within(patience(program, kSoon / 4),
                             [&] { return link_target(link).empty(); })
               ? "closed"
               : "held";
}

std::string listen_pid(const Program& program)
{
    Setup setup = start_first(program, {"inherit"});
    setup.environment.insert(setup.environment.end(), {"LISTEN_PID=1", "LISTEN_FDS=0"});
    const std::string out = run(setup).out;
    return out.find("env LISTEN_PID=1\n") == std::string::npos ? "follows" : "stale";
}

std::string loud_stdout(const Program& program)
{
    return run(start(program, {"exit", "7"}, program.loud)).out.empty() ? "clean" : "mixed";
}

std::string unread_stderr(const Program& program)
{
    Setup setup = start(program, {"exit", "7"}, program.loud);
    setup.stderr_full = true;
    return run(setup, patience(program, kSoon)).outcome();
}

std::string missing_interpreter(const Program& program)
{
    Folder folder;
    Setup setup = start(program, {});
    setup.arguments.back() = folder.write("script", "#!/no/such/shell\n", 0755);
    const Ended end = run(setup);
    return end.err.find("/no/such/shell") == std::string::npos ? "unnamed" : "named";
}

std::string text_as_program(const Program& program)
{
    Folder folder;
    folder.write("plain", "exit 0\n", 0755);
    Setup setup = start(program, {});
    setup.arguments.back() = "plain";
    setup.environment[0] = "PATH=" + folder.path();
    return run(setup).outcome();
}

std::string missing_program(const Program& program)
{
    Setup setup = start(program, {});
    setup.arguments.back() = "/no/such";
    return run(setup).outcome();
}

std::string options_without_dashes(const Program& program)
{
    Setup setup;
    setup.arguments = {program.path};
    setup.arguments.insert(setup.arguments.end(), program.options.begin(), program.options.end());
    setup.arguments.insert(setup.arguments.end(), {"/bin/sh", "-c", "exit 3"});
    setup.environment = base_environment();
    return run(setup).outcome();
}

std::string running_request(const Program& program)
{
    Process process(start(program, {"prefork"}));
    process.says("request running\n");
    process.send(SIGTERM);
    process.says("server stopping\n");
    process.write_input("finish\n");
    return process.wait().out.find("request lost") == std::string::npos ? "finished" : "lost";
}

using Play = std::string (*)(const Program&);

// What a peer is known to do it shows in one of a few tries; a busy machine may get in its way.
std::string play_peer(Play play, const Program& peer, const std::string& expected)
{
    constexpr int kTries = 3;
    std::string seen = play(peer);
    for (int tries = 1; tries < kTries && seen != expected; ++tries)
        seen = play(peer);
    return seen;
}

struct Row {
    std::string name;
    Play play;
    std::string ours;
    std::string tini;
    std::string dumb_init;
    std::string catatonit;
};

TEST_CASE("peers: what breaks them does not break us")
{
    const Row kRows[]{
        {"1 deaf window", deaf_window, "blocks first", "deaf", "deaf", "deaf"},
        {"2 group not there yet", early_group_signal, "forwarded", "lost", "lost", "lost"},
        {"3 SIGCHLD ignored", ignored_child_signal, "7", "hangs", "7", "hangs"},
        {"4 EPERM", forbidden_kill, "goes on", "ends with 1", "goes on", "goes on"},
        {"6 early end", daemon_at_the_end, "told", "killed untold", "killed untold",
         "killed untold"},
        {"8 subreaper refused", refused_subreaper, "7", "1", "7", "1"},
        {"10 fault signal asked for", requested_fault, "signal 6", "signal 12", "signal 6",
         "signal 12"},
        {"10 signal 33", signal_of_libc, "forwarded", "lost", "lost", "lost"},
        {"10 payload", payload, "kept", "lost", "lost", "lost"},
        {"12 stdin closed", closed_stdin, "7", "1", "7", "7"},
        {"13 nohup", nohup, "kept", "kept", "changed", "kept"},
        {"13 mask", mask, "kept", "kept", "changed", "changed"},
        {"14 directory", held_directory, "/", "/usr", "/", "/usr"},
        {"14 descriptor", held_descriptor, "closed", "held", "held", "closed"},
        {"15 LISTEN_PID", listen_pid, "follows", "stale", "stale", "follows"},
        {"20 messages in the app's stream", loud_stdout, "clean", "mixed", "clean", "clean"},
        {"20 nobody reads stderr", unread_stderr, "7", "hangs", "hangs", "7"},
        {"21 interpreter", missing_interpreter, "named", "unnamed", "unnamed", "unnamed"},
        {"22 text as a program", text_as_program, "126", "0", "0", "0"},
        {"program not there", missing_program, "127", "127", "2", "1"},
        {"options end at the first operand", options_without_dashes, "3", "1", "3", "1"},
        {"a worker's request", running_request, "finished", "finished", "lost", "finished"},
    };
    if (!can_make_namespaces() || kHosted) {
        skip("init: peers", "needs root with SYS_ADMIN and the static program");
        return;
    }
    for (const Row& row : kRows) {
        CAPTURE(row.name);
        CHECK(row.play(kOurs) == row.ours);
        const std::string* expected[]{&row.tini, &row.dumb_init, &row.catatonit};
        bool breaks = false;
        for (std::size_t i = 0; i < std::size(kPeers); ++i) {
            breaks = breaks || *expected[i] != row.ours;
            if (access(kPeers[i].path.c_str(), X_OK) != 0)
                continue;
            CAPTURE(kPeers[i].name);
            CHECK(play_peer(row.play, kPeers[i], *expected[i]) == *expected[i]);
        }
        CHECK(breaks);
    }
}

}  // namespace
}  // namespace outis::tests::breaks_test
