#include "sandbox/import/widths.h"

#include <algorithm>

#include "sandbox/import/rules.h"
#include "sandbox/kernel/arguments.h"

namespace outis::sandbox::imports {
namespace {

constexpr std::uint64_t kLowWord = 0xFFFFFFFF;
constexpr std::uint64_t kLowestExtended = 0xFFFFFFFF80000000;  // of negative ints

// An argument and how wide it is.
struct Width {
    std::uint8_t argument = 0;
    ArgumentType type = ArgumentType::uint_long;
    std::uint64_t greatest = kLowWord;

    [[nodiscard]] std::uint64_t top() const { return greatest / 2 + 1; }

    // As the language has it: two's complement where the argument is signed.
    [[nodiscard]] std::uint64_t constant(std::uint64_t value) const
    {
        const bool negative = kernel::is_signed(type) && value >= top();
        return negative ? value | ~greatest : value;
    }

    [[nodiscard]] Test compare(Comparison comparison, std::uint64_t value) const
    {
        return Test{.argument = argument,
                    .type = type,
                    .mask = std::nullopt,
                    .comparison = comparison,
                    .constants = {constant(value)}};
    }
};

// Values 0 to `last`, in unsigned order.
Alternatives up_to(const Width& width, std::uint64_t last)
{
    if (last == width.greatest)
        return {{}};
    if (!kernel::is_signed(width.type))
        return {{width.compare(Comparison::less_equal, last)}};
    const Test natural = width.compare(Comparison::greater_equal, 0);
    if (last == width.top() - 1)
        return {{natural}};
    if (last < width.top())
        return {{natural, width.compare(Comparison::less_equal, last)}};
    return {{natural}, {width.compare(Comparison::less_equal, last)}};
}

// Values `first` to the greatest.
Alternatives from(const Width& width, std::uint64_t first)
{
    if (first == 0)
        return {{}};
    if (!kernel::is_signed(width.type))
        return {{width.compare(Comparison::greater_equal, first)}};
    const Test negative = width.compare(Comparison::less, 0);
    if (first == width.top())
        return {{negative}};
    if (first > width.top())
        return {{negative, width.compare(Comparison::greater_equal, first)}};
    return {{width.compare(Comparison::greater_equal, first)}, {negative}};
}

// `value` is one that the argument can have.
Alternatives compared(const Width& width, ForeignOperator op, std::uint64_t value)
{
    switch (op) {
    case ForeignOperator::equal: return {{width.compare(Comparison::equal, value)}};
    case ForeignOperator::not_equal: return {{width.compare(Comparison::not_equal, value)}};
    case ForeignOperator::less: return value == 0 ? Alternatives{} : up_to(width, value - 1);
    case ForeignOperator::less_equal: return up_to(width, value);
    case ForeignOperator::greater:
        return value == width.greatest ? Alternatives{} : from(width, value + 1);
    case ForeignOperator::greater_equal: return from(width, value);
    case ForeignOperator::masked_equal: break;
    }
    return {};
}

Alternatives masked(const Width& width, const ForeignTest& test)
{
    const std::uint64_t wanted = test.value_two & test.value;
    // A negative number as a 64-bit register holds it; all of its sign is in the mask.
    const bool extended = width.greatest == kLowWord && wanted >= kLowestExtended;
    const bool beyond = (wanted & ~width.greatest) != 0;
    if (beyond && !extended)
        return {};
    const std::uint64_t mask = test.value & width.greatest;
    if (mask == 0)
        return {{}};
    Test made = width.compare(Comparison::equal, 0);
    made.mask = mask;
    made.constants = {wanted & width.greatest};
    return {{made}};
}

// No value that the argument can have reaches the constant.
Alternatives compared_beyond(ForeignOperator op)
{
    const bool holds = op == ForeignOperator::not_equal || op == ForeignOperator::less ||
                       op == ForeignOperator::less_equal;
    return holds ? Alternatives{{}} : Alternatives{};
}

// The low word of a register: `mask` of it.
Conjunction of_low_word(std::uint8_t argument, Comparison comparison, std::uint64_t mask,
                        std::uint64_t value)
{
    return {Test{.argument = argument,
                 .type = ArgumentType::whole_register,
                 .mask = mask & kLowWord,
                 .comparison = comparison,
                 .constants = {value & mask & kLowWord}}};
}

// Low words below `end`, at most 2^32, as aligned blocks: one for each bit of `end`.
Alternatives low_words_below(std::uint8_t argument, std::uint64_t end)
{
    if (end > kLowWord)
        return {{}};
    Alternatives blocks;
    for (unsigned i = 0; i < 32; ++i) {
        const std::uint64_t bit = std::uint64_t{1} << i;
        if ((end & bit) != 0)
            blocks.push_back(of_low_word(argument, Comparison::equal, ~(bit - 1), end - bit));
    }
    return blocks;
}

// Low words above `last`: one block for each bit that it lacks.
Alternatives low_words_above(std::uint8_t argument, std::uint64_t last)
{
    Alternatives blocks;
    for (unsigned i = 0; i < 32; ++i) {
        const std::uint64_t bit = std::uint64_t{1} << i;
        if ((last & bit) == 0)
            blocks.push_back(of_low_word(argument, Comparison::equal, ~(bit - 1), last | bit));
    }
    return blocks;
}

Alternatives compared_by_low_word(const ForeignTest& test, std::uint64_t value)
{
    const std::uint8_t argument = test.argument;
    switch (test.op) {
    case ForeignOperator::equal: return {of_low_word(argument, Comparison::equal, kLowWord, value)};
    case ForeignOperator::not_equal:
        return {of_low_word(argument, Comparison::not_equal, kLowWord, value)};
    case ForeignOperator::less: return low_words_below(argument, value);
    case ForeignOperator::less_equal: return low_words_below(argument, value + 1);
    case ForeignOperator::greater: return low_words_above(argument, value);
    case ForeignOperator::greater_equal:
        return value == 0 ? Alternatives{{}} : low_words_above(argument, value - 1);
    case ForeignOperator::masked_equal:
        return {of_low_word(argument, Comparison::equal, test.value, test.value_two)};
    }
    return {};
}

Width width_of(const ForeignTest& test, const std::vector<kernel::Argument>& arguments)
{
    Width width{.argument = test.argument};
    if (test.argument < arguments.size())
        width.type = arguments[test.argument].type;
    if (kernel::bits_of(width.type, Abi::x86_64) == 64)
        width.greatest = ~std::uint64_t{0};
    return width;
}

bool is_displaced_somewhere(const ForeignTest& test, std::string_view call)
{
    return std::ranges::any_of(
        kAllAbis, [&](Abi abi) { return kernel::is_displaced(call, test.argument, abi); });
}

// An argument of 64 bits that no type of ours describes on every ABI.
bool stays_register(const ForeignTest& test, const Width& width, bool displaced)
{
    // Constants that need more than the 32 bits which a long has on some ABIs.
    const bool wide = ((test.value | test.value_two) >> 31) != 0;
    return width.type == ArgumentType::pointer ||
           (width.greatest != kLowWord && (displaced || wide));
}

bool fits_low_word(std::uint64_t value)
{
    return value <= kLowWord || value >= kLowestExtended;
}

}  // namespace

Alternatives in_low_word(const ForeignTest& test)
{
    const bool masked = test.op == ForeignOperator::masked_equal;
    const std::uint64_t wanted = test.value_two & test.value;
    if (!fits_low_word(masked ? wanted : test.value))
        return {{register_test(test)}};
    if (masked && (test.value & kLowWord) == 0)
        return {{}};
    return compared_by_low_word(test, test.value & kLowWord);
}

InWidth in_width(const ForeignTest& test, std::string_view call)
{
    const std::vector<kernel::Argument> arguments = kernel::arguments_of(call);
    const bool known = test.argument < arguments.size();
    const Width width = width_of(test, arguments);
    const bool displaced = is_displaced_somewhere(test, call);
    if (!known || stays_register(test, width, displaced))
        return {.any = {{register_test(test)}}, .narrowed = false, .known = known};
    const bool narrowed = width.greatest == kLowWord;
    // A name of ours would be another argument on the ABIs that displace it.
    if (narrowed && displaced)
        return {.any = in_low_word(test), .narrowed = true};
    if (test.op == ForeignOperator::masked_equal)
        return {.any = masked(width, test), .narrowed = narrowed};
    // A negative number as a 64-bit register holds it is one of 32 bits too.
    const bool extended = narrowed && test.value >= kLowestExtended;
    const std::uint64_t value = extended ? test.value & width.greatest : test.value;
    if (value > width.greatest)
        return {.any = compared_beyond(test.op), .narrowed = narrowed};
    return {.any = compared(width, test.op, value), .narrowed = narrowed};
}

}  // namespace outis::sandbox::imports
