#include "sandbox/exchange/hardened.h"

#include <algorithm>

#include "sandbox/exchange/rules.h"
#include "sandbox/exchange/widths.h"
#include "sandbox/kernel/companions.h"
#include "sandbox/kernel/syscalls.h"
#include "sandbox/language/suggest.h"

namespace outis::sandbox {
namespace {

constexpr std::size_t kMaxAlternatives = 64;  // of one rule

constexpr std::uint16_t kEperm = 1;
constexpr std::uint16_t kEnosys = 38;

// EPERM and ENOSYS say no; which of them serves the callers best, `refuse` knows.
Action refusal_of(const FlatRule& rule, Notes& notes)
{
    const ForeignAction& action = rule.action;
    if (action.kind == ForeignKind::trace)
        notes.add(Change::verdict, rule.place,
                  "nobody traces, so ENOSYS is what SCMP_ACT_TRACE answers");
    const bool replaceable = is_replaceable(rule.name);
    const bool is_error = action.kind == ForeignKind::error;
    if (is_error && action.number == kEperm && replaceable)
        notes.add(Change::verdict, rule.place,
                  "ENOSYS instead of EPERM, so that callers take an older call");
    const bool as_we_do = action.number == (replaceable ? kEnosys : kEperm);
    if (is_error && (action.number == kEperm || as_we_do))
        return Action{};
    return action_of(action);
}

Action listed_action(const FlatRule& rule, Notes& notes)
{
    return permits(rule.action) ? action_of(rule.action) : refusal_of(rule, notes);
}

Action default_action(const Flat& flat, Notes& notes)
{
    const ForeignAction& action = flat.otherwise;
    if (action.kind == ForeignKind::trace)
        notes.add(Change::otherwise, flat.otherwise_place,
                  "nobody traces, so ENOSYS is what SCMP_ACT_TRACE answers");
    if (action.kind == ForeignKind::error && action.number == kEnosys)
        notes.add(Change::otherwise, flat.otherwise_place,
                  "EPERM instead of ENOSYS for calls that Linux has and no rule names, unless an "
                  "older call replaces them");
    if (permits(action))
        notes.add(
            Change::otherwise, flat.otherwise_place,
            "this profile permits what it does not name; calls that Linux has not get ENOSYS");
    const bool refuses =
        action.kind == ForeignKind::error && (action.number == kEperm || action.number == kEnosys);
    return refuses ? Action{} : action_of(action);
}

// All comparisons of the rule together. None: too many.
std::optional<Alternatives> alternatives_of(const FlatRule& rule, Notes& notes)
{
    Alternatives all{{}};
    bool narrowed = false;
    for (auto at = rule.tests.begin(); at != rule.tests.end(); ++at) {
        const ForeignTest& test = *at;
        if (std::find(rule.tests.begin(), at, test) != at)
            continue;
        const InWidth one = in_width(test, rule.name);
        narrowed = narrowed || one.narrowed;
        Alternatives product;
        for (const Conjunction& left : all) {
            for (const Conjunction& right : one.any) {
                product.push_back(left);
                product.back().insert(product.back().end(), right.begin(), right.end());
            }
        }
        all = std::move(product);
        if (all.size() > kMaxAlternatives)
            return std::nullopt;
    }
    if (narrowed)
        notes.add(Change::width, rule.place,
                  "compared as the kernel does, in 32 bits; runc compares 64, so that the unused "
                  "half of a register decides");
    return all;
}

// A wanted bit outside its mask cannot be meant: the rule refuses as if it were not there, and
// permits nothing.
bool is_void(const FlatRule& rule, Notes& notes)
{
    const bool outside = std::ranges::any_of(rule.tests, [](const ForeignTest& test) {
        return test.op == ForeignOperator::masked_equal && (test.value_two & ~test.value) != 0;
    });
    if (!outside)
        return false;
    notes.add(Change::mask, rule.place,
              permits(rule.action)
                  ? "never holds: a wanted bit lies outside the mask, which runc overlooks"
                  : "a wanted bit lies outside the mask and is left out");
    return permits(rule.action);
}

void add_rule(const FlatRule& rule, Call& call, Notes& notes)
{
    if (is_void(rule, notes))
        return;
    const std::optional<Alternatives> any = alternatives_of(rule, notes);
    if (any && any->empty())
        notes.add(Change::unreachable, rule.place,
                  "never holds: the argument has 32 bits and cannot reach this number");
    std::vector<Rule>& target = permits(rule.action) ? call.permissions : call.refusals;
    if (!any && permits(rule.action)) {
        notes.add(Change::unreachable, rule.place, "left out: more than 64 alternatives");
        return;
    }
    const Action action = listed_action(rule, notes);
    if (!any) {
        notes.add(Change::width, rule.place, "refused always: more than 64 alternatives");
        target.push_back({.action = action, .when = {}});
        return;
    }
    for (const Conjunction& tests : *any) {
        Rule made{.action = action, .when = {}};
        if (!tests.empty())
            made.when.push_back(tests);
        target.push_back(std::move(made));
    }
}

// Whoever always speaks: the strictest of them. Null if each rule has its condition.
const FlatRule* constant_rule(const std::vector<FlatRule>& strictest_first)
{
    const auto found = std::ranges::find_if(strictest_first, always_speaks);
    return found == strictest_first.end() ? nullptr : &*found;
}

void note_loser(const FlatRule& loser, const FlatRule& winner, Notes& notes)
{
    if (loser.action == winner.action)
        return;
    if (always_speaks(loser))
        notes.add(Change::conflict, loser.place,
                  "another rule for " + in_quotes(loser.name) +
                      " says something stricter, which counts; runc takes the first");
    else
        notes.add(Change::unreachable, loser.place,
                  "never decides: a rule without comparisons says it for all arguments");
}

// `rules` begin with the strictest.
Call call_of(const std::string& name, const std::vector<FlatRule>& rules, const Flat& flat,
             const Action& otherwise, Notes& notes)
{
    Call call{.name = name, .listed = otherwise, .refusals = {}, .permissions = {}};
    const FlatRule* constant = constant_rule(rules);
    if (constant != nullptr)
        call.listed = listed_action(*constant, notes);
    for (const FlatRule& rule : rules) {
        if (&rule == constant)
            continue;
        const bool refines = constant == nullptr || (permits(constant->action) &&
                                                     !permits(rule.action) && !always_speaks(rule));
        if (!refines) {
            note_loser(rule, *constant, notes);
            continue;
        }
        if (constant != nullptr)
            notes.add(Change::conflict, rule.place,
                      "counts although another rule permits the call for all arguments; runc "
                      "would let that one win");
        add_rule(rule, call, notes);
    }
    // Where all else is permitted, so is what no permitting rule holds for.
    const bool misses = !call.permissions.empty() && permits(flat.otherwise);
    if (misses && constant == nullptr)
        call.permissions.push_back({.action = otherwise, .when = {}});
    return call;
}

void note_companions(const Flat& flat, const RulesByCall& calls, Notes& notes)
{
    if (!std::ranges::binary_search(flat.accepted, Abi::i386) || permits(flat.otherwise))
        return;
    for (const auto& [name, rules] : calls) {
        const std::optional<Companion> companion = companion_of(name);
        if (companion && !calls.contains(std::string(companion->call)))
            notes.add(Change::companion, rules.front().place,
                      "not by i386's '" + std::string(companion->call) +
                          "', by which runc lets it through too");
    }
}

bool is_always_allowed(const std::string& name, const std::vector<FlatRule>& rules, Notes& notes)
{
    if (!is_indispensable(name))
        return false;
    for (const FlatRule& rule : rules) {
        if (!permits(rule.action))
            notes.add(Change::start, rule.place,
                      "allowed all the same: without it no program starts or ends");
    }
    return true;
}

}  // namespace

Seccomp hardened_seccomp(const Flat& flat, Notes& notes)
{
    Seccomp seccomp{
        .otherwise = default_action(flat, notes),
        .architectures = flat.accepted,
        .allow_speculation = flat.allow_speculation,
        .log = flat.log,
        .as_runc = std::nullopt,
        .calls = {},
    };
    RulesByCall calls = by_call(flat.rules);
    note_companions(flat, calls, notes);
    for (auto& [name, rules] : calls) {
        if (is_always_allowed(name, rules, notes))
            continue;
        sort_by_strictness(rules);
        seccomp.calls.push_back(call_of(name, rules, flat, seccomp.otherwise, notes));
    }
    return seccomp;
}

}  // namespace outis::sandbox
