#include "pack/tar_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "files/input.h"

namespace outis::images {

namespace {

constexpr std::size_t kMaxPaxSize = 1 << 20;
constexpr std::uint64_t kMaxSize = std::uint64_t{1} << 50;
constexpr std::size_t kChecksumAt = 148;

std::string text_field(Bytes block, std::size_t at, std::size_t size)
{
    const std::string_view field = as_text(block.subspan(at, size));
    return std::string(field.substr(0, field.find('\0')));
}

// Octal digits, blanks before and NUL or blank after; all blank is 0.
std::optional<std::uint64_t> number_field(Bytes block, std::size_t at, std::size_t size)
{
    std::string_view field = as_text(block.subspan(at, size));
    while (field.starts_with(' '))
        field.remove_prefix(1);
    field = field.substr(0, field.find_first_of(std::string_view("\0 ", 2)));
    if (field.empty())
        return 0;
    std::uint64_t value = 0;
    const char* const end = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), end, value, 8);
    if (error != std::errc() || stop != end)
        return std::nullopt;
    return value;
}

bool checksum_matches(Bytes block)
{
    const auto stated = number_field(block, kChecksumAt, 8);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < block.size(); ++i)
        sum += i >= kChecksumAt && i < kChecksumAt + 8 ? ' ' : load_8(block, i);
    return stated && *stated == sum;
}

std::optional<EntryKind> kind_of(char type)
{
    switch (type) {
    case '\0':
    case '0': return EntryKind::file;
    case '1': return EntryKind::hardlink;
    case '2': return EntryKind::symlink;
    case '5': return EntryKind::directory;
    default: return std::nullopt;
    }
}

// The records of one pax header; nothing if a length lies.
std::optional<std::map<std::string, std::string>> parse_pax(std::string_view text)
{
    std::map<std::string, std::string> records;
    while (!text.empty()) {
        std::size_t length = 0;
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), length);
        const auto digits = static_cast<std::size_t>(stop - text.data());
        if (error != std::errc() || length > text.size() || length < digits + 3 ||
            text[digits] != ' ' || text[length - 1] != '\n')
            return std::nullopt;
        const std::string_view record = text.substr(digits + 1, length - digits - 2);
        const std::size_t equals = record.find('=');
        if (equals == std::string_view::npos)
            return std::nullopt;
        records[std::string(record.substr(0, equals))] = record.substr(equals + 1);
        text.remove_prefix(length);
    }
    return records;
}

template <typename Integer>
bool override_number(const std::map<std::string, std::string>& records, const char* key,
                     Integer& value)
{
    const auto found = records.find(key);
    if (found == records.end())
        return true;
    // Fractions of a second are cut off.
    const std::string_view text =
        std::string_view(found->second).substr(0, found->second.find('.'));
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && stop == text.data() + text.size();
}

bool apply_records(const std::map<std::string, std::string>& records, TarEntry& entry)
{
    if (const auto path = records.find("path"); path != records.end())
        entry.path = path->second;
    if (const auto target = records.find("linkpath"); target != records.end())
        entry.target = target->second;
    if (const auto found = records.find("SCHILY.xattr.security.capability"); found != records.end())
        entry.capability = found->second;
    return override_number(records, "uid", entry.uid) &&
           override_number(records, "gid", entry.gid) &&
           override_number(records, "size", entry.size) &&
           override_number(records, "mtime", entry.time);
}

bool all_zero(Bytes block)
{
    return std::ranges::all_of(block, [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

Result<Done, Error> TarReader::feed(Bytes bytes)
{
    while (!bytes.empty()) {
        if (to_skip_ > 0) {
            const std::size_t count =
                static_cast<std::size_t>(std::min<std::uint64_t>(to_skip_, bytes.size()));
            bytes = bytes.subspan(count);
            to_skip_ -= count;
            position_ += count;
            continue;
        }
        const std::size_t count = std::min(bytes.size(), kTarBlock - partial_.size());
        partial_.insert(partial_.end(), bytes.begin(), bytes.begin() + static_cast<long>(count));
        bytes = bytes.subspan(count);
        position_ += count;
        if (partial_.size() == kTarBlock) {
            const std::vector<std::byte> block = std::exchange(partial_, {});
            OUTIS_TRY(take_block(block));
        }
    }
    return Done{};
}

Result<Done, Error> TarReader::finish() const
{
    if (to_skip_ > 0 || pax_left_ > 0 || !partial_.empty() || zero_blocks_ < 2)
        return bad_input("the tar archive is cut off");
    return Done{};
}

Result<Done, Error> TarReader::take_block(Bytes block)
{
    if (pax_left_ > 0) {
        pax_ += as_text(block);
        return --pax_left_ == 0 ? take_pax() : Result<Done, Error>(Done{});
    }
    if (all_zero(block)) {
        ++zero_blocks_;
        return Done{};
    }
    if (zero_blocks_ > 0)
        return bad_input("the tar archive goes on after its end mark");
    return take_header(block);
}

Result<Done, Error> TarReader::take_pax()
{
    auto records = parse_pax(std::string_view(pax_).substr(0, pax_size_));
    if (!records)
        return bad_input("a pax header of the tar archive is malformed");
    records_ = std::move(*records);
    return Done{};
}

Result<Done, Error> TarReader::take_header(Bytes block)
{
    if (!checksum_matches(block))
        return bad_input("a header of the tar archive has a wrong checksum");
    TarMember member;
    member.type = static_cast<char>(load_8(block, 156));
    const auto mode = number_field(block, 100, 8);
    const auto uid = number_field(block, 108, 8);
    const auto gid = number_field(block, 116, 8);
    const auto size = number_field(block, 124, 12);
    const auto time = number_field(block, 136, 12);
    if (!mode || !uid || !gid || !size || !time)
        return bad_input("a header of the tar archive is malformed");
    if (member.type == 'x') {
        if (*size > kMaxPaxSize)
            return bad_input("a pax header of the tar archive is larger than 1 MiB");
        pax_.clear();
        pax_size_ = static_cast<std::size_t>(*size);
        pax_left_ = (*size + kTarBlock - 1) / kTarBlock;
        return Done{};
    }
    const std::optional<EntryKind> kind = kind_of(member.type);
    if (!kind)
        return bad_input("the tar archive has an entry of type '" + std::string(1, member.type) +
                         "', which this program does not read");
    const std::string prefix = text_field(block, 345, 155);
    member.entry =
        TarEntry{.path = (prefix.empty() ? "" : prefix + "/") + text_field(block, 0, 100),
                 .kind = *kind,
                 .mode = static_cast<std::uint32_t>(*mode),
                 .uid = static_cast<std::uint32_t>(*uid),
                 .gid = static_cast<std::uint32_t>(*gid),
                 .size = *size,
                 .time = static_cast<std::int64_t>(*time),
                 .target = text_field(block, 157, 100)};
    if (!apply_records(std::exchange(records_, {}), member.entry) || member.entry.size > kMaxSize)
        return bad_input("a pax header of the tar archive is malformed");
    while (member.entry.kind == EntryKind::directory && member.entry.path.ends_with('/'))
        member.entry.path.pop_back();
    if (member.entry.kind != EntryKind::file)
        member.entry.size = 0;
    member.offset = position_;
    to_skip_ = member.entry.size + tar_padding(member.entry.size);
    return on_member_(member);
}

}  // namespace outis::images
