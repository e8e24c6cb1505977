#include "deliver/opened.h"

#include <system_error>
#include <utility>

#include "pack/tar_reader.h"

namespace outis::images {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxMembers = 100'000;

Result<std::map<std::string, MappedFile>, Error> map_folder(const fs::path& folder)
{
    std::map<std::string, MappedFile> files;
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error)) {
        if (!at->is_regular_file(error))
            continue;
        if (files.size() >= kMaxMembers)
            return bad_input("'" + folder.string() + "' holds more than 100000 files");
        files.emplace(at->path().lexically_relative(folder).string(),
                      OUTIS_TRY(MappedFile::open(at->path())));
    }
    if (error)
        return bad_input("cannot read '" + folder.string() + "': " + error.message());
    return files;
}

}  // namespace

Result<OpenedImage, Error> OpenedImage::open(const fs::path& path)
{
    OpenedImage image;
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
        image.files_ = OUTIS_TRY(map_folder(path));
        for (const auto& [name, file] : image.files_)
            image.members_.emplace(name, file.bytes());
        return image;
    }
    MappedFile file = OUTIS_TRY(MappedFile::open(path));
    const Bytes archive = file.bytes();
    TarReader reader([&](const TarMember& member) -> Result<Done, Error> {
        if (image.members_.size() >= kMaxMembers)
            return bad_input("it holds more than 100000 entries");
        if (member.entry.kind == EntryKind::file && member.offset <= archive.size() &&
            member.entry.size <= archive.size() - member.offset)
            image.members_.emplace(member.entry.path,
                                   archive.subspan(static_cast<std::size_t>(member.offset),
                                                   static_cast<std::size_t>(member.entry.size)));
        return Done{};
    });
    Result<Done, Error> read = reader.feed(archive);
    if (read)
        read = reader.finish();
    if (!read)
        return during("reading '" + path.string() + "'", read.take_failure());
    image.files_.emplace("", std::move(file));
    return image;
}

std::optional<Bytes> OpenedImage::find(const std::string& path) const
{
    const auto found = members_.find(path);
    if (found == members_.end())
        return std::nullopt;
    return found->second;
}

}  // namespace outis::images
