#include <algorithm>
#include <charconv>
#include <iterator>

#include "outis/sandbox/compile.h"
#include "outis/sandbox/explain.h"
#include "outis/sandbox/questions.h"
#include "outis/sandbox/suggest.h"
#include "sandbox/kernel/constants.h"
#include "sandbox/kernel/refusals.h"
#include "sandbox/proof/meaning.h"

namespace outis::sandbox {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text)
{
    const bool negative = text.starts_with('-');
    if (negative)
        text.remove_prefix(1);
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0o")) {
        base = text[1] == 'x' ? 16 : 8;
        text.remove_prefix(2);
    }
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, failed] = std::from_chars(text.data(), end, number, base);
    if (failed != std::errc{} || rest != end)
        return std::nullopt;
    return negative ? ~number + 1 : number;
}

Error unknown_constant(std::string_view word)
{
    return bad_input(in_quotes(word) + " is neither a number nor the name of a constant" +
                     did_you_mean(word, names_in(kernel::constants())))
        .error;
}

// "allowed", "logged", "refused", or "answered with EACCES"
std::string_view done_by(const Action& action)
{
    switch (action.kind) {
    case ActionKind::allow: return "allowed";
    case ActionKind::log: return "allowed and logged";
    case ActionKind::trap: return "trapped";
    case ActionKind::kill_thread:
    case ActionKind::kill_process: return "killed";
    default: return "refused";
    }
}

Saying of_rule(const Rule& rule, std::string_view call)
{
    const bool implied = rule.origin.line == 0;
    return Saying{
        .text = std::string(done_by(rule.action)) + " when '" + rule.origin.text + "'" +
                (implied ? ", for " + rule.origin.reason : ""),
        .verdict = proof::rule_verdict(rule.action, call),
        .origin = rule.origin,
    };
}

Saying of_default(const Seccomp& seccomp, std::uint32_t verdict)
{
    return Saying{.text = "in no list, so the profile's default answers",
                  .verdict = verdict,
                  .origin = seccomp.origin};
}

Saying of_list(const Seccomp& seccomp, const Call& call)
{
    const std::uint32_t verdict = proof::list_verdict(seccomp, &call, call.name);
    if (call.origin.text.empty())
        return of_default(seccomp, verdict);
    if (!call.origin.reason.empty())
        return Saying{.text = std::string(done_by(call.listed)) + ", for " + call.origin.reason,
                      .verdict = verdict,
                      .origin = call.origin};
    return Saying{.text = std::string(done_by(call.listed)) + " by the list that holds '" +
                          call.origin.text + "'",
                  .verdict = verdict,
                  .origin = call.origin};
}

Saying of_miss(const Seccomp& seccomp, std::string_view call)
{
    return Saying{.text = "none of its allowing rules holds",
                  .verdict = proof::miss_verdict(seccomp, call),
                  .origin = seccomp.origin};
}

// Why no allowing rule of a call let it pass: each of them.
std::vector<Saying> failed_rules(const Call& call, std::uint32_t verdict)
{
    std::vector<Saying> sayings;
    for (const Rule& rule : call.permissions)
        sayings.push_back({.text = "not so: '" + rule.origin.text + "'",
                           .verdict = verdict,
                           .origin = rule.origin});
    return sayings;
}

Saying saying_of(const proof::Ruling& ruling, const Profile& profile,
                 const proof::Meaning::Known* known)
{
    const Seccomp& seccomp = *profile.seccomp;
    switch (ruling.ground) {
    case proof::Ground::as_runc:
        return {.text = "unsafe-as-runc: the number alone decides, or its ABI",
                .verdict = ruling.verdict,
                .origin = {}};
    case proof::Ground::exec_once:
        return {.text = "exec.once: PID 1 starts the program, and nothing after it is started",
                .verdict = ruling.verdict,
                .origin = {}};
    case proof::Ground::indispensable:
        return {.text = "allowed in every profile: without it nothing would start or end",
                .verdict = ruling.verdict,
                .origin = {}};
    case proof::Ground::unlisted: return of_default(seccomp, ruling.verdict);
    case proof::Ground::listed: return of_list(seccomp, *known->listed);
    case proof::Ground::in_memory:
        return {.text =
                    "it has rules, and this ABI passes its arguments in memory, where no filter "
                    "sees them",
                .verdict = ruling.verdict,
                .origin = {}};
    case proof::Ground::refusal:
    case proof::Ground::permission: return of_rule(*ruling.rule, known->call->name);
    case proof::Ground::no_permission: return of_miss(seccomp, known->call->name);
    case proof::Ground::unknown: break;
    }
    return {
        .text = "no ABI that the profile accepts has it", .verdict = ruling.verdict, .origin = {}};
}

