// What a policy promises, seen from the app.
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include <elf.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include <doctest/doctest.h>

#include "policies.h"

namespace outis::tests::confinement_test {
namespace {

constexpr const char* kNone = "0000000000000000";

TEST_CASE_FIXTURE(Confinement, "confinement: a strict policy holds when started as root")
{
    if (lacks_root("init: strict policy"))
        return;
    for (const bool first : {false, true}) {
        CAPTURE(first);
        if (first && !can_make_namespaces())
            continue;
        Setup setup = setup_with(strict_sections(), {"inherit"});
        setup.pid_namespace = first;
        const std::string out = run(setup).out;
        CHECK(value_of(out, "uid") == "65534 65534 65534 gid 65534 65534 65534");
        CHECK(out.find("\ngroups\n") != std::string::npos);
        for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
            CAPTURE(std::string(set));
            CHECK(value_of(out, set) == kNone);
        }
        CHECK(value_of(out, "NoNewPrivs") == "1");
        CHECK(value_of(out, "Seccomp") == "2");
        CHECK(value_of(out, "Seccomp_filters") == "1");
        CHECK(out.find("env HOME=/") != std::string::npos);
        CHECK(out.find("env USER=nobody\n") != std::string::npos);
    }
}

TEST_CASE_FIXTURE(Confinement, "confinement: a strict policy holds when started as another user")
{
    if (lacks_root("init: strict policy without root"))
        return;

    struct Case {
        std::string name;
        std::uint32_t uid;
        std::string ids;
    };

    const Case kCases[]{
        {"the policy's user", kNobodyId, "65534 65534 65534 gid 65534 65534 65534"},
        {"another: the orchestrator's choice wins", 4321, "4321 4321 4321 gid 4321 4321 4321"},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Setup setup = setup_with(strict_sections(), {"inherit"}, {"-v"});
        setup.uid = c.uid;
        const Ended end = run(setup);
        CHECK(end.outcome() == "0");
        CHECK(value_of(end.out, "uid") == c.ids);
        CHECK(value_of(end.out, "CapEff") == kNone);
        CHECK(value_of(end.out, "NoNewPrivs") == "1");
        CHECK(value_of(end.out, "Seccomp") == "2");
        CHECK(end.err.find("the bounding set could not be reduced and counts as kept") !=
              std::string::npos);
    }
}

// Under no_new_privs execve(2) makes the effective ids the real ones.
TEST_CASE_FIXTURE(Confinement, "confinement: a kept user is kept in all three ids")
{
    if (lacks_root("init: real and effective ids"))
        return;

    struct Case {
        std::string name;
        std::optional<std::uint32_t> real_uid;
        std::optional<std::uint32_t> real_gid;
    };

    const std::vector<Section> no_user{
        {Kind::process, process_payload({.flags = policy::kNoNewPrivs})}};
    const Case kCases[]{
        {"real uid 0", 0, {}}, {"real gid 0", {}, 0}, {"both", 0, 0}, {"another", 7, 8}};
    for (const Case& c : kCases) {
        for (const auto& sections : {strict_sections(), no_user}) {
            CAPTURE(c.name);
            CAPTURE(sections.size());
            Setup setup = setup_with(sections, {"inherit"});
            setup.uid = 4321;
            setup.real_uid = c.real_uid;
            setup.real_gid = c.real_gid;
            const Ended end = run(setup);
            CAPTURE(end.err);
            CHECK(end.outcome() == "0");
            CHECK(value_of(end.out, "uid") == "4321 4321 4321 gid 4321 4321 4321");
            CHECK(value_of(end.out, "CapEff") == kNone);
        }
    }
    // `none` leaves them as they are.
    Setup setup = under_init({}, {"inherit"});
    setup.uid = 4321;
    setup.real_uid = 7;
    CHECK(value_of(run(setup).out, "uid") == "7 4321 4321 gid 4321 4321 4321");
}

TEST_CASE_FIXTURE(Confinement, "confinement: groups are replaced for root, too")
{
    if (lacks_root("init: root's groups"))
        return;
    const auto groups_of = [&](Section ids) {
        const std::vector<Section> sections{
            {Kind::process, process_payload({.flags = policy::kNoNewPrivs})}, std::move(ids)};
        return run(setup_with(sections, {"inherit"})).out;
    };
    CHECK(groups_of({Kind::ids, ids_payload(0, 0, {100}, true)}).find("\ngroups 100\n") !=
          std::string::npos);
    CHECK(groups_of({Kind::ids, ids_payload(0, 0, {}, true)}).find("\ngroups\n") !=
          std::string::npos);
}

// The kernel makes the stack without asking anybody.
TEST_CASE_FIXTURE(Confinement, "confinement: an executable stack is not started under W^X")
{
    if (lacks_root("init: executable stacks"))
        return;
    std::ifstream whole(kActor, std::ios::binary);
    std::string program(std::istreambuf_iterator<char>(whole), {});
    Elf64_Ehdr header;
    std::memcpy(&header, program.data(), sizeof header);
    bool marked = false;
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
        const std::size_t at = header.e_phoff + i * sizeof(Elf64_Phdr);
        Elf64_Phdr segment;
        std::memcpy(&segment, program.data() + at, sizeof segment);
        if (segment.p_type != PT_GNU_STACK)
            continue;
        segment.p_flags |= PF_X;
        std::memcpy(program.data() + at, &segment, sizeof segment);
        marked = true;
    }
    REQUIRE(marked);
    const std::string marked_file = folder.write("marked", program, 0755);
    const std::string script = folder.write("script", "#!" + marked_file + " exit\n", 0755);
    for (const bool strict : {false, true}) {
        const auto sections =
            strict_sections(strict ? std::uint32_t{policy::kDenyWriteExecute} : 0U);
        for (const std::string& file : {marked_file, script}) {
            CAPTURE(file);
            Setup setup = setup_with(sections, {"exit", "7"});
            *std::prev(setup.arguments.end(), 3) = file;
            const Ended end = run(setup);
            CHECK((end.outcome() == "124") == strict);
            CHECK((end.err.find("executable stack") != std::string::npos) == strict);
        }
    }
}

