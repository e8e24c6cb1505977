#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <doctest/doctest.h>
#include <seccomp.h>

#include "sandbox/kernel/arguments.h"
#include "sandbox/kernel/constants.h"
#include "sandbox/kernel/groups.h"
#include "sandbox/kernel/names.h"
#include "sandbox/kernel/syscalls.h"

namespace outis::sandbox::kernel_test {
namespace {

struct LibraryArch {
    Abi abi;
    std::uint32_t token;
};

constexpr std::array kLibraryArchs = std::to_array<LibraryArch>({
    {Abi::x86_64, SCMP_ARCH_X86_64},
    {Abi::x32, SCMP_ARCH_X32},
    {Abi::i386, SCMP_ARCH_X86},
    {Abi::aarch64, SCMP_ARCH_AARCH64},
    {Abi::arm, SCMP_ARCH_ARM},
});

TEST_CASE("no ABI has two calls of one number")
{
    for (const Abi abi : kAllAbis) {
        std::map<std::uint32_t, std::string_view> owners;
        for (const kernel::Syscall& call : kernel::syscalls()) {
            const auto number = kernel::number_on(call, abi);
            if (!number)
                continue;
            CAPTURE(call.name);
            CAPTURE(abi_name(abi));
            CHECK(owners.try_emplace(*number, call.name).second);
        }
    }
}

TEST_CASE("libseccomp has the same numbers for the calls it knows")
{
    std::size_t compared = 0;
    for (const LibraryArch& arch : kLibraryArchs) {
        for (const kernel::Syscall& call : kernel::syscalls()) {
            const std::string name(call.name);
            const int theirs = seccomp_syscall_resolve_name_arch(arch.token, name.c_str());
            if (theirs < 0)
                continue;  // unknown to the library, or one of its pseudo numbers
            CAPTURE(name);
            CAPTURE(abi_name(arch.abi));
            const auto ours = kernel::number_on(call, arch.abi);
            REQUIRE(ours.has_value());
            CHECK(*ours == static_cast<std::uint32_t>(theirs));
            ++compared;
        }
    }
    CHECK(compared > 1500);
}

TEST_CASE("calls are found by the names that people use")
{
    CHECK(kernel::number_on(*kernel::find_syscall("read"), Abi::x86_64) == 0U);
    CHECK(kernel::number_on(*kernel::find_syscall("read"), Abi::x32) == kernel::kX32Bit);
    CHECK(kernel::number_on(*kernel::find_syscall("execve"), Abi::x32) == (kernel::kX32Bit | 520));
    CHECK(kernel::number_on(*kernel::find_syscall("read"), Abi::aarch64) == 63U);
    CHECK_FALSE(kernel::number_on(*kernel::find_syscall("open"), Abi::aarch64).has_value());
    CHECK(kernel::find_syscall("raed") == nullptr);
    CHECK(kernel::find_syscall("") == nullptr);
}

TEST_CASE("groups name calls that exist and groups that stand above them")
{
    std::set<std::string_view> above;
    for (const kernel::Group& group : kernel::groups()) {
        CAPTURE(group.name);
        CHECK(group.name.starts_with('@'));
        CHECK(above.insert(group.name).second);
        CHECK_FALSE(kernel::calls_of(group.name).empty());
        for (const std::string_view call : kernel::calls_of(group.name)) {
            CAPTURE(call);
            CHECK(kernel::find_syscall(call) != nullptr);
        }
        std::string_view rest = group.members;
        while (!rest.empty()) {
            const std::string_view word = rest.substr(0, rest.find(' '));
            CAPTURE(word);
            if (word.starts_with('@'))
                CHECK((word != group.name && above.contains(word)));
            rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        }
    }
    CHECK(kernel::calls_of("@nothing").empty());
}

TEST_CASE("calls in no group are three private ones of arm")
{
    std::set<std::string_view> grouped;
    for (const kernel::Group& group : kernel::groups()) {
        for (const std::string_view call : kernel::calls_of(group.name))
            grouped.insert(call);
    }
    std::string missing;
    for (const kernel::Syscall& call : kernel::syscalls()) {
        if (!grouped.contains(call.name))
            missing += std::string(call.name) + " ";
    }
    CHECK(missing == "breakpoint usr26 usr32 ");
}

TEST_CASE("an argument's name gives its position and type")
{
    struct Case {
        const char* name;
        const char* call;
        const char* argument;
        int index;  // -1: none
        ArgumentType type;
    };

    constexpr std::array cases = std::to_array<Case>({
        {"first by name", "socket", "domain", 0, ArgumentType::int32},
        {"third by name", "socket", "protocol", 2, ArgumentType::int32},
        {"by position, typed", "socket", "arg0", 0, ArgumentType::int32},
        {"by position, beyond the table", "socket", "arg5", 5, ArgumentType::uint_long},
        {"a call without a row", "vhangup", "arg1", 1, ArgumentType::uint_long},
        {"pointer", "openat", "pathname", 1, ArgumentType::pointer},
        {"offset", "lseek", "offset", 1, ArgumentType::int_long},
        {"clone's flags count as 32 bits", "clone", "flags", 0, ArgumentType::uint32},
        {"no such name", "socket", "family", -1, ArgumentType::int32},
        {"no such position", "socket", "arg6", -1, ArgumentType::int32},
    });
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto found = kernel::find_argument(c.call, c.argument);
        REQUIRE(found.has_value() == (c.index >= 0));
        if (!found)
            continue;
        CHECK(found->index == c.index);
        CHECK(found->type == c.type);
    }
}

TEST_CASE("every row of the argument table is for an existing call and at most six arguments")
{
    for (const kernel::Syscall& call : kernel::syscalls())
        CHECK(kernel::arguments_of(call.name).size() <= 6);
    CHECK(kernel::arguments_of("futex").size() == 6);
}

TEST_CASE("calls without a row take no arguments, or Linux does not implement them")
{
    constexpr std::array none = std::to_array<std::string_view>({
        "afs_syscall",
        "break",
        "breakpoint",
        "create_module",
        "epoll_ctl_old",
        "epoll_wait_old",
        "fork",
        "ftime",
        "get_kernel_syms",
        "get_tls",
        "getegid",
        "getegid32",
        "geteuid",
        "geteuid32",
        "getgid",
        "getgid32",
        "getpgrp",
        "getpid",
        "getpmsg",
        "getppid",
        "gettid",
        "getuid",
        "getuid32",
        "gtty",
        "idle",
        "inotify_init",
        "lock",
        "mpx",
        "munlockall",
        "nfsservctl",
        "pause",
        "prof",
        "profil",
        "putpmsg",
        "query_module",
        "restart_syscall",
        "rseq_slice_yield",
        "rt_sigreturn",
        "sched_yield",
        "security",
        "setsid",
        "sgetmask",
        "sigreturn",
        "stty",
        "sync",
        "tuxcall",
        "ulimit",
        "uprobe",
        "uretprobe",
        "usr26",
        "usr32",
        "vfork",
        "vhangup",
        "vserver",
    });
    for (const kernel::Syscall& call : kernel::syscalls()) {
        CAPTURE(call.name);
        CHECK(kernel::arguments_of(call.name).empty() ==
              std::ranges::binary_search(none, call.name));
    }
}

TEST_CASE("signals are found by name and number")
{
    struct Case {
        const char* name;
        int number;  // 0: none
    };

    constexpr std::array cases = std::to_array<Case>({
        {"TERM", 15},
        {"SIGTERM", 15},
        {"SYS", 31},
        {"RTMIN", 34},
        {"RTMIN+3", 37},
        {"SIGRTMAX-1", 63},
        {"RTMIN+30", 64},
        {"RTMIN+31", 0},
        {"RTMIN-1", 0},
        {"RTMIN+", 0},
        {"RTMIN+256", 0},
        {"term", 0},
        {"", 0},
    });
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(kernel::find_signal(c.name).value_or(0) == c.number);
    }
}

TEST_CASE("constants are found by their full and short names")
{
    CHECK(kernel::find_constant("AF_ALG") == 38);
    CHECK(kernel::find_constant("CLONE_NEWUSER") == 0x10000000);
    CHECK(kernel::find_constant("TIOCSTI") == 0x5412);
    CHECK(kernel::find_constant("MFD_NOEXEC_SEAL") == 8);
    CHECK(kernel::find_constant("AT_FDCWD") == -100);
    CHECK_FALSE(kernel::find_constant("AF_NOTHING").has_value());
    CHECK(kernel::find_value(kernel::capabilities(), "NET_BIND_SERVICE") == 10U);
    CHECK(kernel::find_value(kernel::resources(), "nofile") == 7U);
    CHECK(kernel::name_of(kernel::error_numbers(), 38) == "ENOSYS");
}

}  // namespace
}  // namespace outis::sandbox::kernel_test
