// What callers rely on when they start a peer: its options, targets and codes, asked of the peer
// where it is installed and of us under its name.
#include <csignal>
#include <string>

#include <unistd.h>

#include <doctest/doctest.h>

#include "init/behaviour/policies.h"
#include "init/peers/plays.h"
#include "init/program.h"

namespace outis::tests::contracts_test {
namespace {

struct Contract {
    std::string name;
    std::string program;
    Words options;
    Words command;
    int signal;  // sent once the app is ready; 0: none
    std::string outcome;
    std::string says;  // a part of stdout
};

const Contract kContracts[]{
    {"own code", "tini", {}, {"exit", "7"}, 0, "7", ""},
    {"signal death", "tini", {}, {"die", "15"}, 0, "143", ""},
    {"not there", "tini", {}, {}, 0, "127", ""},
    {"forgiven code", "tini", {"-e", "7"}, {"exit", "7"}, 0, "0", ""},
    {"the child alone", "tini", {}, {"prefork"}, SIGTERM, "0", "all done\n"},
    {"its group", "tini", {"-g"}, {"prefork"}, SIGTERM, "0", "request lost\n"},
    {"place of the child", "tini", {}, {"inherit"}, 0, "0", "group own\nsession parent's\n"},
    {"death signal by name", "tini", {"-p", "SIGTERM"}, {"exit", "7"}, 0, "7", ""},
    {"all options", "tini", {"-s", "-w", "-vvv"}, {"exit", "7"}, 0, "7", ""},
    {"own code", "dumb-init", {}, {"exit", "7"}, 0, "7", ""},
    {"signal death", "dumb-init", {}, {"die", "15"}, 0, "143", ""},
    {"not there", "dumb-init", {}, {}, 0, "2", ""},
    {"its group", "dumb-init", {}, {"prefork"}, SIGTERM, "0", "request lost\n"},
    {"the child alone", "dumb-init", {"-c"}, {"prefork"}, SIGTERM, "0", "all done\n"},
    {"place of the child", "dumb-init", {}, {"inherit"}, 0, "0", "group own\nsession own\n"},
    {"place of a single child",
     "dumb-init",
     {"--single-child"},
     {"inherit"},
     0,
     "0",
     "session parent's\n"},
    {"rewritten", "dumb-init", {"-r", "15:10"}, {"signals", "1"}, SIGTERM, "0", "signal 10 "},
    {"rewritten, long",
     "dumb-init",
     {"--rewrite", "15:10"},
     {"signals", "1"},
     SIGTERM,
     "0",
     "signal 10 "},
    {"own code", "catatonit", {}, {"exit", "7"}, 0, "7", ""},
    {"signal death", "catatonit", {}, {"die", "15"}, 0, "143", ""},
    {"not there", "catatonit", {}, {}, 0, "1", ""},
    {"the child alone", "catatonit", {}, {"prefork"}, SIGTERM, "0", "all done\n"},
    {"its group", "catatonit", {"-g"}, {"prefork"}, SIGTERM, "0", "request lost\n"},
    {"place of the child", "catatonit", {}, {"inherit"}, 0, "0", "group own\nsession parent's\n"},
};

void check_contract(const Contract& contract, const std::string& path)
{
    Setup setup = under(path, contract.options, contract.command);
    if (contract.command.empty())
        setup.arguments.back() = "/no/such";
    Process process(setup);
    if (contract.signal != 0) {
        const bool server = contract.command[0] == "prefork";
        REQUIRE(process.says(server ? "request running\n" : "ready\n"));
        process.send(contract.signal);
        if (server) {
            REQUIRE(process.says("server stopping\n"));
            process.write_input("finish\n");
        }
    }
    const Ended end = process.wait();
    CHECK(end.outcome() == contract.outcome);
    CHECK(end.out.find(contract.says) != std::string::npos);
}

TEST_CASE("peers: under a peer's name we keep its contract")
{
    Folder folder;
    for (const Contract& c : kContracts) {
        CAPTURE(c.program);
        CAPTURE(c.name);
        const std::string link = folder.file(c.program);
        [[maybe_unused]] const int made = symlink(kInit, link.c_str());
        check_contract(c, link);
        const std::string real = "/usr/bin/" + c.program;
        if (access(real.c_str(), X_OK) != 0)
            continue;
        CAPTURE(real);
        check_contract(c, real);
    }
}

TEST_CASE("peers: a policy and a grace hold under a peer's name, too")
{
    if (lacks_root("init: policies under a peer's name"))
        return;
    Folder folder;
    const std::string link = folder.file("tini");
    REQUIRE(symlink(kInit, link.c_str()) == 0);
    const std::string strict = folder.write_policy("strict", make_policy(strict_sections()));
    const std::string once = folder.write_policy("once", make_policy(once_sections()));
    const Player hardened{.path = link, .options = {}, .environment = {"OUTIS_PROFILE=" + strict}};
    CHECK(descriptors(hardened) == "descriptors=0,1,2 ");

    Setup script = under(link, {}, {});
    script.arguments.back() = folder.write("script", "exit 5\n", 0755);
    script.environment.push_back("OUTIS_PROFILE=" + strict);
    CHECK(run(script).outcome() == "5");
    script.environment.back() = "OUTIS_PROFILE=" + once;
    const Ended refused = run(script);
    CHECK(refused.outcome() == "1");
    CHECK(refused.err.find("#!") != std::string::npos);

    const Player patient{.path = link, .options = {"-s"}, .environment = {"OUTIS_GRACE=10ms"}};
    CHECK(end_of_group(patient) == "7, left gone");
}

TEST_CASE("peers: engines can parse the version line under a peer's name")
{
    struct Case {
        std::string link;
        std::string option;
        std::string start;
    };

    const Case kCases[]{
        {"docker-init", "--version", "tini version 0.19.0 "},
        {"tini-static", "--version", "tini version 0.19.0 "},
        {"podman-init", "--version", "tini version "},
        {"catatonit", "-V", "tini version "},
        {"dumb-init", "-V", "dumb-init v1.2.5 "},
        {"outis-init", "-V", "outis-init "},
    };
    Folder folder;
    for (const Case& c : kCases) {
        CAPTURE(c.link);
        const std::string link = folder.file(c.link);
        REQUIRE(symlink(kInit, link.c_str()) == 0);
        Setup setup;
        setup.arguments = {link, c.option};
        setup.environment = base_environment();
        const Ended end = run(setup);
        CHECK(end.outcome() == "0");
        // dumb-init has always said it on stderr.
        CHECK((end.out + end.err).starts_with(c.start));
    }
}

}  // namespace
}  // namespace outis::tests::contracts_test
