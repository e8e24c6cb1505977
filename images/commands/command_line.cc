#include "commands/command_line.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "files/suggest.h"
#include "plan/completion.h"
#include "plan/table.h"

namespace outis::images {

namespace {

struct BakeWords {
    BakeCommand command = {};
    bool quiet = false;
    bool json = false;
};

struct AllWords {
    BakeWords bake;
    VersionCommand version;
    ProfileListOptions profile_list;
    ProfileShowOptions profile_show;
    ProfileCheckOptions profile_check;
    ProfileCompileOptions profile_compile;
    InspectOptions inspect;
    RunOptions run;
    bool version_flag = false;
    std::string shell = {};
};

// One row of the table becomes an option that fills its field.
CLI::Option* add_row(CLI::App& bake, const OptionRow& row, BakeOptions& options)
{
    const std::string name = "--" + std::string(row.name);
    const std::string names =
        row.short_name.empty() ? name : "-" + std::string(row.short_name) + "," + name;
    const std::string help(row.help);
    if (const auto* one = std::get_if<OneWord>(&row.field))
        return bake.add_option(names, options.**one, help);
    if (const auto* optional = std::get_if<OptionalWord>(&row.field))
        return bake.add_option_function<std::string>(
            names,
            [&options, field = *optional](const std::string& word) { options.*field = word; },
            help);
    // One value each time it is given, so that APP may follow.
    if (const auto* words = std::get_if<Words>(&row.field))
        return bake.add_option(names, options.**words, help)->allow_extra_args(false);
    return bake.add_flag(names, options.*std::get<Switch>(row.field), help);
}

void describe_bake(CLI::App& bake, BakeWords& words)
{
    bake.add_option("APP", words.command.options.apps,
                    "static programs for Linux, or a directory with a Go main package; "
                    "what follows '--' are the app's arguments")
        ->type_name("");
    for (const OptionRow& row : bake_table())
        add_row(bake, row, words.command.options)
            ->type_name(std::string(row.value))
            ->group(std::string(row.group));
    bake.add_option("-f,--file", words.command.options.config,
                    "options as TOML instead of outis.toml beside APP; 'none' for none")
        ->type_name("FILE");
    bake.add_flag("--print-config", words.command.print_config,
                  "show the options of flags and file as TOML, and leave");
    bake.add_flag("-q,--quiet", words.quiet, "say nothing but errors");
    bake.add_flag("--json", words.json, "say what was made as JSON");
}

// The subcommand that was named last, or the program itself.
CLI::App* named(CLI::App& program)
{
    CLI::App* at = &program;
    while (!at->get_subcommands().empty())
        at = at->get_subcommands().back();
    return at;
}

// "outis profile compile"
std::string full_name(const CLI::App* command)
{
    std::string name = command->get_name();
    for (const CLI::App* at = command->get_parent(); at != nullptr; at = at->get_parent())
        name.insert(0, at->get_name() + " ");
    return name;
}

Failure<Error> unexpected(CLI::App& program)
{
    CLI::App* at = named(program);
    const std::vector<std::string> extra = program.remaining(true);
    const std::string word = extra.empty() ? "" : extra.front();
    std::vector<std::string> known;
    if (word.starts_with('-')) {
        for (const CLI::Option* option : at->get_options()) {
            for (const std::string& name : option->get_lnames())
                known.push_back("--" + name);
        }
        const std::string name = word.substr(0, word.find('='));
        return bad_input("unknown option '" + name + "'" + did_you_mean(name, known) + " ('" +
                         full_name(at) + " --help' lists them)");
    }
    for (const CLI::App* command : at->get_subcommands({}))
        known.push_back(command->get_name());
    if (known.empty())
        return bad_input("unexpected argument '" + word + "'");
    return bad_input("unknown command '" + word + "'" + did_you_mean(word, known) + " (there are " +
                     quoted_list(known) + ")");
}

Result<Command, Error> bake_command(BakeWords words, std::span<const std::string> arguments)
{
    BakeOptions& options = words.command.options;
    if (options.apps.empty())
        return bad_input(
            "'outis bake' needs an APP: a static program for Linux, or a directory "
            "with a Go main package");
    options.arguments.assign(arguments.begin(), arguments.end());
    if (words.quiet && words.json)
        return bad_input("--quiet and --json contradict each other");
    words.command.verbosity = words.quiet  ? Verbosity::quiet
                              : words.json ? Verbosity::json
                                           : Verbosity::summary;
    return Command(std::move(words.command));
}

void describe_inspect(CLI::App& inspect, InspectOptions& options)
{
    inspect
        .add_option("PROCESS", options.subject,
                    "its number, or what docker or podman call a container")
        ->type_name("");
    inspect.add_flag("--json", options.json, "as JSON");
}

Result<Command, Error> inspect_command(InspectOptions options)
{
    if (options.subject.empty())
        return bad_input("'outis inspect' needs a PID or a CONTAINER");
    return Command(std::move(options));
}

void describe_run(CLI::App& run, RunOptions& options)
{
    run.add_option("PROFILE", options.profile,
                   "a name, a '.toml' or a '.policy'; then '--' PROGRAM")
        ->type_name("");
    run.add_option("-u,--user", options.user, "instead of the policy's user, when root")
        ->type_name("USER[:GROUP]");
    run.add_flag("-v,--verbose", options.verbose, "say what is applied, and how it ends");
}

Result<Command, Error> run_command(RunOptions options, std::span<const std::string> program)
{
    if (options.profile.empty() || program.empty())
        return bad_input("'outis run' needs a PROFILE, '--' and a PROGRAM");
    options.program.assign(program.begin(), program.end());
    return Command(std::move(options));
}

struct ProfileCommands {
    CLI::App* list;
    CLI::App* show;
    CLI::App* check;
    CLI::App* compile;
};

ProfileCommands describe_profile(CLI::App& profile, AllWords& all)
{
    const ProfileCommands commands{
        .list = profile.add_subcommand("list", "name the shipped profiles"),
        .show = profile.add_subcommand("show", "say what a profile does"),
        .check = profile.add_subcommand("check", "find what is wrong with a profile"),
        .compile = profile.add_subcommand("compile", "compile a profile to a policy"),
    };
    const auto add_arch = [](CLI::App* command, std::string& arch) {
        command->add_option("--arch", arch, "amd64 or arm64; this machine's")->type_name("ARCH");
    };
    commands.list->add_flag("--json", all.profile_list.json, "as JSON");
    commands.show->add_option("PROFILE", all.profile_show.profile, "a name or a file")
        ->type_name("");
    add_arch(commands.show, all.profile_show.arch);
    commands.show->add_flag("--json", all.profile_show.json, "as JSON");
    commands.check->add_option("PROFILE", all.profile_check.profile, "a name or a file")
        ->type_name("");
    commands.check->add_flag("-v,--verbose", all.profile_check.verbose, "notes too");
    commands.check->add_flag("--json", all.profile_check.json, "errors or notes as JSON");
    commands.compile->add_option("FILE", all.profile_compile.file, "the profile")->type_name("");
    add_arch(commands.compile, all.profile_compile.arch);
    commands.compile
        ->add_option("-o,--output", all.profile_compile.output, "instead of FILE.policy")
        ->type_name("FILE");
    commands.compile->add_flag("-v,--verbose", all.profile_compile.verbose, "notes too");
    commands.compile
        ->add_option("--emit", all.profile_compile.emit, "policy, bpf or listing; the policy")
        ->type_name("FORM");
    return commands;
}

Result<Command, Error> profile_command(const AllWords& all, const ProfileCommands& commands)
{
    if (commands.list->parsed())
        return Command(all.profile_list);
    if (commands.show->parsed()) {
        if (all.profile_show.profile.empty())
            return bad_input("'outis profile show' needs a PROFILE");
        return Command(all.profile_show);
    }
    if (commands.check->parsed()) {
        if (all.profile_check.profile.empty())
            return bad_input("'outis profile check' needs a PROFILE");
        return Command(all.profile_check);
    }
    if (all.profile_compile.file.empty())
        return bad_input("'outis profile compile' needs a FILE.toml");
    return Command(all.profile_compile);
}

std::string lower_first(std::string text)
{
    if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a')
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

}  // namespace

Result<Command, Error> parse_command_line(std::span<const std::string> words)
{
    const auto dashes = std::ranges::find(words, "--");
    const std::span<const std::string> arguments(dashes == words.end() ? dashes : dashes + 1,
                                                 words.end());

    AllWords all;
    CLI::App program("Bakes small, safe container images, and the profiles they run under.",
                     "outis");
    program.set_help_flag("-h,--help", "show this and leave");
    program.add_flag("-V,--version", all.version_flag, "show the version and leave");
    CLI::App* bake = program.add_subcommand("bake", "make an image of a program");
    describe_bake(*bake, all.bake);
    CLI::App* profile = program.add_subcommand("profile", "work with security profiles");
    const ProfileCommands profiles = describe_profile(*profile, all);
    CLI::App* run = program.add_subcommand("run", "run a program of this machine under a profile");
    describe_run(*run, all.run);
    CLI::App* inspect =
        program.add_subcommand("inspect", "say what a running process may still do");
    describe_inspect(*inspect, all.inspect);
    CLI::App* version = program.add_subcommand("version", "show the version");
    version->add_flag("--json", all.version.json, "and what it was built with, as JSON");

    CLI::App* completion = program.add_subcommand("completion", "print a script for the shell");
    completion->add_option("SHELL", all.shell, "bash")->type_name("");

    try {
        // The parser wants the last word first.
        program.parse(std::vector<std::string>(std::make_reverse_iterator(dashes), words.rend()));
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
    if (completion->parsed()) {
        if (all.shell != "bash")
            return bad_input("there is completion for 'bash' alone; write 'outis completion bash'");
        std::vector<std::string> names;
        for (const CLI::App* command : program.get_subcommands({}))
            names.push_back(command->get_name());
        return Command(ShowText{bash_completion(names)});
    }
    if (all.version_flag || version->parsed())
        return Command(all.version);
    if (bake->parsed())
        return bake_command(std::move(all.bake), arguments);
    if (run->parsed())
        return run_command(std::move(all.run), arguments);
    if (inspect->parsed())
        return inspect_command(std::move(all.inspect));
    if (profile->parsed() && !profile->get_subcommands().empty())
        return profile_command(all, profiles);
    CLI::App* at = named(program);
    std::vector<std::string> known;
    for (const CLI::App* command : at->get_subcommands({}))
        known.push_back(command->get_name());
    return bad_input("'" + full_name(at) + "' needs a command: " + quoted_list(known));
}

}  // namespace outis::images