TEST_CASE_FIXTURE(Confinement, "confinement: umask, oom score and limits of a policy are set")
{
    if (lacks_root("init: settings of a policy"))
        return;
    const std::vector<Section> sections{
        {Kind::process,
         process_payload(
             {.flags = policy::kUmaskGiven | policy::kOomGiven, .umask = 027, .oom = 500})},
        {Kind::ids, ids_payload(7, 8, {100, 200}, true)},
        {Kind::limits, limits_payload({{.resource = 7, .soft = 64, .hard = 64}})},
        {Kind::environment, environment_payload({{policy::kSet, "A=1"}, {policy::kUnset, "B"}})},
    };
    Setup setup = setup_with(sections, {"inherit"});
    setup.environment.emplace_back("B=2");
    const std::string out = run(setup).out;
    CHECK(value_of(out, "uid") == "7 7 7 gid 8 8 8");
    CHECK(value_of(out, "groups") == "100 200");
    CHECK(value_of(out, "umask") == "027");
    CHECK(value_of(out, "score") == "500");
    CHECK(value_of(out, "nofile") == "64");
    CHECK(out.find("env A=1\n") != std::string::npos);
    CHECK(out.find("env B=") == std::string::npos);
}

TEST_CASE_FIXTURE(Confinement, "confinement: a kept capability is the app's, not PID 1's")
{
    if (lacks_root("init: kept capabilities"))
        return;
    Process init(setup_with(strict_sections(0, bit(kBindService)), {"hold"}));
    REQUIRE(init.says("ready\n"));
    const pid_t app = children_of(init.pid()).at(0);
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
        CAPTURE(std::string(set));
        CHECK(proc_field(app, "status", set) == "0000000000000400");
    }
    CHECK(eventually([&] { return proc_field(init.pid(), "status", "CapPrm") == kNone; }));
    CHECK(proc_field(init.pid(), "status", "CapEff") == kNone);
    CHECK(proc_field(init.pid(), "status", "Uid") == "65534\t65534\t65534\t65534");
}

TEST_CASE_FIXTURE(Confinement,
                  "confinement: an app that may change its user can still be signalled")
{
    if (lacks_root("init: KILL kept"))
        return;
    Process init(setup_with(strict_sections(0, bit(kSetuid) | bit(kSetgid)), {"become", "4321"}));
    REQUIRE(init.says("ready\n"));
    CHECK(eventually(
        [&] { return proc_field(init.pid(), "status", "CapEff") == "0000000000000020"; }));
    init.send(SIGTERM);
    CHECK(init.says("signal 15\n"));
    CHECK(init.wait().outcome() == "0");
}

TEST_CASE_FIXTURE(Confinement, "confinement: Landlock and exec-once hold together")
{
    if (lacks_root("init: Landlock and exec-once"))
        return;
    CHECK(run_with(walled_sections(), {"open", "/etc/passwd"}).out == "open 13\n");
    CHECK(run_with(strict_sections(), {"open", "/etc/passwd"}).out == "open 0\n");

    CHECK(run_with(once_sections(), {"execute", "/bin/true"}).out == "execute 1\n");
    CHECK(run_with(strict_sections(), {"execute", "/bin/true"}).out.empty());
}

