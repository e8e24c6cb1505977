// Options that several commands have.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "bake/table.h"
#include "commands/command_line.h"
#include "outis/images/transfer.h"

namespace outis::images::commands {

using Options = std::vector<host::Option>;

Options concat(std::initializer_list<Options> parts);

// IMAGE: where an image is that exists.
host::Option image_option(std::string& image);

// --platform: which image, of several.
host::Option platform_option(std::string& platform);

// What becomes of an image that is made of another: --tag, --output and --platform. Its default
// name is the other's with '-' and `ending`.
Options result_options(std::vector<std::string>& tags, std::vector<std::string>& outputs,
                       std::vector<std::string>& platforms, const std::string& ending);

// How registries are asked: --tls-ca, --authfile, --plain-http.
Options registry_options(places::RemoteOptions& remote);

// APP, the programs of an image.
host::Option app_option(bake::BakeOptions& options);

// --file, which names another outis.toml.
host::Option config_option(bake::BakeOptions& options);

// The options of a bake that `has` accepts.
Options table_options(bake::BakeOptions& options, bool (*has)(const bake::OptionUse&));

// How much a command prints on standard output: a summary, unless one is set.
struct Verbosity {
    bool quiet = false;
    bool json = false;
};

// --quiet and --json; `report` is what JSON shows: "what was made".
Options verbosity_options(Verbosity& verbosity, const std::string& report);

host::Option json_option(bool& json);

}  // namespace outis::images::commands
