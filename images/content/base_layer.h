// The lowest layer, which every image made by one build of Outis shares.
#pragma once

#include "content/base.h"
#include "layers/layer.h"

namespace outis::images::content {

// As it was packed when Outis was built; where that was not done, packed now to the same bytes.
Result<Layer, Error> base_layer(const ToolData& data, policy::Arch arch, const BaseContent& content,
                                const layers::BlobStore& store);

// The same, always packed now.
Result<Layer, Error> pack_base_layer(const ToolData& data, policy::Arch arch,
                                     const BaseContent& content, const layers::BlobStore& store);

}  // namespace outis::images::content
