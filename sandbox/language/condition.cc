#include "sandbox/language/condition.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "outis/sandbox/arch.h"
#include "outis/sandbox/suggest.h"
#include "sandbox/kernel/arguments.h"
#include "sandbox/kernel/constants.h"

namespace outis::sandbox::language {
namespace {

enum class TokenKind : std::uint8_t { end, word, number, symbol, junk };

struct Token {
    TokenKind kind = TokenKind::end;
    std::string_view text;
    std::uint32_t at = 0;
};

// A constant as it was written, before its argument's width is known to hold it.
struct Constant64 {
    std::uint64_t bits = 0;
    bool negative = false;
    Token token;
};

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

constexpr std::array<std::string_view, 6> kComparisons{"==", "!=", "<", "<=", ">", ">="};

ConditionError at_token(const Token& token, std::string message, std::string hint = {})
{
    return ConditionError{
        .at = token.at,
        .width = static_cast<std::uint32_t>(std::max<std::size_t>(token.text.size(), 1)),
        .message = std::move(message),
        .hint = std::move(hint),
    };
}

class Parser {
public:
    Parser(std::string_view text, std::string_view call) : text_(text), call_(call) { advance(); }

    Result<std::vector<Conjunction>, ConditionError> condition()
    {
        if (token_.text == "always") {
            advance();
            if (token_.kind != TokenKind::end)
                return Failure{expected("the end behind 'always'")};
            return std::vector<Conjunction>{};
        }
        std::vector<Conjunction> any;
        any.emplace_back();
        while (true) {
            if (++tests_ > kMaxTests)
                return Failure{at_token(token_, "more than 64 comparisons", "write several rules")};
            any.back().push_back(OUTIS_TRY(test()));
            if (token_.kind == TokenKind::end)
                return any;
            if (token_.text == "or")
                any.emplace_back();
            else if (token_.text != "and")
                return Failure{expected("'and', 'or' or the end")};
            advance();
        }
    }

private:
    void advance()
    {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' ||
                                      text_[at_] == '\n' || text_[at_] == '\r'))
            ++at_;
        const std::size_t start = at_;
        const auto take_while = [this](auto belongs) {
            while (at_ < text_.size() && belongs(text_[at_]))
                ++at_;
        };
        const auto word = [](char c) { return is_letter(c) || is_digit(c); };
        token_.kind = TokenKind::end;
        if (at_ < text_.size()) {
            const char first = text_[at_++];
            const bool followed_by_equals = at_ < text_.size() && text_[at_] == '=';
            if (is_letter(first) || is_digit(first)) {
                take_while(word);
                token_.kind = is_letter(first) ? TokenKind::word : TokenKind::number;
            } else if (std::string_view("=!<>").find(first) != std::string_view::npos) {
                at_ += followed_by_equals ? 1 : 0;
                token_.kind = TokenKind::symbol;
            } else {
                const bool known = std::string_view("&|[],-").find(first) != std::string_view::npos;
                token_.kind = known ? TokenKind::symbol : TokenKind::junk;
            }
        }
        token_.text = text_.substr(start, at_ - start);
        token_.at = static_cast<std::uint32_t>(start);
    }

    [[nodiscard]] ConditionError expected(std::string_view what) const
    {
        if (token_.text == "(" || token_.text == ")")
            return at_token(token_, "conditions have no parentheses",
                            "'and' binds closer than 'or'; or write two rules");
        if (token_.text == "=")
            return at_token(token_, "'=' compares nothing", "write '=='");
        return at_token(
            token_, "expected " + std::string(what) +
                        (token_.kind == TokenKind::end ? " instead of the end of the condition"
                                                       : " instead of " + in_quotes(token_.text)));
    }

