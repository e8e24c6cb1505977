// What serves an image without a shell beside probes: --sleep for hooks, --pause for a pod.
#include <csignal>
#include <string>

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "init/program.h"

namespace outis::tests::hooks_test {
namespace {

TEST_CASE("sleep: it lasts as long as the option says, and TERM ends it")
{
    Setup setup;
    setup.arguments = {kInit, "--sleep", "30ms"};
    setup.environment = base_environment();
    const std::int64_t before = now_milliseconds();
    CHECK(run(setup).outcome() == "0");
    CHECK(now_milliseconds() - before >= 30);

    setup.arguments[2] = "1h";
    Process init(setup);
    // It takes what was blocked while it read its arguments.
    init.send(SIGTERM);
    CHECK(init.wait().outcome() == "signal 15");
}

TEST_CASE("sleep: TERM ends it also as PID 1")
{
    if (lacks_namespaces("init: sleeping as PID 1"))
        return;
    Setup setup;
    setup.arguments = {kInit, "--sleep", "1h"};
    setup.environment = base_environment();
    setup.pid_namespace = true;
    Process init(setup);
    // Until it blocks signals, a PID 1 loses them.
    REQUIRE(eventually(
        [&] { return proc_field(init.pid(), "status", "SigBlk") != "0000000000000000"; }));
    init.send(SIGTERM);
    CHECK(init.wait().outcome() == "143");
}

TEST_CASE("pause: it holds no files, and only TERM and INT end it")
{
    for (const Place& place : places()) {
        CAPTURE(place.name);
        for (const int end : {SIGTERM, SIGINT}) {
            Setup setup;
            setup.arguments = {kInit, "--pause"};
            setup.environment = base_environment();
            setup.leaked = {7};
            setup.directory = "/usr";
            Process init(at(place, setup));
            const std::string proc = "/proc/" + std::to_string(init.pid());
            CHECK(eventually([&] { return proc_field(init.pid(), "status", "Seccomp") == "2"; }));
            CHECK(link_target(proc + "/cwd") == "/");
            CHECK(link_target(proc + "/fd/7").empty());
            for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
                CAPTURE(set);
                CHECK(proc_field(init.pid(), "status", set) == "0000000000000000");
            }
            if (running_as_root()) {
                CHECK(proc_field(init.pid(), "status", "Uid") == "65534\t65534\t65534\t65534");
                CHECK(proc_field(init.pid(), "status", "Gid") == "65534\t65534\t65534\t65534");
                CHECK(proc_field(init.pid(), "status", "Groups").empty());
            }
            if (running_as_root() && !place.nobody)
                CHECK(proc_field(init.pid(), "status", "CapBnd") == "0000000000000000");
            for (const int other : {SIGHUP, SIGUSR1, 40})
                init.send(other);
            init.send(end);
            CHECK(init.wait().outcome() == "0");
        }
    }
}

TEST_CASE("pause: it reaps orphans of the containers of its pod")
{
    if (lacks_namespaces("init: orphans of a pod"))
        return;
    Setup setup;
    setup.arguments = {kInit, "--pause"};
    setup.environment = base_environment();
    setup.pid_namespace = true;
    Process init(setup);
    const std::string enter = "nsenter --target " + std::to_string(init.pid()) +
                              " --pid sh -c 'sleep 1000 > /dev/null 2>&1 & exit 0'";
    REQUIRE(std::system(enter.c_str()) == 0);
    REQUIRE(eventually([&] { return children_of(init.pid()).size() == 1; }));
    kill(children_of(init.pid()).front(), SIGKILL);
    CHECK(eventually([&] { return children_of(init.pid()).empty(); }));
    init.send(SIGTERM);
    CHECK(init.wait().outcome() == "0");
}

}  // namespace
}  // namespace outis::tests::hooks_test
