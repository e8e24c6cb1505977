#include <algorithm>

#include "outis/sandbox/explain.h"
#include "outis/sandbox/questions.h"
#include "sandbox/kernel/groups.h"
#include "sandbox/questions/dangers.h"

namespace outis::sandbox {
namespace {

const CallAnswer* find_answer(const std::vector<CallAnswer>& answers, std::string_view call)
{
    const auto found = std::ranges::lower_bound(answers, call, {}, &CallAnswer::name);
    return found != answers.end() && found->name == call ? &*found : nullptr;
}

bool permits(std::uint32_t verdict)
{
    return verdict == filter::kAllow || verdict == filter::kLog;
}

GroupAnswer answer_of(const kernel::Group& group, const std::vector<CallAnswer>& answers)
{
    GroupAnswer answer{.name = group.name, .meaning = group.meaning};
    for (const std::string_view call : kernel::calls_of(group.name)) {
        const CallAnswer* found = find_answer(answers, call);
        if (found == nullptr)
            continue;
        if (!found->verdict)
            answer.by_arguments.push_back(call);
        else
            (permits(*found->verdict) ? answer.allowed : answer.refused).push_back(call);
    }
    return answer;
}

// The reason of the call's own, or of a group that holds it.
std::string reason_for(const Seccomp& seccomp, std::string_view call)
{
    for (const auto& [subject, reason] : seccomp.reasons) {
        const auto calls = subject.starts_with('@') ? kernel::calls_of(std::string_view(subject))
                                                    : std::vector<std::string_view>{subject};
        if (std::ranges::find(calls, call) != calls.end())
            return reason;
    }
    return {};
}

DangerAnswer answer_of(const questions::Danger& danger, const Seccomp& seccomp,
                       const std::vector<CallAnswer>& answers)
{
    DangerAnswer answer{.subject = danger.subject, .why = danger.why};
    for (const std::string_view call : questions::calls_of(danger)) {
        const CallAnswer* found = find_answer(answers, call);
        if (found == nullptr || !permits(found->verdict.value_or(filter::kAllow)))
            continue;
        answer.allowed.push_back(call);
        if (answer.reason.empty())
            answer.reason = reason_for(seccomp, call);
    }
    return answer;
}

}  // namespace

Summary summary_of(const Profile& profile, policy::Arch arch)
{
    Summary summary;
    if (!profile.seccomp)
        return summary;
    const std::vector<CallAnswer> answers = answers_of(profile, arch);
    for (const kernel::Group& group : kernel::groups()) {
        GroupAnswer answer = answer_of(group, answers);
        if (!answer.allowed.empty() || !answer.by_arguments.empty() || !answer.refused.empty())
            summary.groups.push_back(std::move(answer));
    }
    for (const questions::Danger& danger : questions::dangers())
        summary.dangers.push_back(answer_of(danger, *profile.seccomp, answers));
    return summary;
}

}  // namespace outis::sandbox
