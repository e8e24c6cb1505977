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

// `instruction_at` gives the instruction of an index, which is about to be executed. Jumps only go
// forward, so a well-formed program ends.
template <typename InstructionAt>
Answer run(InstructionAt instruction_at, const CallData& call) noexcept
{
    Answer answer;
    std::uint32_t accumulator = 0;
    for (std::size_t index = 0;; ++index) {
        const filter::Instruction at = instruction_at(index);
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

}  // namespace

Answer interpret(Bytes program, const CallData& call) noexcept
{
    return run([&](std::size_t index) { return filter::load_instruction(program, index); }, call);
}

std::vector<std::uint32_t> path_of(Bytes program, const CallData& call)
{
    std::vector<std::uint32_t> path;
    (void)run(
        [&](std::size_t index) {
            path.push_back(static_cast<std::uint32_t>(index));
            return filter::load_instruction(program, index);
        },
        call);
    return path;
}

Interpreter::Interpreter(Bytes program)
{
    if (!filter::well_formed(program))
        __builtin_trap();
    const std::size_t count = program.size() / filter::kInstructionSize;
    instructions_.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
        instructions_.push_back(filter::load_instruction(program, i));
}

Answer Interpreter::ask(const CallData& call) const noexcept
{
    return run([this](std::size_t index) { return instructions_[index]; }, call);
}

}  // namespace outis::sandbox
