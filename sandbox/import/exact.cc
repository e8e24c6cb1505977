#include "sandbox/import/exact.h"

#include <algorithm>

#include "outis/sandbox/suggest.h"
#include "sandbox/import/rules.h"
#include "sandbox/kernel/companions.h"
#include "sandbox/kernel/syscalls.h"

namespace outis::sandbox::imports {
namespace {

void note_masks(const FlatRule& rule, Notes& notes)
{
    const bool outside = std::ranges::any_of(rule.tests, [](const ForeignTest& test) {
        return test.op == ForeignOperator::masked_equal && (test.value_two & ~test.value) != 0;
    });
    if (outside)
        notes.add(Change::mask, rule.place,
                  "the wanted bits outside the mask have no effect: libseccomp masks them too");
}

// One rule, or one for each comparison.
std::vector<FlatRule> split(const FlatRule& rule, Notes& notes)
{
    if (!compares_an_argument_twice(rule))
        return {rule};
    notes.add(Change::split, rule.place,
              "two comparisons of one argument: runc takes either of the rule's comparisons for "
              "the whole rule");
    std::vector<FlatRule> rules;
    for (const ForeignTest& test : rule.tests)
        rules.push_back({rule.name, rule.action, {test}, rule.place});
    return rules;
}

// libseccomp puts the sub-call's number in place of what argument 0 was compared with and leaves
// the other comparisons as they are, though those arguments lie behind a pointer.
FlatRule companion_rule(const FlatRule& rule, const kernel::Companion& companion)
{
    FlatRule made{std::string(companion.call), rule.action, {}, rule.place};
    made.tests.push_back(
        {.argument = 0, .op = ForeignOperator::equal, .value = companion.number, .value_two = 0});
    for (const ForeignTest& test : rule.tests) {
        if (test.argument != 0)
            made.tests.push_back(test);
    }
    return made;
}

// The rules as libseccomp gets them.
std::vector<FlatRule> library_rules(const Flat& flat, Notes& notes)
{
    const bool has_i386 = std::ranges::binary_search(flat.accepted, Abi::i386);
    std::vector<FlatRule> rules;
    for (const FlatRule& rule : flat.rules) {
        if (rule.action == flat.otherwise) {
            notes.add(Change::equal_default, rule.place,
                      "without effect: runc drops a rule that says what the default says");
            continue;
        }
        if (rule.action.kind == ForeignKind::trace)
            notes.add(Change::verdict, rule.place,
                      "nobody traces, so ENOSYS is what SCMP_ACT_TRACE answers");
        note_masks(rule, notes);
        const std::optional<kernel::Companion> companion = kernel::companion_of(rule.name);
        if (has_i386 && companion && !rule.tests.empty() && permits(rule.action))
            notes.add(Change::companion, rule.place,
                      "i386's '" + std::string(companion->call) +
                          "' carries this call past the comparisons, as runc lets it");
        for (FlatRule& part : split(rule, notes)) {
            if (has_i386 && companion)
                rules.push_back(companion_rule(part, *companion));
            rules.push_back(std::move(part));
        }
    }
    return rules;
}

void note_conflicts(const std::vector<FlatRule>& rules, Notes& notes)
{
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto before = rules.begin() + static_cast<std::ptrdiff_t>(i);
        const bool conflicts = std::any_of(rules.begin(), before, [&](const FlatRule& rule) {
            return rule.action != rules[i].action && may_both_speak(rule, rules[i]);
        });
        if (conflicts)
            notes.add(Change::conflict, rules[i].place,
                      "for some arguments another rule answers something else: the stricter "
                      "counts, where runc depends on libseccomp's order");
    }
}

// The first rule that always speaks leaves the others nothing to decide.
std::optional<Action> constant_action(const std::vector<FlatRule>& rules, Notes& notes)
{
    const auto winner = std::ranges::find_if(rules, always_speaks);
    if (winner == rules.end())
        return std::nullopt;
    for (auto rule = rules.begin(); rule != rules.end(); ++rule) {
        if (rule != winner && rule->action != winner->action)
            notes.add(Change::unreachable, rule->place,
                      "never decides: the first rule for " + in_quotes(rule->name) +
                          " without comparisons wins");
    }
    return action_of(winner->action);
}

Call exact_call(const std::string& name, std::vector<FlatRule> rules, const Action& otherwise,
                Notes& notes)
{
    Call call{.name = name, .listed = otherwise, .refusals = {}, .permissions = {}};
    if (const std::optional<Action> constant = constant_action(rules, notes)) {
        call.listed = *constant;
        return call;
    }
    note_conflicts(rules, notes);
    sort_by_strictness(rules);
    for (const FlatRule& rule : rules) {
        Conjunction tests;
        for (const ForeignTest& test : rule.tests)
            tests.push_back(register_test(test));
        std::vector<Rule>& target = permits(rule.action) ? call.permissions : call.refusals;
        target.push_back({.action = action_of(rule.action), .when = {std::move(tests)}});
    }
    return call;
}

// What libseccomp finds the call's number by on that ABI, and thus the stub: i386's sockets and
// System V IPC have none of their own there.
std::optional<std::uint32_t> resolved_number(const std::string& name, Abi abi)
{
    if (abi == Abi::i386 && kernel::companion_of(name))
        return std::nullopt;
    return kernel::number_on(*kernel::find_syscall(name), abi);
}

bool is_beyond_library(const ForeignAction& action)
{
    return action.kind == ForeignKind::error && action.number > kMaxLibraryErrno;
}

void note_errnos(const Flat& flat, Notes& notes)
{
    const std::string text =
        "libseccomp takes no error number above 4094, so that runc starts no "
        "container with this profile";
    if (is_beyond_library(flat.otherwise))
        notes.add(Change::verdict, flat.otherwise_place, text);
    for (const FlatRule& rule : flat.rules) {
        if (is_beyond_library(rule.action))
            notes.add(Change::verdict, rule.place, text);
    }
}

// Programs need these; the profile decides all the same.
void note_missing_start(const Seccomp& seccomp, const Flat& flat, Notes& notes)
{
    for (const std::string_view name : {"execve", "exit_group", "rt_sigreturn"}) {
        const Call* call = find_call(seccomp, name);
        if (!permits(call != nullptr ? call->listed : seccomp.otherwise))
            notes.add(Change::start, flat.otherwise_place,
                      in_quotes(name) +
                          " is not always allowed; outis-init starts the program "
                          "under this filter, and it may fail to run or to end");
    }
}

}  // namespace

