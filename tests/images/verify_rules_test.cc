// A good image, and for every rule one that is broken in one place.
#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <elf.h>

#include "broken_images.h"
#include "fixture.h"
#include "host/digest.h"
#include "made_image.h"
#include "programs/ld_cache.h"
#include "view/layer_reader.h"

namespace verify_rules_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
using namespace outis::images::programs;
using namespace outis::images::view;
using namespace outis::images::bake;
using namespace outis::images::testing;

namespace {

Findings findings_of(const BrokenImage& broken)
{
    const MadeImage image = make_broken(broken);
    return verify_image(image.find(), {}).findings;
}

bool names(const Findings& findings, Rule rule)
{
    return std::ranges::find(findings, rule, &Finding::rule) != findings.end();
}

// The first few, for messages.
std::string lines_of(const Findings& findings)
{
    std::string lines;
    for (std::size_t i = 0; i < std::min<std::size_t>(findings.size(), 8); ++i)
        lines += line_of(findings[i]) + "\n";
    return lines;
}

}  // namespace

TEST_CASE("verify: a good image has no findings")
{
    const MadeImage image = make_image({});
    const Verified verified = verify_image(image.find(), {});
    for (const Finding& finding : verified.findings)
        FAIL_CHECK(line_of(finding));
    REQUIRE(verified.images.size() == 1);
    CHECK(verified.images.front().platform == "linux/amd64");
    CHECK(verified.images.front().files == 11);
}

TEST_CASE("verify: the root's own entry is no finding, however it is written")
{
    for (const char* root : {"/", "./", ".", "//"}) {
        CAPTURE(root);
        Parts parts;
        MadeLayer& layer = parts.layers.front();
        layer.insert(layer.begin(),
                     {.entry = {.path = root, .kind = EntryKind::directory, .mode = 0755}});
        const MadeImage image = make_image(parts);
        Findings findings = verify_image(image.find(), {}).findings;
        std::erase_if(findings,
                      [](const Finding& finding) { return finding.rule == Rule::entry_order; });
        CHECK(lines_of(findings) == "");
    }
}

TEST_CASE("verify: a path that climbs ends at the root, as engines unpack it")
{
    CHECK(plain_path("../a") == "a");
    CHECK(plain_path("etc/../../a/./b//") == "a/b");
    CHECK(plain_path("etc/x/..") == "etc");
    CHECK(plain_path("..a/b..") == "..a/b..");
    CHECK(plain_path("a/../..").empty());
}

TEST_CASE("verify: a loader that was copied as a file still looks where Debian's does")
{
    Parts parts;
    put_program(parts, "app", {"libx.so.1"});
    parts.put({.path = "lib/x86_64-linux-gnu", .kind = EntryKind::directory, .mode = 0755});
    parts.put({.path = "lib/x86_64-linux-gnu/libx.so.1", .mode = 0755}, make_elf({.type = ET_DYN}));
    const MadeImage image = make_image(parts);
    const Findings findings = verify_image(image.find(), {}).findings;
    CHECK_MESSAGE(!names(findings, Rule::start_library), lines_of(findings));
}

TEST_CASE("verify: an image that cannot be looked into hides no other")
{
    for (const BrokenImage& broken : broken_documents()) {
        if (std::string(broken.name) != "a configuration that is no object")
            continue;
        const MadeImage image = make_broken(broken);
        const Verified verified = verify_image(image.find(), {});
        CHECK(verified.images.size() == 1);
        CHECK(count_of(verified.findings, Severity::error) > 0);
    }
}

TEST_CASE("verify: an image that breaks a rule gets the finding of that rule")
{
    std::set<Rule> seen;
    for (const BrokenImage& broken : broken_images()) {
        CAPTURE(broken.name);
        const Findings findings = findings_of(broken);
        CAPTURE(lines_of(findings));
        CHECK(names(findings, broken.rule));
        seen.insert(broken.rule);
    }
    for (const RuleRow& row : rule_table()) {
        CAPTURE(std::string(row.name));
        CHECK(seen.contains(row.rule));
    }
}

