// Reads a tar archive as it arrives, in pieces of any size. Of the forms that others write it knows
// ustar, pax, GNU's long names and large numbers, and sparse files, whose content comes whole;
// parts of archives over several volumes are refused. Sources: POSIX.1-2017, pax; GNU tar's manual,
// "Basic Tar Format"; tar(5) of libarchive.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "layers/limits.h"
#include "layers/tar.h"
#include "layers/tar_sparse.h"
#include "outis/base/bytes.h"
#include "outis/error.h"

namespace outis::images::layers {

// An entry as its headers say, and where in the archive its content starts.
struct TarMember {
    TarEntry entry;
    char type = '0';
    std::uint64_t offset = 0;
    std::uint64_t holes = 0;  // of a sparse file: bytes of its size that are not in the archive
    std::map<std::string, std::string> attributes = {};  // extended ones: "user.x" and its bytes
};

class TarReader {
public:
    using OnMember = std::function<Result<Done, Error>(const TarMember&)>;

    // `on_content` gets the bytes of the entry that came last, in pieces.
    explicit TarReader(OnMember on_member, Sink on_content = {})
        : on_member_(std::move(on_member)), on_content_(std::move(on_content))
    {
    }

    // A malformed header is an error, and so is what a callback answers.
    Result<Done, Error> feed(Bytes bytes);
    // An archive that ends inside an entry, or without its end mark, is an error.
    Result<Done, Error> finish() const;
    // Whether it could end here: behind a whole entry, though perhaps without its padding and the
    // end mark, which some writers leave out and engines do not miss.
    [[nodiscard]] bool between_entries() const;

    [[nodiscard]] bool end_marked() const { return zero_blocks_ >= 2; }

    // How much work it was: blocks, records that were looked at, 64 bytes of a name.
    [[nodiscard]] std::size_t steps() const { return steps_; }

private:
    using Records = std::map<std::string, std::string>;

    Result<Done, Error> take_block(Bytes block);
    Result<Done, Error> take_header(Bytes block);
    Result<Done, Error> begin_extra(char type, std::uint64_t size);
    Result<Done, Error> take_extra();
    Result<Done, Error> take_global(Records records);
    Result<Done, Error> begin_content(TarMember& member, std::uint64_t stored);
    Result<Done, Error> begin_sparse();
    Result<Done, Error> pass_content(Bytes piece);

    OnMember on_member_;
    Sink on_content_;
    std::uint64_t position_ = 0;  // of the next byte
    std::uint64_t content_ = 0;   // bytes of the entry still to come
    std::uint64_t padding_ = 0;   // bytes after them
    char extra_type_ = 0;         // of the header that describes the next one
    std::uint64_t extra_blocks_ = 0;
    std::size_t extra_size_ = 0;
    std::string extra_;
    Records global_;                // for every header from here on
    std::size_t global_size_ = 0;   // bytes of them
    Records records_;               // for the next header
    std::size_t headers_size_ = 0;  // bytes of the headers that said so
    std::optional<SparseFile> sparse_;
    std::optional<TarMember> waiting_;  // for the rest of its map
    std::uint64_t holes_ = 0;           // bytes of all
    std::size_t steps_ = 0;
    std::vector<std::byte> partial_;  // less than one block
    unsigned zero_blocks_ = 0;
};

}  // namespace outis::images::layers
