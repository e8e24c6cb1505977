#include "outis/base/filter.h"
#include "outis/sandbox/explain.h"

namespace outis::sandbox {
namespace {

// The word at `offset` of struct seccomp_data, both architectures being little-endian.
std::uint32_t word_at(const CallData& call, std::uint32_t offset) noexcept
{
    if (offset == filter::kNumberOffset)
        return call.number;
    if (offset == filter::kArchOffset)
        return call.arch;
    if (offset < filter::kArgumentsOffset)
        return 0;  // the instruction pointer
    const std::uint32_t at = offset - filter::kArgumentsOffset;
    const std::uint64_t argument = call.arguments[at / 8];
    return static_cast<std::uint32_t>(at % 8 == 0 ? argument : argument >> 32);
}

bool holds(const filter::Instruction& at, std::uint32_t accumulator) noexcept
{
    switch (at.code) {
    case filter::kJumpEqual: return accumulator == at.k;
    case filter::kJumpGreater: return accumulator > at.k;
    case filter::kJumpNotLess: return accumulator >= at.k;
    default: return (accumulator & at.k) != 0;
    }
}

}  // namespace

Answer interpret(Bytes program, const CallData& call) noexcept
{
    Answer answer;
    std::uint32_t accumulator = 0;
    // Jumps only go forward, so a well-formed program ends.
    for (std::size_t index = 0;; ++index) {
        const filter::Instruction at = filter::load_instruction(program, index);
        ++answer.steps;
        switch (at.code) {
        case filter::kReturn: answer.verdict = at.k; return answer;
        case filter::kLoadWord:
            accumulator = word_at(call, at.k);
            answer.looked_at_arguments |= at.k >= filter::kArgumentsOffset;
            break;
        case filter::kAnd: accumulator &= at.k; break;
        case filter::kJump: index += at.k; break;
        case filter::kJumpEqual:
        case filter::kJumpGreater:
        case filter::kJumpNotLess:
        case filter::kJumpAnyBit: index += holds(at, accumulator) ? at.jt : at.jf; break;
        default: __builtin_trap();
        }
    }
}

}  // namespace outis::sandbox
