#include "layers/packed_files.h"

#include <charconv>
#include <utility>

namespace outis::images::layers {

namespace {

constexpr std::size_t kSha256Digits = 64;
constexpr std::size_t kSha1Digits = 40;
constexpr std::size_t kDigestsEnd = kSha256Digits + 1 + kSha1Digits;

// What the tree says of each file, added to what was measured: one entry a file, in order.
std::optional<std::vector<PackedFile>> described(std::vector<PackedFile> files, const Tree& tree)
{
    auto file = files.begin();
    for (const auto& [key, entry] : tree) {
        if (entry.kind != EntryKind::file)
            continue;
        if (file == files.end())
            return std::nullopt;
        file->path = key;
        file->executable = (entry.mode & 0111) != 0;
        if (const auto* source = std::get_if<std::filesystem::path>(&entry.content))
            file->source = *source;
        ++file;
    }
    if (file != files.end())
        return std::nullopt;
    return files;
}

std::optional<PackedFile> read_line(std::string_view line)
{
    if (line.size() <= kDigestsEnd + 1 || line[kSha256Digits] != ' ' || line[kDigestsEnd] != ' ')
        return std::nullopt;
    PackedFile file{.sha256 = std::string(line.substr(0, kSha256Digits)),
                    .sha1 = std::string(line.substr(kSha256Digits + 1, kSha1Digits))};
    const char* const end = line.data() + line.size();
    const auto [stop, error] = std::from_chars(line.data() + kDigestsEnd + 1, end, file.size);
    if (error != std::errc() || stop != end ||
        (file.sha256 + file.sha1).find_first_not_of("0123456789abcdef") != std::string::npos)
        return std::nullopt;
    return file;
}

}  // namespace

void FileDigester::add(const std::string& key, Bytes piece)
{
    if (open_ && key != key_)
        end_file();
    key_ = key;
    open_ = true;
    size_ += piece.size();
    sha256_.update(piece);
    sha1_.update(piece);
}

void FileDigester::end_file()
{
    files_.push_back({.size = size_, .sha256 = sha256_.finish().hex, .sha1 = sha1_.finish()});
    size_ = 0;
    sha256_ = host::Sha256();
    sha1_ = host::Sha1();
}

std::vector<PackedFile> FileDigester::finish(const Tree& tree)
{
    if (open_)
        end_file();
    std::optional<std::vector<PackedFile>> files = described(std::move(files_), tree);
    if (!files)
        __builtin_trap();
    return *std::move(files);
}

std::string packed_files_record(const std::vector<PackedFile>& files)
{
    std::string record;
    for (const PackedFile& file : files)
        record += file.sha256 + " " + file.sha1 + " " + std::to_string(file.size) + "\n";
    return record;
}

std::optional<std::vector<PackedFile>> read_packed_files(std::string_view record, const Tree& tree)
{
    std::vector<PackedFile> files;
    while (!record.empty()) {
        const std::size_t end = record.find('\n');
        const std::optional<PackedFile> file = read_line(record.substr(0, end));
        if (end == std::string_view::npos || !file)
            return std::nullopt;
        files.push_back(*file);
        record.remove_prefix(end + 1);
    }
    return described(std::move(files), tree);
}

}  // namespace outis::images::layers