AsRunc stub_of(const Flat& flat, policy::Arch arch)
{
    AsRunc stub;
    const ForeignKind otherwise = flat.otherwise.kind;
    if (permits(flat.otherwise) || otherwise == ForeignKind::trace)
        return stub;
    for (const Abi abi : kAllAbis) {
        if (abi != native_abi(arch) && !std::ranges::binary_search(flat.accepted, abi))
            continue;
        std::uint32_t highest = 0;
        for (const FlatRule& rule : flat.rules)
            highest = std::max(highest, resolved_number(rule.name, abi).value_or(0));
        if (highest != 0)
            stub.highest[static_cast<std::size_t>(abi)] = highest;
    }
    return stub;
}

Seccomp exact_seccomp(const Flat& flat, policy::Arch arch, Notes& notes)
{
    Seccomp seccomp{
        .otherwise = action_of(flat.otherwise),
        .architectures = flat.accepted,
        .allow_speculation = flat.allow_speculation,
        .log = flat.log,
        .as_runc = stub_of(flat, arch),
        .calls = {},
    };
    for (auto& [name, rules] : by_call(library_rules(flat, notes)))
        seccomp.calls.push_back(exact_call(name, std::move(rules), seccomp.otherwise, notes));
    note_errnos(flat, notes);
    note_missing_start(seccomp, flat, notes);
    return seccomp;
}

}  // namespace outis::sandbox::imports
