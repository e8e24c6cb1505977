// What the app gets from us, and what we keep: the app everything as we received it, we nothing.
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "policies.h"

namespace outis::tests::inheritance_test {
namespace {

std::string hexadecimal(SignalSet set)
{
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(set));
    return text;
}

TEST_CASE("inheritance: the app gets the signal mask and dispositions that we received")
{
    constexpr SignalSet kKill = SignalSet{1} << (SIGKILL - 1);
    constexpr SignalSet kStop = SignalSet{1} << (SIGSTOP - 1);

    struct Case {
        std::string name;
        SignalSet blocked;
        SignalSet ignored;
    };

    const Case kCases[]{
        {"nothing", 0, 0},
        {"some blocked", signals({SIGTERM, SIGTSTP, 33, 64}), 0},
        {"all blocked", ~SignalSet{0} & ~kKill & ~kStop, 0},
        {"HUP ignored, as by nohup", 0, signals({SIGHUP})},
        {"CHLD ignored", 0, signals({SIGCHLD})},
        {"many ignored", 0, signals({SIGINT, SIGPIPE, SIGTTIN, SIGTTOU, SIGTSTP, 32, 64})},
        {"both", signals({SIGUSR1}), signals({SIGUSR2, SIGCHLD})},
    };
    for (const Place& place : places()) {
        CAPTURE(place.name);
        for (const Case& c : kCases) {
            CAPTURE(c.name);
            Setup setup = at(place, under_init({}, {"inherit"}));
            setup.blocked = c.blocked;
            setup.ignored = c.ignored;
            const Ended end = run(setup);
            CHECK(end.outcome() == "0");
            CHECK(value_of(end.out, "mask") == hexadecimal(c.blocked));
            CHECK(value_of(end.out, "ignored") == hexadecimal(c.ignored));
        }
    }
}

TEST_CASE("inheritance: the app gets group, session and directory")
{
    struct Case {
        std::string name;
        Words options;
        std::string group;
        std::string session;
        std::string directory;
    };

    const Case kCases[]{
        {"usual", {}, "own", "parent's", "/usr"},
        {"group mode", {"-g"}, "own", "parent's", "/usr"},
        {"session", {"--session"}, "own", "own", "/usr"},
        {"work directory", {"-w", "/tmp"}, "own", "parent's", "/tmp"},
        {"relative work directory", {"-w", "bin"}, "own", "parent's", "/usr/bin"},
    };
    for (const Place& place : places()) {
        CAPTURE(place.name);
        for (const Case& c : kCases) {
            CAPTURE(c.name);
            Setup setup = at(place, under_init(c.options, {"inherit"}));
            setup.directory = "/usr";
            const Ended end = run(setup);
            CHECK(end.outcome() == "0");
            CHECK(value_of(end.out, "group") == c.group);
            CHECK(value_of(end.out, "session") == c.session);
            CHECK(value_of(end.out, "directory") == c.directory);
        }
    }
}

TEST_CASE("inheritance: a missing work directory is an error")
{
    const Ended end = run(under_init({"-w", "/no/such"}, {"exit", "0"}));
    CHECK(end.outcome() == "124");
    CHECK(end.err == "outis-init: cannot enter the working directory: No such file or directory\n");
}

TEST_CASE("inheritance: leaked descriptors do not reach the app")
{
    struct Case {
        std::string name;
        Words options;
        std::vector<int> leaked;
        Words environment;
        std::string descriptors;
    };

    // PID 1 of its namespace, so that LISTEN_PID can name it.
    const Case kCases[]{
        {"none", {}, {}, {}, "0,1,2"},
        {"some", {}, {3, 7, 200}, {}, "0,1,2"},
        {"kept by option", {"--keep-fds"}, {3, 7}, {}, "0,1,2,3,7"},
        {"sockets for us", {}, {3, 4, 5}, {"LISTEN_PID=1", "LISTEN_FDS=2"}, "0,1,2,3,4"},
        {"sockets for another", {}, {3, 4}, {"LISTEN_PID=7", "LISTEN_FDS=2"}, "0,1,2"},
        {"no count", {}, {3}, {"LISTEN_PID=1"}, "0,1,2"},
        {"a count that is none", {}, {3}, {"LISTEN_PID=1", "LISTEN_FDS=x"}, "0,1,2"},
    };
    if (lacks_namespaces("init: leaked descriptors"))
        return;
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Setup setup = under_init(c.options, {"inherit"});
        setup.pid_namespace = true;
        setup.leaked = c.leaked;
        setup.environment.insert(setup.environment.end(), c.environment.begin(),
                                 c.environment.end());
        const Ended end = run(setup);
        CHECK(value_of(end.out, "descriptors") == c.descriptors);
    }
}

