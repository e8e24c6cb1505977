// What happens where a promise cannot be kept: nothing starts, and one line says why.
#include <cerrno>
#include <string>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "policies.h"

namespace outis::tests {
namespace {

struct Obstacle {
    std::string name;
    RefusedCall refused;
    std::string line;  // its start, after "outis-init: cannot "
};

void check_closed(Confinement& confinement, const std::vector<Obstacle>& cases)
{
    for (const Obstacle& c : cases) {
        CAPTURE(c.name);
        Setup setup = confinement.setup_with(strict_sections(0, bit(kBindService)), {"inherit"});
        setup.refused = c.refused;
        const Ended end = run(setup);
        CHECK(end.outcome() == "124");
        CHECK(end.out.empty());
        CHECK(end.err.starts_with("outis-init: cannot " + c.line));
    }
}

TEST_CASE_FIXTURE(Confinement, "refusal: a step that is refused ends the run")
{
    if (lacks_root("init: refused steps"))
        return;
    check_closed(
        *this,
        {
            {"group", {SYS_setresgid, {}, EPERM}, "change the group: Operation not permitted; "},
            {"user", {SYS_setresuid, {}, EPERM}, "change the user: Operation not permitted; "},
            {"bounding set", {SYS_prctl, PR_CAPBSET_DROP, EPERM}, "drop the bounding set: "},
            {"securebits", {SYS_prctl, PR_SET_SECUREBITS, EPERM}, "lock the securebits: "},
            {"capabilities",
             {SYS_capset, {}, EPERM},
             "set the capabilities that the policy keeps: "},
            {"ambient set",
             {SYS_prctl, PR_CAP_AMBIENT, EPERM},
             "raise the ambient capabilities that the policy keeps: "},
            {"no_new_privs", {SYS_prctl, PR_SET_NO_NEW_PRIVS, EPERM}, "set no_new_privs: "},
            {"non-dumpable", {SYS_prctl, PR_SET_DUMPABLE, EPERM}, "become non-dumpable: "},
            {"filter", {SYS_seccomp, {}, EPERM}, "install the seccomp filter: "},
        });
}

// A kernel, or an outer filter, that says yes and does nothing.
TEST_CASE_FIXTURE(Confinement, "refusal: a step that was only claimed to be done ends the run")
{
    if (lacks_root("init: claimed steps"))
        return;
    check_closed(
        *this, {
                   {"group", {SYS_setresgid, {}, 0}, "confirm the group; "},
                   {"user", {SYS_setresuid, {}, 0}, "confirm the user; "},
                   {"bounding set", {SYS_prctl, PR_CAPBSET_DROP, 0}, "confirm the bounding set; "},
                   {"securebits",
                    {SYS_prctl, PR_SET_SECUREBITS, 0},
                    "set the capabilities that the policy keeps: "},
                   {"capabilities",
                    {SYS_capset, {}, 0},
                    "raise the ambient capabilities that the policy keeps: "},
                   {"ambient set", {SYS_prctl, PR_CAP_AMBIENT, 0}, "confirm the ambient set; "},
                   {"no_new_privs", {SYS_prctl, PR_SET_NO_NEW_PRIVS, 0}, "confirm no_new_privs; "},
               });
}

TEST_CASE_FIXTURE(Confinement, "refusal: root without the rights it needs")
{
    if (lacks_root("init: missing capabilities"))
        return;

    struct Case {
        std::string name;
        std::vector<int> dropped;
        std::string outcome;
        std::string line;
    };

    const Case kCases[]{
        {"no SETGID",
         {kSetgid},
         "124",
         "cannot change the group: Operation not permitted; start "
         "the container with that user (runAsUser) instead of root\n"},
        {"no SETUID",
         {kSetuid},
         "124",
         "cannot change the user: Operation not permitted; start "
         "the container with that user (runAsUser) instead of root\n"},
        {"no SETPCAP, and nothing to lose", {kSetpcap}, "0", ""},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Setup setup = setup_with(strict_sections(), {"exit", "0"});
        setup.dropped_capabilities = c.dropped;
        const Ended end = run(setup);
        CHECK(end.outcome() == c.outcome);
        CHECK(end.err == (c.line.empty() ? "" : "outis-init: " + c.line));
    }
}

TEST_CASE_FIXTURE(Confinement, "refusal: a user that cannot be had")
{
    if (lacks_root("init: user-exact"))
        return;
    const std::string remedy =
        ": not started as root; start the container with that user (runAsUser, runAsGroup)\n";
    Setup exact = setup_with(strict_sections(policy::kUserExact), {"exit", "0"});
    exact.uid = 4321;
    const Ended by_policy = run(exact);
    CHECK(by_policy.outcome() == "124");
    CHECK(by_policy.err ==
          "outis-init: cannot become the user that the policy insists on" + remedy);
    Setup asked = setup_with(strict_sections(), {"exit", "0"}, {"-u", "7"});
    asked.uid = 4321;
    const Ended by_option = run(asked);
    CHECK(by_option.outcome() == "124");
    CHECK(by_option.err == "outis-init: cannot become user '7'" + remedy);
}

TEST_CASE_FIXTURE(Confinement, "refusal: policy files that are not to be trusted")
{
    if (lacks_root("init: policy files"))
        return;
    const PolicyBytes good = make_policy(strict_sections());
    const std::string path = folder.write_policy("p", good);
    const auto refused = [&](const std::string& line) {
        const Ended end = run(under_policy(path, {}, {"exit", "0"}));
        CHECK(end.outcome() == "125");
        CHECK(end.err == "outis-init: policy '" + path + "'" + line + "\n");
    };
    CHECK(run(under_policy(path, {}, {"exit", "0"})).outcome() == "0");
    REQUIRE(chown(path.c_str(), 4321, 0) == 0);
    refused(" can be changed by others than root; chown root it and chmod go-w it");
    REQUIRE(chown(path.c_str(), 0, 0) == 0);
    folder.write("p", folder.read("p"), 0664);
    refused(" can be changed by others than root; chown root it and chmod go-w it");
    folder.write_policy("p",
                        make_policy({}, "p",
                                    native_arch() == policy::Arch::x86_64 ? policy::Arch::aarch64
                                                                          : policy::Arch::x86_64));
    refused(" is for another architecture; compile the profile with this --arch");
    PolicyBytes broken = good;
    broken.back() ^= std::byte{1};
    folder.write_policy("p", broken);
    refused(": the policy's checksum does not match; compile the profile again");
}

TEST_CASE_FIXTURE(Confinement, "refusal: a locked policy of the image")
{
    if (!folder.make_scratch()) {
        skip("init: locked policy", "needs root and the static program");
        return;
    }
    folder.write_policy("etc/outis/policy", make_policy(strict_sections(policy::kLocked)));
    folder.write_policy("loose", make_policy({}));

    struct Case {
        std::string name;
        Words options;
        Words environment;
        std::string outcome;
    };

    const Case kCases[]{
        {"found without being named", {}, {}, "0"},
        {"its own path", {"-p", "/etc/outis/policy"}, {}, "0"},
        {"its own path by environment", {}, {"OUTIS_PROFILE=/etc/outis/policy"}, "0"},
        {"none by option", {"-p", "none"}, {}, "125"},
        {"none by environment", {}, {"OUTIS_PROFILE=none"}, "125"},
        {"another file", {"-p", "/loose"}, {}, "125"},
        {"user by option", {"-u", "0"}, {}, "125"},
        {"user by environment", {}, {"OUTIS_USER=0"}, "125"},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Setup setup;
        setup.arguments = {"/outis-init"};
        setup.arguments.insert(setup.arguments.end(), c.options.begin(), c.options.end());
        setup.arguments.insert(setup.arguments.end(), {"--", "/actor", "inherit"});
        setup.environment = c.environment;
        setup.root = folder.path();
        const Ended end = run(setup);
        CHECK(end.outcome() == c.outcome);
        if (c.outcome == "0")
            CHECK(value_of(end.out, "uid") == "65534 65534 65534 gid 65534 65534 65534");
        else
            CHECK(end.err.starts_with("outis-init: policy '/etc/outis/policy' is locked: "));
    }
}

}  // namespace
}  // namespace outis::tests
