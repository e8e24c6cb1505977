// Rules that follow from a promise, without a word about system calls: what they refuse, and what
// they leave.
#include <algorithm>
#include <array>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "outis/sandbox/document.h"
#include "sandbox/kernel/groups.h"
#include "sandbox/proof/meaning.h"
#include "tests/sandbox/ask.h"

namespace outis::sandbox::implied_rules_test {
namespace {

constexpr std::uint64_t kFastOpen = 0x20000000;
constexpr std::uint64_t kJunk = 0xdeadbeef00000000;

TEST_CASE("a rule about ports holds for every call that makes or takes a connection")
{
    struct Case {
        const char* name;
        const char* landlock;
        const char* call;
        std::array<std::uint64_t, 6> arguments;
        bool passes;
    };

    constexpr const char* kConnect = "connect = []";
    constexpr const char* kBind = "bind = [8080]";
    constexpr const char* kNoBind = "bind = []";
    constexpr const char* kUdp = "connect-udp = [53]";
    constexpr const char* kScopes = "scopes = [\"signal\"]";
    constexpr std::array cases = std::to_array<Case>({
        {"fast open by sendto", kConnect, "sendto", {3, 0, 0, kFastOpen}, false},
        {"fast open by sendmsg", kConnect, "sendmsg", {3, 0, kFastOpen | 0x4000}, false},
        {"fast open by sendmmsg", kConnect, "sendmmsg", {3, 0, 1, kFastOpen}, false},
        {"junk above", kConnect, "sendto", {3, 0, 0, kJunk | kFastOpen}, false},
        {"sendto without", kConnect, "sendto", {3, 0, 0, 0x4000}, true},
        {"TCP", kConnect, "socket", {2, 0x80801, 0}, true},
        {"TCP by number", kConnect, "socket", {10, 1, 6}, true},
        {"MPTCP", kConnect, "socket", {2, 1, 262}, false},
        {"MPTCP, flags in the type", kBind, "socket", {10, 0x80801, 262}, false},
        {"SMC as a protocol", kBind, "socket", {2, 1, 256}, false},
        {"SCTP", kBind, "socket", {2, 1, 132}, false},
        {"SCTP, one to many", kBind, "socket", {2, 5, 132}, false},
        {"sequenced packets of whatever comes", kBind, "socket", {2, 5, 0}, false},
        {"DCCP", kBind, "socket", {2, 6, 33}, false},
        {"SMC as a family", kBind, "socket", {43, 1, 0}, false},
        {"sequenced packets of Unix", kBind, "socket", {1, 5, 0}, true},
        {"UDP beside TCP ports", kBind, "socket", {2, 2, 17}, true},
        {"UDP-Lite beside TCP ports", kBind, "socket", {2, 2, 136}, true},
        {"UDP-Lite beside UDP ports", kUdp, "socket", {2, 2, 136}, false},
        {"UDP", kUdp, "socket", {2, 2, 17}, true},
        {"MPTCP beside UDP ports", kUdp, "socket", {2, 1, 262}, true},
        {"SMC takes a TCP socket over", kConnect, "setsockopt", {3, 6, 31}, false},
        {"another option of TCP", kConnect, "setsockopt", {3, 6, 1}, true},
        {"listen with ports", kBind, "listen", {3, 1}, true},
        {"listen without ports", kNoBind, "listen", {3, 1}, false},
        {"accept without ports", kNoBind, "accept", {3}, false},
        {"accept4 without ports", kNoBind, "accept4", {3}, false},
        {"io_uring beside TCP ports", kConnect, "io_uring_setup", {8, 1}, false},
        {"io_uring beside UDP ports", kUdp, "io_uring_setup", {8, 1}, false},
        {"no ports are stated, io_uring", kScopes, "io_uring_setup", {8, 1}, true},
        {"no ports are stated", kScopes, "socket", {2, 1, 262}, true},
        {"no ports are stated, fast open", kScopes, "sendto", {3, 0, 0, kFastOpen}, true},
    });
    for (const Case& c : cases) {
        CAPTURE(std::string(c.name));
        const Profile profile = parsed(std::string("[seccomp]\nallow = [\"@network-io\", "
                                                   "\"io_uring_setup\"]\n[landlock]\n") +
                                       c.landlock + "\n");
        for (const policy::Arch arch : {policy::Arch::x86_64, policy::Arch::aarch64}) {
            const std::uint32_t verdict =
                ask(filter_of(profile, arch), native_abi(arch), c.call, c.arguments);
            CHECK((verdict == filter::kAllow) == c.passes);
        }
    }
}

TEST_CASE("deny-write-execute closes every way to new code that a register shows")
{
    struct Case {
        const char* call;
        std::array<std::uint64_t, 6> arguments;
        bool passes;
    };

    constexpr std::array cases = std::to_array<Case>({
        {"mmap", {0, 4096, 7, 0x22}, false},
        {"mmap", {0, 4096, 5, 2}, true},      // a loader maps libraries
        {"mmap", {0, 4096, 5, 0x812}, true},  // at a fixed place
        {"mmap", {0, 4096, 5, 0x22}, false},  // anonymous
        {"mmap", {0, 4096, 5, 0x21}, false},  // and shared: mapped again, it can be written
        {"mmap", {0, 4096, 5, 1}, false},     // as /dev/zero can
        {"mmap", {0, 4096, 5, 3}, false},     // MAP_SHARED_VALIDATE
        {"mmap", {0, 4096, 3, 0x21}, true},
        {"mprotect", {0, 4096, 5}, false},
        {"mprotect", {0, 4096, 3}, true},
        {"pkey_mprotect", {0, 4096, 4, 0}, false},
        {"shmat", {1, 0, 0x8000}, false},
        {"shmat", {1, 0, 0}, true},
        {"memfd_create", {0, 8}, false},  // MFD_NOEXEC_SEAL is about execve alone
        {"memfd_create", {0, 0}, false},
        {"memfd_secret", {0}, false},
        {"ptrace", {0}, false},
        {"personality", {0x400000}, false},
        {"personality", {0xffffffff}, true},
        {"personality", {8}, true},
    });
    const Profile profile = parsed(
        "[seccomp]\nallow = [\"@default\", \"@ipc\", \"@memory\", \"@pkey\", \"ptrace\", "
        "\"personality\"]\n[memory]\ndeny-write-execute = true\n");
    for (const Case& c : cases) {
        CAPTURE(std::string(c.call));
        CAPTURE(c.arguments[2]);
        for (const policy::Arch arch : {policy::Arch::x86_64, policy::Arch::aarch64}) {
            const std::uint32_t verdict =
                ask(filter_of(profile, arch), native_abi(arch), c.call, c.arguments);
            CHECK((verdict == filter::kAllow) == c.passes);
        }
    }
}

TEST_CASE("multiplexed calls of i386 cannot avoid rules, except if allowed by name")
{
    const Profile closed = parsed(
        "[seccomp]\narchitectures = [\"i386\"]\nallow = [\"@network-io\", \"@ipc\"]\n"
        "refuse = [\"msgget\"]\n[[seccomp.rule]]\ncall = \"socket\"\nwhen = \"domain == 1\"\n");
    const auto program = filter_of(closed, policy::Arch::x86_64);
    CHECK(ask(program, Abi::i386, "socketcall", {1}) != filter::kAllow);  // SYS_SOCKET
    CHECK(ask(program, Abi::i386, "socketcall", {3}) == filter::kAllow);  // SYS_CONNECT
    CHECK(ask(program, Abi::i386, "ipc", {13}) != filter::kAllow);        // MSGGET
    CHECK(ask(program, Abi::i386, "ipc", {0x1000d}) != filter::kAllow);   // of another version
    CHECK(ask(program, Abi::i386, "ipc", {23}) == filter::kAllow);        // SHMGET
    const Profile opened = parsed(
        "[seccomp]\narchitectures = [\"i386\"]\nallow = [\"@network-io\", \"socketcall\"]\n"
        "[[seccomp.rule]]\ncall = \"socket\"\nwhen = \"domain == 1\"\n");
    CHECK(ask(filter_of(opened, policy::Arch::x86_64), Abi::i386, "socketcall", {1}) ==
          filter::kAllow);
}

class Stacks {
public:
    std::size_t below(std::size_t limit) { return engine_() % limit; }

