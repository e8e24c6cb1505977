// Which programs of classic BPF a policy may hold.
#include "outis/base/filter.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "init/unit/policy_bytes.h"

namespace outis::tests::filter_test {
namespace {

using filter::Instruction;

PolicyBytes assemble(const std::vector<Instruction>& program)
{
    Payload bytes;
    for (const Instruction& instruction : program)
        bytes.instruction(instruction);
    return bytes.bytes();
}

constexpr Instruction kAllow{.code = filter::kReturn, .jt = 0, .jf = 0, .k = filter::kAllow};

constexpr Instruction load(std::uint32_t offset)
{
    return {.code = filter::kLoadWord, .jt = 0, .jf = 0, .k = offset};
}

constexpr Instruction verdict(std::uint32_t value)
{
    return {.code = filter::kReturn, .jt = 0, .jf = 0, .k = value};
}

constexpr Instruction jump(std::uint32_t distance)
{
    return {.code = filter::kJump, .jt = 0, .jf = 0, .k = distance};
}

constexpr Instruction compare(std::uint8_t jt, std::uint8_t jf)
{
    return {.code = filter::kJumpEqual, .jt = jt, .jf = jf, .k = 1};
}

TEST_CASE("filter: a well-formed program is accepted, any other refused")
{
    struct Case {
        std::string name;
        std::vector<Instruction> program;
        bool good;
    };

    const Case kCases[]{
        {"empty", {}, false},
        {"one return", {kAllow}, true},
        {"runs off its end", {load(0)}, false},
        {"first word of the data", {load(0), kAllow}, true},
        {"last word of the data", {load(60), kAllow}, true},
        {"past the data", {load(64), kAllow}, false},
        {"unaligned load", {load(2), kAllow}, false},
        {"offset that wraps", {load(0xFFFFFFFC), kAllow}, false},
        {"jump over one", {jump(1), load(0), kAllow}, true},
        {"jump to the last", {jump(0), kAllow}, true},
        {"jump past the last", {jump(1), kAllow}, false},
        {"jump as the last", {kAllow, jump(0)}, false},
        {"jump that wraps", {jump(0xFFFFFFFF), kAllow}, false},
        {"branches inside", {compare(0, 1), kAllow, kAllow}, true},
        {"true branch past the last", {compare(2, 0), kAllow, kAllow}, false},
        {"false branch past the last", {compare(0, 2), kAllow, kAllow}, false},
        {"branch as the last", {kAllow, compare(0, 0)}, false},
        {"comparison by bits", {{filter::kJumpAnyBit, 0, 0, 1}, kAllow}, true},
        {"and", {{filter::kAnd, 0, 0, 0xFF}, kAllow}, true},
        {"and with a branch", {{filter::kAnd, 1, 0, 0xFF}, kAllow, kAllow}, false},
        {"return with a branch", {{filter::kReturn, 0, 1, filter::kAllow}, kAllow}, false},
        {"load with a branch", {{filter::kLoadWord, 0, 1, 0}, kAllow, kAllow}, false},
        {"return of the accumulator", {{0x16, 0, 0, 0}}, false},
        {"store", {{0x02, 0, 0, 0}, kAllow}, false},
        {"load of a byte", {{0x30, 0, 0, 0}, kAllow}, false},
        {"comparison with X", {{0x1D, 0, 0, 0}, kAllow}, false},
        {"kill the process", {verdict(filter::kKillProcess)}, true},
        {"kill the thread", {verdict(filter::kKillThread)}, true},
        {"trap", {verdict(filter::kTrap)}, true},
        {"log", {verdict(filter::kLog)}, true},
        {"errno 0", {verdict(filter::kErrno)}, true},
        {"errno 4095", {verdict(filter::kErrno | 4095)}, true},
        {"errno 4096", {verdict(filter::kErrno | 4096)}, false},
        {"trace", {verdict(0x7FF00000)}, false},
        {"user notification", {verdict(0x7FC00000)}, false},
        {"allow with data", {verdict(filter::kAllow | 1)}, false},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        CHECK(filter::well_formed(assemble(c.program)) == c.good);
    }
}

TEST_CASE("filter: a program has a limit of length")
{
    std::vector<Instruction> program(filter::kMaxInstructions, kAllow);
    CHECK(filter::well_formed(assemble(program)));
    program.push_back(kAllow);
    CHECK_FALSE(filter::well_formed(assemble(program)));
    PolicyBytes odd = assemble({kAllow});
    odd.push_back(std::byte{0});
    CHECK_FALSE(filter::well_formed(odd));
    odd.resize(7);
    CHECK_FALSE(filter::well_formed(odd));
}

}  // namespace
}  // namespace outis::tests::filter_test
