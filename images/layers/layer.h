// A tree packed into one layer blob.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "layers/compress.h"
#include "layers/store.h"
#include "layers/tree.h"
#include "outis/error.h"
#include "outis/images/image.h"

namespace outis::images::layers {

enum class TellFiles : std::uint8_t { no, yes };

struct PackOptions {
    std::int64_t time = 0;  // of every entry, seconds since 1970
    Compression compression;
    unsigned threads = 1;
    TellFiles files = TellFiles::no;  // whether Layer::files is filled
};

// `created_by` is the layer's line in the image's history. Content that the store has packed in
// the same way before costs only its hash.
Result<Layer, Error> pack_layer(const Tree& tree, const std::string& created_by,
                                const PackOptions& options, const BlobStore& store);

// A layer that was packed ahead of time, as save_layer left it in `folder`; nothing if it is not
// there. Its bytes are checked when they are delivered.
std::optional<Layer> saved_layer(const std::filesystem::path& folder, const std::string& name,
                                 const std::string& created_by);

// Leaves NAME.tar.gz and NAME.layer, which says "DIFFID SIZE DIGEST SIZE", in `folder`.
Result<Done, Error> save_layer(const Layer& layer, const std::filesystem::path& folder,
                               const std::string& name);

}  // namespace outis::images::layers