TEST_CASE("verify: the manual page lists every rule, and no other")
{
    const std::string page =
        read_text(std::filesystem::path(OUTIS_TEST_PAGE).parent_path() / "outis-verify.1");
    std::size_t rows = 0;
    for (const RuleRow& row : rule_table()) {
        CAPTURE(std::string(row.name));
        const char letter = static_cast<char>(severity_name(row.severity).front() - 'a' + 'A');
        const std::string name = std::string(row.name);
        const std::string line = "\n" + name + std::string(22 - name.size(), ' ') + letter + "  ";
        CHECK(page.find(line) != std::string::npos);
    }
    for (const char* letter : {" E  ", " W  ", " N  "}) {
        for (std::size_t at = page.find(letter); at != std::string::npos;
             at = page.find(letter, at + 1))
            ++rows;
    }
    CHECK(rows == rule_table().size());
}

TEST_CASE("verify: what a policy or an init program takes care of is not reported")
{
    const BrokenImage cases[] = {
        {"nobody by policy", Rule::user_root,
         [](Parts& p) { run_outis(p, make_policy({}), kNamedPolicy); }},
        {"a policy found by itself", Rule::user_root,
         [](Parts& p) { run_outis(p, make_policy({}), ""); }},
        {"a built-in policy", Rule::user_root,
         [](Parts& p) { run_outis(p, make_policy({}), R"("-p","go",)"); }},
        {"another user", Rule::user_root,
         [](Parts& p) { run_outis(p, make_policy({.ids = false}), R"("-u","1",)"); }},
        {"a stop signal of --stop", Rule::stop_signal,
         [](Parts& p) {
             run_outis(p, make_policy({}), R"("--stop","3,term",)");
             p.run.insert(1, R"("StopSignal":"SIGQUIT",)");
         }},
        {"a stop signal of OUTIS_STOP", Rule::stop_signal,
         [](Parts& p) {
             run_outis(p, make_policy({}), kNamedPolicy);
             p.run.insert(1, R"("StopSignal":"SIGRTMIN+3","Env":["OUTIS_STOP=37"],)");
         }},
        {"a stop signal of the policy", Rule::stop_signal,
         [](Parts& p) {
             run_outis(p, make_policy({.stop = 1 << 2}), "");
             p.run.insert(1, R"("StopSignal":"SIGQUIT",)");
         }},
        {"a stop signal that ends PID 1 itself", Rule::stop_signal,
         [](Parts& p) {
             run_outis(p, make_policy({}), kNamedPolicy);
             p.run.insert(1, R"("StopSignal":"SIGKILL",)");
         }},
        {"PID 1's own words", Rule::certificates_missing,
         [](Parts& p) {
             run_outis(p, make_policy({}), kNamedPolicy);
             p.put({.path = "etc/ssl/certs/ca-certificates.crt"});
             p.put(program_entry("outis-init"),
                   make_elf({}) + "/etc/ssl/certs/ca-certificates.crt");
         }},
        {"a sticky directory", Rule::world_writable,
         [](Parts& p) { p.put({.path = "b", .kind = EntryKind::directory, .mode = 01777}); }},
        {"a library of the image", Rule::start_library,
         [](Parts& p) {
             put_program(p, "app", {"libx.so.1"});
             p.put({.path = "usr/libx.so.1.2"}, make_elf({.type = ET_DYN}));
             p.put({.path = "lib/libx.so.1",
                    .kind = EntryKind::symlink,
                    .target = "../usr/libx.so.1.2"});
         }},
        {"a library of the image's list", Rule::start_library,
         [](Parts& p) {
             put_program(p, "app", {"libx.so.1"});
             p.put({.path = "usr/libx.so.1"}, make_elf({.type = ET_DYN}));
             p.put({.path = "etc/ld.so.cache"},
                   ld_cache_bytes({{.name = "libx.so.1", .path = "/usr/libx.so.1"}},
                                  policy::Arch::x86_64));
         }},
        {"a library of LD_LIBRARY_PATH", Rule::start_library,
         [](Parts& p) {
             put_program(p, "app", {"libx.so.1"});
             p.put({.path = "usr/libx.so.1"}, make_elf({.type = ET_DYN}));
             p.run = R"({"Entrypoint":["/app"],"Env":["LD_LIBRARY_PATH=/etc:/usr"],"User":"1"})";
         }},
        {"LD_LIBRARY_PATH before the image's list", Rule::start_library,
         [](Parts& p) {
             put_program(p, "app", {"libx.so.1"});
             p.put({.path = "usr/libx.so.1"}, make_elf({.type = ET_DYN}));
             p.put({.path = "libx.so.1"}, make_elf({.type = ET_DYN, .needed = {"liby.so.1"}}));
             p.put({.path = "etc/ld.so.cache"},
                   ld_cache_bytes({{.name = "libx.so.1", .path = "/libx.so.1"}},
                                  policy::Arch::x86_64));
             p.run = R"({"Entrypoint":["/app"],"Env":["LD_LIBRARY_PATH=/usr"],"User":"1"})";
         }},
        {"a library of musl's path", Rule::start_library,
         [](Parts& p) {
             p.put(program_entry("lib/ld-musl-x86_64.so.1"), make_elf({.type = ET_DYN}));
             p.put(program_entry("app"),
                   make_elf({.interpreter = "/lib/ld-musl-x86_64.so.1", .needed = {"libx.so.1"}}));
             p.put({.path = "usr/libx.so.1"}, make_elf({.type = ET_DYN}));
             p.put({.path = "etc/ld-musl-x86_64.path"}, "/etc:/usr\n");
         }},
        {"a module's library that its program has", Rule::library_missing,
         [](Parts& p) {
             put_program(p, "app", {"libx.so.1"});
             p.put(program_entry("app"), make_elf({.interpreter = "/lib/ld-linux-x86-64.so.2",
                                                   .needed = {"libx.so.1"},
                                                   .runpath = "$ORIGIN/usr"}));
             p.put({.path = "usr/libx.so.1"}, make_elf({.type = ET_DYN}));
             p.put({.path = "module.so"}, make_elf({.type = ET_DYN, .needed = {"libx.so.1"}}));
         }},
        {"musl's parts of the C library", Rule::start_library,
         [](Parts& p) {
             p.put(program_entry("app"), make_elf({.interpreter = "/lib/ld-musl-x86_64.so.1",
                                                   .needed = {"libc.so", "libpthread.so.0"}}));
             p.put(program_entry("lib/ld-musl-x86_64.so.1"), make_elf({.type = ET_DYN}));
         }},
        {"a script with its interpreter", Rule::start_interpreter,
         [](Parts& p) {
             p.put(program_entry("app"), "#!/sh\n");
             p.put(program_entry("sh"), make_elf({}));
         }},
        {"a program in PATH", Rule::start_missing,
         [](Parts& p) { p.run = R"({"Cmd":["app"],"Env":["PATH=/usr:/"]})"; }},
        {"a program of the working directory", Rule::start_missing,
         [](Parts& p) { p.run = R"({"Cmd":["../app"],"WorkingDir":"/usr"})"; }},
        {"tini's values", Rule::start_missing,
         [](Parts& p) {
             p.put(program_entry("tini"), make_elf({}));
             p.run = R"({"Entrypoint":["/tini","-p","TERM","-e143","--","/app"],"User":"1"})";
         }},
        {"a second of a time", Rule::config_field,
         [](Parts& p) { p.created = "2024-02-01T10:11:12.123456789+01:00"; }},
        {"null", Rule::config_field,
         [](Parts& p) {
             p.run = R"({"Entrypoint":["/app"],"Cmd":null,"Env":null,"Labels":null,"User":"",)"
                     R"("WorkingDir":"","Volumes":null,"Healthcheck":null})";
         }},
    };
    for (const BrokenImage& c : cases) {
        CAPTURE(c.name);
        const Findings findings = findings_of(c);
        CHECK_FALSE(names(findings, c.rule));
        for (const Finding& finding : findings)
            CHECK_MESSAGE(row_of(finding.rule).severity != Severity::error, line_of(finding));
    }
}

