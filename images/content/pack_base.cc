// Run by the build: packs every variant of the base layer into the tool's data.
// Usage: pack_base DATA ARCH SCRATCH
#include <cstdio>
#include <filesystem>
#include <string>

#include "content/base_layer.h"
#include "outis/sandbox/arch.h"

namespace outis::images::content {

namespace {

Result<Done, Error> pack_all(const ToolData& data, policy::Arch arch, const std::string& scratch)
{
    const layers::BlobStore store = OUTIS_TRY(layers::BlobStore::open_at(scratch));
    for (const BaseVariant& variant : kBaseVariants) {
        const Layer layer = OUTIS_TRY(pack_base_layer(data, arch, variant.content, store));
        OUTIS_TRY(layers::save_layer(layer, data.layers(arch), variant.name));
    }
    return Done{};
}

}  // namespace

}  // namespace outis::images::content

int main(int argc, char** argv)
{
    using namespace outis;
    const auto arch = argc == 4 ? sandbox::parse_arch(argv[2]) : std::nullopt;
    if (!arch) {
        std::fputs("usage: pack_base DATA amd64|arm64 SCRATCH\n", stderr);
        return 2;
    }
    const auto packed = images::content::pack_all({.root = argv[1]}, *arch, argv[3]);
    if (!packed) {
        std::fprintf(stderr, "pack_base: %s\n", packed.error().text.c_str());
        return 1;
    }
    return 0;
}
