// What of ours goes on top of an image: accounts, libraries, and how its layers are known again.
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "bake/base_contents.h"
#include "bake/merged_accounts.h"
#include "content/base.h"
#include "host/digest.h"
#include "layers/chain.h"

namespace base_contents_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
using namespace outis::images::registry;
using namespace outis::images::content;
using namespace outis::images::view;
using namespace outis::images::bake;

namespace {

struct File {
    TarEntry entry = {};
    std::string content = {};
};

Flattened flattened(const std::vector<File>& list)
{
    Flattened files;
    for (const File& file : list) {
        LayerEntry there;
        there.member.entry = file.entry;
        there.member.entry.size = file.content.size();
        there.facts.digest = sha256(file.content).text();
        there.facts.text = file.content;
        REQUIRE(files.apply(there, 0) == Outcome::applied);
    }
    return files;
}

TarEntry folder_entry(const char* path)
{
    return {.path = path, .kind = EntryKind::directory, .mode = 0755};
}

TarEntry link_entry(const char* path, const char* target)
{
    return {.path = path, .kind = EntryKind::symlink, .mode = 0777, .target = target};
}

std::string content_of(const Tree& tree, const std::string& key)
{
    const auto found = tree.find(key);
    return found == tree.end() ? "" : std::get<std::string>(found->second.content);
}

}  // namespace