TEST_CASE("verify: PID 1 has every shipped profile")
{
    const auto profiles =
        std::filesystem::path(OUTIS_TEST_PAGE).parent_path().parent_path() / "profiles";
    std::size_t shipped = 0;
    for (const auto& file : std::filesystem::directory_iterator(profiles)) {
        if (file.path().extension() != ".toml")
            continue;
        ++shipped;
        const std::string name = file.path().stem().string();
        CAPTURE(name);
        Parts parts;
        run_outis(parts, make_policy({}), R"("-p",")" + name + R"(",)");
        CHECK_FALSE(
            names(verify_image(make_image(parts).find(), {}).findings, Rule::policy_missing));
    }
    CHECK(shipped == 6);
}

TEST_CASE("verify: a docker archive without an OCI layout is read")
{
    Parts parts;
    const auto alone = [](const Parts& from) {
        MadeImage image = make_image(from);
        image.members.erase("index.json");
        image.members.erase("oci-layout");
        return image;
    };
    const MadeImage image = alone(parts);
    const Verified verified = verify_image(image.find(), {});
    CHECK(verified.findings.empty());
    REQUIRE(verified.images.size() == 1);
    CHECK(verified.images.front().tag == "test:1");
    parts.diff_id = sha256("x").text();
    const MadeImage wrong = alone(parts);
    const Findings findings = verify_image(wrong.find(), {}).findings;
    CHECK(names(findings, Rule::diff_id));
}

