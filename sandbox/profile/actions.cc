#include "sandbox/profile/actions.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "outis/base/filter.h"
#include "outis/sandbox/suggest.h"

namespace outis::sandbox::profile {
namespace {

struct NamedAction {
    std::string_view name;
    ActionKind kind;
};

// From the loosest to the strictest.
constexpr std::array kActions = std::to_array<NamedAction>({
    {"allow", ActionKind::allow},
    {"log", ActionKind::log},
    {"refuse", ActionKind::refuse},
    {"trap", ActionKind::trap},
    {"kill-thread", ActionKind::kill_thread},
    {"kill", ActionKind::kill_process},
});

constexpr std::string_view kByNumber = "errno ";

Action error_action(std::uint32_t number)
{
    return Action{.kind = ActionKind::error, .error_number = static_cast<std::uint16_t>(number)};
}

}  // namespace

std::optional<Action> find_action(std::string_view word) noexcept
{
    const auto* named = std::ranges::find(kActions, word, &NamedAction::name);
    if (named != kActions.end())
        return Action{.kind = named->kind, .error_number = 0};
    if (const std::optional<std::uint32_t> number =
            kernel::find_value(kernel::error_numbers(), word))
        return error_action(*number);
    if (!word.starts_with(kByNumber))
        return std::nullopt;
    word.remove_prefix(kByNumber.size());
    std::uint32_t number = 0;
    const auto [rest, failed] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (failed != std::errc{} || rest != word.data() + word.size() || number > filter::kMaxErrno)
        return std::nullopt;
    return error_action(number);
}

std::string action_word(const Action& action)
{
    if (action.kind == ActionKind::error) {
        const std::string_view name = kernel::name_of(kernel::error_numbers(), action.error_number);
        return name.empty() ? std::string(kByNumber) + std::to_string(action.error_number)
                            : std::string(name);
    }
    return std::string(std::ranges::find(kActions, action.kind, &NamedAction::kind)->name);
}

std::optional<Action> read_action(const Value& value, const language::Reader& reader)
{
    const std::optional<std::string> word = reader.text(value);
    if (!word)
        return std::nullopt;
    if (const std::optional<Action> action = find_action(*word))
        return action;
    std::vector<std::string_view> right = names_in(kActions);
    for (const kernel::Name& known : kernel::error_numbers())
        right.push_back(known.name);
    reader.unknown({.text = *word, .place = value.place}, "action", right);
    return std::nullopt;
}

}  // namespace outis::sandbox::profile
