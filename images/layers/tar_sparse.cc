#include "layers/tar_sparse.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "host/input.h"
#include "layers/limits.h"

namespace outis::images::layers {

namespace {

// Of GNU's header and of the blocks behind it.
constexpr std::size_t kHeaderParts = 4;
constexpr std::size_t kHeaderPartsAt = 386;
constexpr std::size_t kHeaderFlagAt = 482;
constexpr std::size_t kHeaderSizeAt = 483;
constexpr std::size_t kBlockParts = 21;
constexpr std::size_t kBlockFlagAt = 504;
constexpr std::size_t kNumber = 12;  // bytes of an offset or a size
constexpr std::size_t kMaxDigits = 20;

Failure<Error> wrong_map(const char* why)
{
    return bad_input(std::string("the map of a sparse entry of the tar archive ") + why);
}

std::optional<std::uint64_t> decimal(std::string_view text)
{
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

std::string_view text_of(const SparseFile::Records& records, const char* key)
{
    const auto found = records.find(key);
    return found == records.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

Result<SparseFile, Error> SparseFile::of_header(Bytes header, std::uint64_t stored)
{
    constexpr std::string_view kGnu("ustar  \0", 8);
    const auto size = tar_number(header, kHeaderSizeAt, kNumber);
    if (host::as_text(header.subspan(257, kGnu.size())) != kGnu || !size || *size < 0)
        return wrong_map("is malformed");
    SparseFile file(static_cast<std::uint64_t>(*size), stored);
    file.rest_ = load_8(header, kHeaderFlagAt) == 0 ? Rest::none : Rest::blocks;
    OUTIS_TRY(file.add_fields(header, kHeaderPartsAt, kHeaderParts));
    return file;
}

Result<SparseFile, Error> SparseFile::of_records(const Records& records, std::uint64_t stored)
{
    const std::string_view major = text_of(records, "GNU.sparse.major");
    const std::string_view minor = text_of(records, "GNU.sparse.minor");
    const bool in_lines = major == "1" && minor == "0";
    const bool in_records =
        (major.empty() && minor.empty()) || (major == "0" && (minor == "0" || minor == "1"));
    if (!in_lines && !in_records)
        return wrong_map("is of an unknown version");
    const auto size =
        decimal(text_of(records, in_lines ? "GNU.sparse.realsize" : "GNU.sparse.size"));
    if (!size)
        return wrong_map("lacks the size of the file");
    SparseFile file(*size, stored);
    if (in_lines) {
        file.rest_ = Rest::lines;
        return file;
    }
    const std::string_view map = text_of(records, kSparseMap);
    for (std::size_t at = 0; at <= map.size();) {
        const std::size_t comma = std::min(map.find(',', at), map.size());
        OUTIS_TRY(file.take_line(map.substr(at, comma - at)));
        at = comma + 1;
    }
    if (file.offset_ || decimal(text_of(records, "GNU.sparse.numblocks")) != file.parts_.size())
        return wrong_map("is malformed");
    return file;
}

Result<Done, Error> SparseFile::add(Part part)
{
    const std::uint64_t end = parts_.empty() ? 0 : parts_.back().offset + parts_.back().size;
    if (parts_.size() == kMaxSparseParts)
        return wrong_map("has more than 100000 parts");
    if (part.offset < end)
        return wrong_map("goes backwards");
    if (part.offset > size_ || part.size > size_ - part.offset)
        return wrong_map("goes beyond the file");
    parts_.push_back(part);
    return Done{};
}

// GNU tar ends a map at a part without size, libarchive and Go at one without offset.
Result<Done, Error> SparseFile::add_fields(Bytes block, std::size_t at, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t place = at + i * 2 * kNumber;
        if (all_zero(block.subspan(place, (count - i) * 2 * kNumber)) && rest_ == Rest::none)
            return Done{};
        const auto offset = tar_number(block, place, kNumber);
        const auto size = tar_number(block, place + kNumber, kNumber);
        if (load_8(block, place) == 0 || load_8(block, place + kNumber) == 0 || !offset || !size ||
            *offset < 0 || *size < 0)
            return wrong_map("is malformed");
        OUTIS_TRY(add({.offset = static_cast<std::uint64_t>(*offset),
                       .size = static_cast<std::uint64_t>(*size)}));
    }
    return Done{};
}

// The offset or the size of a part.
Result<Done, Error> SparseFile::take_line(std::string_view line)
{
    const std::optional<std::uint64_t> number = decimal(line);
    if (!number)
        return wrong_map("is malformed");
    if (!offset_) {
        offset_ = number;
        return Done{};
    }
    const Part part{.offset = *offset_, .size = *number};
    offset_.reset();
    return add(part);
}

Result<Done, Error> SparseFile::take_block(Bytes block)
{
    if (rest_ == Rest::blocks) {
        rest_ = load_8(block, kBlockFlagAt) == 0 ? Rest::none : Rest::blocks;
        return add_fields(block, 0, kBlockParts);
    }
    if (stored_ < kTarBlock)
        return wrong_map("is cut off");
    stored_ -= kTarBlock;
    std::string_view text = host::as_text(block);
    while (!text.empty() && lines_left_ != 0U) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        line_ += text.substr(0, end);
        if (line_.size() > kMaxDigits)
            return wrong_map("is malformed");
        if (end == text.size())
            return Done{};
        text.remove_prefix(end + 1);
        const std::string line = std::exchange(line_, {});
        if (lines_left_) {
            OUTIS_TRY(take_line(line));
            --*lines_left_;
            continue;
        }
        const std::optional<std::uint64_t> count = decimal(line);
        if (!count)
            return wrong_map("is malformed");
        if (*count > kMaxSparseParts)
            return wrong_map("has more than 100000 parts");
        lines_left_ = 2 * *count;
    }
    if (lines_left_ == 0U)
        rest_ = Rest::none;
    return Done{};
}

Result<Done, Error> SparseFile::check() const
{
    std::uint64_t sum = 0;
    for (const Part& part : parts_)
        sum += part.size;
    if (sum != stored_)
        return wrong_map("is not about all that is stored");
    return Done{};
}

Result<Done, Error> SparseFile::pass_zeros(std::uint64_t end, const Sink& sink)
{
    static constexpr std::array<std::byte, kZeroPiece> kZeros{};
    while (at_ < end) {
        const std::uint64_t count = std::min<std::uint64_t>(end - at_, kZeros.size());
        OUTIS_TRY(sink(Bytes(kZeros).first(static_cast<std::size_t>(count))));
        at_ += count;
    }
    return Done{};
}

Result<Done, Error> SparseFile::pass(Bytes bytes, const Sink& sink)
{
    for (; part_ < parts_.size(); ++part_) {
        const Part& part = parts_[part_];
        const std::uint64_t end = part.offset + part.size;
        if (at_ < part.offset)
            OUTIS_TRY(pass_zeros(part.offset, sink));
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>(end - at_, bytes.size()));
        if (count > 0)
            OUTIS_TRY(sink(bytes.first(count)));
        bytes = bytes.subspan(count);
        at_ += count;
        if (at_ < end)
            return Done{};
    }
    return pass_zeros(size_, sink);
}

}  // namespace outis::images::layers
