#include "pack/layer.h"

#include <optional>
#include <utility>

#include "files/input.h"
#include "pack/gzip.h"
#include "pack/tar.h"

namespace outis::images {

namespace {

struct Measured {
    Digest diff_id = {};
    std::uint64_t size = 0;
};

Result<Measured, Error> measure(const Tree& tree, std::int64_t time)
{
    Sha256 hash;
    Measured measured;
    OUTIS_TRY(write_tar(tree, time, [&](Bytes bytes) -> Result<Done, Error> {
        hash.update(bytes);
        measured.size += bytes.size();
        return Done{};
    }));
    measured.diff_id = hash.finish();
    return measured;
}

struct Packed {
    Digest diff_id = {};
    StoredBlob blob;
};

Result<Packed, Error> compress(const Tree& tree, const PackOptions& options, const BlobStore& store)
{
    NewFile file = OUTIS_TRY(store.create());
    Sha256 packed_hash;
    Packed packed;
    GzipStream gzip(options.level, options.threads, [&](Bytes bytes) -> Result<Done, Error> {
        packed_hash.update(bytes);
        packed.blob.size += bytes.size();
        return file.write(bytes);
    });
    Sha256 hash;
    OUTIS_TRY(write_tar(tree, options.time, [&](Bytes bytes) {
        hash.update(bytes);
        return gzip.write(bytes);
    }));
    OUTIS_TRY(gzip.finish());
    packed.diff_id = hash.finish();
    packed.blob.digest = packed_hash.finish();
    OUTIS_TRY(store.keep(std::move(file), packed.blob.digest));
    return packed;
}

}  // namespace

Result<Layer, Error> pack_layer(const Tree& tree, const std::string& created_by,
                                const PackOptions& options, const BlobStore& store)
{
    const Measured measured = OUTIS_TRY(measure(tree, options.time));
    const std::string key =
        measured.diff_id.hex + "-" + gzip_encoder() + "-" + std::to_string(options.level);
    std::optional<StoredBlob> blob = store.find(key);
    if (!blob) {
        const Packed packed = OUTIS_TRY(compress(tree, options, store));
        if (packed.diff_id != measured.diff_id)
            return bad_input("the files changed while they were packed; try again");
        OUTIS_TRY(store.remember(key, packed.blob));
        blob = packed.blob;
    }
    return Layer{.blob = Blob{.digest = blob->digest.text(),
                              .size = blob->size,
                              .content = store.path(blob->digest)},
                 .media_type = kGzipLayerType,
                 .diff_id = measured.diff_id.text(),
                 .unpacked_size = measured.size,
                 .created_by = created_by};
}

}  // namespace outis::images
