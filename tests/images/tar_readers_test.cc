// Random trees, packed: our own reader, GNU tar, bsdtar and Python's tarfile must see the same.
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

#include "fixture.h"
#include "host/input.h"
#include "layers/tar.h"
#include "layers/tar_reader.h"
#include "support/skip.h"

namespace tar_readers_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
using namespace outis::images::testing;

namespace {

class Dice {
public:
    explicit Dice(std::uint32_t seed) : engine_(seed) {}

    // 0 to `below` - 1
    std::size_t roll(std::size_t below) { return engine_() % below; }

    template <typename Item>
    Item one_of(std::initializer_list<Item> items)
    {
        return *(items.begin() + roll(items.size()));
    }

private:
    std::mt19937 engine_;
};

// Mostly short, now and then just below or above what a header field holds.
std::string random_name(Dice& dice)
{
    const std::size_t length =
        dice.roll(4) == 0 ? dice.one_of<std::size_t>({98, 99, 100, 101, 154, 155, 156, 255})
                          : 1 + dice.roll(12);
    // A name outside ASCII has a pax header, whatever its length.
    const bool plain = dice.roll(3) != 0;
    std::string name;
    while (name.size() < length) {
        const std::string next =
            plain ? dice.one_of<std::string>({"a", "Z", "7", "-", "_", ".", "+", "=", "~"})
                  : dice.one_of<std::string>({"a", "\xC3\xBC", "\xE2\x82\xAC"});
        name += name.size() + next.size() <= length && !(name.empty() && next == ".") ? next : "x";
    }
    return name;
}

Tree random_tree(Dice& dice)
{
    Tree tree;
    std::vector<std::string> folders{""};
    std::vector<std::string> files;
    for (std::size_t i = 0; i < 60; ++i) {
        const std::string folder = folders[dice.roll(2) == 0 ? 0 : dice.roll(folders.size())];
        const std::string key = folder + (folder.empty() ? "" : "/") + random_name(dice);
        if (key.size() > 1000 || tree.contains(key))
            continue;
        Entry entry;
        const std::size_t kind = dice.roll(8);
        if (kind == 0 && !files.empty()) {
            // A hard link comes after its file, and has its attributes.
            const std::string& first = files[dice.roll(files.size())];
            if (key < first)
                continue;
            entry = tree.at(first);
            entry.kind = EntryKind::hardlink;
            entry.content = std::string();
            entry.target = first;
        } else if (kind == 1) {
            entry = symlink_entry(dice.one_of<std::string>({"x", "../y", "/a/b"}) +
                                  std::string(dice.one_of<std::size_t>({1, 97, 98, 99, 300}), 't'));
        } else {
            const bool is_folder = kind <= 3;
            entry = is_folder ? directory_entry()
                              : file_entry(std::string(
                                    dice.one_of<std::size_t>({0, 1, 511, 512, 513, 4000}), 'c'));
            entry.mode = dice.one_of<std::uint32_t>({0644, 0755, 0600, 0711, 01777});
            (is_folder ? folders : files).push_back(key);
        }
        if (entry.kind != EntryKind::hardlink && entry.kind != EntryKind::symlink) {
            entry.uid = dice.one_of<std::uint32_t>({0, 1, 65534, 2097151, 2097152, 4000000000});
            entry.gid = dice.one_of<std::uint32_t>({0, 50, 2097152});
        }
        tree.emplace(key, entry);
    }
    REQUIRE(add_parents(tree));
    return tree;
}

std::string tar_of(const Tree& tree)
{
    std::string archive;
    REQUIRE(write_tar(tree, 0, [&](Bytes bytes) -> Result<Done, Error> {
        archive += as_text(bytes);
        return Done{};
    }));
    return archive;
}

char letter(EntryKind kind)
{
    switch (kind) {
    case EntryKind::file: return '-';
    case EntryKind::directory: return 'd';
    case EntryKind::symlink: return 'l';
    case EntryKind::hardlink: return 'h';
    case EntryKind::special: return 'p';
    }
    return '?';
}

// As `ls -l` writes it.
std::string mode_text(const TarEntry& entry)
{
    std::string text(1, letter(entry.kind));
    for (int bit = 8; bit >= 0; --bit)
        text += (entry.mode >> bit & 1) != 0 ? "rwx"[(8 - bit) % 3] : '-';
    if ((entry.mode & 01000) != 0)
        text.back() = text.back() == 'x' ? 't' : 'T';
    return text;
}

// "MODE UID GID SIZE PATH[ -> TARGET]", a line each.
std::string row(const TarEntry& entry)
{
    const bool is_link = entry.kind == EntryKind::symlink || entry.kind == EntryKind::hardlink;
    return mode_text(entry) + " " + std::to_string(entry.uid) + " " + std::to_string(entry.gid) +
           " " + std::to_string(entry.size) + " " + entry.path +
           (is_link ? " -> " + entry.target : "") + "\n";
}

std::string expected_listing(const Tree& tree)
{
    std::string text;
    for (const auto& [key, entry] : tree) {
        const auto* content = std::get_if<std::string>(&entry.content);
        text += row({.path = key,
                     .kind = entry.kind,
                     .mode = entry.mode,
                     .uid = entry.uid,
                     .gid = entry.gid,
                     .size = entry.kind == EntryKind::file ? content->size() : 0,
                     .target = entry.target});
    }
    return text;
}

std::string our_listing(const std::string& archive)
{
    std::string text;
    TarReader reader([&](const TarMember& member) -> Result<Done, Error> {
        text += row(member.entry);
        return Done{};
    });
    REQUIRE(reader.feed(as_bytes(archive)));
    REQUIRE(reader.finish());
    return text;
}

// Of `tar -tv` and the like, brought into the same form by awk. GNU tar writes "UID/GID SIZE",
// bsdtar "LINKS UID GID SIZE"; both then the date, which is that of 1970.
const char* const kGnu =
    R"(LC_ALL=C.UTF-8 TZ=UTC tar --quoting-style=literal --numeric-owner --full-time -tvf x.tar |
    sed -E 's|^([^ ]+) +([0-9]+)/([0-9]+) +([0-9]+) 1970-01-01 00:00:00 |\1 \2 \3 \4 |; s| link to | -> |; s|/$||')";
