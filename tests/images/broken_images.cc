#include "broken_images.h"

#include <string>

#include <elf.h>

#include "fixture.h"
#include "host/digest.h"
#include "programs/ld_cache.h"

namespace outis::images::testing {

namespace {

layers::TarEntry link_entry(const std::string& path, const std::string& target)
{
    return {.path = path, .kind = layers::EntryKind::hardlink, .target = target};
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

const BrokenImage kLayers[] = {
    {"no tar", view::Rule::layer_damaged, [](Parts& p) { p.raw_layer = std::string(1024, 'x'); }},
    {"a tar that is cut off", view::Rule::layer_damaged,
     [](Parts& p) { p.raw_layer = tar_of(p.layers.front()).substr(0, 1536); }},
    {"a tar that ends with the name of an entry", view::Rule::layer_damaged,
     [](Parts& p) {
         const std::string deep = std::string(200, 'd') + "/" + std::string(200, 'f');
         p.raw_layer = tar_of({{.entry = {.path = deep}}}).substr(0, 1024);
     }},
    {"a tar without end mark", view::Rule::layer_end,
     [](Parts& p) {
         p.raw_layer = tar_of(p.layers.front());
         p.raw_layer.resize(p.raw_layer.size() - 1024);
     }},
    {"a tar without the last file's padding", view::Rule::layer_end,
     [](Parts& p) {
         p.raw_layer = tar_of({{.entry = {.path = "b"}, .content = "x"}}).substr(0, 513);
     }},
    {"diffID", view::Rule::diff_id, [](Parts& p) { p.diff_id = host::sha256("x").text(); }},
    {"climbing path", view::Rule::path_climbs, [](Parts& p) { p.append({.path = "../a"}); }},
    {"climbing inside", view::Rule::path_climbs,
     [](Parts& p) { p.append({.path = "etc/../../a"}); }},
    {"long name", view::Rule::path_form, [](Parts& p) { p.put({.path = std::string(256, 'n')}); }},
    {"absolute path", view::Rule::path_absolute, [](Parts& p) { p.put({.path = "/a"}); }},
    {"twice", view::Rule::path_twice,
     [](Parts& p) { p.append({.path = "usr/share/zoneinfo/UTC"}); }},
    {"twice in two forms", view::Rule::path_twice,
     [](Parts& p) { p.append({.path = "./etc/group"}); }},
    {"below a file", view::Rule::path_below_file, [](Parts& p) { p.put({.path = "app/x"}); }},
    {"no parent", view::Rule::parent_missing, [](Parts& p) { p.put({.path = "opt/x"}); }},
    {"order", view::Rule::entry_order, [](Parts& p) { p.append({.path = "b"}); }},
    {"link to nothing", view::Rule::hardlink_missing,
     [](Parts& p) { p.put(link_entry("b", "c")); }},
    {"link to a directory", view::Rule::hardlink_later,
     [](Parts& p) { p.put(link_entry("b", "etc")); }},
    {"link before its file", view::Rule::hardlink_later,
     [](Parts& p) { p.put(link_entry("aa", "etc/group")); }},
    {"link to a lower layer", view::Rule::hardlink_lower,
     [](Parts& p) { p.layers.push_back({{.entry = link_entry("b", "app")}}); }},
    {"whiteout of nothing named", view::Rule::path_form,
     [](Parts& p) { p.layers.push_back({{.entry = {.path = ".wh."}}}); }},
    {"whiteout with content", view::Rule::whiteout_form,
     [](Parts& p) { p.layers.push_back({{.entry = {.path = ".wh.app"}, .content = "x"}}); }},
    {"AUFS's own", view::Rule::whiteout_form,
     [](Parts& p) { p.layers.push_back({{.entry = {.path = ".wh..wh.plnk"}}}); }},
    {"whiteout beside its file", view::Rule::whiteout_twice,
     [](Parts& p) {
         p.layers.push_back({{.entry = {.path = ".wh.app"}},
                             {.entry = program_entry("app"), .content = make_elf({})}});
     }},
    {"whiteout of nothing there", view::Rule::whiteout_nothing,
     [](Parts& p) { p.layers.push_back({{.entry = {.path = ".wh.other"}}}); }},
    {"opaque over nothing", view::Rule::whiteout_nothing,
     [](Parts& p) { p.layers.push_back({{.entry = {.path = "none/.wh..wh..opq"}}}); }},
    {"a path of 300 names", view::Rule::layer_damaged,
     [](Parts& p) {
         std::string path = "a";
         for (int depth = 1; depth < 300; ++depth)
             path += "/a";
         p.append({.path = path});
     }},
    {"capabilities and a second name", view::Rule::capability_hardlink,
     [](Parts& p) {
         p.put({.path = "able", .mode = 0755, .capability = capability(2, 20)}, make_elf({}));
         p.put(link_entry("both", "able"));
     }},
    {"capabilities of 3 bytes", view::Rule::capability_form,
     [](Parts& p) { p.put({.path = "able", .capability = "abc"}); }},
    {"capabilities of another revision", view::Rule::capability_form,
     [](Parts& p) { p.put({.path = "able", .capability = capability(3, 20)}); }},
    {"capabilities of a namespace", view::Rule::capability_namespace,
     [](Parts& p) { p.put({.path = "able", .capability = capability(3, 24, 1)}); }},
    {"a contiguous file", view::Rule::entry_type,
     [](Parts& p) {
         std::string tar = tar_of({{.entry = {.path = "app", .mode = 0755}, .content = "x"}});
         tar[156] = '7';
         const int sum = std::stoi(tar.substr(148, 6), nullptr, 8) + ('7' - '0');
         for (int digit = 0; digit < 6; ++digit)
             tar[static_cast<std::size_t>(153 - digit)] =
                 static_cast<char>('0' + (sum >> (3 * digit) & 7));
         p.raw_layer = tar;
     }},
    {"a device", view::Rule::device,
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
    {"a file for all", view::Rule::world_writable,
     [](Parts& p) { p.put({.path = "b", .mode = 0666}); }},
    {"a directory for all", view::Rule::world_writable,
     [](Parts& p) { p.put({.path = "b", .kind = layers::EntryKind::directory, .mode = 0777}); }},
    {"set-user-ID", view::Rule::set_id, [](Parts& p) { p.put({.path = "b", .mode = 04755}); }},
    {"set-group-ID", view::Rule::set_id, [](Parts& p) { p.put({.path = "b", .mode = 02755}); }},
    {"half an ELF file", view::Rule::program_damaged,
     [](Parts& p) { p.put(program_entry("b"), make_elf({}).substr(0, 70)); }},
    {"a program for arm64", view::Rule::program_platform,
     [](Parts& p) { p.put(program_entry("b"), make_elf({.machine = EM_AARCH64})); }},
    {"no loader", view::Rule::interpreter_missing,
     [](Parts& p) { p.put(program_entry("b"), make_elf({.interpreter = "/lib/ld.so"})); }},
    {"no library", view::Rule::library_missing,
     [](Parts& p) { put_program(p, "b", {"libx.so.1"}); }},
    {"a library for arm64", view::Rule::library_missing,
     [](Parts& p) {
         put_program(p, "b", {"libx.so.1"});
         p.put({.path = "lib/libx.so.1"}, make_elf({.machine = EM_AARCH64, .type = ET_DYN}));
     }},
    {"a library where no loader looks", view::Rule::library_missing,
     [](Parts& p) {
         put_program(p, "b", {"libx.so.1"});
         p.put({.path = "libx.so.1"}, make_elf({.type = ET_DYN}));
     }},
    {"a module without its library", view::Rule::library_missing,
     [](Parts& p) {
         put_program(p, "b", {});
         p.put({.path = "module.so"}, make_elf({.type = ET_DYN, .needed = {"libx.so.1"}}));
     }},
    {"a module without a program", view::Rule::library_missing,
     [](Parts& p) {
         p.put({.path = "module.so"}, make_elf({.type = ET_DYN, .needed = {"libx.so.1"}}));
     }},
    {"no program", view::Rule::start_nothing, [](Parts& p) { p.run = R"({"User":"1"})"; }},
    {"a program that is not there", view::Rule::start_missing,
     [](Parts& p) { p.run = R"({"Entrypoint":["/other"]})"; }},
    {"a program not in PATH", view::Rule::start_missing,
     [](Parts& p) { p.run = R"({"Cmd":["app"],"Env":["PATH=/usr:/etc"]})"; }},
    {"PID 1 without its app", view::Rule::start_missing,
     [](Parts& p) {
         p.run = R"({"Entrypoint":["/app","-g"],"Cmd":["x"],"Entrypoint":["/tini"]})";
     }},
    {"tini's -w, which takes no value", view::Rule::start_missing,
     [](Parts& p) {
         p.put(program_entry("tini"), make_elf({}));
         p.run = R"({"Entrypoint":["/tini","-gw","/other"],"User":"1"})";
     }},
    {"dumb-init's -v, which takes none", view::Rule::start_missing,
     [](Parts& p) {
         p.put(program_entry("dumb-init"), make_elf({}));
         p.run = R"({"Entrypoint":["/dumb-init","-v","--rewrite=15:2","/other"],"User":"1"})";
     }},
    {"a policy behind another letter", view::Rule::policy_missing,
     [](Parts& p) { run_outis(p, make_policy({}), R"("-gp","/etc/other",)"); }},
    {"a link that goes round", view::Rule::start_missing,
     [](Parts& p) {
         p.put({.path = "app", .kind = layers::EntryKind::symlink, .target = "/app"});
     }},
    {"not executable", view::Rule::start_mode,
     [](Parts& p) { p.put({.path = "app", .mode = 0644}, make_elf({})); }},
    {"a directory to start", view::Rule::start_mode,
     [](Parts& p) { p.run = R"({"Cmd":["/etc"]})"; }},
    {"an app for arm64", view::Rule::start_platform,
     [](Parts& p) { p.put(program_entry("app"), make_elf({.machine = EM_AARCH64})); }},
    {"neither ELF nor script", view::Rule::start_platform,
     [](Parts& p) { p.put(program_entry("app"), "text"); }},
    {"no loader for the app", view::Rule::start_interpreter,
     [](Parts& p) { p.put(program_entry("app"), make_elf({.interpreter = "/lib/ld.so"})); }},
    {"no interpreter for a script", view::Rule::start_interpreter,
     [](Parts& p) { p.put(program_entry("app"), "#! /bin/sh -e\n"); }},
    {"a carriage return behind the interpreter", view::Rule::start_interpreter,
     [](Parts& p) {
         p.put(program_entry("app"), "#!/sh\r\n");
         p.put(program_entry("sh"), make_elf({}));
     }},
    {"no library for the app", view::Rule::start_library,
     [](Parts& p) {
         put_program(p, "app", {"libx.so.1"});
         p.put({.path = "lib/libx.so.1"}, make_elf({.type = ET_DYN, .needed = {"liby.so.1"}}));
     }},
    {"LD_LIBRARY_PATH before the image's list", view::Rule::start_library,
     [](Parts& p) {
         put_program(p, "app", {"libx.so.1"});
         p.put({.path = "usr/libx.so.1"}, make_elf({.type = ET_DYN, .needed = {"liby.so.1"}}));
         p.put({.path = "libx.so.1"}, make_elf({.type = ET_DYN}));
         p.put({.path = "etc/ld.so.cache"},
               programs::ld_cache_bytes({{.name = "libx.so.1", .path = "/libx.so.1"}},
                                        policy::Arch::x86_64));
         p.run = R"({"Entrypoint":["/app"],"Env":["LD_LIBRARY_PATH=/usr"],"User":"1"})";
     }},
    {"musl's name of its C library, under another loader", view::Rule::start_library,
     [](Parts& p) { put_program(p, "app", {"libc.so"}); }},
    {"no policy", view::Rule::policy_missing,
     [](Parts& p) { run_outis(p, make_policy({}), R"("--profile=/etc/other",)"); }},
    {"a policy that is not built in", view::Rule::policy_missing,
     [](Parts& p) { run_outis(p, make_policy({}), R"("-p","gone",)"); }},
    {"a policy that is cut off", view::Rule::policy_form,
     [](Parts& p) { run_outis(p, make_policy({}).substr(0, 80), kNamedPolicy); }},
    {"a policy that is text", view::Rule::policy_form,
     [](Parts& p) { run_outis(p, "description = 'x'\n", kNamedPolicy); }},
    {"a damaged policy that is not named", view::Rule::policy_form,
     [](Parts& p) { run_outis(p, make_policy({}).substr(0, 80), R"("-g",)"); }},
    {"a policy for arm64", view::Rule::policy_platform,
     [](Parts& p) { run_outis(p, make_policy({.arch = policy::Arch::aarch64}), kNamedPolicy); }},
    {"a policy that a group may write", view::Rule::policy_mode,
     [](Parts& p) {
         run_outis(p, make_policy({}), kNamedPolicy);
         p.put({.path = "etc/outis/policy", .mode = 0664}, make_policy({}));
     }},
    {"a policy of somebody", view::Rule::policy_mode,
     [](Parts& p) {
         run_outis(p, make_policy({}), kNamedPolicy);
         p.put({.path = "etc/outis/policy", .uid = 1}, make_policy({}));
     }},
    {"a stop signal that is none to PID 1", view::Rule::stop_signal,
     [](Parts& p) {
         run_outis(p, make_policy({}), kNamedPolicy);
         p.run.insert(1, R"("StopSignal":"SIGQUIT",)");
     }},
    {"another stop signal than --stop names", view::Rule::stop_signal,
     [](Parts& p) {
         run_outis(p, make_policy({}), R"("-p","/etc/outis/policy","--stop=INT,TERM",)");
         p.run.insert(1, R"("StopSignal":"SIGQUIT",)");
     }},
    {"TERM, which PID 1 does not wait for", view::Rule::stop_signal,
     [](Parts& p) { run_outis(p, make_policy({.stop = 1 << 2}), kNamedPolicy); }},
    {"stop signals that are none", view::Rule::stop_signal,
     [](Parts& p) {
         run_outis(p, make_policy({}), kNamedPolicy);
         p.run.insert(1, R"("Env":["OUTIS_STOP=TERM,"],)");
     }},
    {"no user", view::Rule::user_root, [](Parts& p) { p.run = R"({"Entrypoint":["/app"]})"; }},
    {"user 0 by number", view::Rule::user_root,
     [](Parts& p) { p.run = R"({"Entrypoint":["/app"],"User":"0:1"})"; }},
    {"a policy that keeps root", view::Rule::user_root,
     [](Parts& p) { run_outis(p, make_policy({.ids = false}), kNamedPolicy); }},
    {"the policy 'none'", view::Rule::user_root,
     [](Parts& p) { run_outis(p, make_policy({}), R"("-p","none",)"); }},
    {"PID 1's -u 0", view::Rule::user_root,
     [](Parts& p) { run_outis(p, make_policy({}), R"("-u","0",)"); }},
    {"PID 1's -gu0", view::Rule::user_root,
     [](Parts& p) { run_outis(p, make_policy({}), R"("-gu0",)"); }},
    {"OUTIS_USER=0", view::Rule::user_root,
     [](Parts& p) {
         run_outis(p, make_policy({}), "");
         p.run.insert(1, R"("Env":["OUTIS_USER=0"],)");
     }},
    {"OUTIS_PROFILE=none", view::Rule::user_root,
     [](Parts& p) {
         run_outis(p, make_policy({}), "");
         p.run.insert(1, R"("Env":["OUTIS_PROFILE=none"],)");
     }},
    {"another name of user 0", view::Rule::user_root,
     [](Parts& p) {
         p.put({.path = "etc/passwd"}, "root:x:0:0:root:/:/\ntoor:x:0:0:::\n");
         p.run = R"({"Entrypoint":["/app"],"User":"toor"})";
     }},
    {"a user that is not known", view::Rule::user_unknown,
     [](Parts& p) { p.run = R"({"Entrypoint":["/app"],"User":"roo"})"; }},
    {"a group that is not known", view::Rule::user_unknown,
     [](Parts& p) { p.run = R"({"Entrypoint":["/app"],"User":"1:staff"})"; }},
    {"Go without certificates", view::Rule::certificates_missing,
     [](Parts& p) {
         p.put({.path = "etc/ssl/certs/ca-certificates.crt"});
         p.put(program_entry("app"), make_elf({}) + "/etc/ssl/certs/ca-certificates.crt");
     }},
    {"no certificates", view::Rule::certificates_none,
     [](Parts& p) { p.put({.path = "etc/ssl/certs/ca-certificates.crt"}); }},
    {"Go without zones", view::Rule::zones_missing,
     [](Parts& p) {
         p.layers.push_back({{.entry = {.path = "usr/share/.wh.zoneinfo"}}});
         p.put(program_entry("app"), make_elf({}) + "/usr/share/zoneinfo/");
     }},
    {"no zones", view::Rule::zones_none,
     [](Parts& p) { p.layers.push_back({{.entry = {.path = "usr/share/.wh.zoneinfo"}}}); }},
    {"a loader for every program", view::Rule::too_many,
     [](Parts& p) {
         for (int i = 0; i < 33; ++i) {
             const std::string name = "b" + std::to_string(i);
             p.append(program_entry(name), make_elf({.interpreter = "/lib/" + name}));
         }
     }},
    {"more than can be listed", view::Rule::too_many,
     [](Parts& p) {
         for (int i = 0; i <= 10'000; ++i)
             p.append({.path = "x" + std::to_string(i), .mode = 0666});
     }},
};

}  // namespace

layers::TarEntry program_entry(const std::string& path)
{
    return {.path = path, .mode = 0755};
}

void put_program(Parts& parts, const std::string& path, const std::vector<std::string>& needed)
{
    constexpr const char* kLoader = "lib/ld-linux-x86-64.so.2";
    parts.put({.path = "lib", .kind = layers::EntryKind::directory, .mode = 0755});
    parts.put(program_entry(kLoader), make_elf({.type = ET_DYN}));
    parts.put(program_entry(path),
              make_elf({.interpreter = std::string("/") + kLoader, .needed = needed}));
}

void run_outis(Parts& parts, const std::string& policy, const std::string& arguments)
{
    parts.put(program_entry("outis-init"), make_elf({}));
    parts.put({.path = "etc/outis", .kind = layers::EntryKind::directory, .mode = 0755});
    parts.put({.path = "etc/outis/policy"}, policy);
    parts.run = R"({"Entrypoint":["/outis-init",)" + arguments + R"("--","/app"]})";
}

std::vector<BrokenImage> broken_images()
{
    std::vector<BrokenImage> all = broken_documents();
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
