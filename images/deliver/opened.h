// An image on disk, opened for reading: a tar as archive.h writes it, or a layout's directory.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "files/input.h"
#include "outis/error.h"

namespace outis::images {

class OpenedImage {
public:
    static Result<OpenedImage, Error> open(const std::filesystem::path& path);

    // The bytes of a member by its path in the layout; they live as long as the object.
    [[nodiscard]] std::optional<Bytes> find(const std::string& path) const;

private:
    // Of a tar one mapping and its members; of a directory one mapping for each file.
    std::map<std::string, MappedFile> files_;
    std::map<std::string, Bytes> members_;
};

}  // namespace outis::images
