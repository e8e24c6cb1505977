// What happens where a promise cannot be kept: nothing starts, and one line says why.
#include <cerrno>
#include <string>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "policies.h"

namespace outis::tests::refusal_test {
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

constexpr std::uint32_t kSetMdwe = 65;  // PR_SET_MDWE, linux/prctl.h since 6.3

Section process(std::uint32_t flags, std::int16_t oom = 0)
{
    return {Kind::process, process_payload({.flags = flags, .oom = oom})};
}

// The steps that only some policies or options have.
TEST_CASE_FIXTURE(Confinement, "refusal: any other step that is refused ends the run")
{
    if (lacks_root("init: other refused steps"))
        return;

    struct Case {
        Obstacle obstacle;
        std::vector<Section> sections;
        Words options;
    };

    std::vector<Section> limited = strict_sections();
    limited.push_back({Kind::limits, limits_payload({{.resource = 7, .soft = 64, .hard = 64}})});
    const Section groups{Kind::ids, ids_payload(7, 8, {100}, true)};
    const std::vector<Section> plain = strict_sections();
    const Case kCases[]{
        {{"policy file", {SYS_openat, {}, EPERM}, "open policy"}, plain, {}},
        {{"OOM score", {SYS_write, 3, EACCES}, "set the OOM score: Permission denied; "},
         {process(policy::kOomGiven, -5)},
         {}},
        {{"groups", {SYS_setgroups, {}, EPERM}, "set the supplementary groups: "}, {groups}, {}},
        {{"reading capabilities", {SYS_capget, {}, EPERM}, "read the capability sets: "},
         plain,
         {}},
        {{"write and execute",
          {SYS_prctl, kSetMdwe, EPERM},
          "deny writable and executable memory: "},
         {process(policy::kDenyWriteExecute)},
         {}},
        {{"cookie", {SYS_getrandom, {}, EPERM}, "draw a random number: "}, once_sections(), {}},
        {{"spawn", {SYS_clone, {}, EPERM}, "start a process: "}, plain, {}},
        {{"session", {SYS_setsid, {}, EPERM}, "make a new session: "}, plain, {"--session"}},
        {{"process group", {SYS_setpgid, {}, EPERM}, "make a process group: "}, plain, {}},
        {{"directory", {SYS_chdir, {}, EPERM}, "enter the working directory: "},
         plain,
         {"-w", "/usr"}},
        {{"limits", {SYS_prlimit64, {}, EPERM}, "set a resource limit: "}, limited, {}},
        {{"descriptors",
          {SYS_close_range, {}, EPERM},
          "mark inherited descriptors close-on-exec: "},
         plain,
         {}},
        {{"Landlock", {SYS_landlock_create_ruleset, {}, EPERM}, "apply Landlock: an outer filter"},
         walled_sections(),
         {}},
        {{"Landlock's rules", {SYS_landlock_add_rule, {}, EPERM}, "add the Landlock path"},
         walled_sections(),
         {}},
        {{"Landlock's end", {SYS_landlock_restrict_self, {}, EPERM}, "apply Landlock: "},
         walled_sections(),
         {}},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.obstacle.name);
        const long number = c.obstacle.refused.number;
        // The hosted twin's libc makes these before us.
        if (kHosted && (number == SYS_openat || number == SYS_prlimit64))
            continue;
        Setup setup = setup_with(c.sections, {"inherit"}, c.options);
        setup.refused = c.obstacle.refused;
        const Ended end = run(setup);
        const bool policy = c.obstacle.line == "open policy";
        CHECK(end.outcome() == (policy ? "125" : "124"));
        CHECK(end.out.empty());
        CHECK(end.err.starts_with("outis-init: cannot " + c.obstacle.line));
    }
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
    Setup groups = setup_with({{Kind::ids, ids_payload(7, 8, {100}, true)}}, {"inherit"});
    groups.refused = RefusedCall{.number = SYS_setgroups, .first = {}, .error = 0, .trap = false};
    CHECK(run(groups).err.starts_with("outis-init: cannot confirm the supplementary groups; "));
    Setup memory = setup_with({process(policy::kDenyWriteExecute)}, {"inherit"});
    memory.refused = RefusedCall{.number = SYS_prctl, .first = kSetMdwe, .error = 0, .trap = false};
    CHECK(run(memory).err.starts_with(
        "outis-init: cannot confirm that writable memory stays without execute; "));
}

TEST_CASE_FIXTURE(Confinement, "refusal: root without the capabilities it needs ends the run")
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

TEST_CASE_FIXTURE(Confinement, "refusal: a user that we cannot become ends the run")
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

TEST_CASE_FIXTURE(Confinement, "refusal: a policy file that others may write is refused")
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

TEST_CASE_FIXTURE(Confinement, "refusal: a locked policy of the image cannot be replaced")
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
}  // namespace outis::tests::refusal_test
