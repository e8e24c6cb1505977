#include "layers/tar.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/input.h"
#include "layers/tar_reader.h"

namespace tar_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
using namespace outis::images::testing;

namespace {

std::string tar_of(const Tree& tree, std::int64_t time)
{
    std::string archive;
    const auto written = write_tar(tree, time, [&](Bytes bytes) -> Result<Done, Error> {
        archive += as_text(bytes);
        return Done{};
    });
    REQUIRE(written);
    return archive;
}

std::vector<TarMember> members_of(const std::string& archive, std::size_t piece)
{
    std::vector<TarMember> members;
    TarReader reader([&](const TarMember& member) -> Result<Done, Error> {
        members.push_back(member);
        return Done{};
    });
    for (std::size_t at = 0; at < archive.size(); at += piece) {
        const auto fed =
            reader.feed(as_bytes(archive).subspan(at, std::min(piece, archive.size() - at)));
        REQUIRE(fed);
    }
    CHECK(reader.finish());
    return members;
}

Entry owned(Entry entry, std::uint32_t uid, std::uint32_t gid)
{
    entry.uid = uid;
    entry.gid = gid;
    return entry;
}

// One entry of each kind and each limit of the format.
Tree demanding_tree()
{
    const std::string long_name(255, 'n');
    const std::string folder(90, 'd');
    Tree tree;
    tree.emplace("a", file_entry(std::string("content\n")));
    tree.emplace("block", file_entry(std::string(512, 'b')));
    tree.emplace("empty", file_entry(std::string()));
    tree.emplace("hard", hardlink_entry("a"));
    tree.emplace("soft", symlink_entry("../somewhere"));
    tree.emplace("far", symlink_entry("/" + long_name + "/" + long_name));
    tree.emplace("tmp", directory_entry(01777));
    tree.emplace(std::string(100, 'x'), file_entry(std::string("100")));
    tree.emplace(std::string(101, 'y'), file_entry(std::string("101")));
    tree.emplace(folder + "/" + std::string(100, 'z'), file_entry(std::string("prefix")));
    tree.emplace(folder + "/" + folder + "/" + long_name, file_entry(std::string("pax")));
    // A prefix of 160 bytes, which is 5 too many.
    tree.emplace(std::string(80, 'p') + "/" + std::string(79, 'q') + "/" + std::string(50, 'r'),
                 file_entry(std::string("long prefix")));
    tree.emplace(
        "gr\xC3\xBC\xC3\x9F"
        "e",
        file_entry(std::string("utf-8")));
    tree.emplace("owner", owned(file_entry(std::string("o")), 1000, 2000));
    tree.emplace("big-owner", owned(file_entry(std::string("O")), 4000000000, 3000000));
    const auto added = add_parents(tree);
    REQUIRE(added);
    return tree;
}

}  // namespace

