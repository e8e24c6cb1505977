#include <string>

#include <doctest/doctest.h>

#include "broken_images.h"
#include "host/digest.h"
#include "oci/manifest.h"

namespace outis::images::testing {

namespace {

constexpr auto kNoEdit = [](Parts&) {};

// A manifest.json's or index.json's text with one part replaced.
void replace(std::string& text, const std::string& part, const std::string& by)
{
    const std::size_t at = text.find(part);
    REQUIRE(at != std::string::npos);
    text.replace(at, part.size(), by);
}

// The app as nobody, with `fields` besides.
void run_with(Parts& parts, const std::string& fields)
{
    parts.run = R"({"Entrypoint":["/app"],)" + fields + "}";
}

const BrokenImage kDocuments[] = {
    {"version of the layout", view::Rule::layout_version,
     [](Parts& p) { p.layout = R"({"imageLayoutVersion":"2"})"; }},
    {"no index", view::Rule::document_missing, kNoEdit,
     [](MadeImage& i) { i.members.erase("index.json"); }},
    {"a document of 5 MiB", view::Rule::document_size, kNoEdit,
     [](MadeImage& i) { i.members["index.json"].append(5 << 20, ' '); }},
    {"a configuration that is no object", view::Rule::document_form, kNoEdit,
     [](MadeImage& i) {
         const std::string config = descriptor(i.add("[]"), oci::kConfigType);
         const Blob manifest =
             i.add(R"({"schemaVersion":2,"config":)" + config + R"(,"layers":[]})");
         std::string& index = i.members["index.json"];
         index.insert(index.find('[') + 1, descriptor(manifest, oci::kManifestType) + ",");
     }},
    {"a manifest and an index at once", view::Rule::document_form, kNoEdit,
     [](MadeImage& i) {
         std::string& index = i.members["index.json"];
         const std::string old = index.substr(index.find("sha256:") + 7, 64);
         std::string both = i.members["blobs/sha256/" + old];
         both.insert(1, R"("manifests":[],)");
         index = R"({"schemaVersion":2,"manifests":[)" +
                 descriptor(i.add(both), oci::kManifestType) + "]}";
     }},
    {"no JSON", view::Rule::document_form, [](Parts& p) { p.layout = "x"; }},
    {"schema version", view::Rule::schema_version, [](Parts& p) { p.version = "1"; }},
    {"nothing in the index", view::Rule::index_empty, kNoEdit,
     [](MadeImage& i) { i.members["index.json"] = R"({"schemaVersion":2,"manifests":[]})"; }},
    {"an index in an index in an index in an index", view::Rule::index_depth, kNoEdit,
     [](MadeImage& i) {
         for (int depth = 0; depth < 4; ++depth)
             i.members["index.json"] = R"({"schemaVersion":2,"manifests":[)" +
                                       descriptor(i.add(i.members["index.json"]), oci::kIndexType) +
                                       "]}";
     }},
    {"digest", view::Rule::descriptor_form, kNoEdit,
     [](MadeImage& i) { replace(i.members["index.json"], "sha256:", "sha1:"); }},
    {"blob gone", view::Rule::blob_missing, kNoEdit,
     [](MadeImage& i) { i.members.erase(i.members.begin()); }},
    {"size", view::Rule::blob_size, kNoEdit,
     [](MadeImage& i) { replace(i.members["index.json"], R"("size":)", R"("size":1)"); }},
    {"bytes", view::Rule::blob_digest, kNoEdit,
     [](MadeImage& i) { i.members.begin()->second.back() ^= 1; }},
    {"type of a layer", view::Rule::layer_type,
     [](Parts& p) { p.layer_type = "application/vnd.oci.image.layer.v1.tar"; }},
    {"type of the manifest", view::Rule::media_type,
     [](Parts& p) { p.manifest_type = "application/vnd.docker.distribution.manifest.v2+json"; }},
    {"no layer", view::Rule::no_layers, [](Parts& p) { p.layers.clear(); }},
    {"no platform in the index", view::Rule::platform_missing,
     [](Parts& p) { p.index_platform = "null"; }},
    {"one platform twice", view::Rule::platform_twice, kNoEdit,
     [](MadeImage& i) {
         std::string row = i.members["index.json"];
         row = row.substr(row.find('[') + 1, row.rfind(']') - row.find('[') - 2) +
               R"(,"platform":{"architecture":"amd64","os":"linux"}})";
         const Blob index = i.add(R"({"schemaVersion":2,"manifests":[)" + row + "," + row + "]}");
         i.members["index.json"] =
             R"({"schemaVersion":2,"manifests":[)" + descriptor(index, oci::kIndexType) + "]}";
     }},
    {"another platform in the index", view::Rule::platform_differs,
     [](Parts& p) { p.index_platform = R"({"architecture":"arm64","os":"linux"})"; }},
    {"annotation", view::Rule::annotation_form, [](Parts& p) { p.annotations = R"({"a":1})"; }},
    {"label", view::Rule::annotation_form, [](Parts& p) { run_with(p, R"("Labels":{"a":1})"); }},
    {"annotation of OCI's", view::Rule::reserved_key,
     [](Parts& p) { p.annotations = R"({"org.opencontainers.x":"1"})"; }},
    {"annotation of the layout's", view::Rule::reserved_key,
     [](Parts& p) { p.annotations = R"({"org.opencontainers.image.ref.name":"1"})"; }},
    {"label of OCI's", view::Rule::reserved_key,
     [](Parts& p) { p.run = R"({"Labels":{"org.opencontainers.x":"1"}})"; }},
    {"Docker's other image", view::Rule::docker_manifest, kNoEdit,
     [](MadeImage& i) {
         i.members["manifest.json"] = R"([{"Config":"oci-layout","Layers":["index.json"]}])";
     }},
    {"Docker's missing blob", view::Rule::blob_missing, kNoEdit,
     [](MadeImage& i) { i.members["manifest.json"] = R"([{"Config":"x","Layers":["y"]}])"; }},
    {"an artifact", view::Rule::not_an_image,
     [](Parts& p) { p.config_type = "application/x+json"; }},
    {"an artifact of another type", view::Rule::artifact_form,
     [](Parts& p) { p.config_type = "application/x+json"; },
     [](MadeImage& i) {
         replace(i.members["index.json"], R"("size":)",
                 R"("artifactType":"application/y","size":)");
     }},
    {"an artifact about nothing here", view::Rule::subject_missing, kNoEdit,
     [](MadeImage& i) {
         const Blob artifact = i.add(oci::artifact_json(i.add("x"), "application/x",
                                                        oci::text_blob("y"), oci::kManifestType));
         replace(i.members["index.json"], "[{",
                 "[" + descriptor(artifact, oci::kManifestType) + ",{");
     }},
    {"an attestation", view::Rule::not_an_image,
     [](Parts& p) { p.index_platform = R"({"architecture":"unknown","os":"unknown"})"; }},
    {"an image with an artifact's type", view::Rule::diff_id,
     [](Parts& p) {
         p.annotations = R"({},"artifactType":"application/x")";
         p.diff_id = host::sha256("x").text();
     }},
    {"an image with a subject", view::Rule::diff_id,
     [](Parts& p) {
         p.annotations = R"({},"subject":{})";
         p.diff_id = host::sha256("x").text();
     }},
    {"an image that says it attests", view::Rule::diff_id,
     [](Parts& p) {
         p.index_platform = R"({"architecture":"amd64","os":"linux"},)"
                            R"("annotations":{"vnd.docker.reference.type":"x"})";
         p.diff_id = host::sha256("x").text();
     }},
    {"a configuration without type", view::Rule::diff_id,
     [](Parts& p) {
         p.config_type = "";
         p.diff_id = host::sha256("x").text();
     }},
    {"one image 1001 times", view::Rule::document_size, kNoEdit,
     [](MadeImage& i) {
         std::string& index = i.members["index.json"];
         const std::string row =
             index.substr(index.find('[') + 1, index.rfind(']') - index.find('[') - 1);
         for (int n = 0; n < 1000; ++n)
             index.insert(index.rfind(']'), "," + row);
     }},
    {"documents of 68 MiB together", view::Rule::document_size, kNoEdit,
     [](MadeImage& i) {
         std::string& index = i.members["index.json"];
         for (std::size_t n = 0; n < 17; ++n) {
             const Blob large =
                 i.add(R"({"schemaVersion":2})" + std::string((4 << 20) - 40 + n, ' '));
             index.insert(index.rfind(']'), "," + descriptor(large, oci::kIndexType));
         }
     }},
    {"no architecture", view::Rule::config_platform,
     [](Parts& p) { p.platform = R"("os":"linux")"; }},
    {"type of the root", view::Rule::rootfs_type, [](Parts& p) { p.rootfs_type = "files"; }},
    {"two diffIDs for a layer", view::Rule::config_rootfs,
     [](Parts& p) { p.diff_id = host::sha256("x").text() + R"(",")" + host::sha256("y").text(); }},
    {"history", view::Rule::config_history, [](Parts& p) { p.history = "{},{}"; }},
    {"history without layers", view::Rule::config_history,
     [](Parts& p) { p.history = R"({},{"empty_layer":true},{})"; }},
    {"time", view::Rule::config_field, [](Parts& p) { p.created = ""; }},
    {"time in words", view::Rule::config_field,
     [](Parts& p) { p.created = "1970-01-01 00:00:00Z"; }},
    {"fraction without digits", view::Rule::config_field,
     [](Parts& p) { p.created = "1970-01-01T00:00:00.Z"; }},
    {"entrypoint", view::Rule::config_field, [](Parts& p) { p.run = R"({"Entrypoint":"/app"})"; }},
    {"arguments", view::Rule::config_field,
     [](Parts& p) { p.run = R"({"Entrypoint":["/app"],"Cmd":[1]})"; }},
    {"variable", view::Rule::config_field, [](Parts& p) { run_with(p, R"("Env":["A"])"); }},
    {"port", view::Rule::config_entry,
     [](Parts& p) { run_with(p, R"("ExposedPorts":{"http":{}})"); }},
    {"ports", view::Rule::config_field,
     [](Parts& p) { run_with(p, R"("ExposedPorts":["80/tcp"])"); }},
    {"volume", view::Rule::config_entry, [](Parts& p) { run_with(p, R"("Volumes":{"data":{}})"); }},
    {"value of a volume", view::Rule::config_field,
     [](Parts& p) { run_with(p, R"("Volumes":{"/d":1})"); }},
    {"group of the user", view::Rule::config_field,
     [](Parts& p) { run_with(p, R"("User":"1:2:3")"); }},
    {"directory", view::Rule::config_field, [](Parts& p) { run_with(p, R"("WorkingDir":"x")"); }},
    {"stop signal", view::Rule::config_field, [](Parts& p) { run_with(p, R"("StopSignal":15)"); }},
    {"health", view::Rule::config_field,
     [](Parts& p) { run_with(p, R"("Healthcheck":{"Test":"x"})"); }},
    {"variable twice", view::Rule::variable_twice,
     [](Parts& p) { p.run = R"({"Env":["A=1","A=2"]})"; }},
    {"user by name", view::Rule::user_name, [](Parts& p) { p.run = R"({"User":"root"})"; }},
};

}  // namespace

std::vector<BrokenImage> broken_documents()
{
    return {std::begin(kDocuments), std::end(kDocuments)};
}

}  // namespace outis::images::testing
