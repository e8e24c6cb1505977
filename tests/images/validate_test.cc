#include "oci/validate.h"

#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "files/digest.h"
#include "files/input.h"
#include "fixture.h"
#include "oci/manifest.h"
#include "open/opened.h"
#include "pack/gzip.h"
#include "pack/tar.h"

using namespace outis;
using namespace outis::images;
using namespace outis::images::testing;

namespace {

// A layout in memory, put together from parts that can be wrong.
struct Layout {
    std::map<std::string, std::string> members = {};

    Blob add(const std::string& text)
    {
        const Blob blob = text_blob(text);
        members[blob_path(blob)] = text;
        return blob;
    }
};

std::string descriptor(const Blob& blob, const std::string& type)
{
    return R"({"digest":")" + blob.digest + R"(","mediaType":")" + type + R"(","size":)" +
           std::to_string(blob.size) + "}";
}

std::string layer_tar(const std::vector<TarEntry>& entries)
{
    std::string tar;
    for (const TarEntry& entry : entries)
        tar += tar_header(entry);
    return tar + tar_end();
}

struct Parts {
    std::vector<TarEntry> entries{
        {.path = "a", .kind = EntryKind::directory}, {.path = "a/b"}, {.path = "c"}};
    std::string layout = kLayoutText;
    std::string architecture = R"("architecture":"amd64",)";
    std::string history = R"([{"created_by":"x"}])";
    std::string rootfs_type = "layers";
    std::string diff_id = {};  // empty: the right one
    std::string manifest_version = "2";
    std::string layer_suffix = {};  // bytes appended to the layer's blob after it was described
    bool list_layer = true;
    std::string docker_layer = {};  // empty: the right one
    std::string run = "{}";         // "config" of the configuration
    std::string created = "1970-01-01T00:00:00Z";
    std::string annotations = "{}";
    std::string layer_type = "application/vnd.oci.image.layer.v1.tar+gzip";
};

Layout assemble(const Parts& parts)
{
    Layout layout;
    const std::string tar = layer_tar(parts.entries);
    const Blob layer = layout.add(gzip_member(as_bytes(tar), 1));
    const std::string diff_id = parts.diff_id.empty() ? sha256(tar).text() : parts.diff_id;
    const Blob config = layout.add("{" + parts.architecture + R"("os":"linux","created":")" +
                                   parts.created + R"(","config":)" + parts.run + R"(,"history":)" +
                                   parts.history + R"(,"rootfs":{"type":")" + parts.rootfs_type +
                                   R"(","diff_ids":[")" + diff_id + R"("]}})");
    const Blob manifest = layout.add(R"({"schemaVersion":)" + parts.manifest_version +
                                     R"(,"mediaType":")" + kManifestType + R"(","config":)" +
                                     descriptor(config, kConfigType) + R"(,"layers":[)" +
                                     (parts.list_layer ? descriptor(layer, parts.layer_type) : "") +
                                     R"(],"annotations":)" + parts.annotations + "}");
    layout.members["oci-layout"] = parts.layout;
    layout.members["index.json"] =
        R"({"schemaVersion":2,"manifests":[)" + descriptor(manifest, kManifestType) + "]}";
    layout.members["manifest.json"] =
        R"([{"Config":")" + blob_path(config) + R"(","RepoTags":[],"Layers":[")" +
        (parts.docker_layer.empty() ? blob_path(layer) : parts.docker_layer) + R"("]}])";
    layout.members[blob_path(layer)] += parts.layer_suffix;
    return layout;
}

std::string problems(const Layout& layout, Depth depth = Depth::content)
{
    const auto find = [&](const std::string& path) -> std::optional<Bytes> {
        const auto found = layout.members.find(path);
        if (found == layout.members.end())
            return std::nullopt;
        return as_bytes(found->second);
    };
    std::string all;
    for (const std::string& problem : validate(find, depth))
        all += problem + "\n";
    return all;
}

}  // namespace

