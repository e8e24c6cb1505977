#include "content/base_layer.h"

#include <optional>
#include <string>

#include "layers/compress.h"

namespace outis::images::content {

namespace {

constexpr const char* kCreatedBy = "outis " OUTIS_VERSION ": base";

}  // namespace

Result<Layer, Error> base_layer(const ToolData& data, policy::Arch arch, const BaseContent& content,
                                const layers::BlobStore& store)
{
    const std::optional<Layer> saved =
        layers::saved_layer(data.layers(arch), base_name(content), kCreatedBy);
    if (saved)
        return *saved;
    return pack_base_layer(data, arch, content, store);
}

Result<Layer, Error> pack_base_layer(const ToolData& data, policy::Arch arch,
                                     const BaseContent& content, const layers::BlobStore& store)
{
    const layers::Tree tree = OUTIS_TRY(base_tree(data, arch, content));
    return layers::pack_layer(
        tree, kCreatedBy,
        {.time = 0, .compression = layers::kBestGzip, .threads = layers::compression_threads()},
        store);
}

}  // namespace outis::images::content
