#include <array>
#include <string>

#include <doctest/doctest.h>

#include "outis/base/policy.h"
#include "outis/sandbox/compile.h"
#include "outis/sandbox/explain.h"
#include "sandbox/kernel/syscalls.h"
#include "sandbox/proof/proof.h"

namespace outis::sandbox {
namespace {

constexpr std::uint32_t kEperm = filter::kErrno | 1;
constexpr std::uint32_t kEnosys = filter::kErrno | 38;
constexpr std::uint32_t kEafnosupport = filter::kErrno | 97;

Profile parsed(std::string text)
{
    const std::array texts{ProfileText{.file = "p.toml", .text = std::move(text)}};
    auto profile = parse_profile(texts);
    if (!profile)
        FAIL(print(profile.error()));
    return profile.take();
}

Profile shipped(const std::string& name)
{
    auto profile =
        load_profile(std::filesystem::path(OUTIS_SOURCE_DIR) / "profiles" / (name + ".toml"), {});
    if (!profile)
        FAIL(print(profile.error()));
    return profile.take();
}

std::vector<std::byte> filter_of(const Profile& profile, policy::Arch arch)
{
    auto filter = compile_filter(profile, arch);
    if (!filter)
        FAIL(filter.error().text);
    return filter.take();
}

std::uint32_t ask(Bytes program, Abi abi, std::string_view call,
                  std::array<std::uint64_t, 6> arguments = {})
{
    return interpret(program, CallData{.number = *number_on(*find_syscall(call), abi),
                                       .arch = audit_arch(abi),
                                       .arguments = arguments})
        .verdict;
}

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
        {"mount", "mount", {}, kEperm},
        {"unshare", "unshare", {}, kEperm},
        {"setns", "setns", {}, kEperm},
        {"bpf", "bpf", {}, kEperm},
        {"clone3 is replaceable", "clone3", {}, kEnosys},
        {"io_uring_setup is replaceable", "io_uring_setup", {}, kEnosys},
        {"keyctl", "keyctl", {}, kEperm},
        {"unix socket", "socket", {1, 1, 0}, filter::kAllow},
        {"AF_ALG", "socket", {38, 5, 0}, kEafnosupport},
        {"AF_ALG with junk above", "socket", {junk | 38, 5, 0}, kEafnosupport},
        {"AF_VSOCK", "socket", {40, 1, 0}, kEafnosupport},
        {"a thread", "clone", {0x3D0F00}, filter::kAllow},
        {"a user namespace", "clone", {0x10000011}, kEperm},
        {"TIOCSTI", "ioctl", {0, 0x5412}, kEperm},
        {"TIOCSTI with junk above", "ioctl", {0, junk | 0x5412}, kEperm},
        {"TIOCLINUX", "ioctl", {0, 0x541C}, kEperm},
        {"TIOCGWINSZ", "ioctl", {0, 0x5413}, filter::kAllow},
        {"asking for the execution domain", "personality", {0xFFFFFFFF}, filter::kAllow},
        {"ADDR_NO_RANDOMIZE", "personality", {0x40000}, kEperm},
        {"one's own limits", "prlimit64", {0, 7}, filter::kAllow},
        {"another's limits", "prlimit64", {1, 7}, kEperm},
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

TEST_CASE("the other profiles refuse what they say")
{
    struct Case {
        const char* profile;
        const char* call;
        std::array<std::uint64_t, 6> arguments;
        std::uint32_t verdict;
    };

    constexpr std::array cases = std::to_array<Case>({
        {"go", "socket", {2, 1, 0}, filter::kAllow},
        {"go", "socket", {17, 3, 0}, kEafnosupport},
        {"go", "accept4", {}, filter::kAllow},
        {"go", "ptrace", {}, kEperm},
        {"go", "ioctl", {0, 0x5412}, kEperm},
        {"service", "socket", {10, 1, 0}, filter::kAllow},
        {"service", "socket", {17, 3, 0}, kEafnosupport},
        {"service", "listen", {}, filter::kAllow},
        {"service", "ptrace", {}, kEperm},
        {"service", "setresuid", {}, kEperm},
        {"service", "pidfd_getfd", {}, kEnosys},
        {"service", "unshare", {}, kEperm},
        {"service", "ioctl", {0, 0x5412}, kEperm},
        {"service", "clone", {0x10000000}, kEperm},
        {"worker", "connect", {}, filter::kAllow},
        {"worker", "listen", {}, kEperm},
        {"worker", "accept4", {}, kEperm},
        {"worker", "socket", {2, 1, 0}, filter::kAllow},
        {"offline", "socket", {1, 1, 0}, filter::kAllow},
        {"offline", "socket", {2, 1, 0}, kEafnosupport},
        {"offline", "socket", {16, 3, 0}, kEafnosupport},
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

    constexpr std::array cases = std::to_array<Case>({
        {"i386 exit_group", 0x40000003, 252},
        {"x32 read", 0xC000003E, kX32Bit},
        {"x32 execve", 0xC000003E, kX32Bit | 520},
        {"-1", 0xC000003E, 0xFFFFFFFF},
        {"newer than the tables", 0xC000003E, 472},
        {"a hole in the table", 0xC000003E, 400},
        {"AArch64 read", 0xC00000B7, 63},
        {"no architecture", 0, 0},
    });
    const std::vector<std::byte> program = filter_of(shipped("baseline"), policy::Arch::x86_64);
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(interpret(program, {.number = c.number, .arch = c.arch, .arguments = {}}).verdict ==
              kEnosys);
    }
}

TEST_CASE("shipped profiles stay within their budgets")
{
    struct Case {
        const char* name;
        std::size_t instructions;
    };

    constexpr std::array cases = std::to_array<Case>(
        {{"baseline", 110}, {"service", 110}, {"go", 110}, {"worker", 110}, {"offline", 110}});
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
                CHECK(ask(program, native_abi(arch), call) == filter::kAllow);
            }
        }
    }
}

