#include <algorithm>
#include <memory>

#include <boost/json/object.hpp>

#include "commands/profile.h"
#include "commands/source.h"
#include "commands/text.h"
#include "outis/sandbox/compile.h"
#include "outis/sandbox/explain.h"
#include "outis/sandbox/questions.h"

namespace outis::images::commands {

namespace json = boost::json;

namespace {

struct ProfileExplanation {
    std::string profile = {};
    std::string call = {};  // empty: the profile as a whole
    std::vector<std::string> arguments = {};
    std::string arch = {};
    std::string abi = {};  // "x86_64" and its like; empty: the native one
    bool json = false;
};

constexpr std::size_t kColumn = 20;

std::string joined(const std::vector<std::string_view>& words)
{
    std::string text;
    for (const std::string_view word : words)
        text += (text.empty() ? "" : " ") + std::string(word);
    return text;
}

json::array as_json(const std::vector<std::string_view>& words)
{
    json::array list;
    for (const std::string_view word : words)
        list.push_back(json::string(word));
    return list;
}

std::string verdict_text(const std::optional<std::uint32_t>& verdict)
{
    return verdict ? sandbox::verdict_name(*verdict) : "by arguments";
}

std::string place_text(const sandbox::Origin& origin)
{
    if (origin.line == 0)
        return {};
    return origin.file + ":" + std::to_string(origin.line) + ":" + std::to_string(origin.column) +
           ": ";
}

json::object as_json(const sandbox::CallExplanation& answer,
                     const std::vector<std::uint64_t>& arguments)
{
    json::array sayings;
    for (const sandbox::Saying& saying : answer.sayings)
        sayings.push_back(json::object{
            {"column", saying.origin.column},
            {"file", saying.origin.file},
            {"line", saying.origin.line},
            {"text", saying.text},
            {"verdict", sandbox::verdict_name(saying.verdict)},
        });
    json::array path;
    for (const sandbox::Step& step : answer.path)
        path.push_back(json::object{{"index", step.index}, {"text", step.text}});
    return json::object{
        {"abi", std::string(sandbox::abi_name(answer.abi))},
        {"arguments", json::array(arguments.begin(), arguments.end())},
        {"call", answer.call},
        {"consequence", answer.consequence},
        {"number", answer.number},
        {"path", std::move(path)},
        {"sayings", std::move(sayings)},
        {"verdict", verdict_text(answer.verdict)},
    };
}

std::string as_text(const sandbox::CallExplanation& answer)
{
    std::string text = answer.call + " on " + std::string(sandbox::abi_name(answer.abi)) +
                       ", number " + std::to_string(answer.number) + ": " +
                       verdict_text(answer.verdict) + "\n  " + answer.consequence + "\n";
    for (const sandbox::Saying& saying : answer.sayings) {
        text += "  " + place_text(saying.origin) + saying.text;
        text += answer.verdict ? "\n" : ": " + sandbox::verdict_name(saying.verdict) + "\n";
    }
    text += "  the filter" +
            std::string(answer.verdict ? "" : ", to its first look at an argument") + "\n";
    for (const sandbox::Step& step : answer.path) {
        const std::string index = std::to_string(step.index);
        text += std::string(8 - std::min<std::size_t>(index.size(), 8), ' ') + index + "  " +
                step.text + "\n";
    }
    return text;
}

// Those that the filter accepts besides the native one: their calls are open as the others are.
std::vector<std::string_view> other_abis(const sandbox::Profile& profile, policy::Arch arch)
{
    std::vector<std::string_view> names;
    if (!profile.seccomp)
        return names;
    for (const sandbox::Abi abi : profile.seccomp->architectures) {
        if (sandbox::runs_on(abi, arch) && abi != sandbox::native_abi(arch))
            names.push_back(sandbox::abi_name(abi));
    }
    return names;
}

json::object as_json(const sandbox::Summary& summary, const sandbox::Profile& profile,
                     policy::Arch arch, const sandbox::Rights& rights)
{
    json::array groups;
    for (const sandbox::GroupAnswer& group : summary.groups)
        groups.push_back(json::object{
            {"allowed", as_json(group.allowed)},
            {"by-arguments", as_json(group.by_arguments)},
            {"meaning", json::string(group.meaning)},
            {"name", json::string(group.name)},
            {"refused", as_json(group.refused)},
        });
    json::array dangers;
    for (const sandbox::DangerAnswer& danger : summary.dangers)
        dangers.push_back(json::object{
            {"allowed", as_json(danger.allowed)},
            {"reason", danger.reason},
            {"subject", json::string(danger.subject)},
            {"why", json::string(danger.why)},
        });
    json::object given;
    for (const auto& [what, value] : rights)
        given[what] = value;
    return json::object{
        {"abis", as_json(other_abis(profile, arch))},
        {"arch", std::string(sandbox::arch_name(arch))},
        {"dangers", std::move(dangers)},
        {"description", profile.description},
        {"groups", std::move(groups)},
        {"name", profile.name},
        {"rights", std::move(given)},
    };
}

// "all 12", "none of 12", "10 of 12; by arguments: a b; refused: c"
std::string group_text(const sandbox::GroupAnswer& group)
{
    const std::size_t count =
        group.allowed.size() + group.by_arguments.size() + group.refused.size();
    std::string text = group.refused.size() == count ? "none of " + std::to_string(count)
                       : group.allowed.size() == count
                           ? "all " + std::to_string(count)
                           : std::to_string(group.allowed.size()) + " of " + std::to_string(count);
    text += ": " + std::string(group.meaning);
    if (!group.by_arguments.empty())
        text += "; by arguments: " + joined(group.by_arguments);
    if (!group.refused.empty() && group.refused.size() != count)
        text += "; refused: " + joined(group.refused);
    return text;
}

std::string dangers_text(const sandbox::Summary& summary)
{
    std::string refused;
    std::string allowed;
    for (const sandbox::DangerAnswer& danger : summary.dangers) {
        if (danger.allowed.empty()) {
            refused += row(danger.subject, std::string(danger.why), kColumn);
            continue;
        }
        const bool whole = danger.allowed.size() == 1 && danger.allowed.front() == danger.subject;
        allowed += row(
            danger.subject,
            std::string(danger.why) + (whole ? "" : "; allowed: " + joined(danger.allowed)) +
                (danger.reason.empty() ? "; no reason is given" : "; the reason: " + danger.reason),
            kColumn);
    }
    return (refused.empty() ? "" : "refused, because it\n" + refused) +
           (allowed.empty() ? "" : "allowed, though it\n" + allowed);
}

std::string abis_text(const std::vector<std::string_view>& others)
{
    return others.empty() ? "" : ", and by the same lists to programs for " + joined(others);
}

std::string as_text(const sandbox::Summary& summary, const sandbox::Profile& profile,
                    policy::Arch arch, const sandbox::Rights& rights)
{
    std::string text = profile.name + ": " + profile.description + "\n";
    if (profile.applies_nothing)
        return text + "  applies nothing\n";
    if (!profile.seccomp)
        text += "no filter: every system call is allowed\n";
    else
        text += "calls allowed on " + std::string(sandbox::arch_name(arch)) +
                abis_text(other_abis(profile, arch)) + "\n";
    for (const sandbox::GroupAnswer& group : summary.groups)
        text += row(group.name, group_text(group), kColumn);
    text += dangers_text(summary) + "rights\n";
    for (const auto& [what, value] : rights)
        text += row(what, value, kColumn + 8);
    return text;
}

Result<int, Error> explain_profile(const ProfileExplanation& options, policy::Arch arch,
                                   const sandbox::Profile& profile)
{
    const sandbox::Summary summary = sandbox::summary_of(profile, arch);
    const std::vector<std::byte> policy = OUTIS_TRY(sandbox::compile_policy(profile, arch));
    const sandbox::Rights rights = OUTIS_TRY(sandbox::rights_of(policy));
    if (options.json)
        print(as_json(summary, profile, arch, rights));
    else
        print(as_text(summary, profile, arch, rights));
    return 0;
}

Result<sandbox::CallQuestion, Error> question_of(const ProfileExplanation& options)
{
    sandbox::CallQuestion question{.call = options.call, .abi = {}, .arguments = {}};
    if (!options.abi.empty()) {
        question.abi = sandbox::parse_abi(options.abi);
        if (!question.abi)
            return bad_input("there is no ABI '" + options.abi +
                             "'; write x86_64, x32, i386, aarch64 or arm");
    }
    for (const std::string& argument : options.arguments)
        question.arguments.push_back(OUTIS_TRY(sandbox::parse_argument(argument)));
    return question;
}

Result<int, Error> print_explanation(const ProfileExplanation& options)
{
    const policy::Arch arch = OUTIS_TRY(chosen_arch(options.arch));
    const sandbox::Profile profile = OUTIS_TRY(read_profile(options.profile, arch));
    if (options.call.empty())
        return explain_profile(options, arch, profile);
    const sandbox::CallQuestion question = OUTIS_TRY(question_of(options));
    const sandbox::CallExplanation answer =
        OUTIS_TRY(sandbox::explain_call(profile, arch, question));
    if (options.json)
        print(as_json(answer, question.arguments));
    else
        print(as_text(answer));
    return 0;
}

}  // namespace

Command explain_profile_command()
{
    const auto explain = std::make_shared<ProfileExplanation>();
    return {
        .name = "explain",
        .help = "summarise a profile, or show why a system call is allowed or refused",
        .options = {profile_option(explain->profile),
                    {"[CALL]", &explain->call, "", "a system call"},
                    {"[ARGUMENT]", &explain->arguments, "",
                     "its arguments: numbers, or names such as AF_INET"},
                    arch_option(explain->arch),
                    {"--abi", &explain->abi, "ABI", "x86_64, x32, i386, aarch64 or arm",
                     "the architecture's own"},
                    json_option(explain->json)},
        .rest = "[-- ARGUMENT...]",
        .run = [explain](Words rest) -> Result<int, Error> {
            ProfileExplanation asked = *explain;
            // Negative numbers stand behind '--', and so may the call.
            if (asked.call.empty() && !rest.empty()) {
                asked.call = rest.front();
                rest = rest.subspan(1);
            }
            asked.arguments.insert(asked.arguments.end(), rest.begin(), rest.end());
            return print_explanation(asked);
        },
    };
}

}  // namespace outis::images::commands
