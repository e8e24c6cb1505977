#include <array>
#include <cstdio>
#include <map>

#include <boost/json/object.hpp>

#include "commands/profile.h"
#include "commands/source.h"
#include "commands/text.h"
#include "outis/sandbox/explain.h"
#include "outis/sandbox/questions.h"

namespace outis::images::commands {

namespace {

namespace json = boost::json;

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

Result<Done, int> diff(const ProfileDiffOptions& options)
{
    const policy::Arch arch = OUTIS_TRY(chosen_arch(options.arch));
    const std::vector<std::byte> before =
        OUTIS_TRY(read_policy(options.profiles[0], arch, options.words));
    const std::vector<std::byte> after =
        OUTIS_TRY(read_policy(options.profiles[1], arch, options.words));
    const sandbox::Difference difference = OUTIS_TRY(told(sandbox::difference(before, after)));
    if (options.json)
        print(as_json(difference));
    else
        print(as_text(difference));
    if (difference.none())
        return Done{};
    return Failure{kAnswerIsNo};
}

}  // namespace

int run(const ProfileDiffOptions& options)
{
    return exit_code(diff(options));
}

}  // namespace outis::images::commands
