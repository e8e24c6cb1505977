#include "sandbox/proof/meaning.h"

#include <algorithm>

#include "sandbox/kernel/arguments.h"

namespace outis::sandbox::proof {
namespace {

constexpr std::uint32_t error_verdict(std::uint32_t number)
{
    return filter::kErrno | number;
}

constexpr std::uint32_t kSkipped = 0xFFFFFFFF;  // -1: a tracer's way to skip a call

constexpr std::uint64_t key_of(std::uint32_t audit, std::uint32_t number)
{
    return std::uint64_t{audit} << 32 | number;
}

std::uint64_t sign_extended(std::uint64_t value, unsigned bits)
{
    const unsigned unused = 64 - bits;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << unused) >> unused);
}

std::uint64_t zero_extended(std::uint64_t value, unsigned bits)
{
    return bits == 64 ? value : value & 0xFFFFFFFF;
}

bool compares(Comparison comparison, std::uint64_t value, std::uint64_t constant, bool with_sign)
{
    const auto signed_value = static_cast<std::int64_t>(value);
    const auto signed_constant = static_cast<std::int64_t>(constant);
    const bool less = with_sign ? signed_value < signed_constant : value < constant;
    switch (comparison) {
    case Comparison::equal: return value == constant;
    case Comparison::not_equal: return value != constant;
    case Comparison::less: return less;
    case Comparison::less_equal: return less || value == constant;
    case Comparison::greater: return !less && value != constant;
    case Comparison::greater_equal: return !less;
    }
    return false;
}

bool holds(const Test& test, const CallData& data, Abi abi)
{
    const unsigned bits = kernel::bits_of(test.type, abi);
    const bool with_sign = kernel::is_signed(test.type) && !test.mask;
    const auto extended = [&](std::uint64_t value) {
        return with_sign ? sign_extended(value, bits) : zero_extended(value, bits);
    };
    std::uint64_t value = extended(data.arguments[test.argument]);
    if (test.mask)
        value &= zero_extended(*test.mask, bits);
    const auto compares_with = [&](std::uint64_t constant) {
        return compares(test.comparison, value, extended(constant), with_sign);
    };
    return test.comparison == Comparison::not_equal
               ? std::ranges::all_of(test.constants, compares_with)
               : std::ranges::any_of(test.constants, compares_with);
}

bool holds(const Rule& rule, const CallData& data, Abi abi)
{
    const auto all = [&](const Conjunction& tests) {
        return std::ranges::all_of(tests, [&](const Test& t) { return holds(t, data, abi); });
    };
    return rule.when.empty() || std::ranges::any_of(rule.when, all);
}

}  // namespace

std::uint32_t refusal(std::string_view call)
{
    return error_verdict(kernel::errno_of_call(call));
}

std::uint32_t rule_verdict(const Action& action, std::string_view call)
{
    switch (action.kind) {
    case ActionKind::allow: return filter::kAllow;
    case ActionKind::log: return filter::kLog;
    case ActionKind::trap: return filter::kTrap;
    case ActionKind::kill_thread: return filter::kKillThread;
    case ActionKind::kill_process: return filter::kKillProcess;
    case ActionKind::error: return error_verdict(action.error_number);
    case ActionKind::refuse: break;
    }
    return error_verdict(kernel::errno_of_arguments(call));
}

std::uint32_t list_verdict(const Seccomp& seccomp, const Call* listed, std::string_view call)
{
    const Action& action = listed != nullptr ? listed->listed : seccomp.otherwise;
    if (seccomp.as_runc)
        return rule_verdict(action, call);
    if (action.kind == ActionKind::refuse)
        return refusal(call);
    // A default of "kill" shall not kill for trying a new call that has an older replacement.
    if (listed == nullptr && !permits(action) && kernel::is_replaceable(call))
        return kUnknownCall;
    return rule_verdict(action, call);
}

std::uint32_t miss_verdict(const Seccomp& seccomp, std::string_view call)
{
    const bool would_permit = permits(seccomp.otherwise) && !seccomp.as_runc;
    return rule_verdict(would_permit ? Action{} : seccomp.otherwise, call);
}

bool accepts(const Seccomp& seccomp, policy::Arch arch, Abi abi)
{
    return abi == native_abi(arch) ||
           (runs_on(abi, arch) && std::ranges::binary_search(seccomp.architectures, abi));
}

