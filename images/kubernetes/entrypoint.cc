#include "kubernetes/entrypoint.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "plan/run_words.h"

namespace outis::images {

namespace {

struct ValueOption {
    std::string_view short_name;
    std::string_view name;
};

// Those of PID 1 that take a value.
constexpr std::array<ValueOption, 9> kValueOptions{{{"-p", "--profile"},
                                                    {"-u", "--user"},
                                                    {"-r", "--rewrite"},
                                                    {"-e", "--map-exit"},
                                                    {"", "--drain"},
                                                    {"-k", "--grace"},
                                                    {"-d", "--death-signal"},
                                                    {"-w", "--workdir"},
                                                    {"", "--log-format"}}};

struct Given {
    std::string_view name;  // "--grace"; empty for an option without value
    std::string value;
    std::size_t words = 1;
};

// The option that begins at words[at].
Given option_at(const std::vector<std::string>& words, std::size_t at)
{
    const std::string& word = words[at];
    for (const ValueOption& option : kValueOptions) {
        if (word == option.name || (!option.short_name.empty() && word == option.short_name))
            return {option.name, at + 1 < words.size() ? words[at + 1] : "", 2};
        if (word.starts_with(std::string(option.name) + "="))
            return {option.name, word.substr(option.name.size() + 1), 1};
        if (!option.short_name.empty() && word.starts_with(option.short_name) &&
            !word.starts_with("--"))
            return {option.name, word.substr(option.short_name.size()), 1};
    }
    return {};
}

std::string variable(const RunConfig& run, const char* name)
{
    const auto found = run.environment.find(name);
    return found == run.environment.end() ? "" : found->second;
}

}  // namespace

bool is_init(std::string_view program)
{
    return program.substr(program.rfind('/') + 1) == "outis-init";
}

Result<InitWords, Error> init_words(const RunConfig& run)
{
    const std::string program = run.entrypoint.empty() ? "" : run.entrypoint.front();
    if (!is_init(program))
        return bad_input("the image starts '" + program +
                         "' instead of outis-init; make it with 'outis bake'");
    InitWords words{.profile = variable(run, "OUTIS_PROFILE"),
                    .drain = variable(run, "OUTIS_DRAIN"),
                    .grace = variable(run, "OUTIS_GRACE")};
    for (std::size_t at = 1; at < run.entrypoint.size() && run.entrypoint[at] != "--" &&
                             run.entrypoint[at].starts_with('-');) {
        const Given given = option_at(run.entrypoint, at);
        at += given.words;
        if (given.name == "--profile") {
            words.profile = given.value;
        } else if (given.name == "--drain") {
            words.drain = given.value;
            words.drain_is_fixed = true;
        } else if (given.name == "--grace") {
            words.grace = given.value;
            words.grace_is_fixed = true;
        }
    }
    return words;
}

Result<std::int64_t, Error> init_time(const std::string& text)
{
    const bool bare =
        !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    return parse_time(bare ? text + "s" : text);
}

}  // namespace outis::images
