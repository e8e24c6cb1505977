// Words for what went wrong around the app.
#include <cerrno>
#include <csignal>
#include <string>

#include <sys/syscall.h>

#include <doctest/doctest.h>

#include "policies.h"

namespace outis::tests::messages_test {
namespace {

TEST_CASE_FIXTURE(Confinement, "messages: an app that its filter kills is explained")
{
    if (lacks_root("init: killed by the filter"))
        return;
    std::vector<Section> deadly = strict_sections();
    constexpr std::uint32_t kKillProcess = 0x80000000;  // SECCOMP_RET_KILL_PROCESS
    deadly.back() = {Kind::seccomp,
                     seccomp_payload({{filter::kLoadWord, 0, 0, filter::kNumberOffset},
                                      {filter::kJumpEqual, 0, 1, SYS_kill},
                                      {filter::kReturn, 0, 0, kKillProcess},
                                      {filter::kReturn, 0, 0, filter::kAllow}})};
    const Ended end = run_with(deadly, {"die", "15"});
    CHECK(end.outcome() == "159");
    CHECK(end.err.find("SIGSYS") != std::string::npos);
    CHECK(end.err.find("outis profile explain") != std::string::npos);
    CHECK(run_with(strict_sections(), {"die", "15"}).err.empty());
}

TEST_CASE_FIXTURE(Confinement, "messages: a program that Landlock refuses is explained")
{
    if (lacks_root("init: Landlock and execve"))
        return;
    // Nothing may be executed but a path that is not the program.
    constexpr std::uint64_t kExecute = 1;
    constexpr std::uint64_t kReadFile = 4;
    Payload landlock;
    landlock.u16(1).u8(0).zeros(5).u64(kExecute | kReadFile).u64(0).u64(0).u16(1).u16(0).u32(0);
    landlock.u64(kReadFile).u8(0).u8(0).u16(2).text("/").u8(0);
    std::vector<Section> sections = strict_sections();
    sections.push_back({Kind::landlock, landlock});
    const Ended end = run_with(sections, {"exit", "0"});
    CHECK(end.outcome() == "126");
    CHECK(end.err == "outis-init: cannot execute '" + std::string(kActor) +
                         "': Landlock refuses it: name it in the profile's execute\n");
    Setup script = setup_with(sections, {});
    script.arguments.back() = folder.write("script", "#!/bin/sh\n", 0755);
    CHECK(run(script).err.ends_with("execute, and /bin/sh, which it needs\n"));
    script.arguments.back() = folder.write("closed", "#!/bin/sh\n", 0644);
    CHECK(run(script).err.find("x-bits") != std::string::npos);
}

TEST_CASE_FIXTURE(Confinement, "messages: an outer filter is named")
{
    if (lacks_root("init: outer filters"))
        return;

    struct Case {
        std::string name;
        RefusedCall refused;
        std::vector<int> dropped;
        bool named;
    };

    const Case kCases[]{
        {"seccomp", {SYS_seccomp, {}, EPERM}, {}, true},
        {"seccomp, unknown", {SYS_seccomp, {}, ENOSYS}, {}, true},
        {"the user", {SYS_setresuid, {}, EPERM}, {}, true},
        {"the group", {SYS_setresgid, {}, EPERM}, {}, true},
        {"spawn", {SYS_clone, {}, EPERM}, {}, true},
        {"another error", {SYS_setpgid, {}, EACCES}, {}, false},
        {"the right is missing", {SYS_chroot, {}, EPERM}, {kSetuid}, false},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Setup setup = setup_with(strict_sections(), {"exit", "0"});
        setup.refused = c.refused;
        setup.dropped_capabilities = c.dropped;
        const Ended end = run(setup);
        CHECK(end.outcome() == "124");
        CHECK((end.err.find("; an outer filter refuses it: ") != std::string::npos) == c.named);
    }
}

TEST_CASE("messages: an unknown variable is reported")
{
    struct Case {
        std::string name;
        std::string row;
        std::string said;
    };

    const Case kCases[]{
        {"known", "OUTIS_GRACE=1s", ""},
        {"of outis", "OUTIS_DATA=/x", ""},
        {"another's", "OUTISGRACE=1s", ""},
        {"two letters change places", "OUTIS_GRAEC=1s", "OUTIS_GRAEC; did you mean OUTIS_GRACE?"},
        {"a letter is missing", "OUTIS_PROFIL=go", "OUTIS_PROFIL; did you mean OUTIS_PROFILE?"},
        {"too far away", "OUTIS_LISTEN=1", "OUTIS_LISTEN"},
        {"long", "OUTIS_" + std::string(400, 'X') + "=1", "OUTIS_" + std::string(400, 'X')},
        {"empty", "OUTIS_=1", "OUTIS_"},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Setup setup = under_init({}, {"exit", "7"});
        setup.environment.push_back(c.row);
        const Ended end = run(setup);
        CHECK(end.outcome() == "7");
        CHECK(end.err == (c.said.empty() ? "" : "outis-init: unknown variable " + c.said + "\n"));
    }
}

}  // namespace
}  // namespace outis::tests::messages_test
