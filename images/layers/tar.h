// Tar archives with one form for one content: entries in the order given, one time for all, no
// names of users, ustar headers where they suffice and pax ones (POSIX.1-2001) where not, two zero
// blocks at the end and no padding to a record.
//
// Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "layers/tree.h"
#include "outis/base/bytes.h"
#include "outis/error.h"

namespace outis::images::layers {

// Takes bytes in order. Its failure ends the writing.
using Sink = std::function<Result<Done, Error>(Bytes)>;

constexpr std::size_t kTarBlock = 512;

struct TarEntry {
    std::string path = {};  // a directory's without the final '/', unless it is the root
    EntryKind kind = EntryKind::file;
    std::uint32_t mode = kFileMode;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t size = 0;       // of a file
    std::int64_t time = 0;        // seconds since 1970
    std::string target = {};      // of a link
    std::string capability = {};  // security.capability, raw
};

// The header blocks of one entry.
std::string tar_header(const TarEntry& entry);

// How many zero bytes follow a content of `size` bytes.
std::size_t tar_padding(std::uint64_t size);

// A number in a header: octal digits, blanks before and NUL or blank after, all blank is 0; or
// GNU's form of large ones.
std::optional<std::int64_t> tar_number(Bytes block, std::size_t at, std::size_t size);

// The two blocks that end an archive.
std::string tar_end();

// Told the content of each file, in pieces, at least one a file; `key` is the tree's.
using OnContent = std::function<void(const std::string& key, Bytes piece)>;

// The whole tree, files of the host read as they come. A file that changes its size meanwhile is
// an error.
Result<Done, Error> write_tar(const Tree& tree, std::int64_t time, const Sink& sink,
                              const OnContent& on_content = nullptr);

// The same, each entry with a time of its own, by its key.
using TimeOf = std::function<std::int64_t(const std::string& key)>;

Result<Done, Error> write_tar(const Tree& tree, const TimeOf& time_of, const Sink& sink,
                              const OnContent& on_content = nullptr);

}  // namespace outis::images::layers
