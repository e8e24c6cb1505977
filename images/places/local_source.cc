#include "places/local_source.h"

#include <system_error>
#include <utility>

#include "places/file_kind.h"

namespace outis::images::places {

namespace fs = std::filesystem;

namespace {

// What keeps the bytes where they are.
struct OpenFile {
    std::optional<host::NewFile> saved;
    OpenedImage image;
};

class LocalSource final : public ImageSource {
public:
    LocalSource(Place place, std::shared_ptr<const OpenFile> file, const layers::BlobStore& store)
        : place_(std::move(place)), file_(std::move(file)), store_(store)
    {
    }

    Result<oci::Manifest, Error> top() override
    {
        if (!contents_) {
            Result<Contents, Error> contents = read_contents();
            if (!contents)
                return during("reading '" + place_.text() + "'", contents.take_failure());
            if (!contents.value().references.empty())
                carried_ = contents.value().references.front();
            contents_ = contents_source(contents.take());
        }
        return contents_->top();
    }

    Result<oci::Manifest, Error> manifest(const oci::Descriptor& descriptor) override
    {
        return contents_->manifest(descriptor);
    }

    Result<Blob, Error> blob(const oci::Descriptor& descriptor,
                             const registry::Advance& advance) override
    {
        return contents_->blob(descriptor, advance);
    }

    Result<std::vector<oci::Descriptor>, Error> referrers(const std::string& digest) override
    {
        return contents_->referrers(digest);
    }

    [[nodiscard]] oci::Reference name() const override
    {
        return place_.is_file() && carried_ ? *carried_ : name_of(place_);
    }

    // Without the documents of the other form where the transport says which form is meant.
    Result<view::FindMember, Error> members(const std::string&) override
    {
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
        return docker_contents(file_->image, place_.tag, store_);
    }

    Place place_;
    std::shared_ptr<const OpenFile> file_;
    const layers::BlobStore& store_;
    std::optional<oci::Reference> carried_;  // in the image itself
    std::unique_ptr<ImageSource> contents_;
};

Result<Done, Error> check_there(const Place& place)
{
    std::error_code error;
    if (fs::exists(place.path, error))
        return Done{};
    const std::string why = error ? error.message() : host::reason(ENOENT);
    return bad_input("cannot read '" + place.path + "': " + why +
                     (place.transport == Transport::universal ? spellings_of(place.path) : ""));
}

Failure<Error> no_image(const Place& place, const std::string& kind)
{
    return bad_input("'" + place.path + "' is no image: " + kind);
}

}  // namespace

Result<std::unique_ptr<ImageSource>, Error> local_source(const Place& place,
                                                         std::optional<host::NewFile> saved,
                                                         const layers::BlobStore& store)
{
    if (!saved) {
        OUTIS_TRY(check_there(place));
        if (const std::string kind = kind_of_file(place.path); !kind.empty())
            return no_image(place, kind);
    }
    OpenedImage image =
        OUTIS_TRY(OpenedImage::open(saved ? saved->readable_path() : fs::path(place.path)));
    if (const std::string kind = kind_of_archive(image); !kind.empty())
        return no_image(place, kind);
    auto file = std::make_shared<const OpenFile>(std::move(saved), std::move(image));
    return std::unique_ptr<ImageSource>(new LocalSource(place, std::move(file), store));
}

}  // namespace outis::images::places
