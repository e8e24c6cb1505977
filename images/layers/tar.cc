#include "layers/tar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>
#include <vector>

#include "host/input.h"
#include "host/interrupt.h"

namespace outis::images::layers {

namespace {

// The fields of a ustar header: offset and size.
struct Field {
    std::size_t at;
    std::size_t size;
};

constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kUid{108, 8};
constexpr Field kGid{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kTime{136, 12};
constexpr Field kChecksum{148, 8};
constexpr std::size_t kType = 156;
constexpr Field kLinkName{157, 100};
constexpr Field kMagic{257, 8};  // "ustar\0" and the version "00"
constexpr Field kDeviceMajor{329, 8};
constexpr Field kDeviceMinor{337, 8};
constexpr Field kPrefix{345, 155};

constexpr char kPaxType = 'x';
constexpr const char* kPaxName = "pax_header";
constexpr std::size_t kReadSize = 128 << 10;

char type_letter(EntryKind kind)
{
    switch (kind) {
    case EntryKind::file: return '0';
    case EntryKind::hardlink: return '1';
    case EntryKind::symlink: return '2';
    case EntryKind::directory: return '5';
    case EntryKind::special: break;
    }
    __builtin_trap();
}

void put(std::string& block, const Field& field, std::string_view text)
{
    std::ranges::copy(text.substr(0, field.size), block.begin() + static_cast<long>(field.at));
}

// A numeric field is octal digits and a NUL.
constexpr std::uint64_t largest(const Field& field)
{
    return (std::uint64_t{1} << (3 * (field.size - 1))) - 1;
}

void put_number(std::string& block, const Field& field, std::uint64_t value)
{
    std::string digits(field.size - 1, '0');
    for (std::size_t i = digits.size(); i-- > 0; value >>= 3)
        digits[i] = static_cast<char>('0' + (value & 7));
    put(block, field, digits);
}

struct SplitPath {
    std::string_view prefix;
    std::string_view name;
    bool fits = false;
};

// ustar joins prefix, '/' and name; a path that fits the name alone is left whole.
SplitPath split_path(std::string_view path)
{
    if (path.size() <= kName.size)
        return {.prefix = {}, .name = path, .fits = true};
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
         slash = path.find('/', slash + 1)) {
        const std::string_view name = path.substr(slash + 1);
        if (slash <= kPrefix.size && !name.empty() && name.size() <= kName.size)
            return {.prefix = path.substr(0, slash), .name = name, .fits = true};
    }
    return {};
}

bool is_ascii(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 128; });
}

// "LENGTH KEY=VALUE\n", the length counting itself.
std::string pax_record(std::string_view key, std::string_view value)
{
    const std::size_t rest = key.size() + value.size() + 3;
    std::size_t length = rest + 1;
    while (length != rest + std::to_string(length).size())
        length = rest + std::to_string(length).size();
    return std::to_string(length) + " " + std::string(key) + "=" + std::string(value) + "\n";
}

struct Block {
    std::string_view path;
    char type = '0';
    std::uint32_t mode = 0;
    std::uint64_t uid = 0;
    std::uint64_t gid = 0;
    std::uint64_t size = 0;
    std::uint64_t time = 0;
    std::string_view target = {};
};

// What does not fit is cut: then a pax header before it holds the whole.
std::string header_block(const Block& from)
{
    std::string block(kTarBlock, '\0');
    const SplitPath path = split_path(from.path);
    put(block, kPrefix, path.prefix);
    put(block, kName, path.fits ? path.name : from.path);
    put_number(block, kMode, from.mode);
    put_number(block, kUid, from.uid & largest(kUid));
    put_number(block, kGid, from.gid & largest(kGid));
    put_number(block, kSize, from.size & largest(kSize));
    put_number(block, kTime, from.time & largest(kTime));
    block[kType] = from.type;
    put(block, kLinkName, from.target);
    put(block, kMagic,
        std::string_view("ustar\0"
                         "00",
                         8));
    put_number(block, kDeviceMajor, 0);
    put_number(block, kDeviceMinor, 0);
    // The sum counts its own field as blanks; it ends with NUL and blank.
    put(block, kChecksum, "        ");
    std::uint64_t sum = 0;
    for (const char c : block)
        sum += static_cast<unsigned char>(c);
    put_number(block, {kChecksum.at, kChecksum.size - 1}, sum);
    block[kChecksum.at + 6] = '\0';
    return block;
}

