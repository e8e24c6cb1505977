#include "places/archive.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include "host/input.h"
#include "host/new_file.h"
#include "oci/manifest.h"
#include "outis/sandbox/arch.h"
#include "places/blob.h"
#include "places/opened.h"

namespace outis::images::places {

namespace {

// Members by path, so that the archive's order is that of the names.
using Members = std::map<std::string, const Blob*>;

Blob filler(std::string text)
{
    const std::uint64_t size = text.size();
    return Blob{.size = size, .content = std::move(text)};
}

const Image& host_image(const Contents& contents)
{
    const auto found = std::ranges::find(contents.images, sandbox::host_arch(), &Image::arch);
    return found != contents.images.end() ? *found : contents.images.front();
}

void add_image_blobs(const Image& image, Members& members)
{
    members[oci::blob_path(image.config)] = &image.config;
    for (const Layer& layer : image.layers)
        members[oci::blob_path(layer.blob)] = &layer.blob;
}

// A defect of ours, should it ever be found: what was written does not get its name.
Result<Done, Error> check(const std::filesystem::path& written)
{
    if (written.empty())
        return Done{};
    const OpenedImage image = OUTIS_TRY(OpenedImage::open(written));
    return check_sound([&](const std::string& path) { return image.find(path); });
}

}  // namespace

Result<std::vector<Blob>, Error> archive_parts(const Contents& contents, ArchiveForm form)
{
    if (form == ArchiveForm::docker && contents.images.empty())
        return bad_input("a docker archive holds an image, and this is none; use 'oci-archive:'");
    if (form == ArchiveForm::docker && contents.images.size() > 1)
        return bad_input(
            "a docker archive holds one platform; use 'oci-archive:', or one "
            "--platform");
    const Blob layout = oci::text_blob(oci::kLayoutText);
    const oci::Reference* first =
        contents.references.empty() ? nullptr : &contents.references.front();
    const Blob index = oci::text_blob(
        oci::layout_index_json(contents.top, contents.top_type, first, contents.tag));
    Members members;
    if (form != ArchiveForm::docker) {
        members["oci-layout"] = &layout;
        members["index.json"] = &index;
        for (const Blob& blob : contents.blobs)
            members[oci::blob_path(blob)] = &blob;
    }
    Blob docker;
    if (form != ArchiveForm::oci && !contents.images.empty()) {
        docker =
            oci::text_blob(oci::docker_manifest_json(host_image(contents), contents.references));
        members["manifest.json"] = &docker;
        add_image_blobs(host_image(contents), members);
    }
    std::vector<Blob> parts;
    for (const char* folder : {"blobs", "blobs/sha256"})
        parts.push_back(filler(layers::tar_header({.path = folder,
                                                   .kind = layers::EntryKind::directory,
                                                   .mode = layers::kDirectoryMode})));
    for (const auto& [path, blob] : members) {
        parts.push_back(filler(layers::tar_header({.path = path, .size = blob->size})));
        parts.push_back(*blob);
        parts.push_back(filler(std::string(layers::tar_padding(blob->size), '\0')));
    }
    parts.push_back(filler(layers::tar_end()));
    return parts;
}

Result<Done, Error> write_archive(const Contents& contents, ArchiveForm form,
                                  const layers::Sink& sink)
{
    for (const Blob& part : OUTIS_TRY(archive_parts(contents, form)))
        OUTIS_TRY(copy_blob(part, sink));
    return Done{};
}

Result<Done, Error> put_in_archive(const Contents& contents, ArchiveForm form,
                                   const std::filesystem::path& file)
{
    if (file == "-")
        return write_archive(contents, form, [&](Bytes bytes) {
            return host::write_all(STDOUT_FILENO, bytes, "standard output");
        });
    host::NewFile output = OUTIS_TRY(host::NewFile::create(file));
    OUTIS_TRY(write_archive(contents, form, [&](Bytes bytes) { return output.write(bytes); }));
    if (contents.maker == Maker::us)
        OUTIS_TRY(check(output.readable_path()));
    return output.commit();
}

}  // namespace outis::images::places
