#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "outis/sandbox/questions.h"
#include "outis/sandbox/suggest.h"
#include "sandbox/kernel/companions.h"
#include "sandbox/kernel/groups.h"
#include "sandbox/kernel/names.h"
#include "sandbox/kernel/syscalls.h"
#include "sandbox/proof/meaning.h"
#include "sandbox/questions/dangers.h"
#include "sandbox/sets/cubes.h"

namespace outis::sandbox {
namespace {

Diagnostic warning(std::string name, const Origin& origin, std::string message, std::string hint)
{
    return Diagnostic{
        .severity = Severity::warning,
        .file = origin.file,
        .line = origin.line,
        .column = origin.column,
        .message = std::move(message),
        .hint = std::move(hint),
        .name = std::move(name),
    };
}

bool may_succeed(const Call& call)
{
    return permits(call.listed) || !call.permissions.empty();
}

// Where a call is allowed: its list, or its first allowing rule.
const Origin& permission_origin(const Call& call)
{
    return call.permissions.empty() ? call.origin : call.permissions.front().origin;
}

// Calls whose permission the profile gives a reason for, under their own name or a group's.
std::set<std::string_view> reasoned(const Seccomp& seccomp)
{
    std::set<std::string_view> calls;
    for (const auto& [subject, reason] : seccomp.reasons) {
        calls.insert(subject);
        for (const std::string_view call : kernel::calls_of(std::string_view(subject)))
            calls.insert(call);
    }
    return calls;
}

void find_dangers(const Seccomp& seccomp, Diagnostics& found)
{
    const std::set<std::string_view> with_reason = reasoned(seccomp);
    for (const questions::Danger& danger : questions::dangers()) {
        for (const std::string_view name : questions::calls_of(danger)) {
            const Call* call = find_call(seccomp, name);
            const bool allowed = call == nullptr ? permits(seccomp.otherwise) : may_succeed(*call);
            if (!allowed || with_reason.contains(name))
                continue;
            found.push_back(warning(
                "no-reason", call == nullptr ? seccomp.origin : permission_origin(*call),
                "'" + std::string(name) + "' is allowed without a reason: it " +
                    std::string(danger.why),
                "write reasons = { " + (danger.subject.starts_with('@') ? "\"" : std::string()) +
                    std::string(danger.subject) + (danger.subject.starts_with('@') ? "\"" : "") +
                    " = \"...\" } in [seccomp], or leave it out"));
        }
    }
}

// The rules in the order of asking, with what is left for each. Conditions that need too many cubes
// are believed.
void find_idle_rules(const Call& call, Diagnostics& found)
{
    std::optional<sets::Cubes> left = sets::everything();
    for (const std::vector<Rule>* rules : {&call.refusals, &call.permissions}) {
        for (const Rule& rule : *rules) {
            const std::optional<sets::Cubes> holds = sets::cubes_of(rule, Abi::x86_64);
            if (!holds)
                return;
            const std::optional<sets::Cubes> decides =
                left ? sets::common(*left, *holds) : std::nullopt;
            const bool written = rule.origin.line != 0;
            if (written && holds->empty())
                found.push_back(warning(
                    "rule-never-holds", rule.origin,
                    "no arguments of '" + call.name + "' make '" + rule.origin.text + "' true",
                    "remove the rule, or correct its condition"));
            else if (written && decides && decides->empty())
                found.push_back(warning("rule-unreachable", rule.origin,
                                        "other rules for '" + call.name +
                                            "' have decided wherever '" + rule.origin.text +
                                            "' is true",
                                        "remove the rule"));
            left = left ? sets::without(*left, *holds) : std::nullopt;
        }
    }
}

Origin of_profile(const Profile& profile)
{
    return Origin{.file = profile.name + ".toml"};
}

void find_needless_capabilities(const Profile& profile, Diagnostics& found)
{
    constexpr std::uint64_t bind_service = std::uint64_t{1} << 10;
    constexpr std::uint16_t first_free_port = 1024;  // ip(7), ip_unprivileged_port_start
    const auto keep = [&](std::string_view name, std::string why) {
        found.push_back(warning("needless-capability", of_profile(profile),
                                std::string(name) + " is kept, " + std::move(why),
                                "leave it out of capabilities.keep"));
    };
    if ((profile.capabilities & bind_service) != 0 && profile.landlock && profile.landlock->bind &&
        std::ranges::all_of(*profile.landlock->bind,
                            [](std::uint16_t port) { return port >= first_free_port; }))
        keep("NET_BIND_SERVICE", "and every port that may be bound is free for all");
    if (!profile.seccomp || permits(profile.seccomp->otherwise))
        return;

    // Capabilities that serve these calls alone (capabilities(7)).
    struct Use {
        std::uint32_t bit;
        std::string_view name;
        std::array<std::string_view, 3> calls;
    };

    constexpr std::array uses = std::to_array<Use>({
        {16, "SYS_MODULE", {"init_module", "finit_module", "delete_module"}},
        {18, "SYS_CHROOT", {"chroot", "setns", "setns"}},
        {20, "SYS_PACCT", {"acct", "acct", "acct"}},
        {22, "SYS_BOOT", {"reboot", "kexec_load", "kexec_file_load"}},
    });
    for (const Use& use : uses) {
        const bool usable = std::ranges::any_of(use.calls, [&](std::string_view name) {
            const Call* call = find_call(*profile.seccomp, name);
            return call != nullptr && may_succeed(*call);
        });
        if ((profile.capabilities >> use.bit & 1) != 0 && !usable)
            keep(use.name, "and '" + std::string(use.calls.front()) + "' is refused");
    }
}

// Inside a user namespace of one's own these capabilities are given (user_namespaces(7)), though
// not over swap, which is the whole machine's.
bool is_met_by_user_namespace(const questions::Need& need)
{
    const bool of_namespaces = need.capability == "SYS_ADMIN" || need.capability == "SYS_CHROOT";
    return of_namespaces && !need.call.starts_with("swap");
}

bool is_let_through(const proof::Meaning& meaning, std::string_view call, Abi abi,
                    std::uint64_t first_argument)
{
    const std::uint32_t verdict =
        meaning.judge({.number = *kernel::number_on(*kernel::find_syscall(call), abi),
                       .arch = audit_arch(abi),
                       .arguments = {first_argument}});
    return verdict == filter::kAllow || verdict == filter::kLog;
}

bool may_enter_namespaces(const Profile& profile)
{
    struct Way {
        std::string_view call;
        std::uint64_t flags;  // its first argument
    };

    constexpr std::uint64_t new_user = 0x10000000;  // CLONE_NEWUSER, linux/sched.h
    constexpr std::array ways = std::to_array<Way>(
        {{"unshare", new_user}, {"clone", new_user}, {"clone3", 0}, {"setns", 0}});
    const proof::Meaning meaning(profile, policy::Arch::x86_64);
    return std::ranges::any_of(ways, [&](const Way& way) {
        return is_let_through(meaning, way.call, Abi::x86_64, way.flags);
    });
}

void find_dead_permissions(const Profile& profile, Diagnostics& found)
{
    const bool namespaces = may_enter_namespaces(profile);
    const std::vector<std::string> kept = capability_names(profile.capabilities);
    for (const questions::Need& need : questions::needs()) {
        const Call* call = find_call(*profile.seccomp, need.call);
        if (call == nullptr || !may_succeed(*call) ||
            (namespaces && is_met_by_user_namespace(need)) ||
            std::ranges::find(kept, need.capability) != kept.end())
            continue;
        found.push_back(warning("dead-permission", permission_origin(*call),
                                "'" + call->name + "' is allowed and always fails without " +
                                    std::string(need.capability),
                                "keep that capability, or leave the call out"));
    }
}

// i386 reaches some calls through one number also, with the arguments behind a pointer: whatever a
// profile says of those calls does not hold there.
void find_multiplexed(const Profile& profile, Diagnostics& found)
{
    const Seccomp& seccomp = *profile.seccomp;
    if (std::ranges::find(seccomp.architectures, Abi::i386) == seccomp.architectures.end())
        return;
    const proof::Meaning meaning(profile, policy::Arch::x86_64);
    std::map<std::string_view, std::vector<std::string_view>> rounds;  // what carriers walk round
    for (const kernel::Syscall& known : kernel::syscalls()) {
        const std::optional<kernel::Companion> companion = kernel::companion_of(known.name);
        if (!companion)
            continue;
        const Call* call = find_call(seccomp, known.name);
        const bool always = permits(call == nullptr ? seccomp.otherwise : call->listed) &&
                            (call == nullptr || !has_rules(*call));
        if (!always && is_let_through(meaning, companion->call, Abi::i386, companion->number))
            rounds[companion->call].push_back(known.name);
    }
    for (const auto& [name, calls] : rounds) {
        const Call* carrier = find_call(seccomp, name);
        const Origin& origin = carrier == nullptr ? seccomp.origin : permission_origin(*carrier);
        const std::string more =
            calls.size() == 1 ? "" : " and of " + std::to_string(calls.size() - 1) + " more calls";
        found.push_back(warning("multiplexed", origin,
                                in_quotes(name) +
                                    " of i386 is allowed, and walks round what is said of " +
                                    in_quotes(calls.front()) + more,
                                "refuse it, or leave i386 out of 'architectures'"));
    }
}

// socketpair(2) makes the kernel load the module of a family, as socket(2) does.
void find_open_pairs(const Seccomp& seccomp, Diagnostics& found)
{
    const Call* socket = find_call(seccomp, "socket");
    const Call* pair = find_call(seccomp, "socketpair");
    const bool pairs = pair == nullptr ? permits(seccomp.otherwise) : may_succeed(*pair);
    if (socket == nullptr || !has_rules(*socket) || !pairs ||
        (pair != nullptr && has_rules(*pair)) || seccomp.as_runc)
        return;
    const Rule& rule =
        socket->refusals.empty() ? socket->permissions.front() : socket->refusals.front();
    if (rule.origin.line != 0)
        found.push_back(warning("open-pairs", rule.origin,
                                "a rule for 'socket' and none for 'socketpair', which reaches the "
                                "same families",
                                "add one with when = \"domain == AF_UNIX\""));
}

void find_no_program(const Profile& profile, Diagnostics& found)
{
    if (!profile.landlock)
        return;
    const Landlock& landlock = *profile.landlock;
    const bool files = landlock.read || landlock.write || landlock.execute;
    if (files && (!landlock.execute || landlock.execute->empty()))
        found.push_back(warning("cannot-start", of_profile(profile),
                                "files are kept to, and nothing may be executed",
                                "write execute = [\"@program\"] in [landlock]"));
}

// The kernel counts these for a user on the whole machine, whoever's containers its processes are
// in (getrlimit(2)); nobody is the user of all that name no other.
void find_shared_limits(const Profile& profile, Diagnostics& found)
{
    constexpr std::uint32_t nobody = 65534;

    struct Shared {
        std::string_view name;
        std::string_view what;
    };

    constexpr std::array shared = std::to_array<Shared>({
        {"nproc", "processes and threads"},
        {"sigpending", "queued signals"},
        {"msgqueue", "bytes in message queues"},
    });
    if (!profile.user || profile.user->uid != nobody)
        return;
    for (const policy::Limit& limit : profile.limits) {
        const std::string_view name = kernel::name_of(kernel::resources(), limit.resource);
        const auto* row = std::ranges::find(shared, name, &Shared::name);
        if (row != shared.end())
            found.push_back(warning("shared-limit", of_profile(profile),
                                    "limits." + std::string(name) + " counts " +
                                        std::string(row->what) +
                                        " of every container on the node that runs as nobody",
                                    "give the workload a user of its own, such as user = 20001, or "
                                    "bake it with --user auto"));
    }
}

}  // namespace

Diagnostics lint(const Profile& profile)
{
    Diagnostics found;
    find_needless_capabilities(profile, found);
    find_shared_limits(profile, found);
    find_no_program(profile, found);
    if (!profile.seccomp)
        return found;
    find_dangers(*profile.seccomp, found);
    for (const Call& call : profile.seccomp->calls)
        find_idle_rules(call, found);
    find_dead_permissions(profile, found);
    find_open_pairs(*profile.seccomp, found);
    find_multiplexed(profile, found);
    std::ranges::stable_sort(
        found, {}, [](const Diagnostic& one) { return std::tie(one.file, one.line, one.column); });
    return found;
}

}  // namespace outis::sandbox
