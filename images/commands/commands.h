// The commands of `outis`, each with its options, its help and what it does, in the order of the
// help. Every call makes one with fields of its own.
#pragma once

#include "commands/command_line.h"

namespace outis::images::commands {

Command bake_command();
Command base_command();
Command dockerfile_command();
Command golang_builder_command();
Command harden_command();
Command rebase_command();
Command image_command();
Command verify_command();
Command profile_command();
Command run_command();
Command inspect_command();
Command k8s_command();
Command push_command();
Command pull_command();
Command copy_command();
Command version_command();
Command completion_command();

// All of them: `outis`.
Command outis_program();

}  // namespace outis::images::commands
