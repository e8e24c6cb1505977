#include "commands/profile.h"

#include "commands/commands.h"

namespace outis::images::commands {

using host::PathKind;

Command profile_command()
{
    return {
        .name = "profile",
        .help = "work with security profiles",
        .commands = {list_profiles_command(), show_profile_command(), explain_profile_command(),
                     check_profile_command(), diff_profiles_command(), compile_profile_command(),
                     import_profile_command(), export_profile_command()},
    };
}

host::Option profile_option(std::string& profile)
{
    return {
        .names = "PROFILE", .field = &profile, .help = "a shipped name, or a .toml or .json file"};
}

host::Option arch_option(std::string& arch)
{
    return {.names = "--arch",
            .field = &arch,
            .value = "ARCH",
            .help = "amd64 or arm64",
            .default_value = "this machine's"};
}

host::Option verbose_option(bool& verbose)
{
    return {.names = "-v,--verbose", .field = &verbose, .help = "print notes too"};
}

host::Option stdout_option(std::string& output)
{
    return {.names = "-o,--output",
            .field = &output,
            .value = "FILE",
            .help = "where to write",
            .default_value = "standard output",
            .path = PathKind::output};
}

Options import_options(ImportChoices& choices)
{
    Options options{
        {"--mode", &choices.mode, "MODE", "hardened (safer), or exact (answers as under runc)",
         "hardened"},
        {"--dialect", &choices.dialect, "DIALECT", "docker, podman, oci, config or spo",
         "detected"},
        {"--caps", &choices.capabilities, "NAMES",
         "capabilities of the container, with commas, or all", "those of the dialect's own tool"},
        {"--kernel", &choices.kernel, "VERSION", "kernel that it will run on", "6.1"},
        {"--base", &choices.bases, "FILE", "file that 'baseProfileName' means", "", PathKind::file},
    };
    for (host::Option& option : options)
        option.group = "JSON of other tools";
    return options;
}

}  // namespace outis::images::commands