std::map<std::string, std::string> pax_records(const TarEntry& entry, const std::string& path)
{
    std::map<std::string, std::string> records;
    if (!split_path(path).fits || !is_ascii(path))
        records["path"] = path;
    if (entry.target.size() > kLinkName.size || !is_ascii(entry.target))
        records["linkpath"] = entry.target;
    if (entry.uid > largest(kUid))
        records["uid"] = std::to_string(entry.uid);
    if (entry.gid > largest(kGid))
        records["gid"] = std::to_string(entry.gid);
    if (entry.size > largest(kSize))
        records["size"] = std::to_string(entry.size);
    if (entry.time < 0 || static_cast<std::uint64_t>(entry.time) > largest(kTime))
        records["mtime"] = std::to_string(entry.time);
    if (!entry.capability.empty())
        records["SCHILY.xattr.security.capability"] = entry.capability;
    return records;
}

Result<Done, Error> write_content(const std::string& bytes, const Sink& sink)
{
    return sink(host::as_bytes(bytes));
}

Result<Done, Error> write_file(const host::InputFile& file, const std::filesystem::path& path,
                               const Sink& sink)
{
    std::vector<std::byte> buffer(
        static_cast<std::size_t>(std::min<std::uint64_t>(kReadSize, file.size + 1)));
    std::uint64_t done = 0;
    while (true) {
        OUTIS_TRY(host::check_interrupts());
        const std::size_t count = OUTIS_TRY(host::read_at(file, done, buffer, path));
        done += count;
        if (done > file.size || (count < buffer.size() && done != file.size))
            return bad_input("'" + path.string() + "' changed while it was read");
        OUTIS_TRY(sink(Bytes(buffer).first(count)));
        if (done == file.size)
            return Done{};
    }
}

Result<Done, Error> pad(std::uint64_t size, const Sink& sink)
{
    static constexpr std::array<std::byte, kTarBlock> kZeros{};
    return sink(Bytes(kZeros).first(tar_padding(size)));
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

}  // namespace

std::optional<std::int64_t> tar_number(Bytes block, std::size_t at, std::size_t size)
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

std::string tar_header(const TarEntry& entry)
{
    const std::string path = entry.kind == EntryKind::directory ? entry.path + "/" : entry.path;
    std::string blocks;
    std::string pax;
    for (const auto& [key, value] : pax_records(entry, path))
        pax += pax_record(key, value);
    const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(entry.time, 0));
    if (!pax.empty()) {
        blocks += header_block({.path = kPaxName,
                                .type = kPaxType,
                                .mode = kFileMode,
                                .size = pax.size(),
                                .time = time});
        blocks += pax + std::string(tar_padding(pax.size()), '\0');
    }
    blocks += header_block({.path = path,
                            .type = type_letter(entry.kind),
                            .mode = entry.mode,
                            .uid = entry.uid,
                            .gid = entry.gid,
                            .size = entry.size,
                            .time = time,
                            .target = entry.target});
    return blocks;
}

std::size_t tar_padding(std::uint64_t size)
{
    return static_cast<std::size_t>((kTarBlock - size % kTarBlock) % kTarBlock);
}

std::string tar_end()
{
    return std::string(2 * kTarBlock, '\0');
}

Result<Done, Error> write_tar(const Tree& tree, std::int64_t time, const Sink& sink,
                              const OnContent& on_content)
{
    return write_tar(
        tree, [time](const std::string&) { return time; }, sink, on_content);
}

Result<Done, Error> write_tar(const Tree& tree, const TimeOf& time_of, const Sink& sink,
                              const OnContent& on_content)
{
    for (const auto& [key, entry] : tree) {
        OUTIS_TRY(host::check_interrupts());
        TarEntry row{.path = key,
                     .kind = entry.kind,
                     .mode = entry.mode,
                     .uid = entry.uid,
                     .gid = entry.gid,
                     .size = 0,
                     .time = time_of(key),
                     .target = entry.target,
                     .capability = entry.capability};
        const Sink content = [&, name = &key](Bytes bytes) {
            if (on_content)
                on_content(*name, bytes);
            return sink(bytes);
        };
        if (entry.kind != EntryKind::file) {
            OUTIS_TRY(sink(host::as_bytes(tar_header(row))));
        } else if (const auto* path = std::get_if<std::filesystem::path>(&entry.content)) {
            const host::InputFile file = OUTIS_TRY(host::open_input(*path));
            row.size = file.size;
            OUTIS_TRY(sink(host::as_bytes(tar_header(row))));
            OUTIS_TRY(write_file(file, *path, content));
            OUTIS_TRY(pad(row.size, sink));
        } else {
            const std::string& bytes = std::get<std::string>(entry.content);
            row.size = bytes.size();
            OUTIS_TRY(sink(host::as_bytes(tar_header(row))));
            OUTIS_TRY(write_content(bytes, content));
            OUTIS_TRY(pad(row.size, sink));
        }
    }
    return sink(host::as_bytes(tar_end()));
}

}  // namespace outis::images::layers
