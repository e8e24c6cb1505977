#include "sandbox/compile/filter.h"

#include <algorithm>
#include <map>

#include "sandbox/compile/conditions.h"
#include "sandbox/kernel/arguments.h"
#include "sandbox/kernel/syscalls.h"
#include "sandbox/proof/meaning.h"

namespace outis::sandbox::compile {
namespace {

// What rules may ask for, reachable or not: the proof tries the corners of all of it.
constexpr std::size_t kMaxNodes = 2 * filter::kMaxInstructions;

struct Target {
    const Profile& profile;
    policy::Arch arch;
    std::vector<Abi> accepted;  // the native one last
};

NodeId add_rules(Graph& graph, const std::vector<Rule>& rules, std::string_view call, Abi abi,
                 NodeId otherwise)
{
    NodeId node = otherwise;
    for (std::size_t i = rules.size(); i-- > 0;)
        node = add_condition(graph, rules[i].when, abi,
                             graph.verdict(proof::rule_verdict(rules[i].action, call)), node);
    return node;
}

// What rules and lists say of the call.
NodeId add_listed(Graph& graph, const Seccomp& seccomp, const Call* call, std::string_view name,
                  Abi abi)
{
    if (call == nullptr)
        return graph.verdict(proof::list_verdict(seccomp, nullptr, name));
    const NodeId last =
        graph.verdict(call->permissions.empty() ? proof::list_verdict(seccomp, call, name)
                                                : proof::miss_verdict(seccomp, name));
    const NodeId permitted = add_rules(graph, call->permissions, name, abi, last);
    return add_rules(graph, call->refusals, name, abi, permitted);
}

NodeId add_call(Graph& graph, const Target& target, const kernel::Syscall& syscall, Abi abi)
{
    const std::string_view name = syscall.name;
    const Seccomp& seccomp = *target.profile.seccomp;
    const Call* call = find_call(seccomp, name);
    if (seccomp.as_runc)
        return add_listed(graph, seccomp, call, name, abi);
    const NodeId refused = graph.verdict(proof::kRefusedCall);
    if (target.profile.exec_once && name == "execveat")
        return refused;
    if (target.profile.exec_once && name == "execve")
        return abi == native_abi(target.arch)
                   ? add_cookie_test(graph, graph.verdict(filter::kAllow), refused)
                   : refused;
    if (kernel::is_indispensable(name))
        return graph.verdict(filter::kAllow);
    const bool ruled = call != nullptr && has_rules(*call);
    if (ruled && kernel::takes_arguments_in_memory(name, abi))
        return graph.verdict(proof::refusal(name));
    return add_listed(graph, seccomp, call, name, abi);
}

// The answer to a number that is no call's.
NodeId add_unknown(Graph& graph, const Seccomp& seccomp)
{
    return graph.verdict(seccomp.as_runc ? proof::rule_verdict(seccomp.otherwise, {})
                                         : proof::kUnknownCall);
}

// Where number_verdict may change its answer.
std::vector<std::uint32_t> ends_of_ranges(const Seccomp& seccomp)
{
    std::vector<std::uint32_t> ends{0};
    if (!seccomp.as_runc)
        return ends;
    ends.insert(ends.end(),
                {kernel::kX32Bit, 2 * kernel::kX32Bit, 3 * kernel::kX32Bit, 0xFFFFFFFF});
    for (const std::optional<std::uint32_t>& highest : seccomp.as_runc->highest) {
        if (highest)
            ends.push_back(*highest + 1);
    }
    return ends;
}

// Numbers of every accepted ABI that enters as `audit` does; x32 shares x86-64's.
NodeId add_numbers(Graph& graph, const Target& target, std::uint32_t audit)
{
    const Seccomp& seccomp = *target.profile.seccomp;
    std::map<std::uint32_t, NodeId> calls;
    std::vector<std::uint32_t> firsts = ends_of_ranges(seccomp);
    for (const Abi abi : target.accepted) {
        if (audit_arch(abi) != audit)
            continue;
        for (const kernel::Syscall& syscall : kernel::syscalls()) {
            const std::optional<std::uint32_t> number = kernel::number_on(syscall, abi);
            if (!number)
                continue;
            calls[*number] = add_call(graph, target, syscall, abi);
            firsts.insert(firsts.end(), {*number, *number + 1});
        }
    }
    std::ranges::sort(firsts);
    firsts.erase(std::unique(firsts.begin(), firsts.end()), firsts.end());
    const NodeId unknown = add_unknown(graph, seccomp);
    std::vector<Range> ranges;
    for (const std::uint32_t first : firsts) {
        const auto call = calls.find(first);
        const NodeId known = call == calls.end() ? unknown : call->second;
        const auto by_number = seccomp.as_runc
                                   ? proof::number_verdict(seccomp, target.arch, audit, first)
                                   : std::nullopt;
        ranges.push_back({first, by_number ? graph.verdict(*by_number) : known});
    }
    return graph.load(filter::kNumberOffset, add_ranges(graph, ranges));
}

// True if `constant` is the same number in `bits` bits, by sign or by zeros.
bool fits(std::uint64_t constant, unsigned bits)
{
    const std::uint64_t upper = bits == 64 ? 0 : constant >> (bits - 1);
    const std::uint64_t all = bits == 64 ? 0 : ~std::uint64_t{0} >> (bits - 1);
    return upper <= 1 || upper == all;
}

// A `long` has 32 bits on some ABIs: 4294967297 must not become 1 there.
Result<Done, Error> check_widths(const Rule& rule, std::string_view call, Abi abi)
{
    for (const Conjunction& tests : rule.when) {
        for (const Test& test : tests) {
            if (test.type == ArgumentType::whole_register)
                continue;
            const unsigned bits = kernel::bits_of(test.type, abi);
            const bool narrow = std::ranges::all_of(
                test.constants, [bits](std::uint64_t constant) { return fits(constant, bits); });
            if (kernel::is_displaced(call, test.argument, abi))
                return bad_input("a condition of '" + std::string(call) +
                                 "' is about an argument that " + std::string(abi_name(abi)) +
                                 " passes in two registers; leave that architecture out");
            if (!narrow || !fits(test.mask.value_or(0), bits))
                return bad_input("a condition of '" + std::string(call) +
                                 "' needs more than the 32 bits that its argument has on " +
                                 std::string(abi_name(abi)) +
                                 "; leave that architecture out, or write a smaller number");
        }
    }
    return Done{};
}

Result<Done, Error> check_widths(const Seccomp& seccomp, const std::vector<Abi>& accepted)
{
    for (const Abi abi : accepted) {
        for (const Call& call : seccomp.calls) {
            for (const std::vector<Rule>* rules : {&call.refusals, &call.permissions}) {
                for (const Rule& rule : *rules)
                    OUTIS_TRY(check_widths(rule, call.name, abi));
            }
        }
    }
    return Done{};
}

}  // namespace

Result<Program, Error> generate_filter(const Profile& profile, policy::Arch arch)
{
    Target target{.profile = profile, .arch = arch, .accepted = {}};
    for (const Abi abi : kAllAbis) {
        if (abi != native_abi(arch) && proof::accepts(*profile.seccomp, arch, abi))
            target.accepted.push_back(abi);
    }
    target.accepted.push_back(native_abi(arch));
    OUTIS_TRY(check_widths(*profile.seccomp, target.accepted));

    Graph graph;
    // An ABI that is not accepted is answered as by a kernel that was built without it.
    NodeId entry =
        graph.verdict(profile.seccomp->as_runc ? filter::kKillThread : proof::kUnknownCall);
    for (const Abi abi : target.accepted) {
        const bool shares_entry = abi == Abi::x32;
        if (shares_entry)
            continue;
        entry = graph.add(Node{
            .code = filter::kJumpEqual,
            .k = audit_arch(abi),
            .yes = add_numbers(graph, target, audit_arch(abi)),
            .no = entry,
            .patch = Patch::none,
        });
    }
    if (graph.size() > kMaxNodes)
        return bad_input("the rules make " + std::to_string(graph.size()) +
                         " comparisons and a filter has room for 4096; use fewer conditions");
    return write_program(graph, graph.load(filter::kArchOffset, entry));
}

}  // namespace outis::sandbox::compile
