#include <array>
#include <cstdio>
#include <map>
#include <memory>

#include <boost/json/object.hpp>

#include "commands/profile.h"
#include "commands/source.h"
#include "commands/text.h"
#include "outis/sandbox/explain.h"
#include "outis/sandbox/questions.h"

namespace outis::images::commands {

namespace json = boost::json;

namespace {

struct ProfileDiff {
    std::string first = {};
    std::string second = {};
    ImportChoices choices = {};
    std::string arch = {};
    bool json = false;
};

std::string hexadecimal(std::uint64_t number)
{
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(number));
    return text.data();
}

// "socket(0x28, 0x0)": zeros at the end are left out.
std::string call_text(const sandbox::CallChange& change)
{
    std::size_t count = change.arguments.size();
    while (count > 1 && change.arguments[count - 1] == 0)
        --count;
    if (change.arguments.empty())
        return change.call;
    std::string text = change.call + "(";
    for (std::size_t i = 0; i < count; ++i)
        text += (i == 0 ? "" : ",") + hexadecimal(change.arguments[i]);
    return text + ")";
}

json::object as_json(const sandbox::Difference& difference)
{
    json::array calls;
    for (const sandbox::CallChange& change : difference.calls)
        calls.push_back(json::object{
            {"abi", std::string(sandbox::abi_name(change.abi))},
            {"after", sandbox::verdict_name(change.after)},
            {"arguments", json::array(change.arguments.begin(), change.arguments.end())},
            {"before", sandbox::verdict_name(change.before)},
            {"call", change.call},
        });
    json::array rights;
    for (const sandbox::RightChange& change : difference.rights)
        rights.push_back(json::object{
            {"after", change.after}, {"before", change.before}, {"what", change.what}});
    return json::object{{"calls", std::move(calls)}, {"rights", std::move(rights)}};
}

bool permits(std::uint32_t verdict)
{
    return verdict == filter::kAllow || verdict == filter::kLog;
}

// What B allows besides, what it no longer allows, and what it refuses in another way.
const char* kind_of(const sandbox::CallChange& change)
{
    if (permits(change.before) == permits(change.after))
        return "other";
    return permits(change.after) ? "gained" : "lost";
}

std::string as_text(const sandbox::Difference& difference)
{
    std::map<std::string, std::vector<std::string>> calls;
    for (const sandbox::CallChange& change : difference.calls)
        calls[std::string(kind_of(change)) + " on " + std::string(sandbox::abi_name(change.abi)) +
              ", " + sandbox::verdict_name(change.before) + " -> " +
              sandbox::verdict_name(change.after)]
            .push_back(call_text(change));
    std::string text;
    for (const auto& [title, names] : calls)
        text += title + ", " + std::to_string(names.size()) + "\n" + wrapped(names, 4);
    for (const sandbox::RightChange& change : difference.rights)
        text += change.what + ": " + (change.before.empty() ? "-" : change.before) + " -> " +
                (change.after.empty() ? "-" : change.after) + "\n";
    return text;
}

// 1 if the two differ.
Result<int, Error> print_difference(const ProfileDiff& options)
{
    const policy::Arch arch = OUTIS_TRY(chosen_arch(options.arch));
    const std::vector<std::byte> before =
        OUTIS_TRY(read_policy(options.first, arch, options.choices));
    const std::vector<std::byte> after =
        OUTIS_TRY(read_policy(options.second, arch, options.choices));
    const sandbox::Difference difference = OUTIS_TRY(sandbox::difference(before, after));
    if (options.json)
        print(as_json(difference));
    else
        print(as_text(difference));
    return difference.none() ? 0 : kAnswerIsNo;
}

}  // namespace

Command diff_profiles_command()
{
    const auto diff = std::make_shared<ProfileDiff>();
    return {
        .name = "diff",
        .help = "show what the second profile allows more or less than the first",
        .options = concat(
            {{{"FIRST", &diff->first, "", "a shipped name, or a .toml, .json or .policy file"},
              {"SECOND", &diff->second, "", "the other profile, written as FIRST"},
              arch_option(diff->arch),
              json_option(diff->json)},
             import_options(diff->choices)}),
        .run = [diff](Words) { return print_difference(*diff); },
    };
}

}  // namespace outis::images::commands
