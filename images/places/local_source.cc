#include <cerrno>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "host/input.h"
#include "host/interrupt.h"
#include "host/new_file.h"
#include "layers/limits.h"
#include "outis/base/fd.h"
#include "places/blob.h"
#include "places/file_kind.h"
#include "places/sources.h"

namespace outis::images::places {

namespace fs = std::filesystem;

namespace {

// What keeps the bytes where they are.
struct OpenFile {
    std::optional<host::NewFile> saved;
    OpenedImage image;
};

// Contents that are at hand, or a file that has them.
class LocalSource final : public ImageSource {
public:
    explicit LocalSource(Contents contents) { take(std::move(contents)); }

    LocalSource(Place place, std::shared_ptr<const OpenFile> file, const layers::BlobStore& store)
        : place_(std::move(place)), file_(std::move(file)), store_(&store)
    {
    }

    Result<oci::Manifest, Error> top() override
    {
        if (!contents_) {
            Result<Contents, Error> contents = read_contents();
            if (!contents)
                return during("reading '" + place_.text() + "'", contents.take_failure());
            take(contents.take());
        }
        return manifest({.media_type = contents_->top_type,
                         .digest = contents_->top.digest,
                         .size = contents_->top.size});
    }

    Result<oci::Manifest, Error> manifest(const oci::Descriptor& descriptor) override
    {
        const Blob blob = OUTIS_TRY(find(descriptor));
        Result<oci::Manifest, Error> manifest = oci::read_manifest(
            descriptor.media_type, OUTIS_TRY(blob_text(blob, oci::kMaxManifest)));
        if (!manifest)
            return during("manifest '" + descriptor.digest + "'", manifest.take_failure());
        return manifest;
    }

    Result<Blob, Error> blob(const oci::Descriptor& descriptor, const registry::Advance&) override
    {
        return find(descriptor);
    }

    Result<std::vector<oci::Descriptor>, Error> referrers(const std::string& digest) override
    {
        if (!subjects_)
            subjects_ = subjects_of_referrers();
        std::vector<oci::Descriptor> found;
        const auto [first, last] = subjects_->equal_range(digest);
        for (auto row = first; row != last; ++row)
            found.push_back(row->second);
        return found;
    }

    [[nodiscard]] oci::Reference name() const override
    {
        const bool carried = contents_ && !contents_->references.empty();
        return place_.is_file() && carried ? contents_->references.front() : name_of(place_);
    }

    [[nodiscard]] bool is_ours() const override
    {
        return contents_ && contents_->maker == Maker::us;
    }

    // Without the documents of the other form where the transport says which form is meant.
    Result<view::FindMember, Error> members(const std::string& platform) override
    {
        if (!file_)
            return ImageSource::members(platform);
        return view::FindMember([file = file_, transport = place_.transport](
                                    const std::string& path) -> std::optional<Bytes> {
            const bool of_layout = path == "oci-layout" || path == "index.json";
            const bool of_docker = path == "manifest.json";
            if ((of_layout && transport == Transport::docker_archive) ||
                (of_docker && (transport == Transport::oci || transport == Transport::oci_archive)))
                return std::nullopt;
            return file->image.find(path);
        });
    }

private:
    [[nodiscard]] Result<Contents, Error> read_contents() const
    {
        if (file_->image.find("index.json"))
            return layout_contents(file_->image, place_.tag);
        return docker_contents(file_->image, place_.tag, *store_);
    }

    void take(Contents contents)
    {
        contents_ = std::move(contents);
        for (const std::vector<Blob>* list : {&contents_->blobs, &contents_->about}) {
            for (const Blob& blob : *list)
                blobs_.emplace(blob.digest, &blob);
        }
    }

    // What nobody can read is no part of the image.
    std::multimap<std::string, oci::Descriptor> subjects_of_referrers()
    {
        std::multimap<std::string, oci::Descriptor> subjects;
        for (const Referrer& referrer : contents_->referrers) {
            const oci::Descriptor other{.media_type = referrer.media_type,
                                        .digest = referrer.manifest.digest,
                                        .size = referrer.manifest.size,
                                        .artifact_type = referrer.type};
            const Result<oci::Manifest, Error> there = manifest(other);
            if (there && !there.value().subject.empty())
                subjects.emplace(there.value().subject, other);
        }
        return subjects;
    }

