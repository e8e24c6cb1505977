// Dynamic programs on top of images that have libraries already, and their move to another base.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/input.h"
#include "made_image.h"
#include "outis/images/rebase.h"
#include "programs/ld_cache.h"
#include "unpacked.h"

namespace over_libraries_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
using namespace outis::images::programs;
using namespace outis::images::bake;
using namespace outis::images::testing;

namespace {

constexpr std::uint16_t kShared = 3;  // ET_DYN
constexpr const char* kLoader = "/lib/ld.so.1";
constexpr const char* kCache = "etc/ld.so.cache";

struct File {
    std::string path = {};
    std::string content = {};
    std::string target = {};  // of a link
};

std::string library(std::uint64_t entry)
{
    return make_elf({.type = kShared, .entry = entry});
}

std::string list_of(const std::vector<CacheEntry>& entries)
{
    return ld_cache_bytes(entries, policy::Arch::x86_64);
}

// A base with `files`, as a tar in the work_folder, and its path.
std::string base_tar(const WorkFolder& shop, const std::string& name,
                     const std::vector<File>& files, const std::string& run = "{}")
{
    Parts parts;
    parts.run = run;
    MadeLayer layer;
    for (const File& file : files)
        layer.push_back(
            {.entry = {.path = file.path,
                       .kind = file.target.empty() ? EntryKind::file : EntryKind::symlink,
                       .mode = 0755,
                       .target = file.target},
             .content = file.content});
    if (!layer.empty())
        parts.layers.push_back(layer);
    write_text(shop / name, make_image(parts).archive());
    return shop.path(name);
}

// A root with a program that needs libx.so.1, and what it needs.
void make_root(const WorkFolder& shop)
{
    write_text(shop / "tree/bin/app", make_elf({.interpreter = kLoader, .needed = {"libx.so.1"}}));
    write_text(shop / "tree/lib/ld.so.1", library(1));
    write_text(shop / "tree/lib/libx.so.1", library(2));
}

Result<Baked, Error> bake_on(const WorkFolder& shop, const std::string& base,
                             const std::string& output)
{
    return bake_quietly({.apps = {"/bin/app"},
                         .root = shop.path("tree"),
                         .outputs = {shop.path(output)},
                         .from = base});
}

Result<Baked, Error> move_to(const WorkFolder& shop, const std::string& base)
{
    return rebase({.image = shop.path("app.tar"), .from = base, .outputs = {shop.path("x.tar")}},
                  [](std::string_view) {});
}

// Moved if `refusal` is empty, else refused with that in the line, and nothing written.
void check_moved(const WorkFolder& shop, const Result<Baked, Error>& moved,
                 const std::string& refusal)
{
    CHECK(static_cast<bool>(moved) == refusal.empty());
    if (!moved)
        CHECK_MESSAGE(moved.error().text.find(refusal) != std::string::npos, moved.error().text);
    CHECK(std::filesystem::exists(shop / "x.tar") == static_cast<bool>(moved));
}

// What the image's list of libraries says but of the loader, with blanks between.
std::string listed(const Unpacked& image)
{
    const auto entries =
        read_ld_cache(as_bytes(image.contents.at(kCache)), policy::Arch::x86_64, kCache);
    REQUIRE(entries);
    std::string names;
    for (const CacheEntry& entry : entries.value()) {
        if (entry.path != kLoader)
            names += entry.name + "=" + entry.path + " ";
    }
    return names;
}

}  // namespace

