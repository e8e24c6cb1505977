#include "commands/command_line.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "outis/sandbox/suggest.h"

namespace outis::images::commands {

namespace {

using host::Option;

class HelpFormatter : public CLI::Formatter {
public:
    explicit HelpFormatter(std::string usage) : usage_(std::move(usage)) {}

    std::string make_usage(const CLI::App*, std::string) const override
    {
        return "Usage: " + usage_ + "\n";
    }

private:
    std::string usage_;
};

// "outis image ls [OPTION]... IMAGE [PATH]", for a command whose full name is `name`.
std::string usage(const std::string& name, const Command& command)
{
    std::string text = name + " [OPTION]...";
    for (const Option& option : command.options) {
        if (!host::is_flag(option))
            text += " " + option.names + (host::is_repeatable(option) ? "..." : "");
    }
    if (!command.commands.empty())
        text += " COMMAND";
    return command.rest.empty() ? text : text + " " + command.rest;
}

std::string full_help(const Option& option)
{
    std::string text = option.help;
    if (!option.default_value.empty())
        text += " (default: " + option.default_value + ")";
    if (!option.environment.empty())
        text += " (environment: " + option.environment + ")";
    if (host::is_flag(option) && host::is_repeatable(option))
        text += " (repeatable)";
    return text;
}

CLI::Option* add_field(CLI::App& app, const Option& option)
{
    const std::string names = host::is_flag(option) ? option.names : host::long_name(option);
    if (auto* const* one = std::get_if<std::string*>(&option.field))
        return app.add_option(names, **one);
    if (auto* const* optional = std::get_if<std::optional<std::string>*>(&option.field))
        return app.add_option_function<std::string>(
            names, [field = *optional](const std::string& word) { *field = word; });
    if (auto* const* list = std::get_if<std::vector<std::string>*>(&option.field)) {
        // One value each time it is given, so that a word that stands alone may follow.
        CLI::Option* added = app.add_option(names, **list);
        return host::is_flag(option) ? added->allow_extra_args(false) : added;
    }
    return app.add_flag(names, *std::get<bool*>(option.field));
}

std::string not_empty(const std::string& word)
{
    return word.empty() ? "an empty word names nothing" : "";
}

// CLI11 keeps its own tree; nesting is as deep as that of our rows.
void describe(CLI::App& app, const std::string& name, const Command& command)
{
    app.formatter(std::make_shared<HelpFormatter>(usage(name, command)));
    for (const Option& option : command.options) {
        CLI::Option* added = add_field(app, option)->type_name(option.value);
        added->description(full_help(option));
        if (option.path != host::PathKind::none)
            added->check(CLI::Validator(not_empty, ""));
        if (!option.group.empty())
            added->group(option.group);
        if (option.hidden)
            added->group("");
    }
    app.footer(command.epilogue);
    for (const Command& below : command.commands)
        describe(*app.add_subcommand(below.name, below.help), name + " " + below.name, below);
}

// The command that was named last, or the program itself.
struct Named {
    CLI::App* app;
    const Command* command;
    std::string name;  // "outis profile compile"
};

Named named(CLI::App& app, const Command& program)
{
    Named at{.app = &app, .command = &program, .name = program.name};
    while (!at.app->get_subcommands().empty()) {
        at.app = at.app->get_subcommands().back();
        at.command = &*std::ranges::find(at.command->commands, at.app->get_name(), &Command::name);
        at.name += " " + at.command->name;
    }
    return at;
}

std::vector<std::string> names_of(const std::vector<Command>& commands)
{
    std::vector<std::string> names;
    for (const Command& command : commands)
        names.push_back(command.name);
    return names;
}

Failure<Error> unexpected(CLI::App& program, const Named& at)
{
    const std::vector<std::string> extra = program.remaining(true);
    const std::string word = extra.empty() ? "" : extra.front();
    if (word.starts_with('-')) {
        std::vector<std::string> known{"--help"};
        for (const Option& option : at.command->options) {
            if (host::is_flag(option) && !option.hidden)
                known.push_back("--" + host::long_name(option));
        }
        const std::string name = word.substr(0, word.find('='));
        return bad_input("unknown option '" + name + "'" + sandbox::did_you_mean(name, known) +
                         " ('" + at.name + " --help' lists them)");
    }
    const std::vector<std::string> known = names_of(at.command->commands);
    if (known.empty())
        return bad_input("unexpected argument '" + word + "'");
    return bad_input("unknown command '" + word + "'" + sandbox::did_you_mean(word, known) +
                     " (there are " + sandbox::quoted_list(known) + ")");
}

bool is_given(const Option& option)
{
    return !host::given_values(option).empty();
}

// Words that must be given are there, no others follow '--', and none contradict each other.
Result<Done, Error> check_words(const Named& at, Words rest)
{
    const auto missing = [&](std::string_view word) {
        return bad_input("'" + at.name + "' needs " + std::string(word) +
                         "; usage: " + usage(at.name, *at.command));
    };
    if (!rest.empty() && at.command->rest.empty())
        return bad_input("unexpected argument '" + rest.front() + "' behind '--'");
    for (const Option& option : at.command->options) {
        if (!host::is_flag(option) && !option.names.starts_with('[') && !is_given(option))
            return missing(option.names);
    }
    if (rest.empty() && at.command->rest.starts_with("--"))
        return missing(at.command->rest);
    for (const Option& option : at.command->options) {
        const auto other = std::ranges::find(at.command->options, option.excludes, host::long_name);
        if (other != at.command->options.end() && is_given(option) && is_given(*other))
            return bad_input("--" + host::long_name(option) + " and --" + option.excludes +
                             " contradict each other");
    }
    return at.command->check ? at.command->check(rest) : Result<Done, Error>(Done{});
}

bool takes_value(const Option& option)
{
    return host::is_flag(option) && !std::holds_alternative<bool*>(option.field);
}

// The option that is called `name`, "-o" or "--output"; null if there is none.
const Option* find_option(const Command& command, const std::string& name)
{
    const auto found = std::ranges::find_if(command.options, [&](const Option& option) {
        return host::is_flag(option) &&
               ("," + option.names + ",").find("," + name + ",") != std::string::npos;
    });
    return found == command.options.end() ? nullptr : &*found;
}

// Where the name of the option in `word` ends: "--output=x", "-o=x", "-ox", and "-qo" behind a
// switch. `option` is the one that takes a value; null if none does.
struct OptionWord {
    const Option* option = nullptr;
    std::size_t end = 0;
};

OptionWord option_in(const Command& command, const std::string& word)
{
    OptionWord found;
    if (word.starts_with("--")) {
        found.end = std::min(word.find('='), word.size());
        found.option = find_option(command, word.substr(0, found.end));
    } else {
        for (found.end = 2; found.end <= word.size(); ++found.end) {
            found.option = find_option(command, {'-', word[found.end - 1]});
            if (found.option == nullptr || takes_value(*found.option))
                break;
        }
    }
    if (found.option != nullptr && !takes_value(*found.option))
        found.option = nullptr;
    return found;
}

// The words as the parser takes them: it reads "-o=x" as the value "=x", and "--output=" as an
// option whose value follows.
Result<std::vector<std::string>, Error> separated(const Command& program, Words words)
{
    const Command* command = &program;
    std::vector<std::string> separate;
    for (auto word = words.begin(); word != words.end(); ++word) {
        separate.push_back(*word);
        if (!word->starts_with('-')) {
            const auto below = std::ranges::find(command->commands, *word, &Command::name);
            command = below == command->commands.end() ? command : &*below;
            continue;
        }
        const std::string long_name = "-" + word->substr(0, word->find('='));
        if (long_name.size() > 3 && find_option(*command, long_name) != nullptr)
            return bad_input("unknown option '" + long_name.substr(1) + "'; did you mean '" +
                             long_name + "'?");
        const OptionWord found = option_in(*command, *word);
        if (found.option == nullptr)
            continue;
        if (found.end == word->size()) {
            if (std::next(word) != words.end())
                separate.push_back(*++word);
        } else if ((*word)[found.end] == '=') {
            const bool may_be_empty =
                std::holds_alternative<std::optional<std::string>*>(found.option->field);
            if (found.end + 1 == word->size() && !may_be_empty)
                return bad_input("option '" + word->substr(0, found.end) + "' needs a value");
            separate.back() = word->substr(0, found.end);
            separate.push_back(word->substr(found.end + 1));
        }
    }
    return separate;
}

std::string lower_first(std::string text)
{
    if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a')
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

}  // namespace

Result<Call, Error> parse_command_line(const Command& program, Words words)
{
    const auto dashes = std::ranges::find(words, "--");
    const Words before(words.begin(), dashes);
    const Words rest(dashes == words.end() ? dashes : dashes + 1, words.end());
    CLI::App app(program.help, program.name);
    app.set_help_flag("-h,--help", "show this and leave");
    describe(app, program.name, program);
    std::vector<std::string> separate = OUTIS_TRY(separated(program, before));
    std::ranges::reverse(separate);  // the parser wants the last word first
    try {
        app.parse(std::move(separate));
    } catch (const CLI::CallForHelp&) {
        return Call{.text = app.help()};
    } catch (const CLI::ExtrasError&) {
        return unexpected(app, named(app, program));
    } catch (const CLI::ArgumentMismatch& error) {
        const std::string text = error.what();
        return bad_input("option '" + text.substr(0, text.find(':')) + "' needs one value");
    } catch (const CLI::ParseError& error) {
        return bad_input(lower_first(error.what()));
    }
    const Named called = named(app, program);
    if (!called.command->commands.empty() &&
        std::ranges::none_of(called.command->options, is_given))
        return bad_input("'" + called.name + "' needs a command: " +
                         sandbox::quoted_list(names_of(called.command->commands)));
    OUTIS_TRY(check_words(called, rest));
    return Call{.command = called.command, .rest = {rest.begin(), rest.end()}};
}

}  // namespace outis::images::commands
