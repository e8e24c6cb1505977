// The map of a sparse file in a tar archive: which parts of the file are stored. What lies between
// them reads as zeros.
//
//   type 'S'  four parts in the header and 21 in each block behind it, as long as a flag says so
//   pax 0.0   records GNU.sparse.offset and GNU.sparse.numbytes in turn
//   pax 0.1   a record GNU.sparse.map, "OFFSET,SIZE,…"; the path is GNU.sparse.name
//   pax 1.0   decimal lines before the content, filled up to whole blocks: how many parts, then the
//             offset and size of each; the path is GNU.sparse.name
//
// Parts that overlap, go backwards or beyond the file, and parts that are not all that is stored
// are refused: readers differ in what they make of them.
//
// Sources: GNU tar's manual, "Storing Sparse Files" and its header tar.h; tar(5) of libarchive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layers/tar.h"
#include "outis/base/bytes.h"
#include "outis/error.h"

namespace outis::images::layers {

// The record that the records GNU.sparse.offset and GNU.sparse.numbytes are gathered in.
constexpr const char* kSparseMap = "GNU.sparse.map";
constexpr const char* kSparseName = "GNU.sparse.name";
constexpr std::string_view kSparseRecords = "GNU.sparse.";

constexpr std::size_t kZeroPiece = 64 << 10;  // bytes of zeros that are passed on at once

class SparseFile {
public:
    using Records = std::map<std::string, std::string>;

    // `stored` bytes follow the header: a map of pax 1.0, and what is stored of the file.
    static Result<SparseFile, Error> of_header(Bytes header, std::uint64_t stored);
    static Result<SparseFile, Error> of_records(const Records& records, std::uint64_t stored);

    // Whether the next block belongs to the map.
    [[nodiscard]] bool wants_block() const { return rest_ != Rest::none; }

    Result<Done, Error> take_block(Bytes block);
    // Once, when the map is whole.
    [[nodiscard]] Result<Done, Error> check() const;

    [[nodiscard]] std::uint64_t size() const { return size_; }  // of the file

    [[nodiscard]] std::uint64_t stored() const { return stored_; }  // bytes of it that follow

    [[nodiscard]] std::size_t parts() const { return parts_.size(); }

    // The next of the stored bytes, and the zeros before and behind them.
    Result<Done, Error> pass(Bytes bytes, const Sink& sink);

private:
    enum class Rest : std::uint8_t { none, blocks, lines };

    struct Part {
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
    };

    SparseFile(std::uint64_t size, std::uint64_t stored) : size_(size), stored_(stored) {}

    Result<Done, Error> add(Part part);
    Result<Done, Error> add_fields(Bytes block, std::size_t at, std::size_t count);
    Result<Done, Error> take_line(std::string_view line);
    Result<Done, Error> pass_zeros(std::uint64_t end, const Sink& sink);

    std::uint64_t size_ = 0;
    std::uint64_t stored_ = 0;
    std::vector<Part> parts_;
    Rest rest_ = Rest::none;
    std::optional<std::uint64_t> lines_left_;  // of pax 1.0, once their number is known
    std::string line_;                         // what is there of it
    std::optional<std::uint64_t> offset_;      // of the part whose size comes next
    std::size_t part_ = 0;                     // that the next stored byte belongs to
    std::uint64_t at_ = 0;                     // in the file: what was passed
};

}  // namespace outis::images::layers