TEST_CASE("a dynamic program over an image loads what was found for it, or is refused")
{
    struct Case {
        const char* name;
        std::vector<File> base;
        const char* run;      // of the base's configuration
        const char* refusal;  // part of it, or empty
        const char* list;     // of libraries
    };

    const std::string ours = library(2);
    const std::string theirs = library(3);
    const char* const kOwn = "libx.so.1=/lib/libx.so.1 ";
    const Case cases[] = {
        {"nothing is there", {}, "{}", "", kOwn},
        {"the same file", {{"lib/libx.so.1", ours}}, "{}", "", kOwn},
        {"another file", {{"lib/libx.so.1", theirs}}, "{}", "is another than that of image", ""},
        {"its list has another name",
         {{kCache, list_of({{"liby.so.1", "/lib/liby.so.1"}})}},
         "{}",
         "",
         "liby.so.1=/lib/liby.so.1 libx.so.1=/lib/libx.so.1 "},
        {"its list leads to another file",
         {{kCache, list_of({{"libx.so.1", "/opt/libx.so.1"}})}, {"opt/libx.so.1", theirs}},
         "{}",
         "'/bin/app' would load '/opt/libx.so.1' of image",
         ""},
        {"its list leads to the same file elsewhere",
         {{kCache, list_of({{"libx.so.1", "/opt/libx.so.1"}})}, {"opt/libx.so.1", ours}},
         "{}",
         "",
         "libx.so.1=/opt/libx.so.1 "},
        {"its variable leads to another file",
         {{"opt/libx.so.1", theirs}},
         R"({"Env":["LD_LIBRARY_PATH=/opt"]})",
         "'/bin/app' would load '/opt/libx.so.1' of image",
         ""},
        {"its list is damaged", {{kCache, "glibc-ld"}}, "{}", "'/etc/ld.so.cache'", ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder shop;
        make_root(shop);
        const auto done = bake_on(shop, base_tar(shop, "base.tar", c.base, c.run), "a.tar");
        if (!done) {
            CHECK(std::string(c.refusal) != "");
            CHECK_MESSAGE(done.error().text.find(c.refusal) != std::string::npos,
                          done.error().text);
            CHECK_FALSE(std::filesystem::exists(shop / "a.tar"));
            continue;
        }
        CHECK(std::string(c.refusal) == "");
        const Unpacked image = unpack(shop / "a.tar");
        CHECK(image.contents.at("lib/libx.so.1") == ours);
        CHECK(listed(image) == c.list);
    }
}

TEST_CASE("a rebase is refused where a dynamic program would miss or hide a file")
{
    const std::string ours = library(2);

    struct Case {
        const char* name;
        std::vector<File> before;
        std::vector<File> after;
        const char* refusal;  // part of it, or empty
    };

    const std::vector<File> list{{kCache, list_of({{"liby.so.1", "/lib/liby.so.1"}})}};
    const std::vector<File> other{{kCache, list_of({{"libz.so.1", "/lib/libz.so.1"}})}};
    const Case cases[] = {
        {"nothing is there", {}, {}, ""},
        {"the library is there", {{"lib/libx.so.1", ours}}, {{"lib/libx.so.1", library(4)}}, ""},
        {"the library is gone",
         {{"lib/libx.so.1", ours}},
         {},
         "does not start without 'libx.so.1'"},
        {"the loader is gone", {{"lib/ld.so.1", library(1)}}, {}, "its loader '/lib/ld.so.1'"},
        {"PID 1 is gone",
         {{"outis-init", "PID 1 for linux-amd64"}},
         {},
         "the program '/outis-init' is not there"},
        {"the same library is new", {}, {{"lib/libx.so.1", ours}}, ""},
        {"another library is new",
         {},
         {{"lib/libx.so.1", library(4)}},
         "'/lib/libx.so.1' of the image (sha256:"},
        {"a link to the same library is new",
         {},
         {{"lib/libx.so.1", "", "libx.so.1.6"}, {"lib/libx.so.1.6", ours}},
         ""},
        {"a link to another library is new",
         {},
         {{"lib/libx.so.1", "", "libx.so.1.6"}, {"lib/libx.so.1.6", library(4)}},
         "would hide that of its new base (a link to 'libx.so.1.6')"},
        {"the same list", list, list, ""},
        {"another list", list, other, "'/etc/ld.so.cache' of the image"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder shop;
        make_root(shop);
        const auto done = bake_on(shop, base_tar(shop, "old.tar", c.before), "app.tar");
        REQUIRE_MESSAGE(done, done.error().text);
        check_moved(shop, move_to(shop, base_tar(shop, "new.tar", c.after)), c.refusal);
    }
}

TEST_CASE("a rebase compares links by where they lead")
{
    struct Case {
        const char* name;
        std::vector<File> after;
        const char* refusal;  // part of it, or empty
    };

    const char* const kLink = "lib/libx.so.1";
    const std::string ours = library(2);
    const Case cases[] = {
        {"none", {}, ""},
        {"the same", {{kLink, "", "libx.so.1.5"}, {"lib/libx.so.1.5", ours}}, ""},
        {"to a newer one",
         {{kLink, "", "libx.so.1.6"}, {"lib/libx.so.1.6", library(4)}},
         "'/lib/libx.so.1' of the image (a link to 'libx.so.1.5')"},
        {"the same to another file",
         {{kLink, "", "libx.so.1.5"}, {"lib/libx.so.1.5", library(4)}},
         "'/lib/libx.so.1.5' of the image (sha256:"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder shop;
        make_root(shop);
        std::filesystem::rename(shop / "tree/lib/libx.so.1", shop / "tree/lib/libx.so.1.5");
        std::filesystem::create_symlink("libx.so.1.5", shop / "tree/lib/libx.so.1");
        const auto done = bake_on(shop, base_tar(shop, "old.tar", {}), "app.tar");
        REQUIRE_MESSAGE(done, done.error().text);
        check_moved(shop, move_to(shop, base_tar(shop, "new.tar", c.after)), c.refusal);
    }
}

TEST_CASE("a rebase lets the app hide only those files that the bake replaced")
{
    struct Case {
        const char* name;
        std::vector<File> before;
        std::vector<File> after;
        const char* refusal;  // part of it, or empty
    };

    const std::string bundle = "etc/ssl/certs/ca-certificates.crt";
    const Case cases[] = {
        {"PID 1", {{"outis-init", "1"}}, {{"outis-init", "2"}}, ""},
        {"PID 1 is new", {}, {{"outis-init", "2"}}, ""},
        {"the policy", {{"etc/outis/policy", "1"}}, {{"etc/outis/policy", "2"}}, ""},
        {"the program", {{"bin/app", "1"}}, {{"bin/app", "2"}}, ""},
        {"the same certificates", {{bundle, "1"}}, {{bundle, "1"}}, ""},
        {"other certificates",
         {{bundle, "1"}},
         {{bundle, "2"}},
         "ca-certificates.crt' of the image"},
        {"a file that was missing",
         {},
         {{"etc/nsswitch.conf", "hosts: dns\n"}},
         "'/etc/nsswitch.conf' of the image"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder shop;
        make_root(shop);
        const auto done = bake_quietly({.apps = {"/bin/app"},
                                        .root = shop.path("tree"),
                                        .outputs = {shop.path("app.tar")},
                                        .from = base_tar(shop, "old.tar", c.before),
                                        .ca = OUTIS_TEST_DATA "/authority.pem"});
        REQUIRE_MESSAGE(done, done.error().text);
        check_moved(shop, move_to(shop, base_tar(shop, "new.tar", c.after)), c.refusal);
        if (std::filesystem::exists(shop / "x.tar"))
            CHECK(unpack(shop / "x.tar").contents.at("outis-init") == "PID 1 for linux-amd64");
    }
}

TEST_CASE("a rebase compares each version of a library with the same version")
{
    struct Case {
        const char* name;
        std::vector<File> base;
        const char* refusal;  // part of it, or empty
    };

    const std::string list =
        list_of({{"libx.so.1", "/opt/libx.so.1"}, {"libx.so.2", "/opt/libx.so.2"}});
    const Case cases[] = {
        {"both", {{"lib/libx.so.1", library(2)}, {"lib/libx.so.2", library(3)}}, ""},
        {"both elsewhere",
         {{kCache, list}, {"opt/libx.so.1", library(2)}, {"opt/libx.so.2", library(3)}},
         ""},
        {"one is another",
         {{kCache, list}, {"opt/libx.so.1", library(2)}, {"opt/libx.so.2", library(4)}},
         "'/bin/app' would load '/opt/libx.so.2' of image"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder shop;
        make_root(shop);
        write_text(shop / "tree/bin/app",
                   make_elf({.interpreter = kLoader, .needed = {"libx.so.1", "libx.so.2"}}));
        write_text(shop / "tree/lib/libx.so.2", library(3));
        const auto done = bake_on(shop, base_tar(shop, "base.tar", c.base), "a.tar");
        CHECK(static_cast<bool>(done) == (std::string(c.refusal) == ""));
        if (!done)
            CHECK_MESSAGE(done.error().text.find(c.refusal) != std::string::npos,
                          done.error().text);
    }
}

}  // namespace over_libraries_test