std::optional<std::uint32_t> number_verdict(const Seccomp& seccomp, policy::Arch arch,
                                            std::uint32_t audit, std::uint32_t number)
{
    const bool of_x32 = audit == audit_arch(Abi::x32) && (number & kernel::kX32Bit) != 0;
    bool enters = false;
    for (const Abi abi : kAllAbis) {
        if (audit_arch(abi) != audit || !accepts(seccomp, arch, abi))
            continue;
        enters = true;
        const auto& highest = seccomp.as_runc->highest[static_cast<std::size_t>(abi)];
        if (highest && number > *highest && (abi == Abi::x32) == of_x32)
            return kUnknownCall;
    }
    const bool beyond = audit == audit_arch(Abi::x32) && !accepts(seccomp, arch, Abi::x32) &&
                        number >= kernel::kX32Bit && number != kSkipped;
    if (!enters || beyond)
        return filter::kKillThread;
    return std::nullopt;
}

Meaning::Meaning(const Profile& profile, policy::Arch arch) : profile_(profile), arch_(arch)
{
    for (const Abi abi : kAllAbis) {
        if (!accepts(*profile.seccomp, arch, abi))
            continue;
        for (const kernel::Syscall& call : kernel::syscalls()) {
            const std::optional<std::uint32_t> number = kernel::number_on(call, abi);
            if (!number)
                continue;
            const auto& calls = profile.seccomp->calls;
            const auto listed = std::ranges::lower_bound(calls, call.name, {}, &Call::name);
            const bool found = listed != calls.end() && listed->name == call.name;
            known_[key_of(audit_arch(abi), *number)] =
                Known{.abi = abi, .call = &call, .listed = found ? &*listed : nullptr};
        }
    }
}

const Meaning::Known* Meaning::find(std::uint32_t audit, std::uint32_t number) const
{
    const auto found = known_.find(key_of(audit, number));
    return found == known_.end() ? nullptr : &found->second;
}

Ruling Meaning::ruling(const CallData& data) const
{
    const Known* known = find(data.arch, data.number);
    if (profile_.seccomp->as_runc)
        return ruling_as_runc(data, known);
    if (known == nullptr)
        return {kUnknownCall, Ground::unknown};
    const std::string_view name = known->call->name;
    if (profile_.exec_once && name == "execve") {
        const bool ours = known->abi == native_abi(arch_) && data.arguments[5] == kCookie;
        return {ours ? filter::kAllow : kRefusedCall, Ground::exec_once};
    }
    if (profile_.exec_once && name == "execveat")
        return {kRefusedCall, Ground::exec_once};
    if (kernel::is_indispensable(name))
        return {filter::kAllow, Ground::indispensable};
    const bool ruled = known->listed != nullptr && has_rules(*known->listed);
    if (ruled && kernel::takes_arguments_in_memory(name, known->abi))
        return {refusal(name), Ground::in_memory};
    return ruling_of_call(data, *known);
}

Ruling Meaning::ruling_as_runc(const CallData& data, const Known* known) const
{
    const Seccomp& seccomp = *profile_.seccomp;
    if (const auto verdict = number_verdict(seccomp, arch_, data.arch, data.number))
        return {*verdict, Ground::as_runc};
    if (known == nullptr)
        return {rule_verdict(seccomp.otherwise, {}), Ground::unlisted};
    return ruling_of_call(data, *known);
}

Ruling Meaning::ruling_of_call(const CallData& data, const Known& known) const
{
    const Seccomp& seccomp = *profile_.seccomp;
    const std::string_view name = known.call->name;
    if (known.listed == nullptr)
        return {list_verdict(seccomp, nullptr, name), Ground::unlisted};
    const Call& call = *known.listed;
    for (const Rule& rule : call.refusals) {
        if (holds(rule, data, known.abi))
            return {rule_verdict(rule.action, name), Ground::refusal, &rule};
    }
    for (const Rule& rule : call.permissions) {
        if (holds(rule, data, known.abi))
            return {rule_verdict(rule.action, name), Ground::permission, &rule};
    }
    if (call.permissions.empty())
        return {list_verdict(seccomp, &call, name), Ground::listed};
    return {miss_verdict(seccomp, name), Ground::no_permission};
}

}  // namespace outis::sandbox::proof