// In a root of its own, for the rows of passwd decide.
TEST_CASE_FIXTURE(Confinement, "confinement: HOME, USER and LOGNAME of an image stay")
{
    if (!folder.make_scratch()) {
        skip("init: HOME", "needs root and the static program");
        return;
    }

    struct Case {
        std::string name;
        Words environment;
        std::string home;
        std::string user;
        std::string said;
    };

    folder.write("etc/passwd", "admin:x:0:0::/admin:/\nnobody:x:65534:65534::/none:/\n");
    folder.write_policy("policy", make_policy(strict_sections()));
    folder.write("data/file", "");
    const std::string lost = "outis-init: HOME '/none' is no folder that the user may enter\n";
    const std::string replaced = " named root, so the user's took their place\n";
    const Case kCases[]{
        {"unset", {}, "/none", "nobody", lost},
        {"the image's", {"HOME=/data", "USER=app"}, "/data", "app", ""},
        {"an engine's",
         {"HOME=/root"},
         "/none",
         "nobody",
         "outis-init: HOME=/root" + replaced + lost},
        {"of root's row",
         {"HOME=/admin", "USER=admin"},
         "/none",
         "nobody",
         "outis-init: HOME=/admin USER=admin" + replaced + lost},
        {"a file",
         {"HOME=/data/file"},
         "/data/file",
         "nobody",
         "outis-init: HOME '/data/file' is no folder that the user may enter\n"},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Setup setup;
        setup.arguments = {"/outis-init", "-v", "-p", "/policy", "--", "/actor", "inherit"};
        setup.environment = c.environment;
        setup.root = folder.path();
        const Ended end = run(setup);
        CHECK(end.out.find("env HOME=" + c.home + "\n") != std::string::npos);
        CHECK(end.out.find("env USER=" + c.user + "\n") != std::string::npos);
        const std::string after = end.err.substr(end.err.find('\n') + 1);
        CHECK(after.substr(0, after.find("outis-init: child")) == c.said);
    }
}

TEST_CASE_FIXTURE(Confinement, "confinement: stdio can be opened again by the new user")
{
    if (lacks_namespaces("init: stdio"))
        return;

    struct Case {
        std::string name;
        bool first;
        bool terminal;
        std::string said;
    };

    const Case kCases[]{
        {"a pipe", false, false, "open 0"},
        {"a pipe, as PID 1", true, false, "open 0"},
        {"a terminal, which is another's", false, true, "open 13"},
        {"a terminal, as PID 1", true, true, "open 0"},
    };
    const std::string line = "stdout or stderr is root's: ";
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Setup setup = setup_with(strict_sections(), {"open", "/proc/self/fd/1"}, {"-v"});
        setup.pid_namespace = c.first;
        setup.terminal = c.terminal;
        const Ended end = run(setup);
        CHECK(end.out.find(c.said) != std::string::npos);
        CHECK(((end.out + end.err).find(line) != std::string::npos) == (c.said != "open 0"));
    }
    // A file is not ours to give; its mode decides.
    for (const unsigned mode : {0644U, 0666U}) {
        CAPTURE(mode);
        const std::string out = folder.write("out", "", mode);
        Setup setup = setup_with(strict_sections(), {}, {});
        Words words = setup.arguments;
        words[words.size() - 1] = kActor;
        words.insert(words.begin() + 1, "-v");
        words.insert(words.end(), {"open", "/proc/self/fd/1"});
        setup.arguments = {"/bin/sh", "-c", "exec \"$@\" >" + out, "sh"};
        setup.arguments.insert(setup.arguments.end(), words.begin(), words.end());
        const Ended end = run(setup);
        CHECK(folder.read("out") == (mode == 0666U ? "open 0\n" : "open 13\n"));
        CHECK((end.err.find(line) != std::string::npos) == (mode == 0644U));
    }
}

TEST_CASE_FIXTURE(Confinement, "confinement: a dry run starts nothing")
{
    const Ended end = run_with(strict_sections(), {"exit", "7"}, {"-n"});
    CHECK(end.outcome() == "0");
    CHECK(end.out.starts_with("policy: "));
    CHECK(end.out.find("seccomp: 4 instructions\n") != std::string::npos);
}

// A file capability counts only as far as the policy keeps it: no_new_privs refuses a gain, and the
// kernel starts no program that would get less than its file asks for.
TEST_CASE_FIXTURE(Confinement, "confinement: file capabilities give what the policy keeps")
{
    if (lacks_root("init: file capabilities"))
        return;
    // struct vfs_cap_data of linux/capability.h, revision 2: effective, permitted, inheritable.
    const std::uint32_t mark[]{0x02000001, 1U << kBindService, 0, 0, 0};
    const std::string program = folder.file("marked");
    std::filesystem::copy_file(kActor, program);
    if (setxattr(program.c_str(), "security.capability", mark, sizeof mark, 0) != 0 &&
        skip("init: file capabilities", "the file system of the temporary folder takes no mark"))
        return;
    const auto start = [&](Setup setup) {
        setup.arguments[setup.arguments.size() - 2] = program;
        return run(setup);
    };
    const Ended refused = start(setup_with(strict_sections(), {"inherit"}));
    CHECK(refused.outcome() == "126");
    CHECK(refused.err == "outis-init: cannot execute '" + program +
                             "': Operation not permitted; the profile must keep what capabilities "
                             "the file carries (getcap)\n");
    const std::string kept = "0000000000000400";
    CHECK(value_of(start(setup_with(strict_sections(0, bit(kBindService)), {"inherit"})).out,
                   "CapPrm") == kept);
    Setup plain = under_init({}, {"inherit"});
    plain.uid = kNobodyId;
    CHECK(value_of(start(plain).out, "CapPrm") == kept);
}

}  // namespace
}  // namespace outis::tests::confinement_test