    // `words` are every fourth call of the tables and groups, so that no word is in two lists.
    std::string list(const char* word, std::size_t offset, std::vector<std::string>* names)
    {
        std::string text = std::string(word) + " = [";
        for (std::size_t i = below(12); i-- > 0;) {
            const std::size_t index = below(kernel::syscalls().size() / 4) * 4 + offset;
            const std::string name(kernel::syscalls()[index].name);
            if (kernel::is_indispensable(name))
                continue;
            text += "\"" + name + "\", ";
            if (names != nullptr)
                names->push_back(name);
        }
        for (std::size_t i = below(3); i-- > 0;) {
            const std::string name(kernel::groups()[below(kernel::groups().size())].name);
            text += "\"" + name + "\", ";
            if (names != nullptr)
                names->push_back(name);
        }
        return text + "]\n";
    }

    std::string rule()
    {
        const kernel::Syscall& call = kernel::syscalls()[below(kernel::syscalls().size())];
        if (kernel::is_indispensable(call.name))
            return {};
        return "[[seccomp.rule]]\ncall = \"" + std::string(call.name) + "\"\nwhen = \"arg" +
               std::to_string(below(6)) + " == 0\"\n";
    }

private:
    std::mt19937_64 engine_{20261130};
};

TEST_CASE("what a profile refuses is refused, whatever the profiles it extends allow")
{
    Stacks stacks;
    int judged = 0;
    for (int i = 0; i < 400; ++i) {
        std::vector<ProfileText> texts;
        std::vector<std::string> refused;
        std::vector<std::string> allowed;
        const std::size_t depth = 1 + stacks.below(3);
        texts.push_back(
            {.file = "top.toml",
             .text = "extends = [\"base1\"]\n[seccomp]\n" + stacks.list("allow", 0, &allowed) +
                     stacks.list("refuse", 1, &refused) + stacks.list("kill", 2, &refused)});
        for (std::size_t level = 1; level <= depth; ++level) {
            std::string text = level == depth
                                   ? std::string()
                                   : "extends = [\"base" + std::to_string(level + 1) + "\"]\n";
            text += "[seccomp]\n" + stacks.list("allow", 0, nullptr) +
                    stacks.list("log", 1, nullptr) + stacks.list("refuse", 2, nullptr) +
                    stacks.rule() + stacks.rule();
            texts.push_back({.file = "base" + std::to_string(level) + ".toml", .text = text});
        }
        const auto profile = parse_profile(texts);
        if (!profile)  // a word without effect, in one of them
            continue;
        const proof::Meaning meaning(profile.value(), policy::Arch::x86_64);
        for (const std::string& word : refused) {
            std::vector<std::string_view> calls{word};
            if (word.starts_with('@'))
                calls = kernel::calls_of(std::string_view(word));
            for (const std::string_view name : calls) {
                const auto number = kernel::number_on(*kernel::find_syscall(name), Abi::x86_64);
                if (!number || kernel::is_indispensable(name) ||
                    std::ranges::find(allowed, name) != allowed.end())
                    continue;
                CAPTURE(texts.front().text);
                CAPTURE(std::string(name));
                for (const std::uint64_t argument : {0ULL, 1ULL, ~0ULL}) {
                    CallData data{.number = *number, .arch = audit_arch(Abi::x86_64)};
                    data.arguments.fill(argument);
                    const std::uint32_t verdict = meaning.judge(data);
                    CHECK(verdict != filter::kAllow);
                    CHECK(verdict != filter::kLog);
                    ++judged;
                }
            }
        }
    }
    CHECK(judged > 1000);
}

}  // namespace
}  // namespace outis::sandbox::implied_rules_test
