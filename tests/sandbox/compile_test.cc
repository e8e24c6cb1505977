#include <array>
#include <string>

#include <doctest/doctest.h>

#include "outis/base/policy.h"
#include "tests/sandbox/ask.h"

namespace outis::sandbox::compile_test {
namespace {

TEST_CASE("baseline answers as people expect")
{
    struct Case {
        const char* name;
        const char* call;
        std::array<std::uint64_t, 6> arguments;
        std::uint32_t verdict;
    };

    constexpr std::uint64_t junk = 0xABCDEF0100000000;
    constexpr std::array cases = std::to_array<Case>({
        {"read", "read", {}, filter::kAllow},
        {"execve", "execve", {}, filter::kAllow},
        {"mount", "mount", {}, kVerdictEperm},
        {"unshare", "unshare", {}, kVerdictEperm},
        {"setns", "setns", {}, kVerdictEperm},
        {"bpf", "bpf", {}, kVerdictEperm},
        {"clone3 is replaceable", "clone3", {}, kVerdictEnosys},
        {"io_uring_setup is replaceable", "io_uring_setup", {}, kVerdictEnosys},
        {"keyctl", "keyctl", {}, kVerdictEperm},
        {"unix socket", "socket", {1, 1, 0}, filter::kAllow},
        {"AF_ALG", "socket", {38, 5, 0}, kVerdictEafnosupport},
        {"AF_ALG with junk above", "socket", {junk | 38, 5, 0}, kVerdictEafnosupport},
        {"AF_VSOCK", "socket", {40, 1, 0}, kVerdictEafnosupport},
        {"a thread", "clone", {0x3D0F00}, filter::kAllow},
        {"a user namespace", "clone", {0x10000011}, kVerdictEperm},
        {"TIOCSTI", "ioctl", {0, 0x5412}, kVerdictEperm},
        {"TIOCSTI with junk above", "ioctl", {0, junk | 0x5412}, kVerdictEperm},
        {"TIOCLINUX", "ioctl", {0, 0x541C}, kVerdictEperm},
        {"TIOCGWINSZ", "ioctl", {0, 0x5413}, filter::kAllow},
        {"asking for the execution domain", "personality", {0xFFFFFFFF}, filter::kAllow},
        {"ADDR_NO_RANDOMIZE", "personality", {0x40000}, kVerdictEperm},
        {"one's own limits", "prlimit64", {0, 7}, filter::kAllow},
        {"another's limits", "prlimit64", {1, 7}, kVerdictEperm},
    });
    const Profile profile = shipped("baseline");
    for (const policy::Arch arch : {policy::Arch::x86_64, policy::Arch::aarch64}) {
        const std::vector<std::byte> program = filter_of(profile, arch);
        for (const Case& c : cases) {
            CAPTURE(c.name);
            CAPTURE(arch_name(arch));
            CHECK(ask(program, native_abi(arch), c.call, c.arguments) == c.verdict);
        }
    }
}

TEST_CASE("the other shipped profiles refuse what their texts promise")
{
    struct Case {
        const char* profile;
        const char* call;
        std::array<std::uint64_t, 6> arguments;
        std::uint32_t verdict;
    };

    constexpr std::array cases = std::to_array<Case>({
        {"go", "socket", {2, 1, 0}, filter::kAllow},
        {"go", "socket", {17, 3, 0}, kVerdictEafnosupport},
        {"go", "accept4", {}, filter::kAllow},
        {"go", "ptrace", {}, kVerdictEperm},
        {"go", "ioctl", {0, 0x5412}, kVerdictEperm},
        {"service", "socket", {10, 1, 0}, filter::kAllow},
        {"service", "socket", {17, 3, 0}, kVerdictEafnosupport},
        {"service", "listen", {}, filter::kAllow},
        {"service", "ptrace", {}, kVerdictEperm},
        {"service", "setresuid", {}, filter::kAllow},
        {"service", "sched_setscheduler", {0, 3}, filter::kAllow},
        {"service", "sched_setscheduler", {0, 1}, kVerdictEperm},
        {"service", "mbind", {}, kVerdictEnosys},
        {"service", "prctl", {8, 1}, filter::kAllow},
        {"service", "prctl", {35}, kVerdictEinval},
        {"service", "ioctl", {0, 0x5401}, filter::kAllow},
        {"service", "ioctl", {0, 0xAE01}, kVerdictEnotty},
        {"service", "socket", {2, 1, 262}, kVerdictEafnosupport},
        {"service", "socket", {16, 3, 9}, kVerdictEafnosupport},
        {"service", "socketpair", {1, 1, 0}, filter::kAllow},
        {"service", "socketpair", {40, 1, 0}, kVerdictEafnosupport},
        {"go", "mmap", {0, 4096, 5}, kVerdictEperm},
        {"go", "mmap", {0, 4096, 3}, filter::kAllow},
        {"go", "mprotect", {0, 4096, 5}, kVerdictEperm},
        {"go", "memfd_create", {0, 8}, kVerdictEnosys},
        {"go", "getxattr", {}, kVerdictEnotsup},
        {"service", "pidfd_getfd", {}, kVerdictEnosys},
        {"service", "unshare", {}, kVerdictEperm},
        {"service", "ioctl", {0, 0x5412}, kVerdictEperm},
        {"service", "clone", {0x10000000}, kVerdictEperm},
        {"worker", "connect", {}, filter::kAllow},
        {"worker", "listen", {}, kVerdictEperm},
        {"worker", "accept4", {}, kVerdictEperm},
        {"worker", "socket", {2, 1, 0}, filter::kAllow},
        {"offline", "socket", {1, 1, 0}, filter::kAllow},
        {"offline", "socket", {2, 1, 0}, kVerdictEafnosupport},
        {"offline", "socket", {16, 3, 0}, kVerdictEafnosupport},
        {"offline", "openat", {}, filter::kAllow},
    });
    for (const Case& c : cases) {
        CAPTURE(std::string(c.profile));
        CAPTURE(std::string(c.call));
        for (const policy::Arch arch : {policy::Arch::x86_64, policy::Arch::aarch64}) {
            const std::vector<std::byte> program = filter_of(shipped(c.profile), arch);
            CHECK(ask(program, native_abi(arch), c.call, c.arguments) == c.verdict);
        }
    }
}

TEST_CASE("foreign ABIs, x32 and -1 are answered as by a kernel without them")
{
    struct Case {
        const char* name;
        std::uint32_t arch;
        std::uint32_t number;
    };

    const std::array cases = std::to_array<Case>({
        {"i386 exit_group", 0x40000003, 252},
        {"x32 read", 0xC000003E, kernel::kX32Bit},
        {"x32 execve", 0xC000003E, kernel::kX32Bit | 520},
        {"-1", 0xC000003E, 0xFFFFFFFF},
        {"newer than the tables", 0xC000003E, first_free_number(Abi::x86_64)},
        {"a hole in the table", 0xC000003E, 400},
        {"AArch64 read", 0xC00000B7, 63},
        {"no architecture", 0, 0},
    });
    const std::vector<std::byte> program = filter_of(shipped("baseline"), policy::Arch::x86_64);
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(interpret(program, {.number = c.number, .arch = c.arch, .arguments = {}}).verdict ==
              kVerdictEnosys);
    }
}

TEST_CASE("shipped profiles stay within their budgets")
{
    struct Case {
        const char* name;
        std::size_t instructions;
    };

    constexpr std::array cases = std::to_array<Case>(
        {{"baseline", 130}, {"service", 210}, {"go", 190}, {"worker", 245}, {"offline", 240}});
    for (const Case& c : cases) {
        CAPTURE(c.name);
        for (const policy::Arch arch : {policy::Arch::x86_64, policy::Arch::aarch64})
            CHECK(filter_of(shipped(c.name), arch).size() / filter::kInstructionSize <=
                  c.instructions);
    }
}

TEST_CASE("every shipped profile allows what no program can do without")
{
    for (const std::string name : {"baseline", "service", "go", "worker", "offline"}) {
        for (const policy::Arch arch : {policy::Arch::x86_64, policy::Arch::aarch64}) {
            const std::vector<std::byte> program = filter_of(shipped(name), arch);
            for (const char* call : {"exit_group", "rt_sigreturn", "restart_syscall", "execve"}) {
                CAPTURE(name);
                CAPTURE(call);
                const bool first_only = name == "go" && std::string_view(call) == "execve";
                CHECK(ask(program, native_abi(arch), call) ==
                      (first_only ? kVerdictEperm : filter::kAllow));
            }
        }
    }
}

TEST_CASE("the policy of 'none' has no sections, that of 'baseline' has four")
{
    const auto none = compile_policy(shipped("none"), policy::Arch::aarch64);
    REQUIRE(none);
    CHECK(none.value().size() == policy::kHeaderSize);

    const auto bytes = compile_policy(shipped("baseline"), policy::Arch::x86_64);
    REQUIRE(bytes);
    const auto view = policy::read(bytes.value());
    REQUIRE(view);
    CHECK(std::string(view.value().name.data()) == "baseline");
    REQUIRE(view.value().process);
    CHECK(view.value().process->flags == policy::kNoNewPrivs);
    REQUIRE(view.value().ids);
    CHECK(view.value().ids->uid == 65534);
    CHECK(view.value().ids->gid == 65534);
    REQUIRE(view.value().capabilities);
    CHECK(view.value().capabilities->bounding == 0);
    CHECK(view.value().capabilities->securebits == 0xCF);
    REQUIRE(view.value().seccomp);
    CHECK(view.value().seccomp->flags == policy::kSeccompSpecAllow);
    CHECK_FALSE(view.value().landlock);
    CHECK_FALSE(view.value().exec);
}

TEST_CASE("the same profile gives the same bytes")
{
    CHECK(compile_policy(shipped("go"), policy::Arch::x86_64).take() ==
          compile_policy(shipped("go"), policy::Arch::x86_64).take());
}

TEST_CASE("comparisons hold in the width that the kernel uses")
{
    struct Case {
        const char* name;
        const char* call;
        const char* when;
        std::array<std::uint64_t, 6> arguments;
        bool holds;
    };

    constexpr std::uint64_t minus_one = 0xFFFFFFFFFFFFFFFF;
    constexpr std::array cases = std::to_array<Case>({
        {"signed below", "kill", "pid < 0", {0xFFFFFFFF}, true},
        {"signed below, extended", "kill", "pid < 0", {minus_one}, true},
        {"signed below, zero", "kill", "pid < 0", {0}, false},
        {"signed below, junk above", "kill", "pid < 0", {0xFFFFFFFF00000005}, false},
        {"signed not above", "kill", "pid <= -2", {0xFFFFFFFE}, true},
        {"signed not above, next", "kill", "pid <= -2", {0xFFFFFFFF}, false},
        {"signed above", "kill", "pid > -2", {0xFFFFFFFF}, true},
        {"signed above, least", "kill", "pid > -2", {0x80000000}, false},
        {"signed not below", "kill", "pid >= 5", {5}, true},
        {"unsigned above", "personality", "persona > 5", {0xFFFFFFFF}, true},
        {"64 bits below", "lseek", "offset < 0x100000000", {0, 0xFFFFFFFF}, true},
        {"64 bits below, at", "lseek", "offset < 0x100000000", {0, 0x100000000}, false},
        {"64 bits below, negative", "lseek", "offset < 0x100000000", {0, minus_one}, true},
        {"64 bits equal", "brk", "addr == 0x500000006", {0x500000006}, true},
        {"64 bits equal, other half", "brk", "addr == 0x500000006", {0x600000006}, false},
        {"64 bits mask across halves",
         "brk",
         "addr & 0x100000001 == 0x100000000",
         {0x1000000F0},
         true},
        {"64 bits mask across halves, low",
         "brk",
         "addr & 0x100000001 == 0x100000000",
         {0x1000000F1},
         false},
        {"two tests of one argument", "brk", "addr > 5 and addr < 9", {7}, true},
        {"two tests of one argument, out", "brk", "addr > 5 and addr < 9", {9}, false},
        {"no value at all", "brk", "addr > 5 and addr < 3", {4}, false},
        {"either", "kill", "pid == 1 and sig == 9 or pid == 2", {2, 5}, true},
        {"neither", "kill", "pid == 1 and sig == 9 or pid == 2", {1, 5}, false},
        {"pointer", "clone3", "cl_args == 0", {0x100000000}, false},
    });
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const Profile profile = parsed(std::string("[seccomp]\n[[seccomp.rule]]\ncall = \"") +
                                       c.call + "\"\nwhen = \"" + c.when + "\"\n");
        const std::vector<std::byte> program = filter_of(profile, policy::Arch::x86_64);
        CHECK((ask(program, Abi::x86_64, c.call, c.arguments) == filter::kAllow) == c.holds);
    }
}

}  // namespace
}  // namespace outis::sandbox::compile_test
