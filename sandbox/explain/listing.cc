#include <array>
#include <cstdio>
#include <string_view>

#include "outis/base/filter.h"
#include "outis/sandbox/explain.h"
#include "sandbox/kernel/names.h"

namespace outis::sandbox {
namespace {

std::string hexadecimal(std::uint32_t value)
{
    std::array<char, 16> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "0x%x", value);
    return buffer.data();
}

std::string loaded_word(std::uint32_t offset)
{
    if (offset == filter::kNumberOffset)
        return "number";
    if (offset == filter::kArchOffset)
        return "arch";
    if (offset < filter::kArgumentsOffset)
        return "instruction pointer";
    const std::uint32_t at = offset - filter::kArgumentsOffset;
    return "arg" + std::to_string(at / 8) + (at % 8 == 0 ? " low" : " high");
}

std::string_view comparison(std::uint16_t code)
{
    switch (code) {
    case filter::kJumpEqual: return "== ";
    case filter::kJumpGreater: return "> ";
    case filter::kJumpNotLess: return ">= ";
    default: return "& ";
    }
}

}  // namespace

std::string verdict_name(std::uint32_t verdict)
{
    switch (verdict) {
    case filter::kAllow: return "allow";
    case filter::kLog: return "log";
    case filter::kTrap: return "trap";
    case filter::kKillThread: return "kill-thread";
    case filter::kKillProcess: return "kill-process";
    default: break;
    }
    const std::uint32_t number = verdict & 0xFFFF;
    const std::string_view name = kernel::name_of(kernel::error_numbers(), number);
    return name.empty() ? "errno " + std::to_string(number) : std::string(name);
}

std::vector<std::string> capability_names(std::uint64_t set)
{
    std::vector<std::string> names;
    for (const kernel::Name& capability : kernel::capabilities()) {
        if ((set >> capability.value & 1) != 0)
            names.emplace_back(capability.name);
    }
    return names;
}

std::string instruction_text(Bytes program, std::size_t index)
{
    const filter::Instruction at = filter::load_instruction(program, index);
    const auto target = [index](std::size_t offset) { return std::to_string(index + 1 + offset); };
    switch (at.code) {
    case filter::kReturn: return "return " + verdict_name(at.k);
    case filter::kLoadWord: return "load " + loaded_word(at.k);
    case filter::kAnd: return "and " + hexadecimal(at.k);
    case filter::kJump: return "goto " + target(at.k);
    default:
        return "if " + std::string(comparison(at.code)) + hexadecimal(at.k) + " goto " +
               target(at.jt) + " else " + target(at.jf);
    }
}

std::string listing(Bytes program)
{
    std::string text;
    for (std::size_t i = 0; i < program.size() / filter::kInstructionSize; ++i) {
        std::array<char, 32> number{};
        std::snprintf(number.data(), number.size(), "%4zu  ", i);
        text += number.data() + instruction_text(program, i) + "\n";
    }
    return text;
}

}  // namespace outis::sandbox
