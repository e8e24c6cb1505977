#include "sandbox/export/decisions.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "sandbox/import/foreign.h"
#include "sandbox/kernel/arguments.h"
#include "sandbox/kernel/syscalls.h"
#include "sandbox/proof/meaning.h"

namespace outis::sandbox::exports {
namespace {

// About what the names of all calls take of a filter, of each ABI.
constexpr std::size_t kInstructionsForNames = 640;

constexpr std::uint64_t kWhole = ~std::uint64_t{0};

constexpr std::array kNewCalls = std::to_array<std::string_view>({
    "file_getattr",
    "file_setattr",
    "getxattrat",
    "listmount",
    "listns",
    "listxattrat",
    "lsm_get_self_attr",
    "lsm_list_modules",
    "lsm_set_self_attr",
    "mseal",
    "open_tree_attr",
    "removexattrat",
    "rseq_slice_yield",
    "setxattrat",
    "statmount",
    "uprobe",
    "uretprobe",
});

static_assert(std::ranges::is_sorted(kNewCalls));

// They carry other calls of i386, and obstacle() keeps them free of conditions.
constexpr std::array<std::string_view, 2> kCarriers{"socketcall", "ipc"};

std::vector<Decision> always(std::uint32_t verdict)
{
    return {Decision{.verdict = verdict, .when = sets::everything()}};
}

// The last argument that the rules compare, if all of them compare it as a whole. An order that
// stands before other comparisons is what libseccomp 2.5.4 does not come to an end with: two rules
// that begin with the same `argument 0 <= 9` are enough.
sets::Registers ranged_arguments(const Call& call, Abi abi)
{
    unsigned last = 0;
    sets::Registers in_bits = 0;
    for (const std::vector<Rule>* rules : {&call.refusals, &call.permissions}) {
        for (const Rule& rule : *rules) {
            for (const Conjunction& tests : rule.when) {
                for (const Test& test : tests) {
                    last = std::max<unsigned>(last, test.argument);
                    if (test.mask || kernel::bits_of(test.type, abi) != 64)
                        in_bits |= static_cast<sets::Registers>(1U << test.argument);
                }
            }
        }
    }
    return static_cast<sets::Registers>(1U << last & ~in_bits);
}

using Verdicts = std::map<std::uint32_t, sets::Cubes>;

// Nothing if that takes too many cubes.
std::optional<Verdicts> verdicts_of(const Seccomp& seccomp, const Call& call, Abi abi,
                                    sets::Registers ranged)
{
    Verdicts verdicts;
    std::optional<sets::Cubes> left = sets::everything();
    for (const std::vector<Rule>* rules : {&call.refusals, &call.permissions}) {
        for (const Rule& rule : *rules) {
            const std::optional<sets::Cubes> when = sets::cubes_of(rule, abi, ranged);
            const std::optional<sets::Cubes> decided =
                left && when ? sets::common(*left, *when) : std::nullopt;
            left = left && when ? sets::without(*left, *when) : std::nullopt;
            if (!decided || !left)
                return std::nullopt;
            sets::Cubes& cubes = verdicts[proof::rule_verdict(rule.action, call.name)];
            cubes.insert(cubes.end(), decided->begin(), decided->end());
        }
    }
    const std::uint32_t last = call.permissions.empty()
                                   ? proof::list_verdict(seccomp, &call, call.name)
                                   : proof::miss_verdict(seccomp, call.name);
    verdicts[last].insert(verdicts[last].end(), left->begin(), left->end());
    for (auto& [verdict, cubes] : verdicts)
        cubes = sets::joined(std::move(cubes));
    return verdicts;
}

std::optional<std::vector<Decision>> by_rules(const Seccomp& seccomp, const Call& call, Abi abi)
{
    std::optional<Verdicts> verdicts = verdicts_of(seccomp, call, abi, ranged_arguments(call, abi));
    if (verdicts &&
        std::ranges::any_of(*verdicts, sets::is_bounded_twice, &Verdicts::value_type::second))
        verdicts = verdicts_of(seccomp, call, abi, 0);
    if (!verdicts)
        return std::nullopt;
    std::vector<Decision> decisions;
    for (auto& [verdict, cubes] : *verdicts) {
        if (!cubes.empty())
            decisions.push_back({.verdict = verdict, .when = std::move(cubes)});
    }
    return decisions;
}

// In another order than that of the arguments libseccomp takes minutes for some hundred rules.
std::vector<ExportedRule> conditional_rules(const CallDecisions& call)
{
    std::vector<ExportedRule> rules;
    for (const Decision& decision : call.decisions) {
        for (const sets::Cube& cube : decision.when)
            rules.push_back({{call.call}, decision.verdict, tests_of(cube)});
    }
    std::ranges::stable_sort(rules, [](const ExportedRule& left, const ExportedRule& right) {
        return std::ranges::lexicographical_compare(left.tests, right.tests, {},
                                                    &imports::ForeignTest::argument,
                                                    &imports::ForeignTest::argument);
    });
    return rules;
}

// About what libseccomp makes of them: rules share the comparisons with which they both begin, and
// a comparison takes three instructions for each half that it looks at.
std::size_t instructions_of(const std::vector<ExportedRule>& rules)
{
    std::size_t count = 0;
    const std::vector<imports::ForeignTest>* before = nullptr;
    for (const ExportedRule& rule : rules) {
        auto own = rule.tests.begin();
        if (before != nullptr)
            own = std::ranges::mismatch(rule.tests, *before).in1;
        for (; own != rule.tests.end(); ++own) {
            const bool low =
                own->op == imports::ForeignOperator::masked_equal && own->value >> 32 == 0;
            count += low ? 3 : 6;
        }
        before = &rule.tests;
    }
    return count;
}

// libseccomp takes no greater error number than kMaxLibraryErrno.
void bound_errnos(CallDecisions& call, std::vector<std::string>& differences)
{
    for (Decision& decision : call.decisions) {
        if (decision.verdict != (filter::kErrno | (imports::kMaxLibraryErrno + 1U)))
            continue;
        decision.verdict = filter::kErrno | imports::kMaxLibraryErrno;
        differences.push_back("'" + std::string(call.call) +
                              "' is answered with errno 4094 instead of 4095, which libseccomp "
                              "does not take");
    }
}

std::vector<Decision> decisions_about(const Profile& profile, std::string_view name, Abi abi,
                                      std::vector<std::string>& differences)
{
    const Seccomp& seccomp = *profile.seccomp;
    if (profile.exec_once && name == "execve") {
        differences.emplace_back(
            "exec.once cannot be said: execve is allowed for ever, execveat is not");
        return always(filter::kAllow);
    }
    if (profile.exec_once && name == "execveat")
        return always(proof::kRefusedCall);
    if (kernel::is_indispensable(name))
        return always(filter::kAllow);
    const Call* call = find_call(seccomp, name);
    if (call == nullptr || !has_rules(*call))
        return always(proof::list_verdict(seccomp, call, name));
    if (auto decisions = by_rules(seccomp, *call, abi))
        return std::move(*decisions);
    differences.push_back("the conditions of '" + std::string(name) + "' need more than " +
                          std::to_string(sets::kMaxCubes) + " rules, so it is refused altogether");
    return always(proof::refusal(name));
}

// Calls whose conditions take more than is left of the filter are refused.
void bound_instructions(CallDecisions& call, std::size_t& left,
                        std::vector<std::string>& differences)
{
    if (call.decisions.front().when == sets::everything())
        return;
    const std::size_t needed = instructions_of(conditional_rules(call));
    if (needed <= left) {
        left -= needed;
        return;
    }
    differences.push_back("the conditions of '" + std::string(call.call) +
                          "' need more of the 4096 instructions of a filter than are left, so "
                          "it is refused altogether");
    call.decisions = always(proof::refusal(call.call));
}

// Why calls of `abi` cannot be decided by the same rules as those of the native ABI.
std::optional<std::string> obstacle(const Seccomp& seccomp, Abi abi)
{
    for (const Call& call : seccomp.calls) {
        if (!has_rules(call))
            continue;
        const kernel::Syscall* known = kernel::find_syscall(call.name);
        if (known == nullptr || !kernel::number_on(*known, abi))
            continue;
        if (kernel::takes_arguments_in_memory(call.name, abi))
            return "'" + call.name + "' has rules, and its arguments lie in memory there";
        if (std::ranges::find(kCarriers, call.name) != kCarriers.end())
            return "'" + call.name + "' has rules";
        for (const std::vector<Rule>* rules : {&call.refusals, &call.permissions}) {
            for (const Rule& rule : *rules) {
                for (const Conjunction& tests : rule.when) {
                    for (const Test& test : tests) {
                        if (kernel::bits_of(test.type, Abi::x86_64) != 32)
                            return "'" + call.name + "' compares 64 bits, and libseccomp 32 there";
                    }
                }
            }
        }
    }
    // libseccomp drops what equals the default and then adds the calls that these two carry.
    for (const std::string_view carrier : kCarriers) {
        if (abi == Abi::i386 && proof::list_verdict(seccomp, find_call(seccomp, carrier),
                                                    carrier) == proof::kUnknownCall)
            return "'" + std::string(carrier) + "' answers ENOSYS";
    }
    return std::nullopt;
}

}  // namespace

std::vector<imports::ForeignTest> tests_of(const sets::Cube& cube)
{
    std::vector<imports::ForeignTest> tests;
    const auto add = [&](std::size_t argument, imports::ForeignOperator op, std::uint64_t value,
                         std::uint64_t value_two = 0) {
        tests.push_back({.argument = static_cast<std::uint8_t>(argument),
                         .op = op,
                         .value = value,
                         .value_two = value_two});
    };
    for (std::size_t i = 0; i < cube.mask.size(); ++i) {
        const sets::Range range = cube.range[i];
        if (cube.mask[i] == kWhole)
            add(i, imports::ForeignOperator::equal, cube.value[i]);
        else if (cube.mask[i] != 0)
            add(i, imports::ForeignOperator::masked_equal, cube.mask[i], cube.value[i]);
        else if (range.first == range.last)
            add(i, imports::ForeignOperator::equal, range.first);
        else if (range.first != 0)
            add(i, imports::ForeignOperator::greater, range.first - 1);
        else if (range.last != kWhole)
            add(i, imports::ForeignOperator::less_equal, range.last);
    }
    return tests;
}

Decisions decisions_of(const Profile& profile, policy::Arch arch)
{
    Decisions result;
    result.abis.push_back(native_abi(arch));
    for (const Abi abi : profile.seccomp->architectures) {
        if (abi == result.abis.front() || !runs_on(abi, arch))
            continue;
        if (const auto why = obstacle(*profile.seccomp, abi))
            result.differences.push_back("programs of " + std::string(abi_name(abi)) +
                                         " are killed: " + *why);
        else
            result.abis.push_back(abi);
    }
    std::size_t left = filter::kMaxInstructions / result.abis.size() - kInstructionsForNames;
    for (const kernel::Syscall& call : kernel::syscalls()) {
        const bool known = std::ranges::any_of(
            result.abis, [&](Abi abi) { return kernel::number_on(call, abi).has_value(); });
        if (!known)
            continue;
        result.calls.push_back({.call = call.name,
                                .decisions = decisions_about(
                                    profile, call.name, result.abis.front(), result.differences)});
        bound_errnos(result.calls.back(), result.differences);
        bound_instructions(result.calls.back(), left, result.differences);
    }
    return result;
}

std::vector<ExportedRule> rules_of(const Decisions& decisions)
{
    std::vector<ExportedRule> carriers;
    std::map<std::uint32_t, ExportedRule> always;
    std::vector<ExportedRule> conditional;
    for (const CallDecisions& call : decisions.calls) {
        const Decision& first = call.decisions.front();
        if (std::ranges::find(kCarriers, call.call) != kCarriers.end()) {
            carriers.push_back({{call.call}, first.verdict, {}});
        } else if (first.when == sets::everything()) {
            always[first.verdict].verdict = first.verdict;
            always[first.verdict].names.push_back(call.call);
        } else {
            std::ranges::move(conditional_rules(call), std::back_inserter(conditional));
        }
    }
    std::vector<ExportedRule> rules = std::move(carriers);
    for (auto& [verdict, rule] : always)
        rules.push_back(std::move(rule));
    std::ranges::move(conditional, std::back_inserter(rules));
    return rules;
}

std::span<const std::string_view> new_calls() noexcept
{
    return kNewCalls;
}

}  // namespace outis::sandbox::exports
