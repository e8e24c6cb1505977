#include "commands/command_line.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "commands/completion.h"
#include "commands/words.h"
#include "outis/sandbox/suggest.h"

namespace outis::images::commands {

namespace {

CLI::Option* add_field(CLI::App& app, const Argument& argument)
{
    if (auto* const* one = std::get_if<std::string*>(&argument.field))
        return app.add_option(argument.names, **one, argument.help);
    if (auto* const* optional = std::get_if<std::optional<std::string>*>(&argument.field))
        return app.add_option_function<std::string>(
            argument.names, [field = *optional](const std::string& word) { *field = word; },
            argument.help);
    if (auto* const* list = std::get_if<std::vector<std::string>*>(&argument.field)) {
        CLI::Option* option = app.add_option(argument.names, **list, argument.help);
        // One value each time it is given, so that a word that stands alone may follow.
        return argument.names.starts_with('-') ? option->allow_extra_args(false) : option;
    }
    return app.add_flag(argument.names, *std::get<bool*>(argument.field), argument.help);
}

// CLI11 keeps its own tree; nesting is as deep as that of our rows.
void describe(CLI::App& app, const CommandWords& words)
{
    for (const Argument& argument : words.arguments) {
        CLI::Option* option = add_field(app, argument)->type_name(argument.value);
        if (!argument.group.empty())
            option->group(argument.group);
    }
    for (const CommandWords& command : words.commands)
        describe(*app.add_subcommand(command.name, command.help), command);
}

// The subcommand that was named last, or the program itself.
CLI::App* named(CLI::App& program)
{
    CLI::App* at = &program;
    while (!at->get_subcommands().empty())
        at = at->get_subcommands().back();
    return at;
}

const CommandWords& named(const CLI::App& program, const CommandWords& words)
{
    const CLI::App* app = &program;
    const CommandWords* at = &words;
    while (!app->get_subcommands().empty()) {
        app = app->get_subcommands().back();
        at = &*std::ranges::find(at->commands, app->get_name(), &CommandWords::name);
    }
    return *at;
}

// "outis profile compile"
std::string full_name(const CLI::App* command)
{
    std::string name = command->get_name();
    for (const CLI::App* at = command->get_parent(); at != nullptr; at = at->get_parent())
        name.insert(0, at->get_name() + " ");
    return name;
}

Failure<Error> no_command(const std::string& name, const CommandWords& words)
{
    std::vector<std::string> known;
    for (const CommandWords& command : words.commands)
        known.push_back(command.name);
    return bad_input("'" + name + "' needs a command: " + sandbox::quoted_list(known));
}

Failure<Error> unexpected(CLI::App& program)
{
    CLI::App* at = named(program);
    const std::vector<std::string> extra = program.remaining(true);
    const std::string word = extra.empty() ? "" : extra.front();
    if (word.starts_with('-')) {
        std::vector<std::string> known;
        for (const CLI::Option* option : at->get_options()) {
            for (const std::string& name : option->get_lnames())
                known.push_back("--" + name);
        }
        const std::string name = word.substr(0, word.find('='));
        return bad_input("unknown option '" + name + "'" + sandbox::did_you_mean(name, known) +
                         " ('" + full_name(at) + " --help' lists them)");
    }
    std::vector<std::string> known;
    for (const CLI::App* command : at->get_subcommands({}))
        known.push_back(command->get_name());
    if (known.empty())
        return bad_input("unexpected argument '" + word + "'");
    return bad_input("unknown command '" + word + "'" + sandbox::did_you_mean(word, known) +
                     " (there are " + sandbox::quoted_list(known) + ")");
}

std::string lower_first(std::string text)
{
    if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a')
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

CommandWords version_words(VersionCommand& version)
{
    return CommandWords{
        .name = "version",
        .help = "show the version",
        .arguments = {{.names = "--json",
                       .field = &version.json,
                       .help = "and what it was built with, as JSON"}},
        .finish = [&version](std::span<const std::string>) -> Result<Command, Error> {
            return Command(version);
        },
    };
}

// `program` is all that can be completed; it holds these words themselves.
CommandWords completion_words(std::string& shell, const CommandWords& program)
{
    return CommandWords{
        .name = "completion",
        .help = "print a script for the shell",
        .arguments = {{.names = "SHELL", .field = &shell, .help = "bash"}},
        .finish = [&](std::span<const std::string>) -> Result<Command, Error> {
            if (shell != "bash")
                return bad_input(
                    "there is completion for 'bash' alone; write 'outis completion bash'");
            return Command(ShowText{bash_completion(program)});
        },
    };
}

Result<Command, Error> parse(const CommandWords& words, std::span<const std::string> given,
                             std::span<const std::string> rest)
{
    CLI::App program(words.help, words.name);
    program.set_help_flag("-h,--help", "show this and leave");
    describe(program, words);
    try {
        // The parser wants the last word first.
        program.parse(std::vector<std::string>(given.rbegin(), given.rend()));
    } catch (const CLI::CallForHelp&) {
        return Command(ShowText{program.help()});
    } catch (const CLI::ExtrasError&) {
        return unexpected(program);
    } catch (const CLI::ArgumentMismatch& error) {
        const std::string text = error.what();
        return bad_input("option '" + text.substr(0, text.find(':')) + "' needs one value");
    } catch (const CLI::ParseError& error) {
        return bad_input(lower_first(error.what()));
    }
    const CommandWords& asked = named(std::as_const(program), words);
    if (!asked.finish)
        return no_command(full_name(named(program)), asked);
    if (!rest.empty() && !asked.takes_rest)
        return bad_input("unexpected argument '" + rest.front() + "'");
    return asked.finish(rest);
}

}  // namespace

Result<Command, Error> parse_command_line(std::span<const std::string> words)
{
    const auto dashes = std::ranges::find(words, "--");
    const std::span<const std::string> rest(dashes == words.end() ? dashes : dashes + 1,
                                            words.end());
    BakeWords bake;
    BakeWords base;
    BakeWords dockerfile;
    golang_builder::GolangBuilderCommand golang_builder;
    HardenWords harden;
    RebaseWords rebase;
    ProfileWords profile;
    ProcessWords process;
    ImageWords image;
    VerifyCommand verify;
    K8sOptions k8s;
    TransferWords transfer;
    VersionCommand version;
    bool version_flag = false;
    std::string shell;
    CommandWords program{
        .name = "outis",
        .help = "Bakes small, safe container images, and the profiles they run under.",
        .arguments = {{.names = "-V,--version",
                       .field = &version_flag,
                       .help = "show the version and leave"}},
        .commands = {bake_words(bake), base_words(base), dockerfile_words(dockerfile),
                     golang_builder_words(golang_builder), harden_words(harden),
                     rebase_words(rebase), image_words(image), verify_words(verify),
                     profile_words(profile), run_words(process), inspect_words(process),
                     k8s_words(k8s), push_words(transfer), pull_words(transfer),
                     copy_words(transfer), version_words(version)},
        .finish = [&](std::span<const std::string>) -> Result<Command, Error> {
            if (version_flag)
                return Command(version);
            return no_command(program.name, program);
        },
    };
    program.commands.push_back(completion_words(shell, program));
    return parse(program, std::span(words.begin(), dashes), rest);
}

}  // namespace outis::images::commands
