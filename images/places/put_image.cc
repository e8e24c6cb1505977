#include "places/put_image.h"

#include <filesystem>
#include <system_error>

#include "host/new_file.h"
#include "places/archive.h"
#include "places/copy.h"
#include "places/layout.h"

namespace outis::images::places {

namespace fs = std::filesystem;

namespace {

// Where a document with `ending` goes; empty if there is no such place.
fs::path file_beside(const Place& place, const std::string& ending)
{
    std::error_code ignored;
    const fs::path tar = place.path;
    if (place.transport == Transport::oci || !place.is_file() || tar == "-" ||
        (fs::exists(tar, ignored) && !fs::is_regular_file(tar, ignored)))
        return {};
    fs::path beside = tar;
    if (beside.extension() == ".tar")
        beside.replace_extension();
    return beside += ending;
}

}  // namespace

Result<Done, Error> save(const Contents& contents, const Place& place)
{
    switch (place.transport) {
    case Transport::universal: return save_archive(contents, ArchiveForm::universal, place.path);
    case Transport::oci: return save_layout(contents, place.path, place.tag);
    case Transport::oci_archive: return save_archive(contents, ArchiveForm::oci, place.path);
    case Transport::docker_archive: return save_archive(contents, ArchiveForm::docker, place.path);
    case Transport::registry:
    case Transport::daemon: __builtin_trap();  // no file
    }
    __builtin_trap();
}

Result<std::vector<std::string>, Error> deliver(const Bundle& bundle, const Place& place)
{
    std::vector<host::NewFile> documents;
    std::vector<std::string> names;
    for (const Document& document : bundle.documents) {
        const fs::path file = file_beside(place, document.ending);
        if (file.empty())
            continue;
        names.push_back(file.string());
        documents.push_back(OUTIS_TRY(host::NewFile::create(file)));
        OUTIS_TRY(
            copy_blob(document.blob, [&](Bytes bytes) { return documents.back().write(bytes); }));
    }
    OUTIS_TRY(save(contents_of(bundle), place));
    for (host::NewFile& document : documents)
        OUTIS_TRY(document.commit());
    return names;
}

}  // namespace outis::images::places