    Result<kernel::Argument, ConditionError> argument()
    {
        if (token_.kind != TokenKind::word)
            return Failure{expected("an argument's name")};
        const std::optional<kernel::Argument> found = kernel::find_argument(call_, token_.text);
        if (!found) {
            const std::vector<std::string_view> names = names_in(kernel::arguments_of(call_));
            std::string hint = hint_at(token_.text, names);
            if (hint.empty())
                hint = names.empty() ? "write arg0 to arg5"
                                     : "it has " + any_of_words(names) + ", or arg0 to arg5";
            return Failure{at_token(token_,
                                    in_quotes(call_) + " has no argument " + in_quotes(token_.text),
                                    std::move(hint))};
        }
        advance();
        return *found;
    }

    Result<Constant64, ConditionError> word()
    {
        Constant64 constant{.bits = 0, .negative = token_.text == "-", .token = token_};
        if (constant.negative)
            advance();
        if (token_.kind == TokenKind::number) {
            constant.bits = OUTIS_TRY(number());
        } else if (token_.kind == TokenKind::word) {
            const std::optional<std::int64_t> value = kernel::find_constant(token_.text);
            if (!value) {
                std::string hint = hint_at(token_.text, names_in(kernel::constants()));
                return Failure{at_token(token_, "unknown constant " + in_quotes(token_.text),
                                        hint.empty() ? "write its number" : std::move(hint))};
            }
            constant.bits = static_cast<std::uint64_t>(*value);
            if (*value < 0) {
                constant.negative = !constant.negative;
                constant.bits = 0 - constant.bits;
            }
        } else {
            return Failure{expected("a constant")};
        }
        if (constant.negative)
            constant.bits = 0 - constant.bits;
        if (constant.negative && constant.bits != 0 && constant.bits >> 63 == 0)
            return Failure{at_token(token_, "the number is below -2^63")};
        constant.negative = constant.negative && constant.bits != 0;
        advance();
        return constant;
    }

    [[nodiscard]] Result<std::uint64_t, ConditionError> number() const
    {
        std::string_view digits = token_.text;
        int base = 10;
        if (digits.starts_with("0x") || digits.starts_with("0o")) {
            base = digits[1] == 'x' ? 16 : 8;
            digits.remove_prefix(2);
        } else if (digits.size() > 1 && digits.starts_with('0')) {
            return Failure{at_token(token_, "a number with a leading 0",
                                    "write 0o17 for octal and 0x17 for hexadecimal")};
        }
        std::uint64_t value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
        if (error == std::errc::result_out_of_range)
            return Failure{at_token(token_, in_quotes(token_.text) + " does not fit into 64 bits")};
        if (error != std::errc{} || end != digits.data() + digits.size())
            return Failure{at_token(token_, in_quotes(token_.text) + " is not a number")};
        return value;
    }

    Result<Constant64, ConditionError> constant()
    {
        Constant64 all = OUTIS_TRY(word());
        while (token_.text == "|") {
            advance();
            const Constant64 more = OUTIS_TRY(word());
            if (all.negative || more.negative)
                return Failure{at_token(more.token, "'|' joins a negative number")};
            all.bits |= more.bits;
        }
        return all;
    }

    // Every bit of a constant must be one that the kernel looks at: 4294967297 must not become 1.
    static Result<std::uint64_t, ConditionError> fitting(const Constant64& constant,
                                                         const kernel::Argument& argument,
                                                         bool ordered)
    {
        const bool with_sign = kernel::is_signed(argument.type);
        const unsigned bits = kernel::bits_of(argument.type, Abi::x86_64);
        const std::uint64_t top = std::uint64_t{1} << (bits - 1);
        const std::uint64_t most = with_sign && ordered ? top - 1 : top - 1 + top;
        if (constant.negative) {
            if (0 - constant.bits > top)
                return Failure{at_token(constant.token, out_of_range(argument, bits))};
            if (ordered && !with_sign)
                return Failure{at_token(constant.token, in_quotes(argument.name) +
                                                            " is unsigned, so nothing is below 0")};
            return constant.bits;
        }
        if (constant.bits > most)
            return Failure{at_token(constant.token, out_of_range(argument, bits))};
        return constant.bits;
    }