TEST_CASE("a packed archive is read back the same, in pieces of any size")
{
    const Tree tree = demanding_tree();
    const std::string archive = tar_of(tree, 1'000'000'007);
    CHECK(archive.size() % kTarBlock == 0);
    for (const std::size_t piece :
         {std::size_t{1}, std::size_t{511}, std::size_t{512}, std::size_t{100000}}) {
        CAPTURE(piece);
        const std::vector<TarMember> members = members_of(archive, piece);
        REQUIRE(members.size() == tree.size());
        std::size_t at = 0;
        for (const auto& [key, entry] : tree) {
            const TarMember& member = members[at++];
            CAPTURE(member.entry.path);
            CHECK(member.entry.path == key);
            CHECK(member.entry.kind == entry.kind);
            CHECK(member.entry.mode == entry.mode);
            CHECK(member.entry.uid == entry.uid);
            CHECK(member.entry.gid == entry.gid);
            CHECK(member.entry.target == entry.target);
            CHECK(member.entry.time == 1'000'000'007);
            if (entry.kind == EntryKind::file) {
                const std::string& content = std::get<std::string>(entry.content);
                CHECK(archive.substr(member.offset, member.entry.size) == content);
            }
        }
    }
}

TEST_CASE("GNU tar unpacks an archive of ours and finds no difference")
{
    const WorkFolder work_folder;
    write_text(work_folder / "x.tar", tar_of(demanding_tree(), 0));
    std::filesystem::create_directory(work_folder / "root");
    output_of({"tar", "-xf", work_folder.path("x.tar"), "-C", work_folder.path("root"), "-p",
               "--no-same-owner"});
    const std::string differences =
        output_of({"sh", "-c", "tar -df \"$1\" -C \"$2\" | grep -v ' [UG]id differs' || true", "sh",
                   work_folder.path("x.tar"), work_folder.path("root")});
    CHECK(differences.empty());
    CHECK(read_text(work_folder / "root/hard") == "content\n");
    CHECK(std::filesystem::equivalent(work_folder / "root/hard", work_folder / "root/a"));
}

TEST_CASE("Python's tarfile lists an archive of ours alike")
{
    const WorkFolder work_folder;
    const Tree tree = demanding_tree();
    write_text(work_folder / "x.tar", tar_of(tree, 7));
    const std::string script =
        "import sys, tarfile\n"
        "for m in tarfile.open(sys.argv[1]):\n"
        "    print(m.name, oct(m.mode)[2:], m.uid, m.gid, m.size, int(m.mtime), m.linkname, "
        "repr(m.uname + m.gname))\n";
    std::string expected;
    for (const auto& [key, entry] : tree) {
        const bool is_file = entry.kind == EntryKind::file;
        std::string mode;
        for (std::uint32_t bits = entry.mode; bits != 0; bits >>= 3)
            mode.insert(0, 1, static_cast<char>('0' + (bits & 7)));
        expected += key + " " + mode + " " + std::to_string(entry.uid) + " " +
                    std::to_string(entry.gid) + " " +
                    std::to_string(is_file ? std::get<std::string>(entry.content).size() : 0) +
                    " 7 " + entry.target + " ''\n";
    }
    CHECK(output_of({"python3", "-c", script, work_folder.path("x.tar")}) == expected);
}

TEST_CASE("a file capability becomes a pax record with the same bytes")
{
    Tree tree;
    Entry program = file_entry(std::string("program"), kProgramMode);
    program.capability = std::string("\x01\0\0\x02\0\x04\0\0\n=\0\0\0\0\0\0\0\0\0\0", 20);
    tree.emplace("app", program);
    const std::vector<TarMember> members = members_of(tar_of(tree, 0), 4096);
    REQUIRE(members.size() == 1);
    CHECK(members.front().entry.capability == program.capability);
}

TEST_CASE("a damaged archive is refused")
{
    struct Case {
        const char* name;
        std::size_t at;
        char value;
        std::size_t size;  // what is left of the archive
    };

    Tree tree;
    tree.emplace(std::string(120, 'l'), file_entry(std::string("text")));
    const std::string archive = tar_of(tree, 0);
    const Case cases[] = {
        {"checksum", 150, '7', archive.size()},
        {"number", 124, 'x', archive.size()},
        {"pax length", 512, '9', archive.size()},
        {"no end", 0, archive[0], archive.size() - 1024},
        {"one end block", 0, archive[0], archive.size() - 512},
        {"inside the content", 0, archive[0], 1536 + 100},
        {"inside the header", 0, archive[0], 1024 + 100},
        {"inside the pax header", 0, archive[0], 600},
        {"nothing", 0, archive[0], 0},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        std::string damaged = archive.substr(0, c.size);
        if (c.at < damaged.size())
            damaged[c.at] = c.value;
        TarReader reader([](const TarMember&) -> Result<Done, Error> { return Done{}; });
        auto read = reader.feed(as_bytes(damaged));
        if (read)
            read = reader.finish();
        CHECK_FALSE(read);
    }
}

TEST_CASE("a file that grows is packed with the size it had when it was opened")
{
    const WorkFolder work_folder;
    write_text(work_folder / "grows", "12345");
    Tree tree;
    tree.emplace("file", file_entry(work_folder / "grows"));
    bool first = true;
    const auto written = write_tar(tree, 0, [&](Bytes) -> Result<Done, Error> {
        if (std::exchange(first, false))
            write_text(work_folder / "grows", "1234567");
        return Done{};
    });
    REQUIRE_FALSE(written);
    CHECK(written.error().text.find("changed while it was read") != std::string::npos);
}

}  // namespace tar_test