TEST_CASE("none has no sections, baseline has its four")
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
    CHECK(view.value().capabilities->securebits == 0xEF);
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

TEST_CASE("comparisons mean what they say, in the width the kernel uses")
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

TEST_CASE("the proof finds every wrong instruction")
{
    const Profile profile = shipped("baseline");
    const std::vector<std::byte> right = filter_of(profile, policy::Arch::x86_64);
    REQUIRE(prove(right, profile, policy::Arch::x86_64));
    std::size_t broken = 0;
    for (std::size_t i = 0; i < right.size() / filter::kInstructionSize; ++i) {
        filter::Instruction at = filter::load_instruction(right, i);
        if (at.code == filter::kLoadWord)
            continue;
        CAPTURE(i);
        if (at.code == filter::kReturn)
            at.k = at.k == filter::kAllow ? kEperm : filter::kAllow;
        else
            at.k += 1;
        std::vector<std::byte> wrong = right;
        filter::store_instruction(wrong, i, at);
        const auto proved = prove(wrong, profile, policy::Arch::x86_64);
        CHECK_FALSE(proved);
        ++broken;
    }
    CHECK(broken > 60);
}

TEST_CASE("several ABIs in one filter")
{
    const Profile profile = parsed(
        "[seccomp]\nallow = [\"@basic-io\", \"mmap\"]\narchitectures = [\"i386\", \"x32\"]\n"
        "[[seccomp.rule]]\ncall = \"socket\"\nwhen = \"domain == AF_UNIX\"\n"
        "[[seccomp.rule]]\ncall = \"mmap\"\nwhen = \"prot & PROT_EXEC != 0\"\naction = "
        "\"refuse\"\n");
    const std::vector<std::byte> program = filter_of(profile, policy::Arch::x86_64);
    for (const Abi abi : {Abi::x86_64, Abi::x32, Abi::i386}) {
        CAPTURE(abi_name(abi));
        CHECK(ask(program, abi, "read") == filter::kAllow);
        CHECK(ask(program, abi, "mount") == kEperm);
        CHECK(ask(program, abi, "socket", {1}) == filter::kAllow);
        CHECK(ask(program, abi, "socket", {2}) == kEafnosupport);
    }
    CHECK(ask(program, Abi::x86_64, "mmap", {0, 0, 1}) == filter::kAllow);
    CHECK(ask(program, Abi::x86_64, "mmap", {0, 0, 4}) == kEperm);
    // i386's mmap takes a pointer to its arguments: what cannot be checked is refused.
    CHECK(ask(program, Abi::i386, "mmap", {0, 0, 1}) == kEperm);
    const std::vector<std::byte> on_arm = filter_of(profile, policy::Arch::aarch64);
    CHECK(ask(on_arm, Abi::arm, "read") == kEnosys);
}

