// `outis profile ...`: its commands, and the options that several of them have. A PROFILE is a
// shipped name, or a file if it has a '/' or ends in ".toml" or ".json"; the latter is another
// tool's and is imported. What is wrong with a profile is printed on stderr, all of it in one run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/shared.h"

namespace outis::images::commands {

Command list_profiles_command();
Command show_profile_command();
Command explain_profile_command();
Command check_profile_command();
Command diff_profiles_command();
Command compile_profile_command();
Command import_profile_command();
Command export_profile_command();

host::Option profile_option(std::string& profile);
host::Option arch_option(std::string& arch);
host::Option verbose_option(bool& verbose);
host::Option stdout_option(std::string& output);  // --output, standard output by default

// How JSON of other tools is read; empty values: as sandbox::ImportOptions.
struct ImportChoices {
    std::string dialect = {};                      // "docker", "podman", "oci", "config" or "spo"
    std::string mode = {};                         // "hardened" or "exact"
    std::optional<std::string> capabilities = {};  // "NET_RAW,CHOWN", "all", or empty for none
    std::string kernel = {};                       // "6.1"
    std::vector<std::string> bases = {};           // files that `baseProfileName` may mean
};

Options import_options(ImportChoices& choices);

}  // namespace outis::images::commands
