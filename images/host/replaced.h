// What may be written over: a name given by mistake must not cost a file of the user's.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "outis/error.h"

namespace outis::images::host {

// How files of one kind begin.
struct FileKind {
    std::string_view name;  // "program"
    std::span<const std::string_view> beginnings;
    std::string_view inside = {};  // or what stands `at` so many bytes
    std::size_t at = 0;
};

// A regular file at `place` that has bytes and begins otherwise is an error; a pipe, a device, an
// empty file and none at all may be written to.
Result<Done, Error> check_replaced(const std::filesystem::path& place, const FileKind& kind);

}  // namespace outis::images::host
