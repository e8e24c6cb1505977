// Reads a tar archive as it arrives, in pieces of any size: what it holds, not the contents.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "outis/base/bytes.h"
#include "outis/error.h"
#include "pack/tar.h"

namespace outis::images {

// An entry as its headers say, and where in the archive its content starts.
struct TarMember {
    TarEntry entry;
    char type = '0';
    std::uint64_t offset = 0;
};

class TarReader {
public:
    using OnMember = std::function<Result<Done, Error>(const TarMember&)>;

    explicit TarReader(OnMember on_member) : on_member_(std::move(on_member)) {}

    // A malformed header is an error, and so is what `on_member` answers.
    Result<Done, Error> feed(Bytes bytes);
    // An archive that ends inside an entry, or without its end mark, is an error.
    Result<Done, Error> finish() const;

private:
    Result<Done, Error> take_block(Bytes block);
    Result<Done, Error> take_header(Bytes block);
    Result<Done, Error> take_pax();

    OnMember on_member_;
    std::uint64_t position_ = 0;  // of the next byte
    std::uint64_t to_skip_ = 0;   // content and padding still to come
    std::uint64_t pax_left_ = 0;  // blocks of a pax header still to come
    std::size_t pax_size_ = 0;
    std::string pax_;
    std::map<std::string, std::string> records_;  // for the next header
    std::vector<std::byte> partial_;              // less than one block
    unsigned zero_blocks_ = 0;
};

}  // namespace outis::images