TEST_CASE("every rule of an image is asked")
{
    CHECK(problems(assemble({})) == "");
    const TarEntry file{.path = "a"};

    struct Case {
        const char* name;
        Parts parts;
        const char* message;
    };

    const Case cases[] = {
        {"layout version", {.layout = R"({"imageLayoutVersion":"2"})"}, "version 1.0.0"},
        {"layout no JSON", {.layout = "x"}, "'oci-layout' is not JSON"},
        {"schema version", {.manifest_version = "1"}, "does not say schemaVersion 2"},
        {"no layer", {.list_layer = false}, "lists no layer"},
        {"no architecture", {.architecture = ""}, "does not name its platform"},
        {"rootfs", {.rootfs_type = "files"}, "no rootfs of type"},
        {"diffID", {.diff_id = sha256("x").text()}, "does not unpack to its diffID"},
        {"history", {.history = "[]"}, "tells a history of 0 layers, not 1"},
        {"empty history rows count for nothing",
         {.history = R"([{"created_by":"x"},{"empty_layer":true},{"created_by":"y"}])"},
         "tells a history of 2 layers, not 1"},
        {"size", {.layer_suffix = "x"}, "states another size"},
        {"damaged layer", {.layer_suffix = "x"}, "does not match"},
        {"twice", {.entries = {file, file}}, "out of order or there twice"},
        {"order", {.entries = {{.path = "b"}, {.path = "a"}}}, "out of order"},
        {"climbing", {.entries = {{.path = "../a"}}}, "no clean relative path"},
        {"absolute", {.entries = {{.path = "/a"}}}, "no clean relative path"},
        {"whiteout", {.entries = {{.path = ".wh.a"}}}, "no clean relative path"},
        {"no parent", {.entries = {{.path = "a/b"}}}, "comes without its directory"},
        {"link to nothing",
         {.entries = {{.path = "a", .kind = EntryKind::hardlink, .target = "b"}}},
         "links to 'b', which is not before it"},
        {"capabilities and a second name",
         {.entries = {{.path = "a", .capability = "x"},
                      {.path = "b", .kind = EntryKind::hardlink, .target = "a"}}},
         "'a' has capabilities and a second name"},
        {"media type",
         {.layer_type = "application/vnd.oci.image.layer.v1.tar"},
         "is not of its media type"},
        {"time", {.created = ""}, "'created' is malformed"},
        {"time in words", {.created = "1970-01-01 00:00:00Z"}, "'created' is malformed"},
        {"entrypoint", {.run = R"({"Entrypoint":"/app"})"}, "'Entrypoint' is no list of texts"},
        {"arguments", {.run = R"({"Cmd":[1]})"}, "'Cmd' is no list of texts"},
        {"variable", {.run = R"({"Env":["A"]})"}, "'A', which is no NAME=VALUE"},
        {"variable twice", {.run = R"({"Env":["A=1","A=2"]})"}, "'Env' has 'A' twice"},
        {"port", {.run = R"({"ExposedPorts":{"http":{}}})"}, "malformed entry 'http'"},
        {"ports", {.run = R"({"ExposedPorts":["80/tcp"]})"}, "'ExposedPorts' is no map"},
        {"volume", {.run = R"({"Volumes":{"data":{}}})"}, "malformed entry 'data'"},
        {"volume's value", {.run = R"({"Volumes":{"/data":1}})"}, "malformed entry '/data'"},
        {"user", {.run = R"({"User":"nobody"})"}, "'User' is malformed"},
        {"user's group", {.run = R"({"User":"1:"})"}, "'User' is malformed"},
        {"workdir", {.run = R"({"WorkingDir":"x"})"}, "'WorkingDir' is malformed"},
        {"stop signal", {.run = R"({"StopSignal":15})"}, "'StopSignal' is malformed"},
        {"health", {.run = R"({"Healthcheck":{"Test":"x"}})"}, "'Test' is no list of texts"},
        {"label", {.run = R"({"Labels":{"a":1}})"}, "label 'a' is no text"},
        {"label of OCI's",
         {.run = R"({"Labels":{"org.opencontainers.x":"1"}})"},
         "label 'org.opencontainers.x' has a prefix that is OCI's own"},
        {"annotation", {.annotations = R"({"a":1})"}, "annotation 'a' is no text"},
        {"the layout's annotation",
         {.annotations = R"({"org.opencontainers.image.ref.name":"x"})"},
         "a prefix that is OCI's own"},
        {"docker's layers", {.docker_layer = "blobs/sha256/x"}, "names the missing blob"},
        {"docker's image", {.docker_layer = "oci-layout"}, "that 'index.json' does not"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string found = problems(assemble(c.parts));
        CAPTURE(found);
        CHECK(found.find(c.message) != std::string::npos);
    }
}

TEST_CASE("missing members are named")
{
    const Layout whole = assemble({});
    for (const auto& member : whole.members) {
        const std::string& path = member.first;
        CAPTURE(path);
        Layout layout = whole;
        layout.members.erase(path);
        const bool optional = path == "manifest.json";
        CHECK((problems(layout, Depth::structure) == "") == optional);
    }
}

TEST_CASE("a docker archive alone is read too")
{
    Layout layout = assemble({});
    layout.members.erase("index.json");
    layout.members.erase("oci-layout");
    CHECK(problems(layout) == "");
    layout = assemble({.diff_id = sha256("x").text()});
    layout.members.erase("index.json");
    layout.members.erase("oci-layout");
    CHECK(problems(layout).find("does not unpack") != std::string::npos);
}
