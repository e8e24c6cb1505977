#include "layers/tar_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "host/input.h"

namespace outis::images::layers {

namespace {

constexpr std::size_t kChecksumAt = 148;
constexpr std::uint32_t kModeBits = 07777;  // some write the type of the file too
constexpr std::string_view kAttribute = "SCHILY.xattr.";
constexpr std::string_view kCapability = "SCHILY.xattr.security.capability";
constexpr std::string_view kUstar("ustar\0", 6);

std::string text_field(Bytes block, std::size_t at, std::size_t size)
{
    const std::string_view field = host::as_text(block.subspan(at, size));
    return std::string(field.substr(0, field.find('\0')));
}

// GNU's form for numbers that octal digits cannot hold: big-endian, the first bit set.
std::optional<std::int64_t> wide_number(Bytes field)
{
    const std::uint8_t first = load_8(field, 0);
    const bool negative = first == 0xFF;
    if (!negative && first != 0x80)
        return std::nullopt;
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 1; i < field.size(); ++i) {
        const bool lost = field.size() - i >= sizeof value;
        if (lost && load_8(field, i) != (negative ? 0xFF : 0))
            return std::nullopt;
        value = value << 8 | load_8(field, i);
    }
    return static_cast<std::int64_t>(value);
}

// Octal digits, blanks before and NUL or blank after; all blank is 0.
std::optional<std::int64_t> number_field(Bytes block, std::size_t at, std::size_t size)
{
    if (load_8(block, at) >= 0x80)
        return wide_number(block.subspan(at, size));
    std::string_view field = host::as_text(block.subspan(at, size));
    while (field.starts_with(' '))
        field.remove_prefix(1);
    field = field.substr(0, field.find_first_of(std::string_view("\0 ", 2)));
    if (field.empty())
        return 0;
    std::int64_t value = 0;
    const char* const end = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), end, value, 8);
    if (error != std::errc() || stop != end)
        return std::nullopt;
    return value;
}

bool checksum_matches(Bytes block)
{
    const auto stated = number_field(block, kChecksumAt, 8);
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < block.size(); ++i)
        sum += i >= kChecksumAt && i < kChecksumAt + 8 ? ' ' : load_8(block, i);
    return stated && *stated == sum;
}

std::optional<EntryKind> kind_of(char type)
{
    switch (type) {
    case '\0':
    case '0':
    case '7': return EntryKind::file;
    case '1': return EntryKind::hardlink;
    case '2': return EntryKind::symlink;
    case '5': return EntryKind::directory;
    case '3':
    case '4':
    case '6': return EntryKind::special;
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
        const std::string key(record.substr(0, equals));
        // Without a value a record takes back what was said before.
        if (equals + 1 == record.size() && !key.starts_with(kAttribute))
            records.erase(key);
        else
            records[key] = record.substr(equals + 1);
        text.remove_prefix(length);
    }
    return records;
}

// What pax headers say of one member. None of those for all members is copied.
struct Said {
    const std::map<std::string, std::string>& global;
    const std::map<std::string, std::string>& own;

    [[nodiscard]] const std::string* find(const std::string& key) const
    {
        if (const auto found = own.find(key); found != own.end())
            return &found->second;
        const auto found = global.find(key);
        return found == global.end() ? nullptr : &found->second;
    }
};

template <typename Integer>
bool override_number(const Said& said, const char* key, Integer& value)
{
    const std::string* const found = said.find(key);
    if (found == nullptr)
        return true;
    // Fractions of a second are cut off.
    const std::string_view text = std::string_view(*found).substr(0, found->find('.'));
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && stop == text.data() + text.size();
}

// Attributes for all members count for none: engines pass over global headers.
bool apply_records(const Said& said, TarMember& member)
{
    TarEntry& entry = member.entry;
    if (const std::string* path = said.find("path"))
        entry.path = *path;
    if (const std::string* target = said.find("linkpath"))
        entry.target = *target;
    for (auto at = said.own.lower_bound(std::string(kAttribute));
         at != said.own.end() && at->first.starts_with(kAttribute); ++at) {
        member.attributes[at->first.substr(kAttribute.size())] = at->second;
        if (at->first == kCapability)
            entry.capability = at->second;
    }
    return override_number(said, "uid", entry.uid) && override_number(said, "gid", entry.gid) &&
           override_number(said, "size", entry.size) && override_number(said, "mtime", entry.time);
}

bool is_sparse(const std::map<std::string, std::string>& records)
{
    const auto found = records.lower_bound("GNU.sparse.");
    return found != records.end() && found->first.starts_with("GNU.sparse.");
}

Failure<Error> sparse()
{
    return bad_input(
        "the tar archive has a sparse entry, which layers must not hold; make it "
        "without --sparse");
}

}  // namespace

