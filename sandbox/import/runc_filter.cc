#include "sandbox/import/runc_filter.h"

#include <algorithm>

#include "outis/base/filter.h"
#include "sandbox/kernel/companions.h"
#include "sandbox/kernel/refusals.h"
#include "sandbox/kernel/syscalls.h"

namespace outis::sandbox::imports {
namespace {

constexpr std::uint32_t kMinusOne = 0xFFFFFFFF;

constexpr std::uint64_t key_of(Abi abi, std::uint32_t number)
{
    return std::uint64_t{static_cast<std::uint8_t>(abi)} << 32 | number;
}

std::uint32_t verdict_of(const ForeignAction& action)
{
    switch (action.kind) {
    case ForeignKind::allow: return filter::kAllow;
    case ForeignKind::log: return filter::kLog;
    case ForeignKind::error: return filter::kErrno | action.number;
    case ForeignKind::trap: return filter::kTrap;
    case ForeignKind::thread: return filter::kKillThread;
    case ForeignKind::process: return filter::kKillProcess;
    case ForeignKind::trace:
    case ForeignKind::notify: break;
    }
    return filter::kErrno | kernel::kEnosys;
}

bool holds(ForeignOperator op, std::uint64_t value, std::uint64_t first, std::uint64_t second)
{
    switch (op) {
    case ForeignOperator::equal: return value == first;
    case ForeignOperator::not_equal: return value != first;
    case ForeignOperator::less: return value < first;
    case ForeignOperator::less_equal: return value <= first;
    case ForeignOperator::greater: return value > first;
    case ForeignOperator::greater_equal: return value >= first;
    case ForeignOperator::masked_equal: break;
    }
    return (value & first) == (second & first);
}

// libseccomp calls x32 an architecture of 32 bits, as i386 and arm.
std::uint64_t as_compared(std::uint64_t value, Abi abi)
{
    const bool whole = abi == Abi::x86_64 || abi == Abi::aarch64;
    return whole ? value : value & 0xFFFFFFFF;
}

bool is_constant(const FlatRule& rule)
{
    return std::ranges::all_of(rule.tests, [](const ForeignTest& test) {
        return test.op == ForeignOperator::masked_equal && test.value == 0;
    });
}

bool repeats_an_argument(const FlatRule& rule)
{
    std::uint32_t seen = 0;
    for (const ForeignTest& test : rule.tests) {
        if ((seen >> test.argument & 1) != 0)
            return true;
        seen |= std::uint32_t{1} << test.argument;
    }
    return false;
}

}  // namespace

RuncFilter::RuncFilter(const Flat& flat, policy::Arch arch) : flat_(flat), native_(native_abi(arch))
{
    const ForeignKind otherwise = flat.otherwise.kind;
    const bool has_stub = otherwise != ForeignKind::allow && otherwise != ForeignKind::log &&
                          otherwise != ForeignKind::trace;
    for (const FlatRule& rule : flat.rules) {
        const kernel::Syscall& call = *kernel::find_syscall(rule.name);
        for (const Abi abi : kAllAbis) {
            if (!accepts(abi))
                continue;
            const std::optional<kernel::Companion> companion =
                abi == Abi::i386 ? kernel::companion_of(rule.name) : std::nullopt;
            const std::optional<std::uint32_t> number = kernel::number_on(call, abi);
            std::optional<std::uint32_t>& highest = highest_[static_cast<std::size_t>(abi)];
            if (has_stub && number && !companion && *number > highest.value_or(0))
                highest = *number;
            if (rule.action == flat.otherwise)
                continue;
            if (number)
                rules_[key_of(abi, *number)].push_back({&rule, std::nullopt});
            if (companion)
                rules_[key_of(abi, *kernel::number_on(*kernel::find_syscall(companion->call), abi))]
                    .push_back({&rule, companion->number});
        }
    }
}

bool RuncFilter::accepts(Abi abi) const
{
    return abi == native_ || std::ranges::binary_search(flat_.accepted, abi);
}

bool RuncFilter::speaks(const LibraryRule& library, const CallData& data, Abi abi)
{
    const FlatRule& rule = *library.rule;
    const auto test_holds = [&](const ForeignTest& test) {
        if (library.companion && test.argument == 0)
            return true;
        return holds(test.op, as_compared(data.arguments[test.argument], abi),
                     as_compared(test.value, abi), as_compared(test.value_two, abi));
    };
    const bool by_companion =
        !library.companion || as_compared(data.arguments[0], abi) == *library.companion;
    if (repeats_an_argument(rule))
        return by_companion && std::ranges::any_of(rule.tests, test_holds);
    return by_companion && std::ranges::all_of(rule.tests, test_holds);
}

std::uint32_t RuncFilter::judge(const CallData& data) const
{
    const bool with_bit = (data.number & kernel::kX32Bit) != 0;
    std::optional<Abi> entered;
    for (const Abi abi : kAllAbis) {
        const bool is_mode =
            audit_arch(abi) != audit_arch(Abi::x32) || with_bit == (abi == Abi::x32);
        if (audit_arch(abi) != data.arch || !is_mode)
            continue;
        const auto& highest = highest_[static_cast<std::size_t>(abi)];
        if (highest && data.number > *highest)
            return filter::kErrno | kernel::kEnosys;
        entered = abi;
    }
    if (!entered)
        return filter::kKillThread;
    const bool tolerated =
        native_ == Abi::x86_64 && *entered == Abi::x32 && data.number == kMinusOne;
    const bool negative = data.arch == audit_arch(Abi::x86_64) && data.number >= kernel::kX32Bit &&
                          !accepts(Abi::x32);
    if ((!accepts(*entered) || negative) && !tolerated)
        return filter::kKillThread;
    const auto found = rules_.find(key_of(*entered, data.number));
    if (found == rules_.end())
        return verdict_of(flat_.otherwise);
    const ForeignAction* strictest = nullptr;
    for (const LibraryRule& library : found->second) {
        if (is_constant(*library.rule) && !library.companion)
            return verdict_of(library.rule->action);
        const bool wins = strictest == nullptr || library.rule->action.kind > strictest->kind;
        if (wins && speaks(library, data, *entered))
            strictest = &library.rule->action;
    }
    return verdict_of(strictest == nullptr ? flat_.otherwise : *strictest);
}

}  // namespace outis::sandbox::imports
