#include "sandbox/exchange/decisions.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "sandbox/foreign/foreign.h"
#include "sandbox/kernel/arguments.h"
#include "sandbox/kernel/syscalls.h"
#include "sandbox/proof/meaning.h"

namespace outis::sandbox {
namespace {

constexpr std::size_t kMaxRulesOfCall = 512;  // libseccomp's work grows with their square

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

const Call* find_call(const Seccomp& seccomp, std::string_view name)
{
    const auto found = std::ranges::lower_bound(seccomp.calls, name, {}, &Call::name);
    return found != seccomp.calls.end() && found->name == name ? &*found : nullptr;
}

bool has_rules(const Call& call)
{
    return !call.refusals.empty() || !call.permissions.empty();
}

std::vector<Decision> always(std::uint32_t verdict)
{
    return {Decision{.verdict = verdict, .when = everything()}};
}

// Nothing if that takes too many cubes.
std::optional<std::vector<Decision>> by_rules(const Seccomp& seccomp, const Call& call, Abi abi)
{
    std::map<std::uint32_t, Cubes> by_verdict;
    std::optional<Cubes> left = everything();
    for (const std::vector<Rule>* rules : {&call.refusals, &call.permissions}) {
        for (const Rule& rule : *rules) {
            const std::optional<Cubes> when = cubes_of(rule, abi);
            const std::optional<Cubes> decided = left && when ? common(*left, *when) : std::nullopt;
            left = left && when ? without(*left, *when) : std::nullopt;
            if (!decided || !left)
                return std::nullopt;
            Cubes& cubes = by_verdict[rule_verdict(rule.action, call.name)];
            cubes.insert(cubes.end(), decided->begin(), decided->end());
        }
    }
    const std::uint32_t last = call.permissions.empty() ? list_verdict(seccomp, &call, call.name)
                                                        : miss_verdict(seccomp, call.name);
    by_verdict[last].insert(by_verdict[last].end(), left->begin(), left->end());

    std::vector<Decision> decisions;
    std::size_t count = 0;
    for (auto& [verdict, cubes] : by_verdict) {
        Cubes fewer = joined(std::move(cubes));
        count += fewer.size();
        if (!fewer.empty())
            decisions.push_back({.verdict = verdict, .when = std::move(fewer)});
    }
    if (count > kMaxRulesOfCall)
        return std::nullopt;
    return decisions;
}

// libseccomp takes no greater error number than kMaxLibraryErrno.
void bound_errnos(CallDecisions& call, std::vector<std::string>& differences)
{
    for (Decision& decision : call.decisions) {
        if (decision.verdict != (filter::kErrno | (kMaxLibraryErrno + 1U)))
            continue;
        decision.verdict = filter::kErrno | kMaxLibraryErrno;
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
        return always(kRefusedCall);
    if (is_indispensable(name))
        return always(filter::kAllow);
    const Call* call = find_call(seccomp, name);
    if (call == nullptr || !has_rules(*call))
        return always(list_verdict(seccomp, call, name));
    if (auto decisions = by_rules(seccomp, *call, abi))
        return std::move(*decisions);
    differences.push_back("the conditions of '" + std::string(name) +
                          "' need more than 512 rules, so it is refused altogether");
    return always(refusal(name));
}

// Why calls of `abi` cannot be decided by the same rules as those of the native ABI.
std::optional<std::string> obstacle(const Seccomp& seccomp, Abi abi)
{
    for (const Call& call : seccomp.calls) {
        if (!has_rules(call))
            continue;
        const Syscall* known = find_syscall(call.name);
        if (known == nullptr || !number_on(*known, abi))
            continue;
        if (takes_arguments_in_memory(call.name, abi))
            return "'" + call.name + "' has rules, and its arguments lie in memory there";
        if (std::ranges::find(kCarriers, call.name) != kCarriers.end())
            return "'" + call.name + "' has rules";
        for (const std::vector<Rule>* rules : {&call.refusals, &call.permissions}) {
            for (const Rule& rule : *rules) {
                for (const Conjunction& tests : rule.when) {
                    for (const Test& test : tests) {
                        if (bits_of(test.type, Abi::x86_64) != 32)
                            return "'" + call.name + "' compares 64 bits, and libseccomp 32 there";
                    }
                }
            }
        }
    }
    // libseccomp drops what equals the default and then adds the calls that these two carry.
    for (const std::string_view carrier : kCarriers) {
        if (abi == Abi::i386 &&
            list_verdict(seccomp, find_call(seccomp, carrier), carrier) == kUnknownCall)
            return "'" + std::string(carrier) + "' answers ENOSYS";
    }
    return std::nullopt;
}

}  // namespace

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
    for (const Syscall& call : syscalls()) {
        const bool known = std::ranges::any_of(
            result.abis, [&](Abi abi) { return number_on(call, abi).has_value(); });
        if (!known)
            continue;
        result.calls.push_back({.call = call.name,
                                .decisions = decisions_about(
                                    profile, call.name, result.abis.front(), result.differences)});
        bound_errnos(result.calls.back(), result.differences);
    }
    return result;
}

std::vector<ExportedRule> rules_of(const Decisions& decisions)
{
    std::vector<ExportedRule> carriers;
    std::map<std::uint32_t, ExportedRule> always;
    std::vector<ExportedRule> conditional;
    for (const CallDecisions& call : decisions.calls) {
        for (const Decision& decision : call.decisions) {
            if (std::ranges::find(kCarriers, call.call) != kCarriers.end()) {
                carriers.push_back({{call.call}, decision.verdict, Cube{}});
            } else if (decision.when == everything()) {
                always[decision.verdict].verdict = decision.verdict;
                always[decision.verdict].names.push_back(call.call);
            } else {
                for (const Cube& cube : decision.when)
                    conditional.push_back({{call.call}, decision.verdict, cube});
            }
        }
    }
    std::vector<ExportedRule> rules = std::move(carriers);
    for (auto& [verdict, rule] : always)
        rules.push_back(std::move(rule));
    rules.insert(rules.end(), conditional.begin(), conditional.end());
    return rules;
}

std::span<const std::string_view> new_calls() noexcept
{
    return kNewCalls;
}

}  // namespace outis::sandbox
