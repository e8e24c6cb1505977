// What an outis.toml may say that nobody named: it came with the source. Baking a directory reads
// what is below it and runs the compiler, so such a file names paths below its own folder, and
// nothing that runs a program of the source's choice, writes elsewhere or asks a registry.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "host/option.h"

namespace outis::images::bake {

// The path of `value` on this machine; empty if it names none.
std::string path_in(host::PathKind kind, const std::string& value);

// True if a file that was found may have the key at all. What is not listed may not.
bool is_found_key(std::string_view key);

// Why a file in `folder` that was found may not give `value`, anchored there, to `option`; nothing
// if it may.
std::optional<std::string> found_refusal(const host::Option& option, const std::string& value,
                                         const std::filesystem::path& folder);

}  // namespace outis::images::bake
