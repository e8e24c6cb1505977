#include "kubernetes/image_facts.h"

#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "content/policy_choice.h"
#include "kubernetes/entrypoint.h"
#include "oci/json.h"
#include "oci/manifest.h"
#include "oci/read_config.h"
#include "open/opened.h"
#include "outis/sandbox/arch.h"
#include "pack/compress.h"
#include "pack/tar_reader.h"

namespace outis::images {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::size_t kMaxDocument = 4 << 20;  // what registries accept
constexpr std::size_t kMaxMember = 1 << 30;
const std::string kPolicyPath = "/etc/outis/policy";
constexpr const char* kLastResort = "baseline";  // of PID 1's look-up

const json::value* field(const json::value& value, std::string_view name)
{
    return value.is_object() ? value.get_object().if_contains(name) : nullptr;
}

std::string text(const json::value& object, std::string_view name)
{
    const json::value* value = field(object, name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

const json::array& list(const json::value& object, std::string_view name)
{
    static const json::array kNone;
    const json::value* value = field(object, name);
    return value != nullptr && value->is_array() ? value->get_array() : kNone;
}

Result<json::value, Error> document(const OpenedImage& image, const std::string& path)
{
    const std::optional<Bytes> bytes = image.find(path);
    if (!bytes || bytes->size() > kMaxDocument)
        return bad_input("it holds no '" + path + "' of at most 4 MiB; is it an OCI layout?");
    return parse_json(as_text(*bytes), path);
}

std::string path_of(const json::value& descriptor)
{
    return blob_path(Blob{.digest = text(descriptor, "digest"), .content = {}});
}

// The descriptor for the platform, or the only one.
Result<json::value, Error> choose(const json::value& index, policy::Arch arch)
{
    const json::array& rows = list(index, "manifests");
    for (const json::value& row : rows) {
        const json::value* platform = field(row, "platform");
        if (platform != nullptr && text(*platform, "architecture") == sandbox::arch_name(arch))
            return row;
    }
    if (rows.size() != 1)
        return bad_input("it has no image for " + std::string(sandbox::arch_name(arch)));
    return rows.front();
}

// What the layer adds, and the content of the file `wanted` if it has it. Deletions are not looked
// at: nobody deletes what an image needs to start.
Result<Done, Error> read_layer(Bytes blob, const std::string& wanted, ImageFacts& facts)
{
    bool is_wanted = false;
    TarReader reader(
        [&](const TarMember& member) -> Result<Done, Error> {
            facts.entries[member.entry.path] = member.entry.kind;
            is_wanted = member.entry.path == wanted && member.entry.size <= policy::kMaxSize;
            if (is_wanted)
                facts.policy.clear();
            return Done{};
        },
        [&](Bytes content) -> Result<Done, Error> {
            if (is_wanted)
                facts.policy += as_text(content);
            return Done{};
        });
    OUTIS_TRY(decompress(blob, encoding_of(blob), kMaxMember,
                         [&](Bytes bytes) { return reader.feed(bytes); }));
    return reader.finish();
}

// What PID 1 carries itself is among the tool's data too.
Result<std::string, Error> shipped_policy(const std::string& profile, policy::Arch arch,
                                          const ToolData& data)
{
    if (profile == "none")
        return std::string();
    return OUTIS_TRY(choose_policy(data, profile, arch, {})).bytes;
}

Result<ImageFacts, Error> read(const OpenedImage& image, policy::Arch arch, const ToolData& data)
{
    const json::value index = OUTIS_TRY(document(image, "index.json"));
    const json::value top = OUTIS_TRY(choose(index, arch));
    ImageFacts facts;
    if (const json::value* annotations = field(top, "annotations"))
        facts.name = text(*annotations, "io.containerd.image.name");
    json::value manifest = OUTIS_TRY(document(image, path_of(top)));
    if (text(manifest, "mediaType") == kIndexType) {
        const json::value row = OUTIS_TRY(choose(manifest, arch));
        manifest = OUTIS_TRY(document(image, path_of(row)));
    }
    const json::value* config = field(manifest, "config");
    if (config == nullptr)
        return bad_input("its manifest names no configuration");
    const json::value configuration = OUTIS_TRY(document(image, path_of(*config)));
    facts.run = read_run_config(configuration);

    const InitWords words = OUTIS_TRY(init_words(facts.run));
    const bool named = words.profile.find('/') != std::string::npos;
    const std::string wanted = (named ? words.profile : kPolicyPath).substr(1);
    for (const json::value& layer : list(manifest, "layers")) {
        const std::optional<Bytes> blob = image.find(path_of(layer));
        if (!blob)
            return bad_input("it lacks the layer '" + text(layer, "digest") + "'");
        OUTIS_TRY(read_layer(*blob, wanted, facts));
    }
    if (named && facts.policy.empty())
        return bad_input("it has no policy at '" + words.profile + "', which its entrypoint names");
    if (!words.profile.empty() && !named)
        facts.policy = OUTIS_TRY(shipped_policy(words.profile, arch, data));
    else if (facts.policy.empty())
        facts.policy = OUTIS_TRY(shipped_policy(kLastResort, arch, data));
    return facts;
}

}  // namespace

Result<ImageFacts, Error> read_image_facts(const fs::path& path, policy::Arch arch,
                                           const ToolData& data)
{
    const OpenedImage image = OUTIS_TRY(OpenedImage::open(path));
    Result<ImageFacts, Error> facts = read(image, arch, data);
    if (!facts)
        return during("reading '" + path.string() + "'", facts.take_failure());
    return facts;
}

}  // namespace outis::images