const char* const kBsd = R"(LC_ALL=C.UTF-8 TZ=UTC bsdtar --numeric-owner -tvf x.tar |
    sed -E 's|^([^ ]+) +0 +([0-9]+) +([0-9]+) +([0-9]+) Jan +1 +1970 |\1 \2 \3 \4 |; s| link to | -> |; s|/$||')";
const char* const kPython = R"(python3 -c '
import stat, sys, tarfile
sys.stdout.reconfigure(encoding="utf-8")
kinds = {tarfile.REGTYPE: stat.S_IFREG, tarfile.DIRTYPE: stat.S_IFDIR,
         tarfile.SYMTYPE: stat.S_IFLNK, tarfile.LNKTYPE: stat.S_IFREG}
for m in tarfile.open("x.tar"):
    mode = stat.filemode(kinds[m.type] | m.mode)
    if m.islnk():
        mode = "h" + mode[1:]
    size = m.size if m.isreg() else 0
    print(mode, m.uid, m.gid, size, m.name + (" -> " + m.linkname if m.linkname else ""))
')";

}  // namespace

TEST_CASE("random archives are read alike by everybody")
{
    struct Reader {
        const char* name;
        const char* program;
        const char* command;
    };

    const Reader readers[] = {
        {"GNU tar", "tar", kGnu}, {"bsdtar", "bsdtar", kBsd}, {"tarfile", "python3", kPython}};
    const WorkFolder work_folder;
    for (std::uint32_t seed = 1; seed <= 24; ++seed) {
        CAPTURE(seed);
        Dice dice(seed);
        const Tree tree = random_tree(dice);
        const std::string archive = tar_of(tree);
        const std::string expected = expected_listing(tree);
        CHECK(our_listing(archive) == expected);
        write_text(work_folder / "x.tar", archive);
        for (const Reader& reader : readers) {
            CAPTURE(std::string(reader.name));
            if (std::system(
                    ("command -v " + std::string(reader.program) + " >/dev/null").c_str()) != 0) {
                tests::skip(reader.name, "there is no " + std::string(reader.program));
                continue;
            }
            CHECK(output_of({"sh", "-c", reader.command}, work_folder / ".") == expected);
        }
        // tar --compare, owners too where they can be given.
        const std::string owners = ::getuid() == 0 ? "--same-owner" : "--no-same-owner";
        const std::string ignored = ::getuid() == 0 ? "nothing" : "[UG]id differs";
        const std::string differences =
            output_of({"sh", "-c",
                       "rm -rf root && mkdir root && tar -xpf x.tar -C root --numeric-owner $1 && "
                       "{ tar --numeric-owner -df x.tar -C root 2>&1 | grep -v \"$2\" || true; }; "
                       "rm -rf root",
                       "sh", owners, ignored},
                      work_folder / ".");
        CHECK(differences == "");
    }
}

