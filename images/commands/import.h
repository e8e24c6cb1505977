// Profiles of other tools as a command names them, with how they are to be read.
#pragma once

#include <filesystem>

#include "commands/profile.h"
#include "outis/error.h"
#include "outis/sandbox/import.h"

namespace outis::images::commands {

// Prints what is wrong on stderr; what the import did not take over is in its notes.
Result<sandbox::Imported, Error> import_file(const std::filesystem::path& file,
                                             const ImportChoices& choices, policy::Arch arch);

}  // namespace outis::images::commands