    Result<Blob, Error> find(const oci::Descriptor& descriptor) const
    {
        const auto found = blobs_.find(descriptor.digest);
        if (found == blobs_.end())
            return bad_input("the image lacks its blob '" + descriptor.digest + "'");
        if (found->second->size != descriptor.size)
            return bad_input("blob '" + descriptor.digest + "' has " +
                             std::to_string(found->second->size) + " bytes instead of " +
                             std::to_string(descriptor.size));
        return *found->second;
    }

    Place place_;
    std::shared_ptr<const OpenFile> file_;
    const layers::BlobStore* store_ = nullptr;  // of a file
    std::optional<Contents> contents_;          // of a file once they have been read
    std::map<std::string, const Blob*> blobs_;  // by digest
    std::optional<std::multimap<std::string, oci::Descriptor>> subjects_;  // of referrers
};

constexpr const char* kStandardInput = "-";
constexpr std::size_t kPiece = 256 << 10;

// A pipe is read once, and an archive is looked at in many places.
bool is_stream(const Place& place)
{
    std::error_code ignored;
    return place.transport != Transport::oci && place.is_file() &&
           (place.path == kStandardInput || fs::is_fifo(place.path, ignored));
}

// In the temporary folder, without a name.
Result<host::NewFile, Error> taken_from(const std::string& path)
{
    std::error_code error;
    const fs::path folder = fs::temp_directory_path(error);
    if (error)
        return unavailable("there is no temporary folder: " + error.message());
    const Fd fd(path == kStandardInput ? ::dup(STDIN_FILENO)
                                       : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    host::NewFile file = OUTIS_TRY(host::NewFile::create_in(folder));
    std::vector<std::byte> buffer(kPiece);
    for (std::uint64_t size = 0;;) {
        OUTIS_TRY(host::check_interrupts());
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return bad_input("cannot read '" + path + "': " + host::reason(errno));
        if (count == 0)
            return file;
        size += static_cast<std::uint64_t>(count);
        if (size > layers::kMaxArchive)
            return bad_input("'" + path + "' has more than 64 GiB");
        OUTIS_TRY(file.write(Bytes(buffer).first(static_cast<std::size_t>(count))));
    }
}

Result<Done, Error> check_there(const Place& place)
{
    std::error_code error;
    if (fs::exists(place.path, error))
        return Done{};
    const std::string why = error ? error.message() : host::reason(ENOENT);
    return bad_input(
        "cannot read '" + place.path + "': " + why +
        (place.transport == Transport::universal && !error ? spellings_of(place.path) : ""));
}

Failure<Error> no_image(const Place& place, const std::string& kind)
{
    return bad_input("'" + place.path + "' is no image: " + kind);
}

}  // namespace

std::unique_ptr<ImageSource> contents_source(Contents contents)
{
    return std::make_unique<LocalSource>(std::move(contents));
}

Result<std::unique_ptr<ImageSource>, Error> local_source(const Place& place,
                                                         std::optional<host::NewFile> saved,
                                                         const layers::BlobStore& store)
{
    if (!saved && is_stream(place))
        saved = OUTIS_TRY(taken_from(place.path));
    if (!saved)
        OUTIS_TRY(check_there(place));
    const fs::path path = saved ? saved->readable_path() : fs::path(place.path);
    if (const std::string kind = kind_of_file(path); !kind.empty())
        return no_image(place, kind);
    Result<OpenedImage, Error> image = OpenedImage::open(path);
    if (!image && saved)  // a file without a name
        return during("reading '" + place.text() + "'", image.take_failure());
    if (!image)
        return image.take_failure();
    if (const std::string kind = kind_of_archive(image.value()); !kind.empty())
        return no_image(place, kind);
    auto file = std::make_shared<const OpenFile>(
        OpenFile{.saved = std::move(saved), .image = image.take()});
    return std::unique_ptr<ImageSource>(new LocalSource(place, std::move(file), store));
}

}  // namespace outis::images::places