std::vector<Saying> all_sayings(const Seccomp& seccomp, const Call& call)
{
    std::vector<Saying> sayings;
    for (const Rule& rule : call.refusals)
        sayings.push_back(of_rule(rule, call.name));
    for (const Rule& rule : call.permissions)
        sayings.push_back(of_rule(rule, call.name));
    sayings.push_back(call.permissions.empty() ? of_list(seccomp, call)
                                               : of_miss(seccomp, call.name));
    return sayings;
}

std::vector<Step> steps_of(Bytes program, const CallData& data, bool whole)
{
    std::vector<Step> steps;
    for (const std::uint32_t index : path_of(program, data)) {
        const filter::Instruction at = filter::load_instruction(program, index);
        steps.push_back({.index = index, .text = instruction_text(program, index)});
        if (!whole && at.code == filter::kLoadWord && at.k >= filter::kArgumentsOffset)
            break;
    }
    return steps;
}

Result<const kernel::Syscall*, Error> known_call(const std::string& name)
{
    const kernel::Syscall* call = kernel::find_syscall(name);
    if (call != nullptr)
        return call;
    return bad_input("there is no system call " + in_quotes(name) +
                     did_you_mean(name, names_in(kernel::syscalls())));
}

}  // namespace

Result<std::uint64_t, Error> parse_argument(std::string_view text)
{
    std::uint64_t value = 0;
    while (true) {
        const std::size_t bar = text.find('|');
        const std::string_view word = text.substr(0, bar);
        if (const auto number = parse_number(word))
            value |= *number;
        else if (const auto constant = kernel::find_constant(word))
            value |= static_cast<std::uint64_t>(*constant);
        else
            return Failure{unknown_constant(word)};
        if (bar == std::string_view::npos)
            return value;
        text.remove_prefix(bar + 1);
    }
}

std::string consequence_of(std::uint32_t verdict)
{
    constexpr std::uint32_t no_family = filter::kErrno | kernel::kEafnosupport;
    switch (verdict) {
    case filter::kAllow: return "the kernel carries it out as always";
    case filter::kLog: return "the kernel carries it out and writes it to the audit log";
    case filter::kTrap:
        return "the thread gets SIGSYS, which ends the process unless it is handled";
    case filter::kKillThread: return "the thread ends at once, and with it a process of one thread";
    case filter::kKillProcess: return "the process ends at once, as by SIGSYS";
    case proof::kUnknownCall:
        return "callers take the kernel for one without it and use an older call";
    case no_family: return "callers try the next address family, as on a kernel without this one";
    default: return "callers get the error and nothing is done";
    }
}

Result<CallExplanation, Error> explain_call(const Profile& profile, policy::Arch arch,
                                            const CallQuestion& question)
{
    if (!profile.seccomp)
        return bad_input("profile '" + profile.name + "' has no filter, so every call is allowed");
    const kernel::Syscall* call = OUTIS_TRY(known_call(question.call));
    const Abi abi = question.abi.value_or(native_abi(arch));
    const std::optional<std::uint32_t> number = kernel::number_on(*call, abi);
    if (!number || !runs_on(abi, arch))
        return bad_input("there is no '" + question.call + "' for " + std::string(abi_name(abi)) +
                         " programs on " + std::string(arch_name(arch)));
    if (question.arguments.size() > 6)
        return bad_input("a system call has at most 6 arguments");

    const std::vector<std::byte> program = OUTIS_TRY(compile_filter(profile, arch));
    CallData data{.number = *number, .arch = audit_arch(abi), .arguments = {}};
    std::ranges::copy(question.arguments, data.arguments.begin());
    const proof::Meaning meaning(profile, arch);
    const proof::Meaning::Known* known = meaning.find(data.arch, data.number);
    const proof::Ruling ruling = meaning.ruling(data);
    const bool ruled =
        ruling.ground == proof::Ground::refusal || ruling.ground == proof::Ground::permission ||
        ruling.ground == proof::Ground::no_permission || ruling.ground == proof::Ground::listed;
    const bool open = ruled && question.arguments.empty() && has_rules(*known->listed);
    CallExplanation answer{
        .call = question.call,
        .abi = abi,
        .number = *number,
        .verdict = open ? std::nullopt : std::optional(ruling.verdict),
        .sayings = open ? all_sayings(*profile.seccomp, *known->listed)
                        : std::vector{saying_of(ruling, profile, known)},
        .consequence = open ? "it depends on its arguments" : consequence_of(ruling.verdict),
        .path = steps_of(program, data, !open),
    };
    if (!open && ruling.ground == proof::Ground::no_permission)
        std::ranges::move(failed_rules(*known->listed, ruling.verdict),
                          std::back_inserter(answer.sayings));
    return answer;
}

}  // namespace outis::sandbox
