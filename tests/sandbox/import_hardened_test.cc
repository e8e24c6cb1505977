// What a hardened import makes of rules that runc reads otherwise, and what it says about them.
#include <algorithm>
#include <string>

#include "ask.h"
#include "import.h"

namespace outis::sandbox::import_hardened_test {
namespace {

constexpr std::uint64_t kJunk = 0x100000000;
constexpr Abi k64 = Abi::x86_64;
constexpr Abi k32 = Abi::i386;

struct Question {
    Abi abi = k64;
    std::string call;
    std::array<std::uint64_t, 6> arguments;
    std::string verdict;
};

struct Case {
    std::string name;
    std::string json;
    std::vector<Question> questions;
    std::vector<std::string> notes;  // a part of each, with its kind before
};

std::string profile(const std::string& otherwise, const std::string& rules)
{
    return R"({"defaultAction":"SCMP_ACT_)" + otherwise +
           R"(","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"],"syscalls":[)" + rules + "]}";
}

std::string rule(const std::string& call, const std::string& action, const std::string& tests = "")
{
    return R"({"names":[")" + call + R"("],"action":"SCMP_ACT_)" + action + R"(","args":[)" +
           tests + "]}";
}

const std::string kEacces = R"(ERRNO","errnoRet":13,"comment":")";

std::string test(unsigned index, const std::string& op, const std::string& value)
{
    return R"({"index":)" + std::to_string(index) + R"(,"value":)" + value + R"(,"op":"SCMP_CMP_)" +
           op + "\"}";
}

void check(const Case& c)
{
    CAPTURE(c.name);
    const Imported got = imported_well(c.json, {.arch = policy::Arch::x86_64});
    const std::vector<std::byte> program = filter_of(got.profile, policy::Arch::x86_64);
    for (const Question& q : c.questions) {
        CAPTURE(q.call);
        CAPTURE(q.arguments[0]);
        CAPTURE(q.arguments[1]);
        CAPTURE(q.arguments[3]);
        CHECK(verdict_name(ask(program, q.abi, q.call, q.arguments)) == q.verdict);
    }
    std::string all;
    for (const ImportNote& note : got.notes)
        all += std::string(change_name(note.change)) + ": " + note.text.message + "\n";
    CAPTURE(all);
    for (const std::string& part : c.notes) {
        CAPTURE(part);
        CHECK(all.find(part) != std::string::npos);
    }
}

TEST_CASE("hardened: multiplexed calls of i386 refuse what the profile refuses")
{
    const std::vector<Case> cases{
        {"the default permits",
         profile("ALLOW", rule("bind", kEacces) + "," + rule("semget", kEacces) + "," +
                              rule("shmat", "KILL_PROCESS", test(0, "EQ", "3"))),
         {{k32, "socketcall", {2}, "EACCES"},
          {k32, "socketcall", {3}, "allow"},
          {k32, "ipc", {2}, "EACCES"},
          {k32, "ipc", {0x10002}, "EACCES"},
          {k32, "ipc", {21}, "kill-process"},
          {k32, "ipc", {22}, "allow"},
          {k32, "bind", {}, "EACCES"},
          {k64, "bind", {}, "EACCES"}},
         {"companion: i386's 'ipc' is refused this call for all arguments"}},
        {"the carrier is permitted",
         profile("ERRNO", rule("socketcall", "ALLOW") + "," + rule("bind", kEacces) + "," +
                              rule("connect", "ALLOW")),
         {{k32, "socketcall", {2}, "EACCES"}, {k32, "socketcall", {3}, "allow"}},
         {}},
        {"the call is permitted for some arguments",
         profile("ERRNO",
                 rule("socketcall", "ALLOW") + "," + rule("socket", "ALLOW", test(0, "NE", "40"))),
         {{k32, "socketcall", {1}, "EPERM"}, {k32, "socketcall", {3}, "allow"}},
         {"companion: i386's 'socketcall' is refused this call"}},
        {"the carrier is refused",
         profile("ERRNO", rule("bind", kEacces)),
         {{k32, "socketcall", {2}, "EPERM"}},
         {}},
        {"an argument that lies elsewhere there",
         profile("ALLOW", rule("fanotify_mark", kEacces, test(3, "EQ", "5"))),
         {{k64, "fanotify_mark", {0, 0, 0, 5}, "EACCES"},
          {k64, "fanotify_mark", {0, 0, 0, 6}, "allow"},
          {k32, "fanotify_mark", {0, 0, 0, 0, 5}, "ENOSYS"}},
         {"i386 is left out: an argument of 'fanotify_mark' lies elsewhere"}},
        {"arguments in memory",
         profile("ERRNO", rule("select", "ALLOW", test(0, "LT", "1024")) + "," +
                              rule("mmap", "ALLOW", test(2, "EQ", "1"))),
         {{k32, "select", {}, "EPERM"}, {k64, "select", {}, "allow"}},
         {"companion: refused on i386, where the kernel reads the arguments of 'select'",
          "companion: refused on i386, where the kernel reads the arguments of 'mmap'"}},
    };
    for (const Case& c : cases)
        check(c);
}

