// The images that a name stands for, and what a container of one sees.
#pragma once

#include <string>
#include <vector>

#include "outis/error.h"
#include "outis/images/transfer.h"
#include "registry/registry.h"
#include "view/documents.h"
#include "view/layers.h"

namespace outis::images::browse {

// The documents and blobs that a name stands for.
struct Members {
    std::string name = {};  // as it was given
    std::string tag = {};   // of one image among them; empty: all
    view::FindMember find = {};
};

// Of an image in a registry, a daemon, a file or a folder. A registry is asked for the image of
// `platform` alone: "linux/arm64"; empty: this machine's; "all": every one. `notice` is told what
// the registry wants its users to know.
Result<Members, Error> open_members(const std::string& name, const std::string& platform,
                                    const places::RemoteOptions& remote,
                                    const registry::Notice& notice);

// Every image among them, at least one; of a `platform` other than "" and "all" its image alone.
Result<std::vector<view::FoundImage>, Error> images_of(const Members& members,
                                                       const std::string& platform);

// The one for `platform`, or for this machine if that is empty, or the first. Damaged layers are an
// error.
Result<view::UnpackedImage, Error> browse_image(const Members& members,
                                                const std::string& platform);

}  // namespace outis::images::browse