Result<Done, Error> TarReader::feed(Bytes bytes)
{
    while (!bytes.empty()) {
        std::uint64_t& to_pass = content_ > 0 ? content_ : padding_;
        if (to_pass > 0) {
            const bool is_content = content_ > 0;
            const Bytes piece = bytes.first(
                static_cast<std::size_t>(std::min<std::uint64_t>(to_pass, bytes.size())));
            bytes = bytes.subspan(piece.size());
            to_pass -= piece.size();
            position_ += piece.size();
            if (is_content && on_content_)
                OUTIS_TRY(on_content_(piece));
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
    if (!between_entries() || !end_marked())
        return bad_input("the tar archive is cut off");
    return Done{};
}

bool TarReader::between_entries() const
{
    return content_ == 0 && extra_blocks_ == 0 && records_.empty() && partial_.empty();
}

Result<Done, Error> TarReader::take_block(Bytes block)
{
    ++steps_;
    if (extra_blocks_ > 0) {
        extra_ += host::as_text(block);
        return --extra_blocks_ == 0 ? take_extra() : Result<Done, Error>(Done{});
    }
    if (all_zero(block)) {
        ++zero_blocks_;
        return Done{};
    }
    if (zero_blocks_ > 0)
        return bad_input("the tar archive goes on after its end mark");
    return take_header(block);
}

Result<Done, Error> TarReader::begin_extra(char type, std::uint64_t size)
{
    if (size > kMaxExtraSize || (type != 'g' && (headers_size_ += size) > kMaxExtraSize))
        return bad_input("a pax header or long name of the tar archive is larger than 1 MiB");
    extra_.clear();
    extra_type_ = type;
    extra_size_ = static_cast<std::size_t>(size);
    extra_blocks_ = (size + kTarBlock - 1) / kTarBlock;
    return Done{};
}

Result<Done, Error> TarReader::take_extra()
{
    const std::string_view text = std::string_view(extra_).substr(0, extra_size_);
    if (extra_type_ == 'L' || extra_type_ == 'K') {
        // What a pax header says of the same entry counts for more.
        records_.emplace(extra_type_ == 'L' ? "path" : "linkpath", text.substr(0, text.find('\0')));
        return Done{};
    }
    auto records = parse_pax(text);
    if (!records)
        return bad_input("a pax header of the tar archive is malformed");
    steps_ += records->size();
    if (extra_type_ == 'g')
        return take_global(*std::move(records));
    for (auto& [key, value] : *records)
        records_[key] = std::move(value);
    return Done{};
}

Result<Done, Error> TarReader::take_global(Records records)
{
    for (auto& [key, value] : records) {
        const auto [at, is_new] = global_.try_emplace(key);
        global_size_ += (is_new ? key.size() : 0) + value.size() - at->second.size();
        at->second = std::move(value);
    }
    if (global_size_ > kMaxGlobalSize)
        return bad_input("the global pax headers of the tar archive hold more than 64 KiB");
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
    const auto is_id = [](const auto& id) { return id && *id >= 0 && *id <= 0xFFFFFFFF; };
    if (!is_id(mode) || !is_id(uid) || !is_id(gid) || !size || *size < 0 || !time)
        return bad_input("a header of the tar archive is malformed");
    if (std::string_view("xgXLK").find(member.type) != std::string_view::npos)
        return begin_extra(member.type, static_cast<std::uint64_t>(*size));
    const Records own = std::exchange(records_, {});
    const Said said{.global = global_, .own = own};
    steps_ += 1 + headers_size_ / kTarBlock;
    headers_size_ = 0;
    if (member.type == 'S' || is_sparse(own) || is_sparse(global_))
        return sparse();
    const std::optional<EntryKind> kind = kind_of(member.type);
    if (!kind)
        return bad_input("the tar archive has an entry of type '" + std::string(1, member.type) +
                         "', which this program does not read");
    // GNU's header has times where that of POSIX has the start of a long path.
    const bool is_posix = host::as_text(block.subspan(257, kUstar.size())) == kUstar;
    const std::string prefix = is_posix ? text_field(block, 345, 155) : "";
    member.entry =
        TarEntry{.path = (prefix.empty() ? "" : prefix + "/") + text_field(block, 0, 100),
                 .kind = *kind,
                 .mode = static_cast<std::uint32_t>(*mode) & kModeBits,
                 .uid = static_cast<std::uint32_t>(*uid),
                 .gid = static_cast<std::uint32_t>(*gid),
                 .size = static_cast<std::uint64_t>(*size),
                 .time = *time,
                 .target = text_field(block, 157, 100)};
    if (!apply_records(said, member) || member.entry.size > kMaxMemberSize)
        return bad_input("a pax header of the tar archive is malformed");
    TarEntry& entry = member.entry;
    if (std::max(entry.path.size(), entry.target.size()) > kMaxPathLength)
        return bad_input("it has a path longer than 4095 bytes");
    // The oldest form knows directories by their names alone.
    if (entry.kind == EntryKind::file && entry.path.ends_with('/'))
        entry.kind = EntryKind::directory;
    // The root keeps its '/'.
    while (entry.kind == EntryKind::directory && entry.path.size() > 1 && entry.path.ends_with('/'))
        entry.path.pop_back();
    if (entry.kind != EntryKind::file)
        entry.size = 0;
    member.offset = position_;
    content_ = entry.size;
    padding_ = tar_padding(entry.size);
    return on_member_(member);
}

}  // namespace outis::images::layers
