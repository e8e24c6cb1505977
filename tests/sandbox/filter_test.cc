#include <array>
#include <string>

#include <doctest/doctest.h>

#include "outis/base/policy.h"
#include "sandbox/proof/proof.h"
#include "tests/sandbox/ask.h"

namespace outis::sandbox::filter_test {
namespace {

TEST_CASE("the proof finds every wrong instruction")
{
    const Profile profile = shipped("baseline");
    const std::vector<std::byte> right = filter_of(profile, policy::Arch::x86_64);
    REQUIRE(proof::prove(right, profile, policy::Arch::x86_64));
    std::size_t broken = 0;
    for (std::size_t i = 0; i < right.size() / filter::kInstructionSize; ++i) {
        filter::Instruction at = filter::load_instruction(right, i);
        if (at.code == filter::kLoadWord)
            continue;
        CAPTURE(i);
        if (at.code == filter::kReturn)
            at.k = at.k == filter::kAllow ? kVerdictEperm : filter::kAllow;
        else
            at.k += 1;
        std::vector<std::byte> wrong = right;
        filter::store_instruction(wrong, i, at);
        const auto proved = proof::prove(wrong, profile, policy::Arch::x86_64);
        CHECK_FALSE(proved);
        ++broken;
    }
    CHECK(broken > 60);
}

TEST_CASE("the proof tries values that fit all masks of an argument")
{
    struct Case {
        const char* name;
        const char* when;
    };

    constexpr std::array cases = std::to_array<Case>({
        {"two masks", "persona & 6 == 4 and persona & 24 == 8"},
        {"three masks", "persona & 6 == 4 and persona & 24 == 8 and persona & 96 == 64"},
        {"a mask that differs", "persona & 6 == 4 and persona & 24 != 16 and persona & 32 == 0"},
    });
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const Profile profile =
            parsed(std::string("[seccomp]\n[[seccomp.rule]]\ncall = \"personality\"\nwhen = \"") +
                   c.when + "\"\n");
        CHECK(
            proof::prove(filter_of(profile, policy::Arch::x86_64), profile, policy::Arch::x86_64));
        const Profile never = parsed("[seccomp]\nrefuse = [\"personality\"]\n");
        CHECK_FALSE(
            proof::prove(filter_of(never, policy::Arch::x86_64), profile, policy::Arch::x86_64));
    }
}

TEST_CASE("a filter answers for each of its ABIs")
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
        CHECK(ask(program, abi, "mount") == kVerdictEperm);
        CHECK(ask(program, abi, "socket", {1}) == filter::kAllow);
        CHECK(ask(program, abi, "socket", {2}) == kVerdictEafnosupport);
    }
    CHECK(ask(program, Abi::x86_64, "mmap", {0, 0, 1}) == filter::kAllow);
    CHECK(ask(program, Abi::x86_64, "mmap", {0, 0, 4}) == kVerdictEperm);
    // i386's mmap takes a pointer to its arguments: what cannot be checked is refused.
    CHECK(ask(program, Abi::i386, "mmap", {0, 0, 1}) == kVerdictEperm);
    const std::vector<std::byte> on_arm = filter_of(profile, policy::Arch::aarch64);
    CHECK(ask(on_arm, Abi::arm, "read") == kVerdictEnosys);
}

TEST_CASE("a constant wider than a long of an accepted ABI is an error")
{
    struct Case {
        const char* name;
        const char* call;
        const char* when;
        bool fits;
    };

    constexpr std::array cases = std::to_array<Case>({
        {"33 bits", "brk", "addr == 0x100000001", false},
        {"33 bits in a mask", "brk", "addr & 0x100000001 == 1", false},
        {"32 bits", "brk", "addr == 0xffffffff", true},
        {"negative", "lseek", "offset >= -1", true},
        {"negative and wide", "lseek", "offset >= -0x100000000", false},
        {"an int", "kill", "pid == 0xffffffff", true},
        {"an offset in two registers", "pread64", "offset == 5", false},
        {"before the offset", "pread64", "count == 5", true},
        {"lengths in two registers", "fallocate", "offset == 5", false},
        {"before the lengths", "fallocate", "mode == 5", true},
    });
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const Profile profile =
            parsed(std::string("[seccomp]\narchitectures = [\"i386\"]\n") +
                   "[[seccomp.rule]]\ncall = \"" + c.call + "\"\nwhen = \"" + c.when + "\"\n");
        CHECK(static_cast<bool>(compile_filter(profile, policy::Arch::x86_64)) == c.fits);
        CHECK(compile_filter(profile, policy::Arch::aarch64));
    }
}

TEST_CASE("exec-once checks the cookie and records where it stands")
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
        CHECK(ask(patched, abi, "execve", {0, 0, 0, 0, 0, cookie ^ 1}) == kVerdictEperm);
        CHECK(ask(patched, abi, "execve", {0, 0, 0, 0, 0, cookie & 0xFFFFFFFF}) == kVerdictEperm);
        CHECK(ask(patched, abi, "execveat", {0, 0, 0, 0, 0, cookie}) == kVerdictEperm);
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
    CHECK(ask(large, Abi::x86_64, "kill", {0, 1}) == kVerdictEperm);
    add_rules(200, 1020);
    const auto oversized = compile_filter(parsed(text), policy::Arch::x86_64);
    REQUIRE_FALSE(oversized);
    CHECK(oversized.error().text.find("the kernel takes 4096") != std::string::npos);
}

TEST_CASE("conditions that never hold cost no instruction, but are counted")
{
    std::string text = "[seccomp]\nallow = [\"read\"]\n";
    const auto add_rules = [&text](int first, int last) {
        for (int i = first; i < last; ++i) {
            text += "[[seccomp.rule]]\ncall = \"read\"\naction = \"refuse\"\nwhen = \"count < 0";
            for (int j = 0; j < 31; ++j)
                text += " or count < 0 and fd == " + std::to_string(2 * (i * 31 + j));
            text += "\"\n";
        }
    };
    add_rules(0, 10);
    CHECK(filter_of(parsed(text), policy::Arch::x86_64).size() / filter::kInstructionSize < 50);
    add_rules(10, 300);
    const auto refused = compile_filter(parsed(text), policy::Arch::x86_64);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("a filter has room for 4096") != std::string::npos);
}

}  // namespace
}  // namespace outis::sandbox::filter_test
