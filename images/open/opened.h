// An image on disk, opened for reading: a tar, which may be compressed, or a layout's directory.
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

    // The bytes of a member by its path in the layout; they live as long as the object. In a tar a
    // link stands for what it names, as `docker save` writes a layer that two images share.
    [[nodiscard]] std::optional<Bytes> find(const std::string& path) const;

private:
    Result<Done, Error> read_archive(MappedFile file);

    // Of a tar one mapping and its members; of a directory one mapping for each file.
    std::map<std::string, MappedFile> files_;
    std::map<std::string, Bytes> members_;
    std::map<std::string, std::string> links_;  // paths from the top of the tar
};

}  // namespace outis::images
