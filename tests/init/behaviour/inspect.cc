// `outis-init --inspect`: what it says of a process is what the kernel says.
#include <string>

#include <doctest/doctest.h>

#include "policies.h"

namespace outis::tests::inspect_test {
namespace {

Setup inspect(const Words& words)
{
    Setup setup;
    setup.arguments = {kInit, "--inspect"};
    setup.arguments.insert(setup.arguments.end(), words.begin(), words.end());
    setup.environment = base_environment();
    return setup;
}

TEST_CASE_FIXTURE(Confinement, "inspect: it prints how an app under a policy is confined")
{
    if (lacks_root("init: inspecting an app"))
        return;
    Process init(setup_with(strict_sections(0, bit(kBindService)), {"hold"}));
    REQUIRE(init.says("ready\n"));
    const std::string app = std::to_string(children_of(init.pid()).at(0));
    const std::string out = run(inspect({app})).out;
    CHECK(value_of(out, "process") == app);
    CHECK(value_of(out, "uid") == "65534, 65534, 65534, 65534");
    CHECK(value_of(out, "permitted") == "net_bind_service");
    CHECK(value_of(out, "ambient") == "net_bind_service");
    CHECK(value_of(out, "no_new_privs") == "true");
    CHECK(value_of(out, "seccomp") == "true");
    CHECK(value_of(out, "descriptors") == "0, 1, 2");
    CHECK(value_of(out, "exposure") == "2.0");
    CHECK(value_of(out, "because") == "holds capabilities, its root file system is writable");
}

TEST_CASE_FIXTURE(Confinement, "inspect: it prints its own state with the securebits")
{
    if (lacks_root("init: inspecting oneself"))
        return;
    Setup setup = setup_with(strict_sections(), {});
    setup.arguments.back() = kInit;
    setup.arguments.insert(setup.arguments.end(), {"--inspect", "self"});
    const std::string out = run(setup).out;
    CHECK(value_of(out, "name").starts_with("outis-init"));
    CHECK(value_of(out, "bounding") == "none");
    CHECK(value_of(out, "securebits") == std::to_string(kSecurebits));
    CHECK(value_of(out, "exposure") == "1.0");

    setup.arguments.emplace_back("--json");
    const std::string json = run(setup).out;
    CHECK(json.starts_with("{\"process\":"));
    CHECK(json.find(",\"uid\":[65534,65534,65534,65534],") != std::string::npos);
    CHECK(json.find(",\"capabilities\":{\"inheritable\":[],\"permitted\":[],\"effective\":[],"
                    "\"bounding\":[],\"ambient\":[]},\"no_new_privs\":true,") != std::string::npos);
    CHECK(json.find(",\"descriptors\":[0,1,2,3],") != std::string::npos);
    CHECK(
        json.ends_with(",\"exposure\":1.0,\"because\":[{\"points\":1.0,"
                       "\"reason\":\"its root file system is writable\"}]}\n"));
}

TEST_CASE("inspect: without a number it looks at the app of process 1")
{
    const std::string out = run(inspect({})).out;
    const std::string pid = value_of(out, "process");
    CHECK((pid == "1" || value_of(proc_text(std::stoi(pid), "status"), "PPid") == "1"));
}

TEST_CASE("inspect: a process that does not exist is an error")
{
    const Ended gone = run(inspect({"2147483647"}));
    CHECK(gone.outcome() == "1");
    CHECK(gone.out.empty());
    CHECK(gone.err ==
          "outis-init: cannot read /proc/2147483647/status: no such process, or no "
          "/proc\n");
    const Ended word = run(inspect({"app"}));
    CHECK(word.outcome() == "125");
    CHECK(word.err == "outis-init: --inspect 'app' is no process; give its number, or self\n");
}

}  // namespace
}  // namespace outis::tests::inspect_test
