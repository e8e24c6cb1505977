#include "sandbox/import/rules.h"

#include <algorithm>

#include "sandbox/kernel/refusals.h"

namespace outis::sandbox::imports {
namespace {

constexpr std::uint64_t kGreatest = ~std::uint64_t{0};

bool is_masked(const ForeignTest& test)
{
    return test.op == ForeignOperator::masked_equal;
}

// Both ends belong to it; none: no value, or all but one.
struct Interval {
    std::uint64_t first = 0;
    std::uint64_t last = kGreatest;
};

Interval interval_of(const ForeignTest& test)
{
    const std::uint64_t value = test.value;
    switch (test.op) {
    case ForeignOperator::equal: return {value, value};
    case ForeignOperator::less: return value == 0 ? Interval{1, 0} : Interval{0, value - 1};
    case ForeignOperator::less_equal: return {0, value};
    case ForeignOperator::greater:
        return value == kGreatest ? Interval{1, 0} : Interval{value + 1, kGreatest};
    case ForeignOperator::greater_equal: return {value, kGreatest};
    case ForeignOperator::not_equal:
    case ForeignOperator::masked_equal: break;
    }
    return {};
}

bool contains_only(const Interval& interval, const ForeignTest& test)
{
    return test.op == ForeignOperator::not_equal && interval.first == test.value &&
           interval.last == test.value;
}

// Two comparisons of one argument.
bool may_both_hold(const ForeignTest& left, const ForeignTest& right)
{
    if (is_masked(left) && is_masked(right))
        return ((left.value_two ^ right.value_two) & left.value & right.value) == 0;
    if (is_masked(left) || is_masked(right)) {
        const ForeignTest& masked = is_masked(left) ? left : right;
        const ForeignTest& other = is_masked(left) ? right : left;
        return other.op != ForeignOperator::equal ||
               (other.value & masked.value) == (masked.value_two & masked.value);
    }
    const Interval a = interval_of(left);
    const Interval b = interval_of(right);
    const Interval both{std::max(a.first, b.first), std::min(a.last, b.last)};
    return both.first <= both.last && !contains_only(both, left) && !contains_only(both, right);
}

}  // namespace

RulesByCall by_call(std::vector<FlatRule> rules)
{
    RulesByCall calls;
    for (FlatRule& rule : rules) {
        std::vector<FlatRule>& before = calls[rule.name];
        const bool said = std::ranges::any_of(before, [&](const FlatRule& other) {
            return other.action == rule.action && other.tests == rule.tests;
        });
        if (!said)
            before.push_back(std::move(rule));
    }
    return calls;
}

bool permits(const ForeignAction& action) noexcept
{
    return action.kind == ForeignKind::allow || action.kind == ForeignKind::log;
}

Action action_of(const ForeignAction& action) noexcept
{
    Action result{.kind = ActionKind::error, .error_number = kernel::kEnosys};
    switch (action.kind) {
    case ForeignKind::allow: result = {.kind = ActionKind::allow, .error_number = 0}; break;
    case ForeignKind::log: result = {.kind = ActionKind::log, .error_number = 0}; break;
    case ForeignKind::error: result.error_number = action.number; break;
    case ForeignKind::trap: result = {.kind = ActionKind::trap, .error_number = 0}; break;
    case ForeignKind::thread: result = {.kind = ActionKind::kill_thread, .error_number = 0}; break;
    case ForeignKind::process:
        result = {.kind = ActionKind::kill_process, .error_number = 0};
        break;
    case ForeignKind::trace:
    case ForeignKind::notify: break;
    }
    return result;
}

bool always_speaks(const FlatRule& rule) noexcept
{
    return std::ranges::all_of(
        rule.tests, [](const ForeignTest& test) { return is_masked(test) && test.value == 0; });
}

bool compares_an_argument_twice(const FlatRule& rule) noexcept
{
    for (auto test = rule.tests.begin(); test != rule.tests.end(); ++test) {
        if (std::find_if(rule.tests.begin(), test, [&](const ForeignTest& other) {
                return other.argument == test->argument;
            }) != test)
            return true;
    }
    return false;
}

bool may_both_speak(const FlatRule& left, const FlatRule& right) noexcept
{
    for (const ForeignTest& a : left.tests) {
        for (const ForeignTest& b : right.tests) {
            if (a.argument == b.argument && !may_both_hold(a, b))
                return false;
        }
    }
    return true;
}

void sort_by_strictness(std::vector<FlatRule>& rules)
{
    std::ranges::stable_sort(rules, std::greater{},
                             [](const FlatRule& rule) { return rule.action.kind; });
}

Test register_test(const ForeignTest& test)
{
    Test result{.argument = test.argument,
                .type = ArgumentType::whole_register,
                .mask = std::nullopt,
                .comparison = Comparison::equal,
                .constants = {test.value}};
    switch (test.op) {
    case ForeignOperator::equal: break;
    case ForeignOperator::not_equal: result.comparison = Comparison::not_equal; break;
    case ForeignOperator::less: result.comparison = Comparison::less; break;
    case ForeignOperator::less_equal: result.comparison = Comparison::less_equal; break;
    case ForeignOperator::greater: result.comparison = Comparison::greater; break;
    case ForeignOperator::greater_equal: result.comparison = Comparison::greater_equal; break;
    case ForeignOperator::masked_equal:
        result.mask = test.value;
        result.constants = {test.value_two & test.value};
        break;
    }
    return result;
}

}  // namespace outis::sandbox::imports
