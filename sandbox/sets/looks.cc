#include "sandbox/sets/looks.h"

#include <algorithm>
#include <tuple>

#include "sandbox/kernel/syscalls.h"

namespace outis::sandbox::sets {
namespace {

using filter::Instruction;

// Where a walk through the program stands: the next instruction, and what the accumulator holds.
struct At {
    std::size_t index = 0;
    std::uint32_t offset = filter::kNumberOffset;  // of the word that was loaded
    std::uint32_t mask = 0xFFFFFFFF;               // and has been applied to it

    friend auto operator<=>(const At&, const At&) = default;
};

bool jumps(const Instruction& at, std::uint32_t accumulator)
{
    switch (at.code) {
    case filter::kJumpEqual: return accumulator == at.k;
    case filter::kJumpGreater: return accumulator > at.k;
    case filter::kJumpNotLess: return accumulator >= at.k;
    default: return (accumulator & at.k) != 0;
    }
}

void note(std::set<std::uint32_t>& values, const Instruction& at, std::uint32_t mask)
{
    values.insert({0, 0xFFFFFFFF, at.k - 1, at.k, at.k + 1, at.k | ~mask});
    // Each bit of a mask decides by itself.
    const std::uint32_t bits = at.code == filter::kJumpAnyBit ? at.k : ~mask == 0 ? 0 : mask;
    for (std::uint32_t bit = 1; bit != 0; bit <<= 1) {
        if ((bits & bit) != 0)
            values.insert({bit, at.k ^ bit});
    }
}

// Each low word with each high one, the low one changing faster.
struct Corners {
    std::vector<std::uint32_t> low;
    std::vector<std::uint32_t> high;

    [[nodiscard]] std::size_t size() const { return low.size() * high.size(); }

    [[nodiscard]] std::uint64_t operator[](std::size_t index) const
    {
        return std::uint64_t{high[index / low.size()]} << 32 | low[index % low.size()];
    }
};

}  // namespace

Reading::Reading(Bytes program)
{
    if (!filter::well_formed(program))
        __builtin_trap();
    for (std::size_t i = 0; i < program.size() / filter::kInstructionSize; ++i)
        instructions_.push_back(filter::load_instruction(program, i));
}

Looks Reading::looks_of(std::uint32_t arch, std::uint32_t number) const
{
    Looks looks;
    std::vector<At> waiting{At{}};
    std::set<At> seen;
    while (!waiting.empty()) {
        At here = waiting.back();
        waiting.pop_back();
        if (!seen.insert(here).second)
            continue;
        looks.too_many |= seen.size() > kMaxLookStates;
        if (looks.too_many)
            return looks;
        const Instruction& at = instructions_[here.index];
        ++here.index;
        switch (at.code) {
        case filter::kReturn: continue;
        case filter::kLoadWord: here = {here.index, at.k}; break;
        case filter::kAnd: here.mask &= at.k; break;
        case filter::kJump: here.index += at.k; break;
        default:
            if (here.offset < filter::kArgumentsOffset) {
                const std::uint32_t word = here.offset == filter::kNumberOffset ? number
                                           : here.offset == filter::kArchOffset ? arch
                                                                                : 0;
                here.index += jumps(at, word & here.mask) ? at.jt : at.jf;
                break;
            }
            const std::uint32_t offset = here.offset - filter::kArgumentsOffset;
            std::set<std::uint32_t>& values =
                (offset % 8 == 0 ? looks.low : looks.high)[offset / 8];
            note(values, at, here.mask);
            looks.too_many |= values.size() > kMaxLookValues;
            waiting.push_back({here.index + at.jf, here.offset, here.mask});
            here.index += at.jt;
            break;
        }
        waiting.push_back(here);
    }
    return looks;
}

Looks merged(Looks left, const Looks& right)
{
    for (std::size_t i = 0; i < left.low.size(); ++i) {
        left.low[i].insert(right.low[i].begin(), right.low[i].end());
        left.high[i].insert(right.high[i].begin(), right.high[i].end());
    }
    left.too_many |= right.too_many;
    return left;
}

std::vector<std::array<std::uint64_t, 6>> points_of(const Looks& looks, UpperHalves halves)
{
    std::array<Corners, 6> corners;
    std::uint64_t all = 1;
    constexpr std::uint64_t plenty = std::uint64_t{1} << 40;
    for (std::size_t i = 0; i < corners.size(); ++i) {
        std::set<std::uint32_t> low = looks.low[i];
        std::set<std::uint32_t> high;
        if (halves == UpperHalves::all) {
            high = looks.high[i];
            if (!low.empty())
                high.insert({1, 0xFFFFFFFF});
        }
        low.insert(0);
        high.insert(0);
        corners[i] = {.low = {low.begin(), low.end()}, .high = {high.begin(), high.end()}};
        all = std::min(plenty, all * corners[i].size());
    }
    const bool every_one = all <= kMaxPoints;
    // An odd stride near the golden section visits far-apart combinations.
    const std::uint64_t stride = every_one ? 1 : 0x9E3779B97F4A7C15;
    std::vector<std::array<std::uint64_t, 6>> points(every_one ? all : kMaxPoints);
    std::uint64_t index = 0;
    for (std::array<std::uint64_t, 6>& point : points) {
        std::uint64_t rest = index;
        for (std::size_t i = 0; i < corners.size(); ++i) {
            point[i] = corners[i][rest % corners[i].size()];
            rest /= corners[i].size();
        }
        index += stride;
    }
    return points;
}

std::set<std::uint32_t> numbers_of(std::uint32_t arch)
{
    std::set<std::uint32_t> numbers{0x3FFFFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    for (const Abi abi : kAllAbis) {
        if (audit_arch(abi) != arch)
            continue;
        for (const kernel::Syscall& call : kernel::syscalls()) {
            if (const std::optional<std::uint32_t> number = kernel::number_on(call, abi))
                numbers.insert({*number, *number + 1});
        }
    }
    return numbers;
}

}  // namespace outis::sandbox::sets