TEST_CASE("archives of other programs are read as they are meant")
{
    // The middle of a long path is chosen so that no form can split it.
    const char* const kMake = R"(rm -rf in && mkdir -p in/d && cd in &&
        long=$(printf '%0200d' 0) && mkdir d/$long && printf text > d/$long/$long &&
        ln d/$long/$long z && ln -s $long$long s && mkfifo p && printf x > f && chmod 711 f)";
    const char* const kSmall = R"(rm -rf in && mkdir -p in/d && cd in && printf text > d/f &&
        ln d/f z && ln -s d/f s && chmod 1777 d)";

    struct Case {
        const char* name;
        const char* make;
        const char* pack;
    };

    const Case cases[] = {
        {"GNU", kMake, "tar --format=gnu --owner=:4000000000 -cf x.tar -C in d f p s z"},
        {"old GNU", kMake, "tar --format=oldgnu -cf x.tar -C in d f p s z"},
        {"pax", kMake, "tar --format=posix --owner=:4000000000 -cf x.tar -C in d f p s z"},
        {"pax with a global header", kMake,
         "tar --format=posix --pax-option=globexthdr.name=x,comment=y -cf x.tar -C in d f p s z"},
        {"bsdtar's pax", kMake, "bsdtar --format=pax -cf x.tar -C in d f p s z"},
        {"bsdtar's GNU", kMake, "bsdtar --format=gnutar -cf x.tar -C in d f p s z"},
        {"ustar", kSmall, "tar --format=ustar -cf x.tar -C in d s z"},
        {"Unix V7", kSmall, "tar --format=v7 -cf x.tar -C in d s z"},
    };
    const WorkFolder work_folder;
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string packer = std::string(c.pack).substr(0, std::string(c.pack).find(' '));
        if (std::system(("command -v " + packer + " >/dev/null").c_str()) != 0) {
            tests::skip(c.name, "there is no " + packer);
            continue;
        }
        output_of({"sh", "-c", c.make}, work_folder / ".");
        output_of({"sh", "-c", c.pack}, work_folder / ".");
        const std::string listing = R"(LC_ALL=C TZ=UTC tar --quoting-style=literal --numeric-owner \
            --full-time -tvf x.tar | sed -E 's|^([^ ]+) +([0-9]+)/([0-9]+) +([0-9]+) +[^ ]+ +[^ ]+ +|\1 \2 \3 \4 |
            s| link to | -> |; s|/$||')";
        CHECK(our_listing(read_text(work_folder / "x.tar")) ==
              output_of({"sh", "-c", listing}, work_folder / "."));
    }
}

TEST_CASE("contents arrive whole, in pieces, after their attributes")
{
    std::string archive;
    for (const std::string content : {"one", "", "three"})
        archive += tar_header({.path = content + ".txt", .size = content.size()}) + content +
                   std::string(tar_padding(content.size()), '\0');
    archive += tar_header({.path = "able", .capability = "raw"}) + tar_end();
    for (const std::size_t piece : {std::size_t{1}, std::size_t{513}, archive.size()}) {
        CAPTURE(piece);
        std::string seen;
        TarReader reader(
            [&](const TarMember& member) -> Result<Done, Error> {
                const auto found = member.attributes.find("security.capability");
                seen += "\n" + member.entry.path + ":";
                seen += found == member.attributes.end() ? "" : found->second;
                return Done{};
            },
            [&](Bytes bytes) -> Result<Done, Error> {
                seen += as_text(bytes);
                return Done{};
            });
        for (std::size_t at = 0; at < archive.size(); at += piece)
            REQUIRE(
                reader.feed(as_bytes(archive).subspan(at, std::min(piece, archive.size() - at))));
        REQUIRE(reader.finish());
        CHECK(seen == "\none.txt:one\n.txt:\nthree.txt:three\nable:raw");
    }
}

}  // namespace tar_readers_test
