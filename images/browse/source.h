// IMAGE as people name it, opened.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/new_file.h"
#include "outis/error.h"
#include "places/opened.h"
#include "places/place.h"
#include "view/documents.h"
#include "view/layers.h"

namespace outis::images::browse {

struct Source {
    std::string text = {};  // as it was named
    places::Place place = {};
    std::optional<host::NewFile> fetched = {};  // what a daemon sent
    places::OpenedImage image;
};

// 'oci:DIR[:TAG]', 'oci-archive:FILE', 'docker-archive:FILE', a tar file or layout directory, or
// 'docker-daemon:NAME[:TAG]', which is fetched first.
Result<Source, Error> open_source(const std::string& text);

// Its members, without those of the other form where a transport says which form is meant.
// The answer refers to `source`.
view::FindMember members_of(const Source& source);

// Every image in it, at least one; only that for `platform` unless it is empty.
Result<std::vector<view::FoundImage>, Error> images_of(const Source& source,
                                                       const std::string& platform);

struct BrowsedImage {
    view::FoundImage documents = {};
    view::UnpackedImage content = {};
};

// The one for `platform`, or for this machine if that is empty, or the first. Damaged layers are an
// error.
Result<BrowsedImage, Error> browse_image(const Source& source, const std::string& platform);

}  // namespace outis::images::browse
