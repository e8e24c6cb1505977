#include "sandbox/profile/print.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <vector>

#include "sandbox/kernel/arguments.h"
#include "sandbox/profile/actions.h"

namespace outis::sandbox::profile {
namespace {

constexpr std::size_t kColumns = 96;
constexpr std::uint64_t kLastDecimal = 999;  // longer numbers are rather bits

constexpr std::array<std::string_view, 6> kComparisons{"==", "!=", "<", "<=", ">", ">="};

std::string text_of(std::string_view text)
{
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

// A list of texts over as many lines as it takes.
std::string list_of(const std::vector<std::string_view>& words)
{
    std::string text = "[";
    std::size_t column = kColumns;
    for (const std::string_view word : words) {
        if (words.size() > 1 && column + word.size() + 4 > kColumns) {
            text += "\n   ";
            column = 3;
        }
        text += (words.size() > 1 ? " " : "") + text_of(word) + (words.size() > 1 ? "," : "");
        column += word.size() + 4;
    }
    return text + (words.size() > 1 ? "\n]" : "]");
}

std::string hexadecimal(std::uint64_t value)
{
    std::array<char, 24> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "0x%llx", static_cast<unsigned long long>(value));
    return buffer.data();
}

// In the form that the language takes for an argument of that type.
std::string constant_text(std::uint64_t bits, ArgumentType type)
{
    const bool narrow = kernel::bits_of(type, Abi::x86_64) == 32;
    const bool negative = narrow ? bits > 0xFFFFFFFF : kernel::is_signed(type) && bits >> 63 != 0;
    const std::uint64_t magnitude = negative ? 0 - bits : bits;
    return (negative ? "-" : "") +
           (magnitude > kLastDecimal ? hexadecimal(magnitude) : std::to_string(magnitude));
}

std::string argument_text(const Test& test, std::string_view call)
{
    const std::string index = std::to_string(test.argument);
    if (test.type == ArgumentType::whole_register)
        return "reg" + index;
    const std::vector<kernel::Argument> arguments = kernel::arguments_of(call);
    return test.argument < arguments.size() ? std::string(arguments[test.argument].name)
                                            : "arg" + index;
}

std::string test_text(const Test& test, std::string_view call)
{
    std::string text = argument_text(test, call);
    if (test.mask)
        text += " & " + constant_text(*test.mask, test.type);
    if (test.constants.size() == 1)
        return text + " " + std::string(kComparisons[static_cast<std::size_t>(test.comparison)]) +
               " " + constant_text(test.constants.front(), test.type);
    text += test.comparison == Comparison::equal ? " in [" : " not in [";
    for (std::size_t i = 0; i < test.constants.size(); ++i)
        text += (i == 0 ? "" : ", ") + constant_text(test.constants[i], test.type);
    return text + "]";
}

std::string rule_text(const std::vector<std::string_view>& calls, std::string_view when,
                      const Action& action)
{
    std::string text = "\n[[seccomp.rule]]\ncall   = " + list_of(calls) + "\n";
    text += "when   = " + text_of(when) + "\n";
    if (action.kind != ActionKind::allow)
        text += "action = " + text_of(action_word(action)) + "\n";
    return text;
}

struct List {
    std::string_view word;
    ActionKind kind;
};

constexpr std::array kLists = std::to_array<List>({
    {"allow", ActionKind::allow},
    {"log", ActionKind::log},
    {"refuse", ActionKind::refuse},
    {"kill", ActionKind::kill_process},
});

// The calls that a list names. One that has rules and else the default is named by its rules.
std::string lists_text(const Seccomp& seccomp)
{
    std::string text;
    for (const List& list : kLists) {
        std::vector<std::string_view> names;
        for (const Call& call : seccomp.calls) {
            const bool by_rules = has_rules(call) && call.listed == seccomp.otherwise;
            if (call.listed.kind == list.kind && !by_rules)
                names.push_back(call.name);
        }
        if (!names.empty())
            text += std::string(list.word) + " = " + list_of(names) + "\n";
    }
    return text;
}

bool is_listed(const Action& action)
{
    return std::ranges::find(kLists, action.kind, &List::kind) != kLists.end();
}

// Calls that always get what no list stands for.
std::string always_text(const Seccomp& seccomp)
{
    std::map<std::string, std::vector<std::string_view>> calls;  // by action
    for (const Call& call : seccomp.calls) {
        if (!is_listed(call.listed) && !has_rules(call))
            calls[action_word(call.listed)].push_back(call.name);
    }
    std::string text;
    for (const auto& [word, names] : calls)
        text += rule_text(names, "always", *find_action(word));
    return text;
}

std::string rules_text(const Seccomp& seccomp)
{
    std::string text;
    for (const Call& call : seccomp.calls) {
        for (const std::vector<Rule>* rules : {&call.refusals, &call.permissions}) {
            for (const Rule& rule : *rules)
                text += rule_text({call.name}, condition_text(rule.when, call.name), rule.action);
        }
        const bool says_rest =
            has_rules(call) && call.permissions.empty() && call.listed != seccomp.otherwise;
        if (says_rest && !is_listed(call.listed))
            text += rule_text({call.name}, "always", call.listed);
    }
    return text;
}

std::string as_runc_text(const AsRunc& as_runc, std::string_view reason)
{
    std::string highest;
    for (const Abi abi : kAllAbis) {
        if (const auto number = as_runc.highest[static_cast<std::size_t>(abi)])
            highest += (highest.empty() ? "" : ", ") + std::string(abi_name(abi)) + " = " +
                       (abi == Abi::x32 ? hexadecimal(*number) : std::to_string(*number));
    }
    std::string text = "\n[seccomp.unsafe-as-runc]\nreason  = " + text_of(reason) + "\n";
    if (!highest.empty())
        text += "highest = { " + highest + " }\n";
    return text;
}

}  // namespace

std::string condition_text(const std::vector<Conjunction>& when, std::string_view call)
{
    if (when.empty())
        return "always";
    std::string text;
    for (const Conjunction& tests : when) {
        text += text.empty() ? "" : " or ";
        for (std::size_t i = 0; i < tests.size(); ++i)
            text += (i == 0 ? "" : " and ") + test_text(tests[i], call);
    }
    return text;
}

std::string print_seccomp(const Seccomp& seccomp, std::string_view reason)
{
    std::string text = "[seccomp]\n";
    if (permits(seccomp.otherwise))
        text += "unsafe-default = { action = " + text_of(action_word(seccomp.otherwise)) +
                ", reason = " + text_of(reason) + " }\n";
    else if (seccomp.otherwise != Action{})
        text += "default = " + text_of(action_word(seccomp.otherwise)) + "\n";
    std::vector<std::string_view> abis;
    for (const Abi abi : seccomp.architectures)
        abis.push_back(abi_name(abi));
    if (!abis.empty())
        text += "architectures = " + list_of(abis) + "\n";
    if (!seccomp.allow_speculation)
        text += "speculation = \"mitigate\"\n";
    if (seccomp.log)
        text += "audit = true\n";
    text += lists_text(seccomp) + always_text(seccomp) + rules_text(seccomp);
    if (seccomp.as_runc)
        text += as_runc_text(*seccomp.as_runc, reason);
    return text;
}

}  // namespace outis::sandbox::profile
