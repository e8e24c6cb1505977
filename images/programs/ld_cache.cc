#include "programs/ld_cache.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "host/input.h"

namespace outis::images::programs {

namespace {

constexpr std::string_view kCacheMagic = "glibc-ld.so.cache1.1";
constexpr std::string_view kOldMagic = "ld.so-1.7.0";
constexpr std::size_t kOldHeader = 16;
constexpr std::size_t kOldEntry = 12;
constexpr std::size_t kHeader = 48;
constexpr std::size_t kEntry = 24;
constexpr std::size_t kMaxEntries = 1U << 20;
constexpr std::size_t kMaxText = 4096;
constexpr std::size_t kMaxTexts = 16U << 20;  // names and paths together
constexpr std::uint8_t kLittleEndian = 2;
// An ELF library for glibc, in the low byte, and the architecture's mark above it.
constexpr std::uint32_t kFlagsAmd64 = 0x0303;
constexpr std::uint32_t kFlagsArm64 = 0x0A03;

std::uint32_t flags_of(policy::Arch arch)
{
    return arch == policy::Arch::aarch64 ? kFlagsArm64 : kFlagsAmd64;
}

std::optional<std::string> text_at(Bytes cache, std::uint32_t offset)
{
    if (offset >= cache.size())
        return std::nullopt;
    const std::string_view rest = host::as_text(cache.subspan(offset)).substr(0, kMaxText);
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos)
        return std::nullopt;
    return std::string(rest.substr(0, end));
}

// The file from its magic on; empty if there is none.
Bytes without_old_table(Bytes file)
{
    if (host::as_text(file).starts_with(kCacheMagic))
        return file;
    if (!host::as_text(file).starts_with(kOldMagic) || file.size() < kOldHeader)
        return {};
    const std::size_t count = load_le32(file, 12);
    const std::size_t start = (kOldHeader + count * kOldEntry + 7) / 8 * 8;
    if (start > file.size() || !host::as_text(file.subspan(start)).starts_with(kCacheMagic))
        return {};
    return file.subspan(start);
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Takes the digits at the start of `text`; without leading zeros they compare by length, then text.
std::string_view take_number(std::string_view& text)
{
    std::size_t end = 0;
    while (end < text.size() && is_digit(text[end]))
        ++end;
    std::string_view number = text.substr(0, end);
    text.remove_prefix(end);
    number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
    return number;
}

}  // namespace

int compare_library_names(std::string_view left, std::string_view right)
{
    while (!left.empty() && !right.empty()) {
        const bool digits = is_digit(left.front());
        if (digits != is_digit(right.front()))
            return digits ? 1 : -1;
        if (digits) {
            const std::string_view a = take_number(left);
            const std::string_view b = take_number(right);
            if (a != b)
                return std::tuple(a.size(), a) < std::tuple(b.size(), b) ? -1 : 1;
        } else if (left.front() != right.front()) {
            return left.front() < right.front() ? -1 : 1;
        } else {
            left.remove_prefix(1);
            right.remove_prefix(1);
        }
    }
    return left.empty() ? (right.empty() ? 0 : -1) : 1;
}

LdCache by_name(std::vector<CacheEntry> entries)
{
    LdCache cache;
    for (CacheEntry& entry : entries)
        cache.emplace(std::move(entry.name), std::move(entry.path));
    return cache;
}

Result<std::vector<CacheEntry>, Error> read_ld_cache(Bytes file, policy::Arch arch,
                                                     const std::string& name)
{
    const auto malformed = [&](const char* what) {
        return bad_input("'" + name + "' is malformed: " + what +
                         "; make it anew with ldconfig(8)");
    };
    const Bytes cache = without_old_table(file);
    if (cache.size() < kHeader)
        return malformed("it is no cache that glibc's loader reads");
    const std::size_t count = load_le32(cache, 20);
    if (count > kMaxEntries || count > (cache.size() - kHeader) / kEntry)
        return malformed("it is shorter than its table");
    std::vector<CacheEntry> entries;
    std::size_t texts = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const Bytes row = cache.subspan(kHeader + i * kEntry, kEntry);
        if (load_le32(row, 0) != flags_of(arch) || load_le64(row, 16) != 0)
            continue;
        const auto key = text_at(cache, load_le32(row, 4));
        const auto path = text_at(cache, load_le32(row, 8));
        if (!key || !path)
            return malformed("a name points outside it");
        texts += key->size() + path->size();
        if (texts > kMaxTexts)
            return malformed("its names and paths take more than 16 MiB");
        entries.push_back({.name = *key, .path = *path});
    }
    return entries;
}

std::string ld_cache_bytes(std::vector<CacheEntry> entries, policy::Arch arch)
{
    std::ranges::stable_sort(entries, [](const CacheEntry& a, const CacheEntry& b) {
        return compare_library_names(a.name, b.name) > 0;
    });
    const std::size_t table = kHeader + entries.size() * kEntry;
    std::vector<std::byte> head(table);
    std::ranges::copy(host::as_bytes(kCacheMagic), head.begin());
    std::string strings;
    const auto add_text = [&](const std::string& text) {
        const auto offset = static_cast<std::uint32_t>(table + strings.size());
        strings += text + '\0';
        return offset;
    };
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::size_t row = kHeader + i * kEntry;
        store_le(head, row, flags_of(arch));
        store_le(head, row + 4, add_text(entries[i].name));
        store_le(head, row + 8, add_text(entries[i].path));
    }
    store_le(head, 20, static_cast<std::uint32_t>(entries.size()));
    store_le(head, 24, static_cast<std::uint32_t>(strings.size()));
    store_le(head, 28, kLittleEndian);
    return std::string(host::as_text(head)) + strings;
}

}  // namespace outis::images::programs
