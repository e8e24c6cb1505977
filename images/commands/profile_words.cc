#include <utility>

#include "commands/words.h"

namespace outis::images::commands {

namespace {

Argument profile_name(std::string& field)
{
    return {.names = "PROFILE", .field = &field, .help = "a name or a file"};
}

Argument arch(std::string& field)
{
    return {.names = "--arch",
            .field = &field,
            .value = "ARCH",
            .help = "amd64 or arm64; this machine's"};
}

Argument json_flag(bool& field)
{
    return {.names = "--json", .field = &field, .help = "as JSON"};
}

Argument verbose(bool& field)
{
    return {.names = "-v,--verbose", .field = &field, .help = "notes too"};
}

// A command whose word `subject` must be there; `name` is what people call it.
template <typename Options>
CommandWords command(Options& options, const std::string& subject, std::string called,
                     CommandWords words)
{
    const std::string complaint = "'outis profile " + words.name + "' needs " + std::move(called);
    words.finish = [&options, &subject,
                    complaint](std::span<const std::string>) -> Result<Command, Error> {
        if (subject.empty())
            return bad_input(complaint);
        return Command(options);
    };
    return words;
}

CommandWords list_words(ProfileListOptions& list)
{
    return CommandWords{
        .name = "list",
        .help = "name the shipped profiles",
        .arguments = {json_flag(list.json)},
        .finish = [&list](std::span<const std::string>) -> Result<Command, Error> {
            return Command(list);
        },
    };
}

CommandWords show_words(ProfileShowOptions& show)
{
    return command(show, show.profile, "a PROFILE",
                   {.name = "show",
                    .help = "say what a profile does",
                    .arguments = {profile_name(show.profile),
                                  arch(show.arch),
                                  {.names = "--listing",
                                   .field = &show.listing,
                                   .help = "the filter's instructions, with names"},
                                  json_flag(show.json)}});
}

CommandWords explain_words(ProfileExplainOptions& explain)
{
    return CommandWords{
        .name = "explain",
        .help = "say why a call is answered so, or sum a profile up",
        .arguments =
            {
                {.names = "PROFILE",
                 .field = &explain.words,
                 .help = "a name or a file; a system call; numbers or names such as AF_INET"},
                arch(explain.arch),
                {.names = "--abi",
                 .field = &explain.abi,
                 .value = "ABI",
                 .help = "x86_64, x32, i386, aarch64 or arm; the architecture's own"},
                json_flag(explain.json),
            },
        .takes_rest = true,
        .finish = [&explain](std::span<const std::string> rest) -> Result<Command, Error> {
            if (explain.words.empty())
                return bad_input("'outis profile explain' needs a PROFILE");
            // Negative numbers stand behind '--'.
            explain.words.insert(explain.words.end(), rest.begin(), rest.end());
            return Command(explain);
        },
    };
}

CommandWords diff_words(ProfileDiffOptions& diff)
{
    return CommandWords{
        .name = "diff",
        .help = "say what the second profile allows more or less than the first",
        .arguments = {{.names = "PROFILES",
                       .field = &diff.profiles,
                       .help = "two names, files or '.policy' files"},
                      arch(diff.arch),
                      json_flag(diff.json)},
        .finish = [&diff](std::span<const std::string>) -> Result<Command, Error> {
            if (diff.profiles.size() != 2)
                return bad_input("'outis profile diff' needs two profiles");
            return Command(diff);
        },
    };
}

CommandWords check_words(ProfileCheckOptions& check)
{
    return command(
        check, check.profile, "a PROFILE",
        {.name = "check",
         .help = "find what is wrong with a profile",
         .arguments = {
             profile_name(check.profile),
             verbose(check.verbose),
             {.names = "--strict", .field = &check.strict, .help = "a warning counts as an error"},
             json_flag(check.json)}});
}

CommandWords compile_words(ProfileCompileOptions& compile)
{
    return command(compile, compile.file, "a FILE.toml",
                   {.name = "compile",
                    .help = "compile a profile to a policy",
                    .arguments = {{.names = "FILE", .field = &compile.file, .help = "the profile"},
                                  arch(compile.arch),
                                  {.names = "-o,--output",
                                   .field = &compile.output,
                                   .value = "FILE",
                                   .help = "instead of FILE.policy"},
                                  verbose(compile.verbose),
                                  {.names = "--emit",
                                   .field = &compile.emit,
                                   .value = "FORM",
                                   .help = "policy, bpf, oci or listing; the policy"}}});
}

// Those of commands that read JSON of other tools.
void add_import_words(CommandWords& command, ImportWords& words)
{
    const Argument rows[] = {
        {.names = "--mode",
         .field = &words.mode,
         .value = "MODE",
         .help = "of JSON: hardened, or exact, as runc compiles it; hardened",
         .group = "JSON of other tools"},
        {.names = "--dialect",
         .field = &words.dialect,
         .value = "DIALECT",
         .help = "docker, podman, oci, config or spo; told from the text",
         .group = "JSON of other tools"},
        {.names = "--caps",
         .field = &words.capabilities,
         .value = "NAMES",
         .help = "the container's, by commas, or all; those of the dialect's own tool",
         .group = "JSON of other tools"},
        {.names = "--kernel",
         .field = &words.kernel,
         .value = "VERSION",
         .help = "that it will run on; 6.1",
         .group = "JSON of other tools"},
        {.names = "--base",
         .field = &words.bases,
         .value = "FILE",
         .help = "that 'baseProfileName' means",
         .group = "JSON of other tools"},
    };
    command.arguments.insert(command.arguments.end(), std::begin(rows), std::end(rows));
}

CommandWords import_words(ProfileImportOptions& from)
{
    CommandWords words =
        command(from, from.file, "a FILE.json",
                {.name = "import",
                 .help = "write JSON of other tools as a profile",
                 .arguments = {{.names = "FILE", .field = &from.file, .help = "the JSON"},
                               arch(from.arch),
                               {.names = "-o,--output",
                                .field = &from.output,
                                .value = "FILE",
                                .help = "instead of stdout"},
                               json_flag(from.json)}});
    add_import_words(words, from.words);
    return words;
}

CommandWords export_words(ProfileExportOptions& to)
{
    return command(to, to.profile, "a PROFILE",
                   {.name = "export",
                    .help = "write a profile as JSON of other tools",
                    .arguments = {profile_name(to.profile),
                                  {.names = "--format",
                                   .field = &to.format,
                                   .value = "FORMAT",
                                   .help = "oci, docker or spo; oci"},
                                  arch(to.arch),
                                  {.names = "-o,--output",
                                   .field = &to.output,
                                   .value = "FILE",
                                   .help = "instead of stdout"},
                                  {.names = "--strict",
                                   .field = &to.strict,
                                   .help = "fail where something cannot be said"},
                                  json_flag(to.json)}});
}

}  // namespace

CommandWords profile_words(ProfileWords& words)
{
    CommandWords compile = compile_words(words.compile);
    add_import_words(compile, words.compile.words);
    CommandWords diff = diff_words(words.diff);
    add_import_words(diff, words.diff.words);
    return CommandWords{
        .name = "profile",
        .help = "work with security profiles",
        .commands = {list_words(words.list), show_words(words.show), explain_words(words.explain),
                     check_words(words.check), std::move(diff), std::move(compile),
                     import_words(words.from), export_words(words.to)},
    };
}

}  // namespace outis::images::commands