TEST_CASE("hardened: the upper half of an argument cannot avoid a refusing rule")
{
    struct Argument {
        const char* call;
        unsigned index;
    };

    constexpr Argument arguments[] = {
        {"flock", 1},
        {"alarm", 0},
        {"modify_ldt", 0},
        {"semctl", 2},
        {"fadvise64", 3},
        {"sync_file_range", 3},
        {"timerfd_settime", 1},
        {"finit_module", 2},
        {"fanotify_mark", 1},
        {"fanotify_mark", 3},
        {"swapon", 1},
        {"mq_open", 1},
        {"msgrcv", 4},
        {"preadv2", 5},
        {"delete_module", 1},
        {"open_tree", 2},
        {"fsopen", 1},
        {"move_mount", 4},
        {"io_uring_register", 1},
        {"mount_setattr", 2},
        {"recvmmsg", 2},
        {"sysfs", 0},
        {"socket", 5},
        {"getpid", 0},
    };

    struct Comparison {
        const char* op;
        const char* value;
        std::uint64_t inside;
        std::uint64_t outside;
    };

    constexpr Comparison comparisons[] = {
        {"EQ", "6", 6, 5}, {"NE", "6", 5, 6}, {"LT", "6", 5, 6},
        {"LE", "6", 6, 7}, {"GT", "6", 7, 6}, {"GE", "6", 6, 5},
    };
    for (const Argument& argument : arguments) {
        for (const Comparison& c : comparisons) {
            CAPTURE(std::string(c.op));
            const std::string call = argument.call;
            std::array<std::uint64_t, 6> inside{};
            std::array<std::uint64_t, 6> outside{};
            inside[argument.index] = kJunk + c.inside;
            outside[argument.index] = kJunk + c.outside;
            check({call,
                   profile("ALLOW", rule(call, kEacces, test(argument.index, c.op, c.value))),
                   {{k64, call, inside, "EACCES"}, {k64, call, outside, "allow"}},
                   {"width: "}});
        }
    }
}

TEST_CASE("hardened: comparisons of one argument must all hold")
{
    const std::string both = test(0, "EQ", "8") + "," + test(0, "EQ", "131072");
    const std::vector<Case> cases{
        {"they exclude each other",
         profile("ALLOW", rule("personality", kEacces, both)),
         {{k64, "personality", {8}, "allow"}},
         {"split: ",
          "unreachable: never holds: its comparisons exclude each other, so it refuses"}},
        {"they do not",
         profile("ALLOW",
                 rule("personality", kEacces, test(0, "GE", "8") + "," + test(0, "LE", "16"))),
         {{k64, "personality", {8}, "EACCES"}, {k64, "personality", {17}, "allow"}},
         {"split: "}},
    };
    for (const Case& c : cases)
        check(c);
}

