#include "view/init_words.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace outis::images::view {

namespace {

struct ValueOption {
    char letter;  // 0: none
    std::string_view name;
};

constexpr std::array<ValueOption, 14> kOutis{{
    {'p', "profile"},
    {'u', "user"},
    {'r', "rewrite"},
    {'e', "map-exit"},
    {0, "drain"},
    {'k', "grace"},
    {0, "stop"},
    {'d', "death-signal"},
    {'w', "workdir"},
    {0, "log-format"},
    {0, "probe"},
    {0, "timeout"},
    {0, "status"},
    {0, "sleep"},
}};
constexpr std::array<ValueOption, 2> kTini{{{'p', "p"}, {'e', "e"}}};
constexpr std::array<ValueOption, 1> kDumbInit{{{'r', "rewrite"}}};

// A program, and its options that take a value.
struct Dialect {
    std::string_view program;
    std::span<const ValueOption> options;
};

constexpr std::array<Dialect, 7> kDialects{{
    {"outis-init", kOutis},
    {"tini", kTini},
    {"tini-static", kTini},
    {"docker-init", kTini},
    {"dumb-init", kDumbInit},
    {"catatonit", {}},
    {"podman-init", {}},
}};

std::string_view base_name(std::string_view program)
{
    return program.substr(program.rfind('/') + 1);
}

// What is said of an option in the word that names it.
struct Named {
    const ValueOption* option = nullptr;  // null: one without value
    bool has_value = false;
    std::string value = {};
};

// "--profile", "--profile=x"
Named named_by_word(std::span<const ValueOption> options, std::string_view text)
{
    const std::size_t equals = text.find('=');
    const auto found = std::ranges::find(options, text.substr(0, equals), &ValueOption::name);
    if (found == options.end())
        return {};
    if (equals == std::string_view::npos)
        return {.option = &*found};
    return {.option = &*found, .has_value = true, .value = std::string(text.substr(equals + 1))};
}

// "-p", "-px", and behind options without value "-gpx"
Named named_by_letters(std::span<const ValueOption> options, std::string_view letters)
{
    for (std::size_t at = 0; at < letters.size(); ++at) {
        const auto found = std::ranges::find(options, letters[at], &ValueOption::letter);
        if (found == options.end())
            continue;
        const std::string_view rest = letters.substr(at + 1);
        return {.option = &*found, .has_value = !rest.empty(), .value = std::string(rest)};
    }
    return {};
}

}  // namespace

bool is_outis_init(std::string_view program)
{
    return base_name(program) == kDialects.front().program;
}

InitCommand init_command(const std::vector<std::string>& words)
{
    InitCommand command;
    const std::string_view program = words.empty() ? "" : base_name(words.front());
    const auto* dialect = std::ranges::find(kDialects, program, &Dialect::program);
    if (dialect == kDialects.end())
        return command;
    command.is_init = true;
    command.is_ours = is_outis_init(program);
    std::size_t at = 1;
    while (at < words.size() && words[at].size() > 1 && words[at].starts_with('-')) {
        const std::size_t first = at;
        const std::string_view word = words[at++];
        if (word == "--")
            break;
        Named named = word.starts_with("--") ? named_by_word(dialect->options, word.substr(2))
                                             : named_by_letters(dialect->options, word.substr(1));
        if (named.option == nullptr)
            continue;
        if (!named.has_value && at < words.size())
            named.value = words[at++];
        command.options.push_back({.name = std::string(named.option->name),
                                   .value = std::move(named.value),
                                   .first = first,
                                   .last = at});
    }
    command.app = at;
    return command;
}

}  // namespace outis::images::view
