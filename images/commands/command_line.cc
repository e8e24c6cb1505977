#include "commands/command_line.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "files/suggest.h"

namespace outis::images {

namespace {

// What the parser fills; the rest of a BakeOptions is made from it.
struct BakeWords {
    BakeCommand command;
    std::vector<std::string> environment = {};
    std::vector<std::string> labels = {};
    std::string ldflags = {};
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
    bool version_flag = false;
};

// An option that takes one value each time it is given.
CLI::Option* repeatable(CLI::App& app, const std::string& names, std::vector<std::string>& into,
                        const std::string& help)
{
    return app.add_option(names, into, help)->allow_extra_args(false);
}

void describe_bake(CLI::App& bake, BakeWords& words)
{
    BakeOptions& options = words.command.options;
    bake.add_option("APP", options.apps,
                    "static programs for Linux, or a directory with a Go main package;\n"
                    "what follows '--' are the app's arguments")
        ->type_name("");
    const std::string image = "Image";
    repeatable(bake, "-t,--tag", options.tags, "the image's name, repeatable")
        ->type_name("NAME[:TAG]")
        ->group(image);
    repeatable(bake, "-o,--output", options.outputs,
               "where it goes, repeatable: a file (the default, NAME.tar, is a tar for every\n"
               "engine), '-', oci-archive:FILE, docker-archive:FILE")
        ->type_name("OUTPUT")
        ->group(image);
    repeatable(bake, "--platform", options.platforms, "linux/amd64, linux/arm64; repeatable")
        ->type_name("PLATFORM")
        ->delimiter(',')
        ->group(image);
    repeatable(bake, "-l,--label", words.labels, "a label of the image, repeatable")
        ->type_name("KEY=VALUE")
        ->group(image);
    const std::string run = "How it runs";
    bake.add_option("-p,--profile", options.profile,
                    "what it runs under: a shipped profile (baseline), a .toml or a .policy file")
        ->type_name("PROFILE")
        ->group(run);
    bake.add_option("-u,--user", options.user, "whom it runs as, instead of the profile's user")
        ->type_name("USER[:GROUP]")
        ->group(run);
    repeatable(bake, "-e,--env", words.environment, "an environment variable, repeatable")
        ->type_name("NAME=VALUE")
        ->group(run);
    repeatable(bake, "--port,--expose", options.ports, "a port it listens on, repeatable")
        ->type_name("PORT[/udp]")
        ->group(run);
    const std::string content = "Content";
    repeatable(bake, "--account", options.accounts, "a further account, repeatable")
        ->type_name("NAME:UID[:GID]")
        ->group(content);
    repeatable(bake, "--ca-add", options.ca_add,
               "PEM certificates to trust besides the pinned ones, repeatable")
        ->type_name("FILE")
        ->group(content);
    const std::string go = "Go source";
    bake.add_option("--main", options.go_main, "the main package to build")
        ->type_name("PACKAGE")
        ->group(go);
    bake.add_option("--ldflags", words.ldflags, "for the linker, instead of '-s -w'")
        ->type_name("FLAGS")
        ->group(go);
    bake.add_option("--tags", options.go_tags, "build tags")->type_name("TAGS")->group(go);
    repeatable(bake, "--go-flag", options.go_flags, "a further flag of 'go build', repeatable")
        ->type_name("FLAG")
        ->group(go);
    bake.add_flag("--test", options.go_test, "run 'go test ./...' first")->group(go);
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

Result<std::map<std::string, std::string>, Error> pairs(const std::vector<std::string>& words,
                                                        const std::string& option)
{
    std::map<std::string, std::string> result;
    for (const std::string& word : words) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos)
            return bad_input(option + " '" + word + "' has no value; write NAME=VALUE");
        result[word.substr(0, equals)] = word.substr(equals + 1);
    }
    return result;
}

Result<Command, Error> bake_command(BakeWords words, const CLI::App& bake,
                                    std::span<const std::string> arguments)
{
    BakeOptions& options = words.command.options;
    if (options.apps.empty())
        return bad_input(
            "'outis bake' needs an APP: a static program for Linux, or a directory "
            "with a Go main package");
    options.environment = OUTIS_TRY(pairs(words.environment, "--env"));
    options.labels = OUTIS_TRY(pairs(words.labels, "--label"));
    if (bake.count("--ldflags") > 0)
        options.go_ldflags = words.ldflags;
    options.arguments.assign(arguments.begin(), arguments.end());
    if (words.quiet && words.json)
        return bad_input("--quiet and --json contradict each other");
    words.command.verbosity = words.quiet  ? Verbosity::quiet
                              : words.json ? Verbosity::json
                                           : Verbosity::summary;
    return Command(std::move(words.command));
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
    commands.check->add_flag("--json", all.profile_check.json, "the errors as JSON");
    commands.compile->add_option("FILE", all.profile_compile.file, "the profile")->type_name("");
    add_arch(commands.compile, all.profile_compile.arch);
    commands.compile
        ->add_option("-o,--output", all.profile_compile.output, "instead of FILE.policy")
        ->type_name("FILE");
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
    CLI::App* version = program.add_subcommand("version", "show the version");
    version->add_flag("--json", all.version.json, "and what it was built with, as JSON");

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
    if (all.version_flag || version->parsed())
        return Command(all.version);
    if (bake->parsed())
        return bake_command(std::move(all.bake), *bake, arguments);
    if (profile->parsed() && !profile->get_subcommands().empty())
        return profile_command(all, profiles);
    CLI::App* at = named(program);
    std::vector<std::string> known;
    for (const CLI::App* command : at->get_subcommands({}))
        known.push_back(command->get_name());
    return bad_input("'" + full_name(at) + "' needs a command: " + quoted_list(known));
}

}  // namespace outis::images
