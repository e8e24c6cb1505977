#include "places/opened.h"

#include <functional>
#include <set>
#include <system_error>
#include <utility>

#include "host/input_folder.h"
#include "host/interrupt.h"
#include "host/new_file.h"
#include "layers/compress.h"
#include "layers/limits.h"
#include "layers/tar_reader.h"
#include "outis/utf8.h"
#include "view/layer_reader.h"

namespace outis::images::places {

namespace fs = std::filesystem;

namespace {

using layers::kMaxArchive;
using layers::kMaxHops;
using layers::kMaxMembers;

constexpr const char* kWhole = "/";  // no path of a file in a folder

Result<std::map<std::string, host::MappedFile>, Error> map_folder(const fs::path& folder)
{
    const host::InputFolder inside = OUTIS_TRY(host::InputFolder::open(folder));
    std::map<std::string, host::MappedFile> files;
    std::size_t names = 0;
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error)) {
        if (at->symlink_status(error).type() == fs::file_type::directory)
            continue;
        if (++names > kMaxMembers)
            return bad_input("'" + folder.string() + "' holds more than 100000 files");
        const std::string name = at->path().lexically_relative(folder).string();
        std::optional<host::MappedFile> file = OUTIS_TRY(inside.map(name));
        if (file)
            files.emplace(name, *std::move(file));
    }
    if (error)
        return bad_input("cannot read '" + folder.string() + "': " + error.message());
    return files;
}

// Without a name, in the temporary folder.
Result<host::NewFile, Error> temporary_file()
{
    std::error_code error;
    const fs::path folder = fs::temp_directory_path(error);
    if (error)
        return unavailable("there is no temporary folder: " + error.message());
    return host::NewFile::create_in(folder);
}

Result<host::NewFile, Error> unpacked(Bytes archive)
{
    host::NewFile file = OUTIS_TRY(temporary_file());
    const layers::Sink write = [&](Bytes bytes) -> Result<Done, Error> {
        OUTIS_TRY(host::check_interrupts());
        return file.write(bytes);
    };
    OUTIS_TRY(layers::decompress(archive, layers::encoding_of(archive), kMaxArchive, write));
    return file;
}

// Where `target` leads from the folder of `path`, both without '.' and '..': "b" for "a/x", "../b".
std::string from_top(const std::string& path, const std::string& target)
{
    const fs::path whole = fs::path(path).parent_path() / target;
    return whole.lexically_normal().relative_path().string();
}

}  // namespace

Result<OpenedImage, Error> OpenedImage::open(const fs::path& path)
{
    OpenedImage image;
    image.path_ = path;
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
        image.files_ = OUTIS_TRY(map_folder(path));
        for (const auto& [name, file] : image.files_)
            image.members_.emplace(name, file.bytes());
        return image;
    }
    host::MappedFile file = OUTIS_TRY(host::MappedFile::open(path));
    const std::string reading = "reading '" + path.string() + "'";
    if (layers::encoding_of(file.bytes()) != layers::Encoding::none) {
        Result<host::NewFile, Error> plain = unpacked(file.bytes());
        if (!plain)
            return during(reading, plain.take_failure());
        image.unpacked_ = plain.take();
        image.path_ = image.unpacked_->readable_path();
        file = OUTIS_TRY(host::MappedFile::open(image.path_));
    }
    Result<Done, Error> read = image.read_archive(std::move(file));
    if (!read)
        return during(reading, read.take_failure());
    return image;
}

Result<Done, Error> OpenedImage::read_archive(host::MappedFile file)
{
    std::size_t entries = 0;
    std::set<std::string> seen;
    const Bytes archive = file.bytes();
    // Sparse members, by their place in whole_.
    std::map<std::string, MemberPlace> sparse;
    std::uint64_t whole_size = 0;
    bool is_sparse = false;  // what comes
    const auto on_member = [&](const layers::TarMember& member) -> Result<Done, Error> {
        const layers::TarEntry& entry = member.entry;
        const std::string path = view::plain_path(from_top("", entry.path));
        if (++entries > kMaxMembers)
            return bad_input("it holds more than 100000 entries");
        if (entry.kind != layers::EntryKind::directory && !seen.insert(path).second)
            return bad_input("it holds '" + printable(path) +
                             "' twice, and readers differ in which they take; pack it once");
        if (entry.kind == layers::EntryKind::symlink)
            links_[path] = from_top(path, entry.target);
        if (entry.kind == layers::EntryKind::hardlink)
            links_[path] = from_top("", entry.target);
        is_sparse = member.holes > 0;
        if (is_sparse) {
            if (!whole_)
                whole_ = OUTIS_TRY(temporary_file());
            sparse.emplace(path, MemberPlace{.offset = whole_size, .size = entry.size});
            whole_size += entry.size;
        } else if (entry.kind == layers::EntryKind::file && member.offset <= archive.size() &&
                   entry.size <= archive.size() - member.offset) {
            members_.emplace(path, archive.subspan(static_cast<std::size_t>(member.offset),
                                                   static_cast<std::size_t>(entry.size)));
        }
        return Done{};
    };
    layers::TarReader reader(on_member, [&](Bytes bytes) -> Result<Done, Error> {
        if (!is_sparse)
            return Done{};
        OUTIS_TRY(host::check_interrupts());
        return whole_->write(bytes);
    });
    OUTIS_TRY(reader.feed(archive));
    OUTIS_TRY(reader.finish());
    files_.emplace("", std::move(file));
    if (!whole_)
        return Done{};
    host::MappedFile whole = OUTIS_TRY(host::MappedFile::open(whole_->readable_path()));
    for (const auto& [path, place] : sparse)
        members_.emplace(path, whole.bytes().subspan(static_cast<std::size_t>(place.offset),
                                                     static_cast<std::size_t>(place.size)));
    files_.emplace(kWhole, std::move(whole));
    return Done{};
}

std::optional<Bytes> OpenedImage::find(const std::string& path) const
{
    std::string at = path;
    for (int hops = 0; hops <= kMaxHops; ++hops) {
        if (const auto found = members_.find(at); found != members_.end())
            return found->second;
        const auto link = links_.find(at);
        if (link == links_.end())
            break;
        at = link->second;
    }
    return std::nullopt;
}

std::vector<std::string> OpenedImage::paths() const
{
    std::vector<std::string> paths;
    for (const auto& [path, bytes] : members_)
        paths.push_back(path);
    return paths;
}

std::optional<MemberPlace> OpenedImage::place(const std::string& path) const
{
    const std::optional<Bytes> bytes = find(path);
    if (!bytes)
        return std::nullopt;
    const auto archive = files_.find("");
    if (archive == files_.end())
        return MemberPlace{.file = path_ / path, .size = bytes->size()};
    const auto place_in = [&](const fs::path& file, Bytes all) -> std::optional<MemberPlace> {
        const std::less_equal<> before;
        if (!before(all.data(), bytes->data()) ||
            !before(bytes->data() + bytes->size(), all.data() + all.size()))
            return std::nullopt;
        return MemberPlace{.file = file,
                           .offset = static_cast<std::uint64_t>(bytes->data() - all.data()),
                           .size = bytes->size()};
    };
    if (const auto whole = files_.find(kWhole); whole != files_.end()) {
        if (const auto place = place_in(whole_->readable_path(), whole->second.bytes()))
            return place;
    }
    return place_in(path_, archive->second.bytes());
}

}  // namespace outis::images::places
