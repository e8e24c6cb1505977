#include "layers/layer.h"

#include <optional>
#include <sstream>
#include <utility>

#include "host/input.h"
#include "layers/compress.h"
#include "layers/packed_files.h"
#include "layers/tar.h"

namespace outis::images::layers {

namespace {

constexpr std::size_t kMaxRecord = 256;
constexpr std::size_t kMaxFilesRecord = std::size_t{256} << 20;
constexpr const char* kFilesSuffix = "-files";

struct Measured {
    host::Digest diff_id = {};
    std::uint64_t size = 0;
};

Result<Measured, Error> measure(const Tree& tree, std::int64_t time)
{
    host::Sha256 hash;
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
    host::Digest diff_id = {};
    StoredBlob blob;
    std::vector<PackedFile> files;
};

Result<Packed, Error> compress(const Tree& tree, const PackOptions& options, const BlobStore& store)
{
    host::NewFile file = OUTIS_TRY(store.create());
    host::Sha256 packed_hash;
    Packed packed;
    CompressedStream packer(options.compression, options.threads,
                            [&](Bytes bytes) -> Result<Done, Error> {
                                packed_hash.update(bytes);
                                packed.blob.size += bytes.size();
                                return file.write(bytes);
                            });
    host::Sha256 hash;
    const auto sink = [&](Bytes bytes) {
        hash.update(bytes);
        return packer.write(bytes);
    };
    FileDigester digester;
    const auto on_content = [&](const std::string& key, Bytes piece) { digester.add(key, piece); };
    const bool tell = options.files == TellFiles::yes;
    OUTIS_TRY(write_tar(tree, options.time, sink, tell ? OnContent(on_content) : nullptr));
    OUTIS_TRY(packer.finish());
    packed.diff_id = hash.finish();
    packed.blob.digest = packed_hash.finish();
    if (tell)
        packed.files = digester.finish(tree);
    OUTIS_TRY(store.keep(std::move(file), packed.blob.digest));
    return packed;
}

Result<Done, Error> remember_files(const std::vector<PackedFile>& files,
                                   const host::Digest& diff_id, const BlobStore& store)
{
    const std::string record = packed_files_record(files);
    const StoredBlob blob{.digest = host::sha256(record), .size = record.size()};
    host::NewFile file = OUTIS_TRY(store.create());
    OUTIS_TRY(file.write(host::as_bytes(record)));
    OUTIS_TRY(store.keep(std::move(file), blob.digest));
    return store.remember(diff_id.hex + kFilesSuffix, blob);
}

std::optional<std::vector<PackedFile>> remembered_files(const Tree& tree,
                                                        const host::Digest& diff_id,
                                                        const BlobStore& store)
{
    const std::optional<StoredBlob> blob = store.find(diff_id.hex + kFilesSuffix);
    if (!blob)
        return std::nullopt;
    const Result<std::string, Error> record =
        host::read_file(store.path(blob->digest), kMaxFilesRecord);
    return record ? read_packed_files(record.value(), tree) : std::nullopt;
}

// What the record names, if it unpacks to the tar that it is asked for: a record that names another
// sound blob would make an image whose configuration lies.
std::optional<StoredBlob> packed_before(const std::string& key, const Measured& measured,
                                        const BlobStore& store)
{
    const std::optional<StoredBlob> blob = store.find(key);
    if (!blob)
        return std::nullopt;
    const Result<host::MappedFile, Error> file = host::MappedFile::open(store.path(blob->digest));
    if (!file || file.value().bytes().size() != blob->size)
        return std::nullopt;
    host::Sha256 hash;
    const Bytes bytes = file.value().bytes();
    const Result<Done, Error> read = decompress(bytes, encoding_of(bytes), measured.size,
                                                [&](Bytes piece) -> Result<Done, Error> {
                                                    hash.update(piece);
                                                    return Done{};
                                                });
    return read && hash.finish() == measured.diff_id ? blob : std::nullopt;
}

}  // namespace

Result<Layer, Error> pack_layer(const Tree& tree, const std::string& created_by,
                                const PackOptions& options, const BlobStore& store)
{
    const Measured measured = OUTIS_TRY(measure(tree, options.time));
    const std::string key = measured.diff_id.hex + "-" + encoder_name(options.compression);
    std::optional<StoredBlob> blob = packed_before(key, measured, store);
    std::optional<std::vector<PackedFile>> files(std::in_place);
    if (options.files == TellFiles::yes)
        files = remembered_files(tree, measured.diff_id, store);
    // Packed again too where only the files are unknown: once, and the bytes are the same.
    if (!blob || !files) {
        Packed packed = OUTIS_TRY(compress(tree, options, store));
        if (packed.diff_id != measured.diff_id)
            return bad_input("the files changed while they were packed; try again");
        OUTIS_TRY(store.remember(key, packed.blob));
        if (options.files == TellFiles::yes)
            OUTIS_TRY(remember_files(packed.files, packed.diff_id, store));
        blob = packed.blob;
        files = std::move(packed.files);
    }
    return Layer{.blob = Blob{.digest = blob->digest.text(),
                              .size = blob->size,
                              .content = store.path(blob->digest)},
                 .media_type = layer_media_type(options.compression.encoding),
                 .diff_id = measured.diff_id.text(),
                 .unpacked_size = measured.size,
                 .created_by = created_by,
                 .files = *std::move(files)};
}

std::optional<Layer> saved_layer(const std::filesystem::path& folder, const std::string& name,
                                 const std::string& created_by)
{
    const Result<std::string, Error> record =
        host::read_file(folder / (name + ".layer"), kMaxRecord);
    if (!record)
        return std::nullopt;
    std::istringstream words(record.value());
    Layer layer{.media_type = layer_media_type(Encoding::gzip), .created_by = created_by};
    layer.blob.content = folder / (name + ".tar.gz");
    words >> layer.diff_id >> layer.unpacked_size >> layer.blob.digest >> layer.blob.size;
    if (!words || !host::is_digest(layer.diff_id) || !host::is_digest(layer.blob.digest))
        return std::nullopt;
    return layer;
}

Result<Done, Error> save_layer(const Layer& layer, const std::filesystem::path& folder,
                               const std::string& name)
{
    const auto& path = std::get<std::filesystem::path>(layer.blob.content);
    const host::MappedFile packed = OUTIS_TRY(host::MappedFile::open(path));
    host::NewFile blob = OUTIS_TRY(host::NewFile::create(folder / (name + ".tar.gz")));
    OUTIS_TRY(blob.write(packed.bytes()));
    OUTIS_TRY(blob.commit());
    host::NewFile record = OUTIS_TRY(host::NewFile::create(folder / (name + ".layer")));
    OUTIS_TRY(record.write(
        host::as_bytes(layer.diff_id + " " + std::to_string(layer.unpacked_size) + " " +
                       layer.blob.digest + " " + std::to_string(layer.blob.size) + "\n")));
    return record.commit();
}

}  // namespace outis::images::layers