TEST_CASE("accounts over an image: its lines stay, and ours follow them")
{
    const TarEntry passwd{.path = "etc/passwd", .mode = 0640, .uid = 1, .gid = 2};
    const TarEntry group{.path = "etc/group"};
    const std::string root = "root:x:0:0:root:/root:/bin/sh\n";
    const std::string nobody = "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n";

    struct Case {
        const char* name;
        std::vector<File> base;
        std::string passwd;   // of the layer, or empty
        std::string group;    // likewise
        const char* refusal;  // part of it, or empty
    };

    const Case cases[] = {
        {"nothing is there",
         {},
         "root:x:0:0:root:/:/sbin/nologin\n" + nobody,
         "root:x:0:\nnobody:x:65534:\nnogroup:x:65534:\n",
         ""},
        {"all are there", {{passwd, root + nobody}, {group, "root:x:0:\n"}}, "", "", ""},
        {"nobody of another number", {{passwd, root + "nobody:x:99:99:::\n"}}, "", "", ""},
        {"no end of line",
         {{passwd, "root:x:0:0:::"}},
         "root:x:0:0:::\n" + nobody,
         "nobody:x:65534:\nnogroup:x:65534:\n",
         ""},
        {"the group's number is there",
         {{passwd, root}, {group, "nogroup:x:65534:\n"}},
         root + nobody,
         "",
         ""},
        {"lines that are none",
         {{passwd, "#x\n+::::::\n" + root}},
         "#x\n+::::::\n" + root + nobody,
         "nobody:x:65534:\nnogroup:x:65534:\n",
         ""},
        {"passwd is a link",
         {{link_entry("etc/passwd", "accounts")}},
         "",
         "",
         "behind a symbolic link"},
        {"the folder is a link",
         {{folder_entry("usr/etc")},
          {link_entry("etc", "usr/etc")},
          {{.path = "usr/etc/passwd"}, root}},
         "",
         "",
         "behind a symbolic link"},
        {"both are links, and nothing is missing",
         {{{.path = "etc/people"}, root + nobody},
          {link_entry("etc/passwd", "people")},
          {link_entry("etc/group", "people")}},
         "",
         "",
         ""},
        {"group is a link",
         {{passwd, root},
          {{.path = "etc/groups"}, "x:x:1:\n"},
          {link_entry("etc/group", "groups")}},
         "",
         "",
         "'/etc/group' of the image is behind a symbolic link"},
        {"passwd is a folder", {{folder_entry("etc/passwd")}}, "", "", "or no file"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const Flattened base = flattened(c.base);
        const auto accounts = merged_accounts(base, base_accounts());
        REQUIRE(accounts);
        const auto tree = account_files(base, accounts.value());
        if (!tree) {
            CHECK_MESSAGE(tree.error().text.find(c.refusal) != std::string::npos,
                          tree.error().text);
            CHECK(std::string(c.refusal) != "");
            continue;
        }
        CHECK(std::string(c.refusal) == "");
        CHECK(content_of(tree.value(), kPasswdKey) == c.passwd);
        CHECK(content_of(tree.value(), kGroupKey) == c.group);
    }
    const auto kept = account_files(flattened({{passwd, root}}), base_accounts());
    REQUIRE(kept);
    REQUIRE(kept.value().contains(kPasswdKey));
    CHECK(kept.value().at(kPasswdKey).mode == 0640);
    CHECK(kept.value().at(kPasswdKey).uid == 1);
}

TEST_CASE("accounts over an image: a long file with many accounts is kept whole")
{
    constexpr int kAccounts = 10'000;
    std::string lines(4'000'000, '\n');
    for (int i = 0; i < kAccounts; ++i)
        lines += "u" + std::to_string(i) + "::1:1:::\n";
    const Flattened base = flattened({{{.path = "etc/passwd"}, lines}});
    const auto accounts = merged_accounts(base, base_accounts());
    REQUIRE(accounts);
    const auto tree = account_files(base, accounts.value());
    REQUIRE(tree);
    CHECK(content_of(tree.value(), kPasswdKey).starts_with(lines));
}

TEST_CASE("accounts over an image: a name or number that it already has is refused")
{
    const Flattened base = flattened({{{.path = "etc/passwd"}, "web:x:33:34:::\n"}});

    struct Case {
        const char* name;
        Account account;
        bool taken;
    };

    const Case cases[] = {
        {"new", {.name = "me", .uid = 7, .gid = 7}, false},
        {"there already", {.name = "web", .uid = 33, .gid = 34}, false},
        {"the name of another", {.name = "web", .uid = 7, .gid = 7}, true},
        {"the number of another", {.name = "me", .uid = 33, .gid = 34}, true},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(static_cast<bool>(merged_accounts(base, {c.account})) != c.taken);
    }
}

TEST_CASE("libraries over an image: an equal file is kept, a different one is refused")
{
    const std::string key = "lib/libx.so.1";

    struct Case {
        const char* name;
        std::vector<File> base;
        const char* want;  // the layer's keys, or part of the refusal
    };

    const Case cases[] = {
        {"nothing is there", {}, "lib lib/libx.so lib/libx.so.1 "},
        {"the file is there", {{{.path = key}, "ours"}}, "lib lib/libx.so "},
        {"both are there", {{{.path = key}, "ours"}, {link_entry("lib/libx.so", "libx.so.1")}}, ""},
        {"another file", {{{.path = key}, "theirs"}}, "another than that of image 'base.tar'"},
        {"another link", {{link_entry("lib/libx.so", "libx.so.2")}}, "a link to 'libx.so.2'"},
        {"a link that leads to the file",
         {{{.path = "lib/libx.so.1.5"}, "ours"}, {link_entry("lib/libx.so.1", "libx.so.1.5")}},
         "lib lib/libx.so "},
        {"a file for the link", {{{.path = "lib/libx.so"}, "ours"}}, "another than"},
        {"a folder", {{folder_entry("lib/libx.so.1")}}, "is a folder in the image"},
        {"behind a link",
         {{folder_entry("usr/lib")},
          {link_entry("lib", "usr/lib")},
          {{.path = "usr/lib/libx.so.1"}, "ours"}},
         "usr usr/lib usr/lib/libx.so "},
    };
    Tree libraries;
    libraries.emplace(key, file_entry(std::string("ours")));
    libraries.emplace("lib/libx.so", symlink_entry("libx.so.1"));
    const std::string root = "/tree";
    const std::string image = "base.tar";
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto placed =
            missing_libraries({libraries, policy::Arch::x86_64, root, image}, flattened(c.base));
        std::string keys;
        if (placed) {
            for (const auto& [path, entry] : placed.value())
                keys += path + " ";
            CHECK(keys == c.want);
        } else {
            CHECK_MESSAGE(placed.error().text.find(c.want) != std::string::npos,
                          placed.error().text);
            CHECK(std::string(c.want) != "");
        }
    }
}

TEST_CASE("a base image is recognised by the ChainID of its layers")
{
    const std::vector<Layer> layers{{.diff_id = "sha256:a"}, {.diff_id = "sha256:b"}};
    const std::string both = sha256("sha256:a sha256:b").text();
    CHECK(chain_of({}).empty());
    CHECK(chain_of(std::span(layers).first(1)) == "sha256:a");
    CHECK(chain_of(layers) == both);
    CHECK(layers_of_chain(layers, "sha256:a") == 1);
    CHECK(layers_of_chain(layers, both) == 2);
    CHECK(layers_of_chain(layers, "sha256:b") == 0);
    CHECK(layers_of_chain(layers, "") == 0);
}

}  // namespace base_contents_test