TEST_CASE("inheritance: LISTEN_PID becomes the app's pid")
{
    if (lacks_namespaces("init: LISTEN_PID"))
        return;
    Setup setup = under_init({}, {"inherit"});
    setup.pid_namespace = true;
    setup.leaked = {3};
    setup.environment.insert(setup.environment.end(),
                             {"LISTEN_PID=1", "LISTEN_FDS=1", "LISTEN_FDNAMES=web"});
    const std::string out = run(setup).out;
    const std::string pid = value_of(out, "pid").substr(0, value_of(out, "pid").find(' '));
    CHECK(pid != "1");
    CHECK(out.find("env LISTEN_PID=" + pid + "\n") != std::string::npos);
    CHECK(out.find("env LISTEN_FDS=1\n") != std::string::npos);
    CHECK(out.find("env LISTEN_FDNAMES=web\n") != std::string::npos);
}

TEST_CASE("inheritance: the app gets the environment without our own variables")
{
    Setup setup = under_init({}, {"inherit"});
    setup.environment.insert(setup.environment.end(), {"A=1", "OUTIS_LOG=quiet", "HOME=/x"});
    const std::string out = run(setup).out;
    CHECK(out.find("env A=1\n") != std::string::npos);
    CHECK(out.find("env HOME=/x\n") != std::string::npos);
    CHECK(out.find("OUTIS_") == std::string::npos);
}

// In a root of its own, for the rows of passwd decide.
TEST_CASE_FIXTURE(Confinement, "inheritance: a kept user gets the names that are unset")
{
    if (!folder.make_scratch()) {
        skip("init: names of a kept user", "needs root and the static program");
        return;
    }

    struct Case {
        std::string name;
        std::string passwd;  // empty: no file
        std::string init;    // argv[0]
        std::string policy;
        std::uint32_t uid;
        Words environment;
        std::string names;  // HOME USER LOGNAME
    };

    folder.write_policy("policy", make_policy(strict_sections()));
    const std::string app = "app:x:1000:1000::/data:/\n";
    const std::string ours = "/outis-init";
    const Case kCases[]{
        {"nobody, no file", "", ours, "/policy", kNobodyId, {}, "/ nobody nobody"},
        {"nobody, no row", app, ours, "/policy", kNobodyId, {"HOME=/"}, "/ nobody nobody"},
        {"nobody's row",
         "none:x:65534:65534::/none:/\n",
         ours,
         "/policy",
         kNobodyId,
         {"HOME=/x"},
         "/x none none"},
        {"another's row", app, ours, "/policy", 1000, {}, "/data app app"},
        {"one is set", app, ours, "/policy", 1000, {"USER=me"}, "/data me app"},
        {"root's name is set", app, ours, "/policy", 1000, {"USER=root"}, "/data root app"},
        {"another, no row", app, ours, "/policy", 4321, {"HOME=/x"}, "/x - -"},
        {"another, no file", "", ours, "/policy", 4321, {}, "- - -"},
        {"profile none", "", ours, "none", kNobodyId, {}, "/ nobody nobody"},
        {"root", "", ours, "none", 0, {}, "- - -"},
        {"another init, no policy", "", "tini", "none", kNobodyId, {}, "- - -"},
        {"another init, a policy", "", "tini", "/policy", kNobodyId, {}, "/ nobody nobody"},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        if (c.passwd.empty())
            std::filesystem::remove(folder.file("etc/passwd"));
        else
            folder.write("etc/passwd", c.passwd);
        Setup setup;
        setup.name = c.init;
        setup.arguments = {ours, "--", "/actor", "inherit"};
        setup.environment = c.environment;
        setup.environment.push_back("OUTIS_PROFILE=" + c.policy);
        setup.root = folder.path();
        setup.uid = c.uid;
        const Ended end = run(setup);
        CAPTURE(end.err);
        CHECK(end.outcome() == "0");
        std::string names;
        for (const char* name : {"HOME=", "USER=", "LOGNAME="}) {
            const std::size_t at = end.out.find("env " + std::string(name));
            const std::size_t value = at + 4 + std::string(name).size();
            names += names.empty() ? "" : " ";
            names += at == std::string::npos
                         ? "-"
                         : end.out.substr(value, end.out.find('\n', value) - value);
        }
        CHECK(names == c.names);
    }
}

