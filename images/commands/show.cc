#include <map>
#include <memory>
#include <optional>

#include <boost/json/object.hpp>

#include "commands/profile.h"
#include "commands/source.h"
#include "commands/text.h"
#include "outis/base/filter.h"
#include "outis/sandbox/compile.h"
#include "outis/sandbox/explain.h"
#include "outis/sandbox/questions.h"

namespace outis::images::commands {

namespace json = boost::json;

namespace {

struct ProfileShow {
    std::string profile = {};
    std::string arch = {};
    bool json = false;
    bool listing = false;  // the filter's instructions instead
};

// Names of calls by what is answered: "allow", "EPERM", ..., "by arguments".
using CallsByAnswer = std::map<std::string, std::vector<std::string>>;

CallsByAnswer calls_by_answer(const sandbox::Profile& profile, policy::Arch arch)
{
    CallsByAnswer calls;
    for (const sandbox::CallAnswer& answer : sandbox::answers_of(profile, arch)) {
        const std::string key =
            answer.verdict ? sandbox::verdict_name(*answer.verdict) : "by arguments";
        calls[key].emplace_back(answer.name);
    }
    return calls;
}

std::string user_text(const sandbox::Profile& profile)
{
    if (!profile.user)
        return "kept";
    const auto id = [](std::uint32_t number, const std::string& name) {
        return number == policy::kById ? name : std::to_string(number);
    };
    const std::string group = id(profile.user->gid, profile.user->group_name);
    return id(profile.user->uid, profile.user->user_name) + (group.empty() ? "" : ":" + group);
}

json::object described(const sandbox::Profile& profile, policy::Arch arch, std::size_t instructions)
{
    json::object calls;
    for (const auto& [answer, names] : calls_by_answer(profile, arch))
        calls[answer] = words_json(names);
    return json::object{
        {"arch", std::string(sandbox::arch_name(arch))},
        {"capabilities", words_json(sandbox::capability_names(profile.capabilities))},
        {"calls", std::move(calls)},
        {"description", profile.description},
        {"instructions", instructions},
        {"name", profile.name},
        {"user", user_text(profile)},
    };
}

std::string text_shown(const sandbox::Profile& profile, policy::Arch arch, std::size_t instructions)
{
    std::string text = profile.name + ": " + profile.description + "\n";
    if (profile.applies_nothing)
        return text + "  applies nothing\n";
    text += "  user          " + user_text(profile) + "\n";
    text += "  capabilities ";
    for (const std::string& name : sandbox::capability_names(profile.capabilities))
        text += " " + name;
    text += profile.capabilities == 0 ? " none\n" : "\n";
    if (!profile.seccomp)
        return text + "  filter        none\n";
    text += "  filter        " + std::to_string(instructions) + " instructions on " +
            std::string(sandbox::arch_name(arch)) + "\n";
    for (const auto& [answer, names] : calls_by_answer(profile, arch))
        text +=
            "  " + answer + ", " + std::to_string(names.size()) + " calls\n" + wrapped(names, 6);
    return text;
}

Result<int, Error> show_profile(const ProfileShow& options)
{
    const policy::Arch arch = OUTIS_TRY(chosen_arch(options.arch));
    const sandbox::Profile profile = OUTIS_TRY(read_profile(options.profile, arch));
    const std::vector<std::byte> program = OUTIS_TRY(sandbox::compile_filter(profile, arch));
    const std::size_t instructions = program.size() / filter::kInstructionSize;
    if (options.listing) {
        const std::string listing =
            program.empty() ? "" : sandbox::annotated_listing(program, arch);
        if (options.json)
            print(json::object{{"listing", listing}});
        else
            print(listing);
    } else if (options.json) {
        print(described(profile, arch, instructions));
    } else {
        print(text_shown(profile, arch, instructions));
    }
    return 0;
}

}  // namespace

Command show_profile_command()
{
    const auto show = std::make_shared<ProfileShow>();
    return {
        .name = "show",
        .help = "list every system call with its answer, and all other rights",
        .options = {profile_option(show->profile),
                    arch_option(show->arch),
                    {"--listing", &show->listing, "", "show the filter's instructions, with names"},
                    json_option(show->json)},
        .run = [show](Words) { return show_profile(*show); },
    };
}

}  // namespace outis::images::commands