TEST_CASE("hardened: a stricter rule with comparisons is kept beside one without")
{
    const std::string kill = rule("ptrace", "KILL_PROCESS", test(0, "EQ", "16"));
    const std::string log = rule("personality", "LOG", test(0, "EQ", "8"));
    const std::vector<Case> cases{
        {"refused",
         profile("ERRNO", rule("ptrace", "ERRNO") + "," + kill),
         {{k64, "ptrace", {16}, "kill-process"}, {k64, "ptrace", {0}, "EPERM"}},
         {"conflict: counts although another rule says something milder"}},
        {"permitted by default",
         profile("ALLOW", rule("ptrace", "ERRNO") + "," + kill),
         {{k64, "ptrace", {16}, "kill-process"}, {k64, "ptrace", {0}, "EPERM"}},
         {}},
        {"refused with another errno",
         profile("ALLOW", rule("ptrace", kEacces) + "," + kill),
         {{k64, "ptrace", {16}, "kill-process"}, {k64, "ptrace", {0}, "EACCES"}},
         {}},
        {"trapped",
         profile("ALLOW", rule("ptrace", "TRAP") + "," + kill),
         {{k64, "ptrace", {16}, "kill-process"}, {k64, "ptrace", {0}, "trap"}},
         {}},
        {"its thread killed",
         profile("ALLOW", rule("ptrace", "KILL_THREAD") + "," + kill),
         {{k64, "ptrace", {16}, "kill-process"}, {k64, "ptrace", {0}, "kill-thread"}},
         {}},
        {"logged",
         profile("ERRNO", rule("personality", "ALLOW") + "," + log),
         {{k64, "personality", {8}, "log"}, {k64, "personality", {0}, "allow"}},
         {}},
        {"milder",
         profile("ERRNO",
                 rule("ptrace", "TRAP") + "," + rule("ptrace", kEacces, test(0, "EQ", "16"))),
         {{k64, "ptrace", {16}, "trap"}},
         {"unreachable: never decides"}},
    };
    for (const Case& c : cases)
        check(c);
}

TEST_CASE("hardened: an errno that changes is noted")
{
    const std::string unix_only = test(0, "EQ", "1");
    const std::vector<Case> cases{
        {"a family that is refused",
         profile("ALLOW", rule("socket", "ERRNO", unix_only)),
         {{k64, "socket", {1}, "EAFNOSUPPORT"}},
         {"verdict: EAFNOSUPPORT instead of EPERM"}},
        {"a family that is not permitted",
         profile("ERRNO", rule("socket", "ALLOW", unix_only)),
         {{k64, "socket", {2}, "EAFNOSUPPORT"}},
         {"verdict: EAFNOSUPPORT where no rule permits it"}},
        {"a default",
         profile("KILL_PROCESS", rule("read", "ALLOW")),
         {{k64, "clone3", {}, "ENOSYS"}, {k64, "mount", {}, "kill-process"}},
         {"default: ENOSYS instead for numbers that Linux has not"}},
    };
    for (const Case& c : cases)
        check(c);
}

TEST_CASE("import: empty rules and resources are accepted")
{
    const std::string read = rule("read", "ALLOW");
    const auto resource = [&](const std::string& more) {
        return R"({"spec":{"defaultAction":"SCMP_ACT_ERRNO",)" + more + R"("syscalls":[)" + read +
               "]}}";
    };
    const std::vector<Case> cases{
        {"an empty name", profile("ERRNO", rule("", "ALLOW")), {}, {"unknown-call: "}},
        {"no names",
         profile("ERRNO", R"({"names":[],"action":"SCMP_ACT_ALLOW"})"),
         {},
         {"unreachable: left out: the rule names no system call"}},
        {"enabled", resource(R"("state":"Enabled","disabled":false,)"), {}, {}},
        {"state", resource(R"("state":"Disabled",)"), {}, {"flag: taken over all the same"}},
        {"disabled", resource(R"("disabled":true,)"), {}, {"flag: taken over all the same"}},
        {"the native machine",
         resource(R"("architectures":["SCMP_ARCH_NATIVE"],)"),
         {{k64, "read", {}, "allow"}},
         {}},
    };
    for (const Case& c : cases)
        check(c);
}

TEST_CASE("import: an errno that libseccomp does not accept is noted")
{
    const std::string json =
        profile("ERRNO", R"({"names":["read"],"action":"SCMP_ACT_ERRNO","errnoRet":4095})");
    const Imported got =
        imported_well(json, {.mode = ImportMode::exact, .arch = policy::Arch::x86_64});
    CHECK(std::ranges::any_of(got.notes, [](const ImportNote& note) {
        return note.text.message.find("above 4094") != std::string::npos;
    }));
}

}  // namespace
}  // namespace outis::sandbox::import_hardened_test
