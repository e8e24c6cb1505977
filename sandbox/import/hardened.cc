#include "sandbox/import/hardened.h"

#include <algorithm>

#include "outis/sandbox/suggest.h"
#include "sandbox/import/carriers.h"
#include "sandbox/import/rules.h"
#include "sandbox/import/widths.h"
#include "sandbox/kernel/arguments.h"
#include "sandbox/kernel/names.h"
#include "sandbox/kernel/refusals.h"
#include "sandbox/kernel/syscalls.h"
#include "sandbox/sets/cubes.h"

namespace outis::sandbox::imports {
namespace {

constexpr std::size_t kMaxAlternatives = 64;  // of one rule

constexpr Action kNoSuchCall{.kind = ActionKind::error, .error_number = kernel::kEnosys};

bool refuses_plainly(const ForeignAction& action)
{
    return action.kind == ForeignKind::error &&
           (action.number == kernel::kEperm || action.number == kernel::kEnosys);
}

std::string instead_of_eperm(std::uint16_t number)
{
    return std::string(kernel::name_of(kernel::error_numbers(), number)) +
           " instead of EPERM, so that callers take another way";
}

// EPERM and ENOSYS say no; which of them serves the callers best, `refuse` knows.
Action refusal_of(const FlatRule& rule, Notes& notes)
{
    const ForeignAction& action = rule.action;
    if (action.kind == ForeignKind::trace)
        notes.add(Change::verdict, rule.place,
                  "nobody traces, so ENOSYS is what SCMP_ACT_TRACE answers");
    const std::uint16_t ours = always_speaks(rule) ? kernel::errno_of_call(rule.name)
                                                   : kernel::errno_of_arguments(rule.name);
    const bool is_error = action.kind == ForeignKind::error;
    if (is_error && action.number == kernel::kEperm && ours != kernel::kEperm)
        notes.add(Change::verdict, rule.place, instead_of_eperm(ours));
    if (is_error && (action.number == kernel::kEperm || action.number == ours))
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
    if (action.kind == ForeignKind::error && action.number == kernel::kEnosys)
        notes.add(Change::otherwise, flat.otherwise_place,
                  "EPERM instead of ENOSYS for calls that Linux has and no rule names, unless an "
                  "older call replaces them");
    if (permits(action))
        notes.add(
            Change::otherwise, flat.otherwise_place,
            "this profile permits what it does not name; calls that Linux has not get ENOSYS");
    else if (action.kind != ForeignKind::trace && action_of(action) != kNoSuchCall)
        notes.add(Change::otherwise, flat.otherwise_place,
                  "ENOSYS instead for numbers that Linux has not, and for calls that no rule names "
                  "and an older one replaces");
    return refuses_plainly(action) ? Action{} : action_of(action);
}

// A test in its width. An argument that our tables lack is taken for the narrowest in a rule that
// refuses, and for the widest in one that permits.
InWidth in_width_of(const FlatRule& rule, const ForeignTest& test)
{
    InWidth one = in_width(test, rule.name);
    if (!one.known && !permits(rule.action))
        one.any = in_low_word(test);
    return one;
}

void note_widths(const FlatRule& rule, bool narrowed, bool known, Notes& notes)
{
    if (narrowed)
        notes.add(Change::width, rule.place,
                  "compared as the kernel does, in 32 bits; runc compares 64, so that the unused "
                  "half of a register decides");
    if (!known)
        notes.add(Change::width, rule.place,
                  in_quotes(rule.name) + " has no such argument that we know of: " +
                      (permits(rule.action) ? "the whole register is compared"
                                            : "the low word of the register is compared"));
}

// All comparisons of the rule together. None: too many.
std::optional<Alternatives> alternatives_of(const FlatRule& rule, Notes& notes)
{
    Alternatives all{{}};
    bool narrowed = false;
    bool known = true;
    for (auto at = rule.tests.begin(); at != rule.tests.end(); ++at) {
        const ForeignTest& test = *at;
        if (std::find(rule.tests.begin(), at, test) != at)
            continue;
        const InWidth one = in_width_of(rule, test);
        narrowed = narrowed || one.narrowed;
        known = known && one.known;
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
    note_widths(rule, narrowed, known, notes);
    return all;
}

bool can_hold(const Alternatives& any)
{
    const bool always =
        std::ranges::any_of(any, [](const Conjunction& tests) { return tests.empty(); });
    const std::optional<sets::Cubes> cubes = sets::cubes_of(
        Rule{.action = {}, .when = any}, Abi::x86_64);  // the widths of every native ABI
    return always || !cubes || !cubes->empty();
}

// Where runc takes either of the comparisons.
void note_conjunction(const FlatRule& rule, const Alternatives& any, Notes& notes)
{
    const bool differ = std::ranges::any_of(
        rule.tests, [&](const ForeignTest& test) { return test != rule.tests.front(); });
    if (!differ || !compares_an_argument_twice(rule))
        return;
    notes.add(Change::split, rule.place,
              "two comparisons of one argument: all of the rule's comparisons must hold, where "
              "runc takes either for the whole rule");
    if (!any.empty() && !can_hold(any))
        notes.add(Change::unreachable, rule.place,
                  std::string("never holds: its comparisons exclude each other, so it ") +
                      (permits(rule.action) ? "permits" : "refuses") + " nothing");
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
                  "never holds: no value of the argument fulfils it");
    if (any)
        note_conjunction(rule, *any, notes);
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

// A rule with comparisons adds something to one that always speaks if it is stricter.
bool refines(const FlatRule& rule, const FlatRule* constant)
{
    return constant == nullptr ||
           (!always_speaks(rule) && rule.action.kind > constant->action.kind);
}

// Where the arguments are such as no rule permits.
void note_miss(const std::string& name, const std::vector<FlatRule>& rules, const Call& call,
               const Flat& flat, Notes& notes)
{
    const std::uint16_t ours = kernel::errno_of_arguments(name);
    if (ours == kernel::kEperm || call.permissions.empty() || !refuses_plainly(flat.otherwise))
        return;
    const auto first =
        std::ranges::find_if(rules, [](const FlatRule& rule) { return permits(rule.action); });
    notes.add(Change::verdict, first->place,
              std::string(kernel::name_of(kernel::error_numbers(), ours)) +
                  " where no rule permits it, so that callers take another way");
}

// `rules` begin with the strictest.
Call hardened_call(const std::string& name, const std::vector<FlatRule>& rules, const Flat& flat,
                   const Action& otherwise, Notes& notes)
{
    Call call{.name = name, .listed = otherwise, .refusals = {}, .permissions = {}};
    const FlatRule* constant = constant_rule(rules);
    if (constant != nullptr)
        call.listed = listed_action(*constant, notes);
    for (const FlatRule& rule : rules) {
        if (&rule == constant)
            continue;
        if (!refines(rule, constant)) {
            note_loser(rule, *constant, notes);
            continue;
        }
        if (constant != nullptr)
            notes.add(Change::conflict, rule.place,
                      "counts although another rule says something milder for all arguments; runc "
                      "would let that one win");
        add_rule(rule, call, notes);
    }
    if (constant == nullptr)
        note_miss(name, rules, call, flat, notes);
    // What no permitting rule holds for is as permitted as all else.
    const bool permitted = permits(constant != nullptr ? constant->action : flat.otherwise);
    if (!call.permissions.empty() && permitted)
        call.permissions.push_back({.action = call.listed, .when = {}});
    return call;
}

void note_arguments_in_memory(const Call& call, const Flat& flat,
                              const std::vector<FlatRule>& rules, Notes& notes)
{
    if (has_rules(call) && kernel::takes_arguments_in_memory(call.name, Abi::i386) &&
        std::ranges::binary_search(flat.accepted, Abi::i386))
        notes.add(Change::companion, rules.front().place,
                  "refused on i386, where the kernel reads the arguments of " +
                      in_quotes(call.name) + " from memory");
}

bool is_always_allowed(const std::string& name, const std::vector<FlatRule>& rules, Notes& notes)
{
    if (!kernel::is_indispensable(name))
        return false;
    for (const FlatRule& rule : rules) {
        if (!permits(rule.action))
            notes.add(Change::start, rule.place,
                      "allowed all the same: without it no program starts or ends");
    }
    return true;
}

// A profile names an argument by one register. Where an ABI passes 64 bits in two, those behind lie
// elsewhere, so an ABI on which a rule would ask another argument is not accepted.
Flat without_displaced(Flat flat, Notes& notes)
{
    for (const FlatRule& rule : flat.rules) {
        std::erase_if(flat.accepted, [&](Abi abi) {
            const bool displaced = std::ranges::any_of(rule.tests, [&](const ForeignTest& test) {
                return kernel::is_displaced(rule.name, test.argument, abi);
            });
            if (displaced)
                notes.add(Change::foreign_abi, rule.place,
                          std::string(abi_name(abi)) + " is left out: an argument of " +
                              in_quotes(rule.name) + " lies elsewhere there");
            return displaced;
        });
    }
    return flat;
}

}  // namespace

Seccomp hardened_seccomp(const Flat& given, Notes& notes)
{
    const Flat flat = without_displaced(given, notes);
    Seccomp seccomp{
        .otherwise = default_action(flat, notes),
        .architectures = flat.accepted,
        .allow_speculation = flat.allow_speculation,
        .log = flat.log,
        .as_runc = std::nullopt,
        .calls = {},
    };
    RulesByCall calls = by_call(flat.rules);
    for (auto& [name, rules] : calls)
        sort_by_strictness(rules);
    note_missing_carriers(flat, calls, notes);
    const CarriedRefusals carried = carried_refusals(flat, calls, notes);
    for (const auto& [carrier, refusals] : carried)
        calls.try_emplace(carrier);
    for (const auto& [name, rules] : calls) {
        if (is_always_allowed(name, rules, notes))
            continue;
        Call call = hardened_call(name, rules, flat, seccomp.otherwise, notes);
        if (const auto found = carried.find(name); found != carried.end()) {
            for (const CarriedRefusal& refusal : found->second)
                call.refusals.push_back({.action = refusal.action, .when = {refusal.when}});
        }
        note_arguments_in_memory(call, flat, rules, notes);
        seccomp.calls.push_back(std::move(call));
    }
    return seccomp;
}

}  // namespace outis::sandbox::imports
