// `outis.toml`: the options of a bake, written down beside the app.
//
//     tag       = "team/hello:1"
//     profile   = "go"
//     port      = [8080]
//     add       = ["static:/srv/static"]
//     arguments = ["-listen", ":8080"]
//     test      = true
//
//     [env]                  # likewise [label], [annotation] and [cap]
//     LOG = "debug"
//
// Keys are the long names of bake_table(). Flags win over the file: a list given by flags replaces
// the file's; lists of NAME=VALUE are merged by name. Paths on this machine are relative to the
// file's folder, except for outputs.
#pragma once

#include <filesystem>
#include <string>

#include "outis/error.h"
#include "outis/images/build.h"

namespace outis::images::bake {

// `flags` with what the file adds. The file is flags.config, "none" for none at all, or else
// outis.toml in the first app's folder, which may be absent.
Result<BakeOptions, Error> with_config_file(BakeOptions flags);

// The options of a text; errors are those of the whole text, a few lines each.
Result<BakeOptions, Error> parse_config(const std::string& text, const std::string& name,
                                        const std::filesystem::path& folder);

// The text of a file that sets these options.
std::string config_text(BakeOptions options);

}  // namespace outis::images::bake
