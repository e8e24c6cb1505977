#include "places/layout.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "host/digest.h"
#include "host/input.h"
#include "host/interrupt.h"
#include "host/new_file.h"
#include "layers/limits.h"
#include "oci/json.h"
#include "oci/manifest.h"
#include "outis/base/fd.h"
#include "places/blob.h"
#include "places/referrers.h"

namespace outis::images::places {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

using layers::kMaxDocument;

// What has been made in a folder, and goes again unless the image gets its name.
class Made {
public:
    Made() = default;
    Made(const Made&) = delete;
    Made& operator=(const Made&) = delete;

    ~Made()
    {
        std::error_code ignored;
        for (auto path = paths_.rbegin(); path != paths_.rend(); ++path)
            fs::remove(*path, ignored);  // of folders those that are empty
    }

    void add(const fs::path& path) { paths_.push_back(path); }

    void keep() { paths_.clear(); }

private:
    std::vector<fs::path> paths_;
};

Result<Done, Error> make_folders(const fs::path& folder, Made& made)
{
    std::error_code error;
    for (const fs::path& path : {folder, folder / "blobs", folder / "blobs/sha256"}) {
        // Parents of `folder` stay.
        if (fs::create_directories(path, error))
            made.add(path);
        if (error)
            return unavailable("cannot write '" + folder.string() + "': " + error.message());
    }
    return Done{};
}

Result<Done, Error> write_blob(const Blob& blob, const fs::path& place, Made& made)
{
    if (is_blob_at(place, blob.digest, blob.size))
        return Done{};
    host::NewFile file = OUTIS_TRY(host::NewFile::create(place));
    OUTIS_TRY(copy_blob(blob, [&](Bytes bytes) { return file.write(bytes); }));
    OUTIS_TRY(file.sync());
    OUTIS_TRY(file.commit_as(place));
    made.add(place);
    return Done{};
}

Result<Done, Error> write_text_file(const fs::path& place, const std::string& text)
{
    host::NewFile file = OUTIS_TRY(host::NewFile::create(place));
    OUTIS_TRY(file.write(host::as_bytes(text)));
    return file.commit();
}

// What the layout in `folder` says that a manifest is about; "" if it does not say.
std::string subject_of(const fs::path& folder, const std::string& digest)
{
    if (!host::is_digest(digest))
        return "";
    const fs::path file = folder / oci::blob_path(Blob{.digest = digest});
    const Result<std::string, Error> text = host::read_file(file, kMaxDocument);
    const Result<json::value, Error> manifest = text ? oci::parse_json(text.value(), file.string())
                                                     : Result<json::value, Error>(bad_input(""));
    if (!manifest)
        return "";
    boost::system::error_code absent;
    const json::value* subject = manifest.value().find_pointer("/subject/digest", absent);
    return subject != nullptr && subject->is_string() ? std::string(subject->get_string()) : "";
}

// The rows of the index that is there; of none, no rows.
Result<json::value, Error> index_in(const fs::path& folder)
{
    const fs::path file = folder / "index.json";
    std::error_code ignored;
    if (!fs::exists(file, ignored))
        return json::value{
            {"manifests", json::array()}, {"mediaType", oci::kIndexType}, {"schemaVersion", 2}};
    const std::string text = OUTIS_TRY(host::read_file(file, kMaxDocument));
    json::value index = OUTIS_TRY(oci::parse_json(text, file.string()));
    const json::value* rows =
        index.is_object() ? index.get_object().if_contains("manifests") : nullptr;
    if (rows == nullptr || !rows->is_array())
        return bad_input("'" + file.string() + "' is not the index of an OCI layout");
    return index;
}

// As long as it is held no other bake changes the index. It goes with the descriptor.
Result<Fd, Error> lock_folder(const fs::path& folder)
{
    Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.open())
        return unavailable("cannot open '" + folder.string() + "': " + host::reason(errno));
    while (::flock(fd.get(), LOCK_EX) != 0) {
        // A file system without locks is used without.
        if (errno != EINTR)
            break;
        OUTIS_TRY(host::check_interrupts());
    }
    return fd;
}

// An image of ours with what refers to it, before any of it is written.
Result<Done, Error> check(const Contents& contents, const json::value& image)
{
    std::vector<Blob> blobs = contents.blobs;
    blobs.insert(blobs.end(), contents.about.begin(), contents.about.end());
    const json::array rows =
        merged_rows({}, image, contents.referrers, [](const std::string&) { return ""; });
    const std::string index = oci::canonical_json(
        json::object{{"manifests", rows}, {"mediaType", oci::kIndexType}, {"schemaVersion", 2}});
    const view::FindMember find = OUTIS_TRY(
        find_among(std::move(blobs), {{"oci-layout", oci::kLayoutText}, {"index.json", index}}));
    return check_sound(find);
}

}  // namespace

Result<Done, Error> put_in_layout(const Contents& contents, const fs::path& folder)
{
    const oci::Reference& reference = contents.references.front();
    const json::value alone = OUTIS_TRY(oci::parse_json(
        oci::layout_index_json(contents.top, contents.top_type, &reference, contents.tag),
        "index.json"));
    const json::value image = alone.at("manifests").at(0);
    if (contents.maker == Maker::us)
        OUTIS_TRY(check(contents, image));

    Fd lock;  // until `made` is gone, so that nobody counts on a blob that may go again
    Made made;
    OUTIS_TRY(make_folders(folder, made));
    lock = OUTIS_TRY(lock_folder(folder));
    for (const std::vector<Blob>* list : {&contents.blobs, &contents.about}) {
        for (const Blob& blob : *list)
            OUTIS_TRY(write_blob(blob, folder / oci::blob_path(blob), made));
    }
    OUTIS_TRY(host::sync_folder(folder / "blobs/sha256"));
    json::value index = OUTIS_TRY(index_in(folder));
    index.as_object()["manifests"] =
        merged_rows(index.at("manifests").as_array(), image, contents.referrers,
                    [&](const std::string& digest) { return subject_of(folder, digest); });
    std::error_code ignored;
    if (!fs::exists(folder / "oci-layout", ignored))
        made.add(folder / "oci-layout");
    OUTIS_TRY(write_text_file(folder / "oci-layout", oci::kLayoutText));
    OUTIS_TRY(write_text_file(folder / "index.json", oci::canonical_json(index)));
    made.keep();
    return Done{};
}

}  // namespace outis::images::places