    static std::string out_of_range(const kernel::Argument& argument, unsigned bits)
    {
        return in_quotes(argument.name) +
               (kernel::is_signed(argument.type) ? " is signed and has " : " has ") +
               std::to_string(bits) + " bits, too few for this number";
    }

    Result<Test, ConditionError> test()
    {
        const kernel::Argument argument = OUTIS_TRY(this->argument());
        Test test{.argument = argument.index,
                  .type = argument.type,
                  .mask = std::nullopt,
                  .comparison = Comparison::equal,
                  .constants = {}};
        if (token_.text == "&") {
            advance();
            const Constant64 mask = OUTIS_TRY(constant());
            test.mask = OUTIS_TRY(fitting(mask, argument, false));
        }
        const Token comparison = token_;
        if (token_.text == "in" || token_.text == "not") {
            OUTIS_TRY(list(test, argument));
        } else {
            const auto* found = std::ranges::find(kComparisons, token_.text);
            if (found == kComparisons.end())
                return Failure{expected("a comparison")};
            test.comparison = static_cast<Comparison>(found - kComparisons.begin());
            advance();
            const Constant64 right = OUTIS_TRY(constant());
            test.constants = {OUTIS_TRY(fitting(right, argument, is_ordered(test)))};
        }
        OUTIS_TRY(sensible(test, argument, comparison));
        return test;
    }

    Result<Done, ConditionError> list(Test& test, const kernel::Argument& argument)
    {
        if (token_.text == "not") {
            test.comparison = Comparison::not_equal;
            advance();
        }
        if (token_.text != "in")
            return Failure{expected("'in'")};
        advance();
        if (token_.text != "[")
            return Failure{expected("'['")};
        do {
            advance();
            if (test.constants.size() == kMaxConstants)
                return Failure{at_token(token_, "more than 64 constants", "write several rules")};
            const Constant64 item = OUTIS_TRY(constant());
            test.constants.push_back(OUTIS_TRY(fitting(item, argument, false)));
        } while (token_.text == ",");
        if (token_.text != "]")
            return Failure{expected("',' or ']'")};
        advance();
        return Done{};
    }

    static bool is_ordered(const Test& test)
    {
        return test.comparison != Comparison::equal && test.comparison != Comparison::not_equal;
    }

    static Result<Done, ConditionError> sensible(const Test& test, const kernel::Argument& argument,
                                                 const Token& comparison)
    {
        if (test.mask && is_ordered(test))
            return Failure{at_token(comparison, "masked bits have no order",
                                    "compare them with '==', '!=' or 'in'")};
        const auto outside = [&](std::uint64_t constant) {
            const unsigned unused = 64 - kernel::bits_of(argument.type, Abi::x86_64);
            return test.mask && (constant & ~*test.mask) << unused != 0;
        };
        if (std::ranges::any_of(test.constants, outside))
            return Failure{at_token(comparison, "a constant with bits outside the mask",
                                    "masked bits never equal it")};
        const bool zero_alone =
            !test.mask && !is_ordered(test) && test.constants.size() == 1 && test.constants[0] == 0;
        if (argument.type == ArgumentType::pointer && !zero_alone)
            return Failure{at_token(comparison,
                                    in_quotes(argument.name) +
                                        " is a pointer, and a filter cannot see what it points to",
                                    "only '== 0' and '!= 0' have a meaning")};
        return Done{};
    }

    std::string_view text_;
    std::string_view call_;
    std::size_t at_ = 0;
    std::size_t tests_ = 0;
    Token token_;
};

}  // namespace

Result<std::vector<Conjunction>, ConditionError> parse_condition(std::string_view text,
                                                                 std::string_view call)
{
    return Parser(text, call).condition();
}

std::string in_one_line(std::string_view text)
{
    std::string line;
    for (const char c : text) {
        const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!blank)
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    if (line.ends_with(' '))
        line.pop_back();
    return line;
}

}  // namespace outis::sandbox::language
