// Reading files of the host. Only regular files are read (through symbolic links), so that a pipe
// or a device given by mistake cannot block a bake.
// Errors name the path as it was given; what cannot be opened is the caller's input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "outis/base/bytes.h"
#include "outis/base/fd.h"
#include "outis/error.h"

namespace outis::images::host {

// The C library's words for an errno, in the C locale.
std::string reason(int error_number);

Bytes as_bytes(std::string_view text) noexcept;
std::string_view as_text(Bytes bytes) noexcept;

struct InputFile {
    Fd fd;
    std::uint64_t size = 0;  // bytes, when it was opened
};

Result<InputFile, Error> open_input(const std::filesystem::path& path);

// The whole file; more than `limit` bytes is an error.
Result<std::string, Error> read_file(const std::filesystem::path& path, std::size_t limit);

// Fills `buffer` as far as the file goes from `offset` on; answers the bytes read.
Result<std::size_t, Error> read_at(const InputFile& file, std::uint64_t offset,
                                   std::span<std::byte> buffer,
                                   const std::filesystem::path& name_for_errors);

// A file's bytes without copying them: the mapping lives as long as the object.
class MappedFile {
public:
    static Result<MappedFile, Error> open(const std::filesystem::path& path);
    static Result<MappedFile, Error> map(const InputFile& file,
                                         const std::filesystem::path& name_for_errors);

    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    [[nodiscard]] Bytes bytes() const noexcept { return bytes_; }

    // What was read does not count as our memory any longer; it is read again when it is asked for.
    void forget() const noexcept;

private:
    explicit MappedFile(Bytes bytes) noexcept : bytes_(bytes) {}

    Bytes bytes_;
};

}  // namespace outis::images::host
