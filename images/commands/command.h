// What a command line asks for: the plain options of one command.
#pragma once

#include <string>
#include <variant>

#include "commands/bake.h"
#include "commands/dockerfile.h"
#include "commands/image.h"
#include "commands/inspect.h"
#include "commands/k8s.h"
#include "commands/profile.h"
#include "commands/run.h"
#include "commands/transfer.h"
#include "commands/verify.h"
#include "commands/version.h"
#include "golang_builder/golang_builder.h"

namespace outis::images::commands {

// Text that was asked for: help, or a script for the shell.
struct ShowText {
    std::string text = {};
};

using Command =
    std::variant<ShowText, BakeCommand, DockerfileCommand, golang_builder::GolangBuilderCommand,
                 VersionCommand, ProfileListOptions, ProfileShowOptions, ProfileExplainOptions,
                 ProfileCheckOptions, ProfileDiffOptions, ProfileCompileOptions,
                 ProfileImportOptions, ProfileExportOptions, InspectOptions, K8sOptions, RunOptions,
                 VerifyCommand, ImageShowCommand, ImageListCommand, ImageDiffCommand,
                 TransferCommand, HardenCommand, RebaseCommand>;

}  // namespace outis::images::commands
