#include "hostile_parts.h"

#include "host/digest.h"
#include "host/input.h"
#include "layers/gzip.h"
#include "oci/manifest.h"

namespace outis::images::testing {

using layers::EntryKind;

std::string number(std::size_t i)
{
    return std::to_string(i);
}

std::string name_of(std::size_t i)
{
    const std::string digits = number(i);
    return "n" + std::string(8 - digits.size(), '0') + digits;
}

std::string file(const std::string& path)
{
    return layers::tar_header({.path = path});
}

std::string folder(const std::string& path)
{
    return layers::tar_header({.path = path, .kind = EntryKind::directory, .mode = 0755});
}

std::string symlink(const std::string& path, const std::string& target)
{
    return layers::tar_header({.path = path, .kind = EntryKind::symlink, .target = target});
}

std::string hardlink(const std::string& path, const std::string& target)
{
    return layers::tar_header({.path = path, .kind = EntryKind::hardlink, .target = target});
}

namespace {

// As many digits as there is room for.
std::string octal(std::uint64_t value, std::size_t size)
{
    std::string digits(size, '0');
    for (std::size_t i = size; i-- > 0; value /= 8)
        digits[i] = static_cast<char>('0' + value % 8);
    return digits;
}

}  // namespace

std::string checked(std::string block)
{
    block.replace(148, 8, "        ");
    unsigned sum = 0;
    for (const char c : block)
        sum += static_cast<unsigned char>(c);
    return block.replace(148, 8, octal(sum, 6) + std::string("\0 ", 2));
}

std::string special(char type, const std::string& content)
{
    std::string block = layers::tar_header({.path = "header", .size = content.size()});
    block[156] = type;
    return checked(block) + content + std::string(layers::tar_padding(content.size()), '\0');
}

std::string sparse(const std::string& path, const std::vector<SparsePart>& parts,
                   std::uint64_t size, const std::string& stored)
{
    constexpr std::size_t kInHeader = 4;
    constexpr std::size_t kInBlock = 21;
    constexpr std::size_t kField = 12;
    std::string header = layers::tar_header({.path = path, .size = stored.size()});
    header[156] = 'S';
    header.replace(257, 8, std::string("ustar  \0", 8));
    header.replace(483, kField - 1, octal(size, kField - 1));
    std::string blocks;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool in_header = i < kInHeader;
        if (!in_header && (i - kInHeader) % kInBlock == 0) {
            (i == kInHeader ? header[482] : blocks[blocks.size() - 8]) = 1;
            blocks += std::string(layers::kTarBlock, '\0');
        }
        std::string& block = in_header ? header : blocks;
        const std::size_t at =
            in_header ? 386 + i * 2 * kField
                      : blocks.size() - layers::kTarBlock + (i - kInHeader) % kInBlock * 2 * kField;
        block.replace(at, kField - 1, octal(parts[i].offset, kField - 1));
        block.replace(at + kField, kField - 1, octal(parts[i].size, kField - 1));
    }
    return checked(header) + blocks + stored +
           std::string(layers::tar_padding(stored.size()), '\0');
}

std::string record(const std::string& key, const std::string& value)
{
    const std::size_t bare = key.size() + value.size() + 3;
    std::size_t length = bare + number(bare).size();
    length = bare + number(length).size();
    return number(length) + " " + key + "=" + value + "\n";
}

std::string times(std::size_t count, MakeText make)
{
    std::string all;
    for (std::size_t i = 0; i < count; ++i)
        all += make(i);
    return all;
}

std::string deep(std::size_t names, const std::string& name)
{
    std::string path;
    for (std::size_t i = 0; i < names; ++i)
        path += (i == 0 ? "" : "/") + name;
    return path;
}

MadeImage image_of(const std::vector<std::string>& tars,
                   std::string (*pack)(const std::string& tar))
{
    MadeImage image;
    std::string diff_ids;
    std::string rows;
    for (const std::string& entries : tars) {
        const std::string tar = entries + layers::tar_end();
        const Blob blob =
            image.add(pack != nullptr ? pack(tar) : layers::gzip_member(host::as_bytes(tar), 1));
        diff_ids += (diff_ids.empty() ? "\"" : ",\"") + host::sha256(tar).text() + "\"";
        rows += (rows.empty() ? "" : ",") +
                descriptor(blob, "application/vnd.oci.image.layer.v1.tar+gzip");
    }
    const Blob config = image.add(
        R"({"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[)" +
        diff_ids + "]}}");
    const Blob manifest =
        image.add(R"({"schemaVersion":2,"config":)" + descriptor(config, oci::kConfigType) +
                  R"(,"layers":[)" + rows + "]}");
    image.members["oci-layout"] = oci::kLayoutText;
    image.members["index.json"] =
        R"({"schemaVersion":2,"manifests":[)" + descriptor(manifest, oci::kManifestType) + "]}";
    return image;
}

MadeImage running(const std::string& run)
{
    Parts parts;
    parts.run = R"({"Entrypoint":["/app"],"User":"1:1",)" + run + "}";
    return make_image(parts);
}

std::string texts(std::size_t count, MakeText make)
{
    std::string list;
    for (std::size_t i = 0; i < count; ++i)
        list += (i == 0 ? "\"" : ",\"") + make(i) + "\"";
    return list;
}

MadeImage indexed(std::size_t count, MakeText platform)
{
    MadeImage image = image_of({file("a")});
    std::string rows = image.members.at("index.json");
    rows = rows.substr(rows.find('[') + 1);
    rows.resize(rows.size() - 3);  // }]}
    std::string list;
    for (std::size_t i = 0; i < count; ++i)
        list += (i == 0 ? "" : ",") + rows + R"(,"platform":)" + platform(i) + "}";
    const Blob index = image.add(R"({"schemaVersion":2,"manifests":[)" + list + "]}");
    image.members["index.json"] =
        R"({"schemaVersion":2,"manifests":[)" + descriptor(index, oci::kIndexType) + "]}";
    return image;
}

}  // namespace outis::images::testing
