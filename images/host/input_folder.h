// Reading the files of a folder that somebody else has filled, without ever leaving it.
// A symbolic link on the way is followed as long as it stays inside: what openat2() calls
// RESOLVE_BENEATH, walked name by name so that every kernel does it and none can be asked twice.
// Source: openat2(2), path_resolution(7).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "host/input.h"
#include "outis/base/fd.h"
#include "outis/error.h"

namespace outis::images::host {

class InputFolder {
public:
    static Result<InputFolder, Error> open(const std::filesystem::path& path);

    // The regular file at `name`, "a/b"; nothing if there is none. A link that is absolute or leads
    // out of the folder is an error, whatever it leads to.
    [[nodiscard]] Result<std::optional<InputFile>, Error> file(const std::string& name) const;
    // The same, mapped.
    [[nodiscard]] Result<std::optional<MappedFile>, Error> map(const std::string& name) const;

private:
    InputFolder(std::filesystem::path path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

    std::filesystem::path path_;
    Fd fd_;
};

}  // namespace outis::images::host
