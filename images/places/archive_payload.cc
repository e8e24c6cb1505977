#include "places/archive_payload.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "host/digest.h"
#include "host/input.h"

namespace outis::images::places {

namespace {

class PartReader {
public:
    explicit PartReader(std::vector<Blob> parts) : parts_(std::move(parts))
    {
        for (const Blob& part : parts_) {
            starts_.push_back(size_);
            size_ += part.size;
        }
    }

    [[nodiscard]] std::uint64_t size() const { return size_; }

    // Of one part at a time.
    Result<std::size_t, Error> read(std::uint64_t offset, std::span<std::byte> buffer)
    {
        if (offset >= size_)
            return std::size_t{0};
        // The last of those that start there: others are empty.
        const std::size_t at = static_cast<std::size_t>(std::ranges::upper_bound(starts_, offset) -
                                                        starts_.begin() - 1);
        const Blob& part = parts_[at];
        const std::uint64_t from = offset - starts_[at];
        const std::span<std::byte> room = buffer.first(
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), part.size - from)));
        if (const auto* text = std::get_if<std::string>(&part.content)) {
            std::memcpy(room.data(), text->data() + from, room.size());
            return room.size();
        }
        const auto& path = std::get<std::filesystem::path>(part.content);
        if (from == 0) {
            file_ = OUTIS_TRY(host::open_input(path));
            hash_.emplace();
            hashed_ = 0;
        }
        const std::size_t count = OUTIS_TRY(host::read_at(*file_, part.offset + from, room, path));
        if (hashed_ == from) {
            hash_->update(Bytes(room).first(count));
            hashed_ += count;
        }
        if (count == 0 || (hashed_ == part.size && hash_->finish().text() != part.digest))
            return unavailable("'" + path.string() +
                               "' no longer has the bytes of its digest; run the command again");
        return count;
    }

private:
    std::vector<Blob> parts_;
    std::vector<std::uint64_t> starts_;
    std::uint64_t size_ = 0;
    std::optional<host::InputFile> file_;  // of the part that was read last
    std::optional<host::Sha256> hash_;     // of its first `hashed_` bytes
    std::uint64_t hashed_ = 0;
};

}  // namespace

http::Payload archive_payload(std::vector<Blob> parts)
{
    const auto reader = std::make_shared<PartReader>(std::move(parts));
    return {.size = reader->size(),
            .read = [reader](std::uint64_t offset, std::span<std::byte> buffer) {
                return reader->read(offset, buffer);
            }};
}

}  // namespace outis::images::places
