// An image on disk, opened for reading: a tar, which may be compressed, or a layout's directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/input.h"
#include "host/new_file.h"
#include "outis/error.h"

namespace outis::images::places {

// Where a member's bytes lie on disk, as long as the image is open.
struct MemberPlace {
    std::filesystem::path file = {};
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

class OpenedImage {
public:
    static Result<OpenedImage, Error> open(const std::filesystem::path& path);

    // The bytes of a member by its path in the layout; they live as long as the object. In a tar a
    // link stands for what it names, as `docker save` writes a layer that two images share.
    [[nodiscard]] std::optional<Bytes> find(const std::string& path) const;
    // Of all members, sorted.
    [[nodiscard]] std::vector<std::string> paths() const;
    // For whoever streams it, without the mapping.
    [[nodiscard]] std::optional<MemberPlace> place(const std::string& path) const;

private:
    Result<Done, Error> read_archive(host::MappedFile file);

    std::filesystem::path path_;             // of the folder or the tar
    std::optional<host::NewFile> unpacked_;  // the tar, where what is at the path was compressed
    std::optional<host::NewFile> whole_;     // of a tar's sparse members the contents
    // Of a tar one mapping and its members, and one of whole_; of a directory one for each file.
    std::map<std::string, host::MappedFile> files_;
    std::map<std::string, Bytes> members_;
    std::map<std::string, std::string> links_;  // paths from the top of the tar
};

}  // namespace outis::images::places
