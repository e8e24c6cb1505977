#include "broken_images.h"

#include <string>

#include <doctest/doctest.h>
#include <elf.h>

#include "files/digest.h"
#include "fixture.h"
#include "oci/manifest.h"

namespace outis::images::testing {

namespace {

constexpr auto kNoEdit = [](Parts&) {};

TarEntry link_entry(const std::string& path, const std::string& target)
{
    return {.path = path, .kind = EntryKind::hardlink, .target = target};
}

// A manifest.json's or index.json's text with one part replaced.
void replace(std::string& text, const std::string& part, const std::string& by)
{
    const std::size_t at = text.find(part);
    REQUIRE(at != std::string::npos);
    text.replace(at, part.size(), by);
}

// security.capability of the given revision and size.
std::string capability(unsigned revision, std::size_t size, char root_id = 0)
{
    std::string raw(size, '\0');
    raw[3] = static_cast<char>(revision);
    if (size > 20)
        raw[20] = root_id;
    return raw;
}

const BrokenImage kDocuments[] = {
    {"version of the layout", Rule::layout_version,
     [](Parts& p) { p.layout = R"({"imageLayoutVersion":"2"})"; }},
    {"no index", Rule::document_missing, kNoEdit,
     [](MadeImage& i) { i.members.erase("index.json"); }},
    {"a document of 5 MiB", Rule::document_size, kNoEdit,
     [](MadeImage& i) { i.members["index.json"].append(5 << 20, ' '); }},
    {"no JSON", Rule::document_form, [](Parts& p) { p.layout = "x"; }},
    {"schema version", Rule::schema_version, [](Parts& p) { p.version = "1"; }},
    {"nothing in the index", Rule::index_empty, kNoEdit,
     [](MadeImage& i) { i.members["index.json"] = R"({"schemaVersion":2,"manifests":[]})"; }},
    {"an index in an index in an index in an index", Rule::index_depth, kNoEdit,
     [](MadeImage& i) {
         for (int depth = 0; depth < 4; ++depth)
             i.members["index.json"] = R"({"schemaVersion":2,"manifests":[)" +
                                       descriptor(i.add(i.members["index.json"]), kIndexType) +
                                       "]}";
     }},
    {"digest", Rule::descriptor_form, kNoEdit,
     [](MadeImage& i) { replace(i.members["index.json"], "sha256:", "sha1:"); }},
    {"blob gone", Rule::blob_missing, kNoEdit,
     [](MadeImage& i) { i.members.erase(i.members.begin()); }},
    {"size", Rule::blob_size, kNoEdit,
     [](MadeImage& i) { replace(i.members["index.json"], R"("size":)", R"("size":1)"); }},
    {"bytes", Rule::blob_digest, kNoEdit,
     [](MadeImage& i) { i.members.begin()->second.back() ^= 1; }},
    {"type of a layer", Rule::media_type,
     [](Parts& p) { p.layer_type = "application/vnd.oci.image.layer.v1.tar"; }},
    {"type of the manifest", Rule::media_type,
     [](Parts& p) { p.manifest_type = "application/vnd.docker.distribution.manifest.v2+json"; }},
    {"no layer", Rule::no_layers, [](Parts& p) { p.layers.clear(); }},
    {"no platform in the index", Rule::platform_missing,
     [](Parts& p) { p.index_platform = "null"; }},
    {"one platform twice", Rule::platform_twice, kNoEdit,
     [](MadeImage& i) {
         std::string row = i.members["index.json"];
         row = row.substr(row.find('[') + 1, row.rfind(']') - row.find('[') - 2) +
               R"(,"platform":{"architecture":"amd64","os":"linux"}})";
         const Blob index = i.add(R"({"schemaVersion":2,"manifests":[)" + row + "," + row + "]}");
         i.members["index.json"] =
             R"({"schemaVersion":2,"manifests":[)" + descriptor(index, kIndexType) + "]}";
     }},
    {"another platform in the index", Rule::platform_differs,
     [](Parts& p) { p.index_platform = R"({"architecture":"arm64","os":"linux"})"; }},
    {"annotation", Rule::annotation_form, [](Parts& p) { p.annotations = R"({"a":1})"; }},
    {"label", Rule::annotation_form, [](Parts& p) { p.run = R"({"Labels":{"a":1}})"; }},
    {"annotation of OCI's", Rule::reserved_key,
     [](Parts& p) { p.annotations = R"({"org.opencontainers.x":"1"})"; }},
    {"annotation of the layout's", Rule::reserved_key,
     [](Parts& p) { p.annotations = R"({"org.opencontainers.image.ref.name":"1"})"; }},
    {"label of OCI's", Rule::reserved_key,
     [](Parts& p) { p.run = R"({"Labels":{"org.opencontainers.x":"1"}})"; }},
    {"Docker's other image", Rule::docker_manifest, kNoEdit,
     [](MadeImage& i) {
         i.members["manifest.json"] = R"([{"Config":"oci-layout","Layers":["index.json"]}])";
     }},
    {"Docker's missing blob", Rule::blob_missing, kNoEdit,
     [](MadeImage& i) { i.members["manifest.json"] = R"([{"Config":"x","Layers":["y"]}])"; }},
    {"an artifact", Rule::not_an_image, [](Parts& p) { p.config_type = "application/x+json"; }},
    {"an artifact of another type", Rule::artifact_form,
     [](Parts& p) { p.config_type = "application/x+json"; },
     [](MadeImage& i) {
         replace(i.members["index.json"], R"("size":)",
                 R"("artifactType":"application/y","size":)");
     }},
    {"an artifact about nothing here", Rule::subject_missing, kNoEdit,
     [](MadeImage& i) {
         const Blob artifact =
             i.add(artifact_json(i.add("x"), "application/x", text_blob("y"), kManifestType));
         replace(i.members["index.json"], "[{", "[" + descriptor(artifact, kManifestType) + ",{");
     }},
    {"an attestation", Rule::not_an_image,
     [](Parts& p) { p.index_platform = R"({"architecture":"unknown","os":"unknown"})"; }},
    {"an image with an artifact's type", Rule::diff_id,
     [](Parts& p) {
         p.annotations = R"({},"artifactType":"application/x")";
         p.diff_id = sha256("x").text();
     }},
    {"an image with a subject", Rule::diff_id,
     [](Parts& p) {
         p.annotations = R"({},"subject":{})";
         p.diff_id = sha256("x").text();
     }},
    {"an image that says it attests", Rule::diff_id,
     [](Parts& p) {
         p.index_platform = R"({"architecture":"amd64","os":"linux"},)"
                            R"("annotations":{"vnd.docker.reference.type":"x"})";
         p.diff_id = sha256("x").text();
     }},
    {"a configuration without type", Rule::diff_id,
     [](Parts& p) {
         p.config_type = "";
         p.diff_id = sha256("x").text();
     }},
    {"one image 1001 times", Rule::document_size, kNoEdit,
     [](MadeImage& i) {
         std::string& index = i.members["index.json"];
         const std::string row =
             index.substr(index.find('[') + 1, index.rfind(']') - index.find('[') - 1);
         for (int n = 0; n < 1000; ++n)
             index.insert(index.rfind(']'), "," + row);
     }},
    {"documents of 68 MiB together", Rule::document_size, kNoEdit,
     [](MadeImage& i) {
         std::string& index = i.members["index.json"];
         for (std::size_t n = 0; n < 17; ++n) {
             const Blob large =
                 i.add(R"({"schemaVersion":2})" + std::string((4 << 20) - 40 + n, ' '));
             index.insert(index.rfind(']'), "," + descriptor(large, kIndexType));
         }
     }},
    {"no architecture", Rule::config_platform, [](Parts& p) { p.platform = R"("os":"linux")"; }},
    {"type of the root", Rule::config_rootfs, [](Parts& p) { p.rootfs_type = "files"; }},
    {"history", Rule::config_history, [](Parts& p) { p.history = "{},{}"; }},
    {"history without layers", Rule::config_history,
     [](Parts& p) { p.history = R"({},{"empty_layer":true},{})"; }},
    {"time", Rule::config_field, [](Parts& p) { p.created = ""; }},
    {"time in words", Rule::config_field, [](Parts& p) { p.created = "1970-01-01 00:00:00Z"; }},
    {"fraction without digits", Rule::config_field,
     [](Parts& p) { p.created = "1970-01-01T00:00:00.Z"; }},
    {"entrypoint", Rule::config_field, [](Parts& p) { p.run = R"({"Entrypoint":"/app"})"; }},
    {"arguments", Rule::config_field, [](Parts& p) { p.run = R"({"Cmd":[1]})"; }},
    {"variable", Rule::config_field, [](Parts& p) { p.run = R"({"Env":["A"]})"; }},
    {"port", Rule::config_field, [](Parts& p) { p.run = R"({"ExposedPorts":{"http":{}}})"; }},
    {"ports", Rule::config_field, [](Parts& p) { p.run = R"({"ExposedPorts":["80/tcp"]})"; }},
    {"volume", Rule::config_field, [](Parts& p) { p.run = R"({"Volumes":{"data":{}}})"; }},
    {"value of a volume", Rule::config_field, [](Parts& p) { p.run = R"({"Volumes":{"/d":1}})"; }},
    {"group of the user", Rule::config_field, [](Parts& p) { p.run = R"({"User":"1:"})"; }},
    {"directory", Rule::config_field, [](Parts& p) { p.run = R"({"WorkingDir":"x"})"; }},
    {"stop signal", Rule::config_field, [](Parts& p) { p.run = R"({"StopSignal":15})"; }},
    {"health", Rule::config_field, [](Parts& p) { p.run = R"({"Healthcheck":{"Test":"x"}})"; }},
    {"variable twice", Rule::variable_twice, [](Parts& p) { p.run = R"({"Env":["A=1","A=2"]})"; }},
    {"user by name", Rule::user_name, [](Parts& p) { p.run = R"({"User":"root"})"; }},
};

const BrokenImage kLayers[] = {
    {"no tar", Rule::layer_damaged, [](Parts& p) { p.raw_layer = std::string(1024, 'x'); }},
    {"a tar that is cut off", Rule::layer_damaged,
     [](Parts& p) { p.raw_layer = tar_of(p.layers.front()).substr(0, 1536); }},
    {"diffID", Rule::diff_id, [](Parts& p) { p.diff_id = sha256("x").text(); }},
    {"climbing path", Rule::path_form, [](Parts& p) { p.append({.path = "../a"}); }},
    {"climbing inside", Rule::path_form, [](Parts& p) { p.append({.path = "etc/../../a"}); }},
    {"long name", Rule::path_form, [](Parts& p) { p.put({.path = std::string(256, 'n')}); }},
    {"absolute path", Rule::path_absolute, [](Parts& p) { p.put({.path = "/a"}); }},
    {"twice", Rule::path_twice, [](Parts& p) { p.append({.path = "usr/share/zoneinfo/UTC"}); }},
    {"twice in two forms", Rule::path_twice, [](Parts& p) { p.append({.path = "./etc/group"}); }},
    {"below a file", Rule::path_below_file, [](Parts& p) { p.put({.path = "app/x"}); }},
    {"no parent", Rule::parent_missing, [](Parts& p) { p.put({.path = "opt/x"}); }},
    {"order", Rule::entry_order, [](Parts& p) { p.append({.path = "b"}); }},
    {"link to nothing", Rule::hardlink_missing, [](Parts& p) { p.put(link_entry("b", "c")); }},
    {"link to a directory", Rule::hardlink_later, [](Parts& p) { p.put(link_entry("b", "etc")); }},
    {"link before its file", Rule::hardlink_later,
     [](Parts& p) { p.put(link_entry("aa", "etc/group")); }},
    {"link to a lower layer", Rule::hardlink_lower,
     [](Parts& p) { p.layers.push_back({{.entry = link_entry("b", "app")}}); }},
    {"whiteout of nothing named", Rule::whiteout_form,
     [](Parts& p) { p.layers.push_back({{.entry = {.path = ".wh."}}}); }},
    {"whiteout with content", Rule::whiteout_form,
     [](Parts& p) { p.layers.push_back({{.entry = {.path = ".wh.app"}, .content = "x"}}); }},
    {"AUFS's own", Rule::whiteout_form,
     [](Parts& p) { p.layers.push_back({{.entry = {.path = ".wh..wh.plnk"}}}); }},
    {"whiteout beside its file", Rule::whiteout_twice,
     [](Parts& p) {
         p.layers.push_back({{.entry = {.path = ".wh.app"}},
                             {.entry = program_entry("app"), .content = make_elf({})}});
     }},
    {"whiteout of nothing there", Rule::whiteout_nothing,
     [](Parts& p) { p.layers.push_back({{.entry = {.path = ".wh.other"}}}); }},
    {"opaque over nothing", Rule::whiteout_nothing,
     [](Parts& p) { p.layers.push_back({{.entry = {.path = "none/.wh..wh..opq"}}}); }},
    {"a path of 300 names", Rule::layer_damaged,
     [](Parts& p) {
         std::string path = "a";
         for (int depth = 1; depth < 300; ++depth)
             path += "/a";
         p.append({.path = path});
     }},
    {"capabilities and a second name", Rule::capability_hardlink,
     [](Parts& p) {
         p.put({.path = "able", .mode = 0755, .capability = capability(2, 20)}, make_elf({}));
         p.put(link_entry("both", "able"));
     }},
    {"capabilities of 3 bytes", Rule::capability_form,
     [](Parts& p) { p.put({.path = "able", .capability = "abc"}); }},
    {"capabilities of another revision", Rule::capability_form,
     [](Parts& p) { p.put({.path = "able", .capability = capability(3, 20)}); }},
    {"capabilities of a namespace", Rule::capability_namespace,
     [](Parts& p) { p.put({.path = "able", .capability = capability(3, 24, 1)}); }},
    {"a device", Rule::device,
     [](Parts& p) {
         std::string tar = tar_of({{.entry = {.path = "null"}}});
         // A device differs in its type, and by as much in its checksum.
         tar[156] = '3';
         const int sum = std::stoi(tar.substr(148, 6), nullptr, 8) + ('3' - '0');
         for (int digit = 0; digit < 6; ++digit)
             tar[static_cast<std::size_t>(153 - digit)] =
                 static_cast<char>('0' + (sum >> (3 * digit) & 7));
         p.raw_layer = tar;
     }},
};

const BrokenImage kFiles[] = {
    {"a file for all", Rule::world_writable, [](Parts& p) { p.put({.path = "b", .mode = 0666}); }},
    {"a directory for all", Rule::world_writable,
     [](Parts& p) { p.put({.path = "b", .kind = EntryKind::directory, .mode = 0777}); }},
    {"set-user-ID", Rule::set_id, [](Parts& p) { p.put({.path = "b", .mode = 04755}); }},
    {"set-group-ID", Rule::set_id, [](Parts& p) { p.put({.path = "b", .mode = 02755}); }},
    {"half an ELF file", Rule::program_damaged,
     [](Parts& p) { p.put(program_entry("b"), make_elf({}).substr(0, 70)); }},
    {"a program for arm64", Rule::program_platform,
     [](Parts& p) { p.put(program_entry("b"), make_elf({.machine = EM_AARCH64})); }},
    {"no loader", Rule::interpreter_missing,
     [](Parts& p) { p.put(program_entry("b"), make_elf({.interpreter = "/lib/ld.so"})); }},
    {"no library", Rule::library_missing,
     [](Parts& p) { p.put(program_entry("b"), make_elf({.needed = {"libx.so.1"}})); }},
    {"a library for arm64", Rule::library_missing,
     [](Parts& p) {
         p.put(program_entry("b"), make_elf({.needed = {"libx.so.1"}}));
         p.put({.path = "libx.so.1"}, make_elf({.machine = EM_AARCH64, .type = ET_DYN}));
     }},
    {"no program", Rule::start_nothing, [](Parts& p) { p.run = R"({"User":"1"})"; }},
    {"a program that is not there", Rule::start_missing,
     [](Parts& p) { p.run = R"({"Entrypoint":["/other"]})"; }},
    {"a program not in PATH", Rule::start_missing,
     [](Parts& p) { p.run = R"({"Cmd":["app"],"Env":["PATH=/usr:/etc"]})"; }},
    {"PID 1 without its app", Rule::start_missing,
     [](Parts& p) {
         p.run = R"({"Entrypoint":["/app","-g"],"Cmd":["x"],"Entrypoint":["/tini"]})";
     }},
    {"a link that goes round", Rule::start_missing,
     [](Parts& p) { p.put({.path = "app", .kind = EntryKind::symlink, .target = "/app"}); }},
    {"not executable", Rule::start_mode,
     [](Parts& p) { p.put({.path = "app", .mode = 0644}, make_elf({})); }},
    {"a directory to start", Rule::start_mode, [](Parts& p) { p.run = R"({"Cmd":["/etc"]})"; }},
    {"an app for arm64", Rule::start_platform,
     [](Parts& p) { p.put(program_entry("app"), make_elf({.machine = EM_AARCH64})); }},
    {"neither ELF nor script", Rule::start_platform,
     [](Parts& p) { p.put(program_entry("app"), "text"); }},
    {"no loader for the app", Rule::start_interpreter,
     [](Parts& p) { p.put(program_entry("app"), make_elf({.interpreter = "/lib/ld.so"})); }},
    {"no interpreter for a script", Rule::start_interpreter,
     [](Parts& p) { p.put(program_entry("app"), "#! /bin/sh -e\n"); }},
    {"a carriage return behind the interpreter", Rule::start_interpreter,
     [](Parts& p) {
         p.put(program_entry("app"), "#!/sh\r\n");
         p.put(program_entry("sh"), make_elf({}));
     }},
    {"no library for the app", Rule::start_library,
     [](Parts& p) {
         p.put(program_entry("app"), make_elf({.needed = {"libx.so.1"}}));
         p.put({.path = "libx.so.1"}, make_elf({.type = ET_DYN, .needed = {"liby.so.1"}}));
     }},
    {"no policy", Rule::policy_missing,
     [](Parts& p) { run_outis(p, make_policy({}), R"("--profile=/etc/other",)"); }},
    {"a policy that is not built in", Rule::policy_missing,
     [](Parts& p) { run_outis(p, make_policy({}), R"("-p","gone",)"); }},
    {"a policy that is cut off", Rule::policy_form,
     [](Parts& p) { run_outis(p, make_policy({}).substr(0, 80), kNamedPolicy); }},
    {"a policy that is text", Rule::policy_form,
     [](Parts& p) { run_outis(p, "description = 'x'\n", kNamedPolicy); }},
    {"a damaged policy that is not named", Rule::policy_form,
     [](Parts& p) { run_outis(p, make_policy({}).substr(0, 80), R"("-g",)"); }},
    {"a policy for arm64", Rule::policy_platform,
     [](Parts& p) { run_outis(p, make_policy({.arch = policy::Arch::aarch64}), kNamedPolicy); }},
    {"a policy that a group may write", Rule::policy_mode,
     [](Parts& p) {
         run_outis(p, make_policy({}), kNamedPolicy);
         p.put({.path = "etc/outis/policy", .mode = 0664}, make_policy({}));
     }},
    {"a policy of somebody", Rule::policy_mode,
     [](Parts& p) {
         run_outis(p, make_policy({}), kNamedPolicy);
         p.put({.path = "etc/outis/policy", .uid = 1}, make_policy({}));
     }},
    {"no user", Rule::user_root, [](Parts& p) { p.run = R"({"Entrypoint":["/app"]})"; }},
    {"user 0 by number", Rule::user_root,
     [](Parts& p) { p.run = R"({"Entrypoint":["/app"],"User":"0:1"})"; }},
    {"a policy that keeps root", Rule::user_root,
     [](Parts& p) { run_outis(p, make_policy({.ids = false}), kNamedPolicy); }},
    {"the policy 'none'", Rule::user_root,
     [](Parts& p) { run_outis(p, make_policy({}), R"("-p","none",)"); }},
    {"PID 1's -u 0", Rule::user_root,
     [](Parts& p) { run_outis(p, make_policy({}), R"("-u","0",)"); }},
    {"PID 1's -gu0", Rule::user_root,
     [](Parts& p) { run_outis(p, make_policy({}), R"("-gu0",)"); }},
    {"OUTIS_USER=0", Rule::user_root,
     [](Parts& p) {
         run_outis(p, make_policy({}), "");
         p.run.insert(1, R"("Env":["OUTIS_USER=0"],)");
     }},
    {"OUTIS_PROFILE=none", Rule::user_root,
     [](Parts& p) {
         run_outis(p, make_policy({}), "");
         p.run.insert(1, R"("Env":["OUTIS_PROFILE=none"],)");
     }},
    {"another name of user 0", Rule::user_root,
     [](Parts& p) {
         p.put({.path = "etc/passwd"}, "root:x:0:0:root:/:/\ntoor:x:0:0:::\n");
         p.run = R"({"Entrypoint":["/app"],"User":"toor"})";
     }},
    {"a user that is not known", Rule::user_unknown,
     [](Parts& p) { p.run = R"({"Entrypoint":["/app"],"User":"roo"})"; }},
    {"a group that is not known", Rule::user_unknown,
     [](Parts& p) { p.run = R"({"Entrypoint":["/app"],"User":"1:staff"})"; }},
    {"Go without certificates", Rule::certificates_missing,
     [](Parts& p) {
         p.put({.path = "etc/ssl/certs/ca-certificates.crt"});
         p.put(program_entry("app"), make_elf({}) + "/etc/ssl/certs/ca-certificates.crt");
     }},
    {"no certificates", Rule::certificates_none,
     [](Parts& p) { p.put({.path = "etc/ssl/certs/ca-certificates.crt"}); }},
    {"Go without zones", Rule::zones_missing,
     [](Parts& p) {
         p.layers.push_back({{.entry = {.path = "usr/share/.wh.zoneinfo"}}});
         p.put(program_entry("app"), make_elf({}) + "/usr/share/zoneinfo/");
     }},
    {"no zones", Rule::zones_none,
     [](Parts& p) { p.layers.push_back({{.entry = {.path = "usr/share/.wh.zoneinfo"}}}); }},
    {"more than can be listed", Rule::too_many,
     [](Parts& p) {
         for (int i = 0; i <= 10'000; ++i)
             p.append({.path = "x" + std::to_string(i), .mode = 0666});
     }},
};

}  // namespace

TarEntry program_entry(const std::string& path)
{
    return {.path = path, .mode = 0755};
}

void run_outis(Parts& parts, const std::string& policy, const std::string& arguments)
{
    parts.put(program_entry("outis-init"), make_elf({}));
    parts.put({.path = "etc/outis", .kind = EntryKind::directory, .mode = 0755});
    parts.put({.path = "etc/outis/policy"}, policy);
    parts.run = R"({"Entrypoint":["/outis-init",)" + arguments + R"("--","/app"]})";
}

std::vector<BrokenImage> broken_images()
{
    std::vector<BrokenImage> all(std::begin(kDocuments), std::end(kDocuments));
    all.insert(all.end(), std::begin(kLayers), std::end(kLayers));
    all.insert(all.end(), std::begin(kFiles), std::end(kFiles));
    return all;
}

MadeImage make_broken(const BrokenImage& broken)
{
    Parts parts;
    broken.edit(parts);
    MadeImage image = make_image(parts);
    if (broken.damage != nullptr)
        broken.damage(image);
    return image;
}

}  // namespace outis::images::testing
