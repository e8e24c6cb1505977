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

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "outis/error.h"
#include "outis/images/build.h"

namespace outis::images::bake {

// Who chose the file: one that was found beside the app may say less (bake/found_file.h).
enum class ConfigOrigin : std::uint8_t { named, found };

// `flags` with what the file adds. The file is flags.config, "none" for none at all, or else
// outis.toml in the first app's folder, which may be absent; `note` hears that it was read.
Result<BakeOptions, Error> with_config_file(BakeOptions flags,
                                            const std::function<void(const std::string&)>& note);

// The options of a text; errors are those of the whole text, a few lines each.
Result<BakeOptions, Error> parse_config(const std::string& text, const std::string& name,
                                        const std::filesystem::path& folder,
                                        ConfigOrigin origin = ConfigOrigin::named);

// The text of a file that sets these options.
std::string config_text(BakeOptions options);

}  // namespace outis::images::bake