TEST_CASE("exec once asks for the cookie and says where it is")
{
    const Profile profile = parsed("[seccomp]\nallow = [\"@process\"]\n[exec]\nonce = true\n");
    for (const policy::Arch arch : {policy::Arch::x86_64, policy::Arch::aarch64}) {
        CAPTURE(arch_name(arch));
        auto bytes = compile_policy(profile, arch);
        if (!bytes)
            FAIL(bytes.error().text);
        const auto view = policy::read(bytes.value());
        REQUIRE(view);
        REQUIRE(view.value().exec);
        CHECK(view.value().exec->once);
        const Bytes program = view.value().seccomp->program;
        std::vector<std::byte> patched(program.begin(), program.end());
        constexpr std::uint64_t cookie = 0x1122334455667788;
        const auto patch = [&](Bytes indexes, std::uint64_t word) {
            for (std::size_t i = 0; i < indexes.size(); i += 2) {
                const std::size_t index = load_le16(indexes, i);
                filter::Instruction at = filter::load_instruction(patched, index);
                at.k = static_cast<std::uint32_t>(word);
                filter::store_instruction(patched, index, at);
            }
        };
        patch(view.value().exec->low, cookie);
        patch(view.value().exec->high, cookie >> 32);
        const Abi abi = native_abi(arch);
        CHECK(ask(patched, abi, "execve", {0, 0, 0, 0, 0, cookie}) == filter::kAllow);
        CHECK(ask(patched, abi, "execve", {0, 0, 0, 0, 0, cookie ^ 1}) == kEperm);
        CHECK(ask(patched, abi, "execve", {0, 0, 0, 0, 0, cookie & 0xFFFFFFFF}) == kEperm);
        CHECK(ask(patched, abi, "execveat", {0, 0, 0, 0, 0, cookie}) == kEperm);
    }
}

TEST_CASE("an oversized filter is an error, and far jumps are not")
{
    std::string text = "[seccomp]\n";
    const auto add_rules = [&text](int first, int last) {
        for (int i = first; i < last; ++i)
            text += "[[seccomp.rule]]\ncall = \"kill\"\nwhen = \"pid == " + std::to_string(i * 7) +
                    " and sig == " + std::to_string(i) + "\"\n";
    };
    add_rules(0, 200);
    const std::vector<std::byte> large = filter_of(parsed(text), policy::Arch::x86_64);
    CHECK(large.size() / filter::kInstructionSize > 512);
    CHECK(ask(large, Abi::x86_64, "kill", {199 * 7, 199}) == filter::kAllow);
    CHECK(ask(large, Abi::x86_64, "kill", {0, 0}) == filter::kAllow);
    CHECK(ask(large, Abi::x86_64, "kill", {0, 1}) == kEperm);
    add_rules(200, 1020);
    const auto oversized = compile_filter(parsed(text), policy::Arch::x86_64);
    REQUIRE_FALSE(oversized);
    CHECK(oversized.error().text.find("the kernel takes 4096") != std::string::npos);
}

}  // namespace
}  // namespace outis::sandbox
