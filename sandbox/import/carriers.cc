#include "sandbox/import/carriers.h"

#include <algorithm>

#include "sandbox/kernel/companions.h"

namespace outis::sandbox::imports {
namespace {

// ipc's upper half is a version, which selects another layout of the arguments (ipc/syscall.c).
constexpr std::uint64_t kIpcCall = 0xFFFF;

bool accepts_i386(const Flat& flat)
{
    return std::ranges::binary_search(flat.accepted, Abi::i386);
}

bool is_permitted(const std::string& carrier, const Flat& flat, const RulesByCall& calls)
{
    const auto found = calls.find(carrier);
    if (found == calls.end())
        return permits(flat.otherwise);
    const std::vector<FlatRule>& rules = found->second;
    const auto constant = std::ranges::find_if(rules, always_speaks);
    if (constant != rules.end())
        return permits(constant->action);
    return permits(flat.otherwise) ||
           std::ranges::any_of(rules, [](const FlatRule& rule) { return permits(rule.action); });
}

Conjunction is_sub_call(const kernel::Companion& companion)
{
    const bool by_ipc = companion.call == "ipc";
    return {Test{.argument = 0,
                 .type = by_ipc ? ArgumentType::uint32 : ArgumentType::int32,
                 .mask = by_ipc ? std::optional(kIpcCall) : std::nullopt,
                 .comparison = Comparison::equal,
                 .constants = {companion.number}}};
}

}  // namespace

CarriedRefusals carried_refusals(const Flat& flat, const RulesByCall& calls, Notes& notes)
{
    CarriedRefusals result;
    if (!accepts_i386(flat))
        return result;
    for (const auto& [name, rules] : calls) {
        const std::optional<kernel::Companion> companion = kernel::companion_of(name);
        if (!companion || !is_permitted(std::string(companion->call), flat, calls))
            continue;
        const FlatRule& strictest = rules.front();
        const bool by_rule = !permits(strictest.action);
        const bool by_default =
            !permits(flat.otherwise) && std::ranges::none_of(rules, always_speaks);
        if (!by_rule && !by_default)
            continue;
        if (!always_speaks(strictest))
            notes.add(Change::companion, strictest.place,
                      "i386's '" + std::string(companion->call) +
                          "' is refused this call for all arguments, which lie in memory there");
        result[std::string(companion->call)].push_back(
            {.action = by_rule ? action_of(strictest.action) : Action{},
             .when = is_sub_call(*companion)});
    }
    return result;
}

void note_missing_carriers(const Flat& flat, const RulesByCall& calls, Notes& notes)
{
    if (!accepts_i386(flat) || permits(flat.otherwise))
        return;
    for (const auto& [name, rules] : calls) {
        const std::optional<kernel::Companion> companion = kernel::companion_of(name);
        const auto permitting =
            std::ranges::find_if(rules, [](const FlatRule& rule) { return permits(rule.action); });
        if (companion && permitting != rules.end() && !calls.contains(std::string(companion->call)))
            notes.add(Change::companion, permitting->place,
                      "not by i386's '" + std::string(companion->call) +
                          "', by which runc lets it through too");
    }
}

}  // namespace outis::sandbox::imports
