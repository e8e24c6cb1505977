#include "programs/go_info.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "host/input.h"
#include "host/words.h"

namespace outis::images::programs {

namespace {

// The record: magic, size of a pointer, flags, zeros up to 32 bytes; then two texts, each after
// its length as a varint. The second lies between two marks of 16 bytes.
constexpr std::string_view kRecordMagic = "\xFF Go buildinf:";
constexpr std::size_t kFlagsAt = 15;
constexpr std::uint8_t kInline = 2;
constexpr std::size_t kHeaderSize = 32;
constexpr std::size_t kAlignment = 16;
constexpr std::size_t kSearched = 64 << 10;  // of the data segment
constexpr std::size_t kMaxRecordText = 4 << 20;
constexpr std::size_t kMark = 16;

std::optional<std::string_view> take_text(std::string_view& record)
{
    std::uint64_t length = 0;
    for (unsigned shift = 0; shift < 32; shift += 7) {
        if (record.empty())
            return std::nullopt;
        const auto byte = static_cast<unsigned char>(record.front());
        record.remove_prefix(1);
        length |= std::uint64_t{byte & 0x7FU} << shift;
        if (byte < 0x80) {
            if (length > std::min(kMaxRecordText, record.size()))
                return std::nullopt;
            const std::string_view text = record.substr(0, static_cast<std::size_t>(length));
            record.remove_prefix(text.size());
            return text;
        }
    }
    return std::nullopt;
}

// "PATH VERSION SUM"
GoModule take_module(std::string_view line)
{
    GoModule module;
    module.path = host::take_until(line, '\t');
    module.version = host::take_until(line, '\t');
    module.sum = host::take_until(line, '\t');
    if (module.version == "(devel)")
        module.version.clear();
    return module;
}

// What was linked in place of `asked`. A folder has no version and its path is the machine's own.
GoModule replaced(const GoModule& asked, GoModule by)
{
    const std::string name = asked.path + (asked.version.empty() ? "" : "@" + asked.version);
    if (by.version.empty())
        return {.path = asked.path, .replaces = name};
    by.replaces = name;
    return by;
}

void read_setting(std::string_view line, GoInfo& info)
{
    const std::string_view key = host::take_until(line, '=');
    if (key == "vcs.revision")
        info.revision = line;
    info.settings.emplace_back(key, line);
}

// Lines: "path PACKAGE", "mod PATH VERSION SUM", "dep PATH VERSION SUM", after which "=>" and the
// like say what replaces it, "build KEY=VALUE", with tabs between. False with too many of them.
bool read_lines(std::string_view text, GoInfo& info)
{
    while (!text.empty()) {
        std::string_view line = host::take_until(text, '\n');
        const std::string_view kind = host::take_until(line, '\t');
        if (info.dependencies.size() > kMaxGoModules || info.settings.size() > kMaxGoModules)
            return false;
        if (kind == "path") {
            info.package = host::take_until(line, '\t');
        } else if (kind == "mod") {
            GoModule main = take_module(line);
            info.module = std::move(main.path);
            info.version = std::move(main.version);
        } else if (kind == "dep") {
            info.dependencies.push_back(take_module(line));
        } else if (kind == "=>" && !info.dependencies.empty()) {
            info.dependencies.back() = replaced(info.dependencies.back(), take_module(line));
        } else if (kind == "build") {
            read_setting(line, info);
        }
    }
    const bool modified =
        std::ranges::find(info.settings, std::pair<std::string, std::string>(
                                             "vcs.modified", "true")) != info.settings.end();
    if (modified && !info.revision.empty())
        info.revision += "-dirty";
    return true;
}

}  // namespace

std::optional<GoInfo> read_go_info(Bytes file, const Elf& elf)
{
    const std::string_view whole = host::as_text(file);
    if (elf.data_offset > whole.size())
        return std::nullopt;
    const std::string_view data = whole.substr(static_cast<std::size_t>(elf.data_offset));
    const std::size_t end =
        std::min({data.size(), static_cast<std::size_t>(elf.data_size), kSearched});
    for (std::size_t at = 0; at + kHeaderSize <= end; at += kAlignment) {
        std::string_view record = data.substr(at);
        if (!record.starts_with(kRecordMagic))
            continue;
        if ((static_cast<std::uint8_t>(record[kFlagsAt]) & kInline) == 0)
            return std::nullopt;
        record.remove_prefix(kHeaderSize);
        const auto toolchain = take_text(record);
        const auto lines = take_text(record);
        if (!toolchain || !lines)
            return std::nullopt;
        GoInfo info{.toolchain = std::string(toolchain->substr(0, toolchain->find(' ')))};
        if (lines->size() > 2 * kMark &&
            !read_lines(lines->substr(kMark, lines->size() - 2 * kMark), info))
            return std::nullopt;
        return info;
    }
    return std::nullopt;
}

}  // namespace outis::images::programs