// What PID 1 itself holds while the app runs.
TEST_CASE("inheritance: PID 1 holds no descriptors and no directory")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Setup setup = at(place, under_init({}, {"hold"}));
        setup.directory = "/usr";
        setup.leaked = {3, 7, 200};
        Process init(setup);
        REQUIRE(init.says("ready\n"));
        const std::string proc = "/proc/" + std::to_string(init.pid());
        CHECK(eventually([&] { return link_target(proc + "/cwd") == "/"; }));
        for (const int fd : {3, 4, 5, 7, 200}) {
            CAPTURE(fd);
            CHECK(eventually(
                [&] { return link_target(proc + "/fd/" + std::to_string(fd)).empty(); }));
        }
        CHECK_FALSE(link_target(proc + "/fd/1").empty());
    }
}

TEST_CASE("inheritance: PID 1 is confined and cannot be traced")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        Process init(at(place, under_init({}, {"hold"})));
        REQUIRE(init.says("ready\n"));
        CHECK(eventually([&] { return proc_field(init.pid(), "status", "Seccomp") == "2"; }));
        CHECK(proc_field(init.pid(), "status", "NoNewPrivs") == "1");
        // KILL alone, for the app may become another user.
        const bool root = running_as_root() && !place.nobody;
        for (const char* set : {"CapPrm", "CapEff"}) {
            CAPTURE(set);
            CHECK(proc_field(init.pid(), "status", set) ==
                  (root ? "0000000000000020" : "0000000000000000"));
        }

        // The files of a non-dumpable process belong to root (proc(5)).
        struct stat status {};

        REQUIRE(stat(("/proc/" + std::to_string(init.pid()) + "/environ").c_str(), &status) == 0);
        CHECK(status.st_uid == 0);
        // `none` promises nothing for the app itself.
        const auto children = children_of(init.pid());
        REQUIRE(children.size() == 1);
        CHECK(proc_field(children[0], "status", "Seccomp") == "0");
        CHECK(proc_field(children[0], "status", "NoNewPrivs") == "0");
    }
}

TEST_CASE("inheritance: the app gets a signal when our parent exits")
{
    // A parent that runs us with -d and ends: we get the signal and forward it.
    Setup setup;
    setup.arguments = {kActor, "under", kInit,  "-p",      "none", "-d",
                       "TERM", "--",    kActor, "signals", "1"};
    setup.environment = base_environment();
    Process parent(setup);
    REQUIRE(parent.says("ready\n"));
    parent.send(SIGUSR2);
    CHECK(eventually([&] { return parent.says("signal 15 code 0"); }));
}

TEST_CASE("inheritance: the app gets a signal when PID 1 dies")
{
    CHECK(value_of(run(under_init({"-d", "USR1"}, {"inherit"})).out, "death") ==
          std::to_string(SIGUSR1));
    CHECK(value_of(run(under_init({}, {"inherit"})).out, "death") == "0");
}

}  // namespace
}  // namespace outis::tests::inheritance_test