TEST_CASE("verify: a layer is not read beyond its limits")
{
    struct LimitCase {
        const char* name;
        LayerLimits limits;
        const char* text;
    };

    const LimitCase cases[] = {
        {"size", {.unpacked = 4096}, "unpacks to more than 4096 bytes"},
        {"names", {.names = 40}, "names and attributes take more than 40 bytes"},
        {"what is held besides names", {.names = 2000}, "take more than 2000 bytes"},
        {"entries", {.entries = 10}, "more than 10 entries"},
    };
    const MadeImage image = make_image({});
    for (const LimitCase& c : cases) {
        CAPTURE(c.name);
        const Findings findings = verify_image(image.find(), {.limits = c.limits}).findings;
        const auto found = std::ranges::find(findings, Rule::layer_damaged, &Finding::rule);
        REQUIRE(found != findings.end());
        CHECK(found->text.find(c.text) != std::string::npos);
    }
    // A program that is too large is not held, but hashed and counted like any file.
    const Verified small = verify_image(image.find(), {.limits = {.program = 100}});
    CHECK(small.images.front().files == 11);
    CHECK(lines_of(small.findings).empty());
    Parts parts;
    parts.put(program_entry("app"), make_elf({.interpreter = "/ld", .needed = {"libx.so"}}));
    parts.put(program_entry("b"), make_elf({.interpreter = "/ld", .needed = {"libx.so"}}));
    parts.put(program_entry("ld"), make_elf({}) + std::string(8192, ' '));
    parts.put(program_entry("libx.so"), make_elf({.machine = EM_AARCH64}) + std::string(8192, ' '));
    const MadeImage large = make_image(parts);
    CHECK(lines_of(verify_image(large.find(), {.limits = {.program = 8192}}).findings).empty());
}

TEST_CASE("verify: limits hold for all images together, and each is read once")
{
    MadeImage image = make_image({});
    Parts other;
    other.platform = R"("architecture":"arm64","os":"linux")";
    const MadeImage second = make_image(other);
    const auto row_of_image = [](const MadeImage& made) {
        const std::string& index = made.members.at("index.json");
        return index.substr(index.find('[') + 1, index.rfind(']') - index.find('[') - 1);
    };
    const std::string row = row_of_image(image);
    image.members["index.json"] =
        R"({"schemaVersion":2,"manifests":[)" + row + "," + row + "," + row_of_image(second) + "]}";
    image.members.insert(second.members.begin(), second.members.end());
    const Verified all = verify_image(image.find(), {});
    CHECK(all.images.size() == 2);
    CHECK_FALSE(names(all.findings, Rule::layer_damaged));
    const Findings findings = verify_image(image.find(), {.limits = {.entries = 15}}).findings;
    CHECK(std::ranges::count(findings, Rule::layer_damaged, &Finding::rule) == 1);
}

TEST_CASE("flattened: a folder that no layer lists is in the image")
{
    std::string folder;
    for (int depth = 0; depth < 15; ++depth)
        folder += std::string(255, 'd') + "/";
    Flattened files;
    Outcome outcome = Outcome::applied;
    std::size_t entries = 0;
    for (; outcome == Outcome::applied && entries < 10'000; ++entries) {
        LayerEntry entry;
        entry.member.entry.path = std::to_string(entries) + folder + "x";
        outcome = files.apply(std::move(entry), 0);
    }
    CHECK(outcome == Outcome::too_many_names);
    CHECK(entries > 1000);
}

TEST_CASE("verify: a finding is one line, whatever names the image holds")
{
    const Finding finding{.rule = Rule::path_twice,
                          .where = {.image = "linux/amd64",
                                    .layer = "sha256:" + std::string(64, 'a'),
                                    .path = "x\n\x1B[31m\xFF"},
                          .text = "it is there twice"};
    CHECK(line_of(finding) ==
          "error path-twice: linux/amd64, layer aaaaaaaaaaaa, '/x\\012\\033[31m\\377': it is there "
          "twice; pack each path once");
}

}  // namespace verify_rules_test
