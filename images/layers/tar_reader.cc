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

bool checksum_matches(Bytes block)
{
    const auto stated = tar_number(block, kChecksumAt, 8);
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
    case '7':
    case 'S': return EntryKind::file;
    case '1': return EntryKind::hardlink;
    case '2': return EntryKind::symlink;
    case '5': return EntryKind::directory;
    case '3':
    case '4':
    case '6': return EntryKind::special;
    default: return std::nullopt;
    }
}

// The records of one pax header; nothing if a length lies. Records of a sparse map come in order
// and again and again; they become one.
std::optional<std::map<std::string, std::string>> parse_pax(std::string_view text)
{
    constexpr std::string_view kPartOffset = "GNU.sparse.offset";
    constexpr std::string_view kPartSize = "GNU.sparse.numbytes";
    std::map<std::string, std::string> records;
    std::string sparse;
    bool wants_size = false;
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
        if (key == kPartOffset || key == kPartSize) {
            if (wants_size != (key == kPartSize))
                return std::nullopt;
            wants_size = !wants_size;
            (sparse += sparse.empty() ? "" : ",") += record.substr(equals + 1);
        } else if (equals + 1 == record.size() && !key.starts_with(kAttribute)) {
            // Without a value a record takes back what was said before.
            records.erase(key);
        } else {
            records[key] = record.substr(equals + 1);
        }
        text.remove_prefix(length);
    }
    if (!sparse.empty())
        records[kSparseMap] = std::move(sparse);
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
    if (const auto name = said.own.find(kSparseName); name != said.own.end())
        entry.path = name->second;
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
    const auto found = records.lower_bound(std::string(kSparseRecords));
    return found != records.end() && found->first.starts_with(kSparseRecords);
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
            if (is_content)
                OUTIS_TRY(pass_content(piece));
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
    return content_ == 0 && extra_blocks_ == 0 && records_.empty() && partial_.empty() && !waiting_;
}

Result<Done, Error> TarReader::take_block(Bytes block)
{
    ++steps_;
    if (extra_blocks_ > 0) {
        extra_ += host::as_text(block);
        return --extra_blocks_ == 0 ? take_extra() : Result<Done, Error>(Done{});
    }
    if (waiting_) {
        OUTIS_TRY(sparse_->take_block(block));
        return sparse_->wants_block() ? Result<Done, Error>(Done{}) : begin_sparse();
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
    const auto mode = tar_number(block, 100, 8);
    const auto uid = tar_number(block, 108, 8);
    const auto gid = tar_number(block, 116, 8);
    const auto size = tar_number(block, 124, 12);
    const auto time = tar_number(block, 136, 12);
    const auto is_id = [](const auto& id) { return id && *id >= 0 && *id <= 0xFFFFFFFF; };
    if (!is_id(mode) || !is_id(uid) || !is_id(gid) || !size || *size < 0 || !time)
        return bad_input("a header of the tar archive is malformed");
    if (std::string_view("xgXLK").find(member.type) != std::string_view::npos)
        return begin_extra(member.type, static_cast<std::uint64_t>(*size));
    const Records own = std::exchange(records_, {});
    const Said said{.global = global_, .own = own};
    steps_ += 1 + headers_size_ / kTarBlock;
    headers_size_ = 0;
    const bool is_old_sparse = member.type == 'S';
    const bool is_pax_sparse = is_sparse(own);
    if (is_sparse(global_) || (is_old_sparse && is_pax_sparse))
        return bad_input(
            "a pax header of the tar archive says of all entries that they are sparse");
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
    if (is_old_sparse || is_pax_sparse) {
        if (entry.kind != EntryKind::file)
            return bad_input("the tar archive has a sparse entry that is no file");
        sparse_ = OUTIS_TRY(is_old_sparse ? SparseFile::of_header(block, entry.size)
                                          : SparseFile::of_records(own, entry.size));
        waiting_ = std::move(member);
        return sparse_->wants_block() ? Result<Done, Error>(Done{}) : begin_sparse();
    }
    if (entry.kind != EntryKind::file)
        entry.size = 0;
    return begin_content(member, entry.size);
}

Result<Done, Error> TarReader::begin_content(TarMember& member, std::uint64_t stored)
{
    member.offset = position_;
    content_ = stored;
    padding_ = tar_padding(stored);
    return on_member_(member);
}

// The map is there, and the content follows.
Result<Done, Error> TarReader::begin_sparse()
{
    OUTIS_TRY(sparse_->check());
    TarMember member = *std::exchange(waiting_, std::nullopt);
    const std::uint64_t stored = sparse_->stored();
    member.entry.size = sparse_->size();
    if (member.entry.size > kMaxMemberSize)
        return bad_input("the tar archive has a sparse entry of more than 1 PiB");
    member.holes = member.entry.size - stored;
    holes_ += member.holes;
    if (holes_ > kMaxUnpacked)
        return bad_input("the sparse entries of the tar archive have more than 64 GiB of zeros");
    steps_ += sparse_->parts() + static_cast<std::size_t>(member.holes / kZeroPiece);
    OUTIS_TRY(begin_content(member, stored));
    return stored == 0 ? pass_content({}) : Result<Done, Error>(Done{});
}

Result<Done, Error> TarReader::pass_content(Bytes piece)
{
    if (on_content_ && sparse_)
        OUTIS_TRY(sparse_->pass(piece, on_content_));
    else if (on_content_)
        OUTIS_TRY(on_content_(piece));
    if (content_ == 0)
        sparse_.reset();
    return Done{};
}

}  // namespace outis::images::layers
