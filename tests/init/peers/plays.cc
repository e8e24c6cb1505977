#include "init/peers/plays.h"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace outis::tests {
namespace {

constexpr int kSoon = 2000;  // milliseconds; who is still there is taken to hang
constexpr int kLast = 64;    // comes after all others, in every program

Setup setup_of(const Player& player, const Words& command)
{
    Setup setup = under(player.path, player.options, command);
    setup.environment.insert(setup.environment.end(), player.environment.begin(),
                             player.environment.end());
    setup.pid_namespace = player.first;
    return setup;
}

// The program in the place of the actor.
Setup setup_with(const Player& player, const std::string& program, const Words& arguments = {})
{
    Setup setup = setup_of(player, {});
    setup.arguments.back() = program;
    setup.arguments.insert(setup.arguments.end(), arguments.begin(), arguments.end());
    return setup;
}

std::size_t count_of(const std::string& text, const std::string& part)
{
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

bool says_in_all(Process& process, const std::string& text, std::size_t times,
                 int milliseconds = kDeadline)
{
    return eventually_within(milliseconds, [&] {
        process.says("no program says this", 1);
        return count_of(process.out(), text) >= times;
    });
}

// The numbers that reach the app of those sent, each followed by the last one of all.
std::string reach_app(const Player& player, const std::vector<int>& numbers)
{
    Process process(setup_of(player, {"signals", "1000"}));
    if (!process.says("ready\n"))
        return "?";
    std::size_t sent = 0;
    for (const int number : numbers) {
        process.send(number);
        process.send(kLast);
        if (!says_in_all(process, "signal 64 ", ++sent))
            return "no answer after " + std::to_string(number);
    }
    std::string reached;
    for (const int number : numbers) {
        if (process.out().find("\nsignal " + std::to_string(number) + " ") != std::string::npos)
            reached += std::to_string(number) + " ";
    }
    return reached;
}

std::string line_of(const Setup& setup, const std::string& key)
{
    return key + "=" + value_of(run(setup, kSoon).out, key) + " ";
}

std::string first_signal(const Player& player, int signal)
{
    Process process(setup_of(player, {"signals", "1"}));
    process.says("ready\n");
    process.send(signal);
    const Ended end = process.wait(kSoon / 4);
    if (end.outcome() != "0")
        return end.hung ? "nothing" : end.outcome();
    const std::string out = end.out.substr(end.out.rfind("ready\n") + 6);
    return out.substr(0, out.find(" code"));
}

}  // namespace

std::string forwarded_signals(const Player& player)
{
    std::vector<int> numbers;
    for (int signal = 1; signal < kLast; ++signal) {
        constexpr SignalSet kOthers =
            signals({SIGKILL, SIGSTOP, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS,
                     SIGTSTP, SIGTTIN, SIGTTOU, 32, 33});
        if ((kOthers & signals({signal})) == 0)
            numbers.push_back(signal);
    }
    return reach_app(player, numbers);
}

std::string fault_signal(const Player& player)
{
    return first_signal(player, SIGABRT);
}

std::string signal_of_libc(const Player& player)
{
    return first_signal(player, 33);
}

std::string terminal_stops(const Player& player)
{
    return reach_app(player, {SIGTSTP, SIGTTIN, SIGTTOU});
}

std::string suspended(const Player& player)
{
    std::string seen;
    for (const int signal : {SIGTSTP, SIGTTIN, SIGTTOU}) {
        Setup setup = setup_of(player, {"hold"});
        setup.terminal = true;
        Process process(setup);
        process.says("ready");
        const pid_t app = children_of(process.pid()).at(0);
        process.send(signal);
        seen += process.stop_signal(kSoon) == SIGSTOP ? "stops, " : "goes on, ";
        const auto is = [](pid_t pid, std::string_view state) {
            return proc_field(pid, "status", "State") == state;
        };
        const bool stopped = eventually_within(kSoon / 4, [&] { return is(app, "T (stopped)"); });
        seen += stopped ? "app stops, " : "app goes on, ";
        process.send(SIGCONT);
        kill(app, SIGCONT);
        const bool both = eventually_within(
            kSoon, [&] { return is(process.pid(), "S (sleeping)") && is(app, "S (sleeping)"); });
        seen += both ? "both again; " : "not again; ";
    }
    return seen;
}

std::string payload(const Player& player)
{
    Process process(setup_of(player, {"signals", "1"}));
    process.says("ready\n");
    process.queue(40, 7);
    return process.wait().out.find(" value 7\n") == std::string::npos ? "lost" : "kept";
}

std::string forbidden_kill(const Player& player)
{
    constexpr int kCapabilityKill = 5;
    Setup setup = setup_of(player, {"become", "4321"});
    setup.dropped_capabilities = {kCapabilityKill};
    Process process(setup);
    process.says("ready\n");
    process.send(SIGTERM);
    const Ended end = process.wait(kSoon / 4);
    return end.hung ? "goes on" : "ends with " + end.outcome();
}

std::string place(const Player& player)
{
    std::string seen;
    for (const bool terminal : {false, true}) {
        Setup setup = setup_of(player, {"inherit"});
        setup.terminal = terminal;
        setup.directory = "/usr";
        for (const char* key : {"group", "session", "foreground", "directory"})
            seen += line_of(setup, key);
    }
    return seen;
}

std::string mask(const Player& player)
{
    Setup setup = setup_of(player, {"inherit"});
    setup.blocked = signals({SIGUSR1});
    return line_of(setup, "mask");
}

std::string dispositions(const Player& player)
{
    Setup setup = setup_of(player, {"inherit"});
    setup.ignored = signals({SIGHUP, SIGPIPE, SIGTTIN, 40});
    return line_of(setup, "ignored");
}

std::string child_signal_ignored(const Player& player)
{
    Setup setup = setup_of(player, {"inherit"});
    setup.ignored = signals({SIGCHLD});
    const Ended end = run(setup, kSoon);
    return end.outcome() + " " + value_of(end.out, "ignored");
}

std::string descriptors(const Player& player)
{
    Setup setup = setup_of(player, {"inherit"});
    setup.leaked = {7, 20};
    return line_of(setup, "descriptors");
}

std::string death_signal(const Player& player)
{
    return line_of(setup_of(player, {"inherit"}), "death");
}

std::string listen_pid(const Player& player)
{
    Player other = player;
    other.environment.insert(other.environment.end(), {"LISTEN_PID=1", "LISTEN_FDS=0"});
    const std::string out = run(setup_of(other, {"inherit"})).out;
    return out.find("env LISTEN_PID=1\n") == std::string::npos ? "follows" : "stale";
}

std::string no_path(const Player& player)
{
    Setup setup = setup_with(player, "sh", {"-c", "exit 4"});
    setup.environment[0] = "NO_PATH=1";
    return run(setup).outcome();
}

std::string not_executable(const Player& player)
{
    Folder folder;
    folder.write("plain", "exit 3\n", 0644);
    folder.write("lost", "#!/no/such/shell\n", 0755);
    Folder empty;
    std::string seen;
    for (const std::string& program :
         {std::string("/no/such"), std::string("no-such"), std::string(), folder.path(),
          folder.file("plain"), folder.file("lost"), std::string("plain")}) {
        Setup setup = setup_with(player, program);
        setup.environment[0] = "PATH=" + empty.path() + ":" + folder.path();
        seen += run(setup).outcome() + " ";
    }
    return seen;
}

std::string unusual_errors(const Player& player)
{
    Folder folder;
    folder.write("plain", "", 0644);
    const std::string loop = folder.file("loop");
    [[maybe_unused]] const int made = symlink(loop.c_str(), loop.c_str());
    std::string seen;
    for (const std::string& program :
         {loop, folder.file("plain/below"), folder.file(std::string(300, 'x'))})
        seen += run(setup_with(player, program)).outcome() + " ";
    return seen;
}

std::string scripts(const Player& player)
{
    Folder folder;
    const std::string text = "[ \"$2\" = two ] || exit 9\necho \"${0##*/} $1 $#\"\nexit 5\n";
    folder.write("script", text, 0755);
    folder.write("empty", "", 0755);
    std::string seen;
    for (const std::string& program :
         {folder.file("script"), std::string("script"), folder.file("empty")}) {
        Setup setup = setup_with(player, program, {"one", "two"});
        setup.environment[0] = "PATH=/nowhere:" + folder.path();
        const Ended end = run(setup);
        seen += end.outcome() + " " + end.out;
    }
    return seen;
}

std::string closed_stdin(const Player& player)
{
    Setup setup = setup_of(player, {"exit", "7"});
    setup.closed = {0};
    return run(setup).outcome();
}

std::string end_of_group(const Player& player)
{
    Process process(setup_of(player, {"leave", "7"}));
    if (!process.says(" here\n") || !process.says("ready\n"))
        return "?";
    process.send(SIGUSR1);
    std::string seen = process.wait().outcome();
    const pid_t left = std::stoi(process.out().substr(process.out().find("left ") + 5));
    if (kill(left, kLast) != 0)
        return seen + ", left gone";
    if (!says_in_all(process, "left has all", 1))
        return seen + ", left killed";
    const std::string& out = process.out();
    for (std::size_t at = out.find("left got "); at != std::string::npos;
         at = out.find("left got ", at + 1))
        seen += ", " + out.substr(at, out.find('\n', at) - at);
    return seen + ", left there";
}

std::string end_of_daemon(const Player& player)
{
    Process process(setup_of(player, {"daemon", "5"}));
    if (!says_in_all(process, "ready\n", 2))  // the daemon's, too
        return "?";
    process.send(SIGUSR1);
    const Ended end = process.wait();
    const bool told = end.out.find("daemon told") != std::string::npos;
    return end.outcome() + (told ? ", told" : ", untold");
}

std::string end_of_parent(const Player& player)
{
    Words command{"under", player.path};
    command.insert(command.end(), player.options.begin(), player.options.end());
    command.insert(command.end(), {"--", kActor, "signals", "1"});
    Setup setup;
    setup.arguments = {kActor};
    setup.arguments.insert(setup.arguments.end(), command.begin(), command.end());
    setup.environment = base_environment();
    Process process(setup);
    process.says("ready\n");
    process.send(SIGUSR2);
    process.wait(kSoon);
    return says_in_all(process, "signal 12 ", 1, kSoon) ? "forwarded" : "lost";
}

std::string who_adopts(const Player& player)
{
    Process process(setup_of(player, {"leave", "7"}));
    if (!process.says(" here\n") || !process.says("ready\n"))
        return "?";
    return children_of(process.pid()).size() == 2 ? "it does" : "another";
}

std::string own_code(const Player& player)
{
    return run(setup_of(player, {"exit", "7"})).outcome();
}

std::string signal_death(const Player& player)
{
    return run(setup_of(player, {"die", "15"})).outcome();
}

std::string missing_program(const Player& player)
{
    return run(setup_with(player, "/no/such")).outcome();
}

std::string refused_subreaper(const Player& player)
{
    Setup setup = setup_of(player, {"exit", "7"});
    setup.refused =
        RefusedCall{.number = SYS_prctl, .first = PR_SET_CHILD_SUBREAPER, .error = EPERM};
    return run(setup).outcome();
}

std::string pause_mode(const Player& player)
{
    std::string seen;
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        Setup setup = setup_of(player, {});
        setup.arguments.resize(1);
        setup.arguments.emplace_back("-P");
        setup.blocked = setup.pending = signals({signal});
        seen += run(setup, kSoon / 4).outcome() + " ";
    }
    return seen;
}

std::string words(const Player& player)
{
    Setup setup = setup_of(player, {});
    setup.arguments.resize(1 + player.options.size());
    const Ended end = run(setup, kSoon);
    return end.outcome() + (end.out.empty() ? "" : " out") + (end.err.empty() ? "" : " err");
}

}  // namespace outis::tests
