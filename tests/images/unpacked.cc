#include "unpacked.h"

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/input.h"
#include "layers/compress.h"
#include "layers/tar_reader.h"
#include "oci/json.h"
#include "view/verify.h"

namespace outis::images::testing {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::uint64_t kMaxTar = 1U << 30;

places::OpenedImage opened(const fs::path& path)
{
    auto image = places::OpenedImage::open(path);
    REQUIRE(image);
    return image.take();
}

// A sound image says nothing here.
std::string problems_of(const fs::path& path)
{
    const places::OpenedImage image = opened(path);
    const auto find = [&](const std::string& name) { return image.find(name); };
    std::string all;
    for (const view::Finding& finding : view::verify_image(find, {}).findings) {
        // The fixture's PID 1 is a text, so what concerns the files is not asked.
        if (view::row_of(finding.rule).severity != view::Severity::note &&
            finding.rule < view::Rule::world_writable)
            all += view::line_of(finding) + "\n";
    }
    return all;
}

json::value document(const places::OpenedImage& image, const std::string& path)
{
    const auto bytes = image.find(path);
    REQUIRE(bytes);
    auto value = oci::parse_json(host::as_text(*bytes), path);
    REQUIRE(value);
    return value.take();
}

std::string text(const json::value& value)
{
    return std::string(value.as_string());
}

json::array rows_of(const places::OpenedImage& layout, Rows rows)
{
    json::array chosen;
    const json::value index = document(layout, "index.json");
    for (const json::value& row : index.at("manifests").as_array()) {
        if (row.as_object().contains("artifactType") == (rows == Rows::referrers))
            chosen.push_back(row);
    }
    return chosen;
}

Unpacked unpack(const fs::path& path)
{
    const places::OpenedImage image = opened(path);
    const json::value docker = document(image, "manifest.json");
    Unpacked unpacked{.config = document(image, text(docker.at(0).at("Config")))};
    for (const json::value& layer : docker.at(0).at("Layers").as_array()) {
        unpacked.layers.push_back(text(layer));
        const Bytes blob = *image.find(text(layer));
        std::string tar;
        REQUIRE(layers::decompress(blob, layers::encoding_of(blob), kMaxTar, [&](Bytes bytes) {
            tar += host::as_text(bytes);
            return Result<Done, Error>(Done{});
        }));
        layers::TarReader reader([&](const layers::TarMember& member) -> Result<Done, Error> {
            unpacked.entries[member.entry.path] = member.entry;
            unpacked.contents[member.entry.path] = tar.substr(member.offset, member.entry.size);
            return Done{};
        });
        REQUIRE(reader.feed(host::as_bytes(tar)));
    }
    return unpacked;
}

bake::Baked baked(const bake::BakeOptions& options)
{
    auto result = bake_quietly(options);
    REQUIRE_MESSAGE(result, (result ? "" : result.error().text));
    return result.take();
}

}  // namespace outis::images::testing
