// Sparse files in tar archives: those that GNU tar makes, as GNU tar and bsdtar read them, and maps
// that lie.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/digest.h"
#include "host/input.h"
#include "hostile_parts.h"
#include "layers/gzip.h"
#include "layers/limits.h"
#include "layers/tar_reader.h"
#include "support/skip.h"
#include "unpacked.h"
#include "view/layer_reader.h"

namespace tar_sparse_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
using namespace outis::images::testing;

namespace {

// "PATH SIZE SHA-256" of each entry, or the refusal.
std::string read_in_pieces(const std::string& archive, std::size_t piece)
{
    std::string text;
    std::string path;
    std::uint64_t size = 0;
    Sha256 hash;
    const auto close = [&] {
        if (!path.empty())
            text += path + " " + std::to_string(size) + " " +
                    std::exchange(hash, Sha256()).finish().hex + "\n";
    };
    TarReader reader(
        [&](const TarMember& member) -> Result<Done, Error> {
            close();
            path = member.entry.path;
            size = member.entry.size;
            return Done{};
        },
        [&](Bytes bytes) -> Result<Done, Error> {
            hash.update(bytes);
            size -= bytes.size();
            return Done{};
        });
    for (std::size_t at = 0; at < archive.size(); at += piece) {
        const auto fed =
            reader.feed(as_bytes(archive).subspan(at, std::min(piece, archive.size() - at)));
        if (!fed)
            return fed.error().text;
    }
    const auto finished = reader.finish();
    close();
    return finished ? text : finished.error().text;
}

std::string pax(const std::string& records, const std::string& content)
{
    return special('x', records) + tar_header({.path = "a", .size = content.size()}) + content +
           std::string(tar_padding(content.size()), '\0') + tar_end();
}

// In pax 1.0.
std::string lines(const std::string& size, std::string map, const std::string& stored)
{
    map += std::string(tar_padding(map.size()), '\0');
    return pax(record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0") +
                   record("GNU.sparse.realsize", size) + record("GNU.sparse.name", "real"),
               map + stored);
}

// In pax 0.1.
std::string mapped(const std::string& size, const std::string& count, const std::string& map,
                   const std::string& stored)
{
    return pax(record("GNU.sparse.size", size) + record("GNU.sparse.numblocks", count) +
                   record("GNU.sparse.map", map),
               stored);
}

std::string gnu(const std::vector<SparsePart>& parts, std::uint64_t size, const std::string& stored)
{
    return sparse("a", parts, size, stored) + tar_end();
}

// What is read of a sound file with these bytes; the size counts what did not come.
std::string sound(const std::string& path, const std::string& content)
{
    return path + " 0 " + sha256(content).hex + "\n";
}

}  // namespace

TEST_CASE("sparse files of GNU tar are read as they were before")
{
    // A hole at either end, none, nothing but a hole, nothing at all, and more parts than one block
    // of the map holds; beside them a file that is stored whole.
    const char* const kMake = R"(rm -rf in && mkdir in && cd in && truncate -s 300K start &&
        printf text >> start && printf text > end && truncate -s 1M end && truncate -s 700K hole &&
        : > empty && printf text > whole && head -c 9000 /dev/urandom > dense &&
        long=$(printf '%0120d' 0) && truncate -s 100K $long && printf x >> $long &&
        for i in $(seq 1 120); do printf %s $i | dd of=parts bs=4096 seek=$((i * 3)) status=none; done)";

    struct Case {
        const char* name;
        const char* options;
    };

    const Case cases[] = {
        {"GNU", "--format=gnu"},
        {"pax 0.0", "--format=posix --sparse-version=0.0"},
        {"pax 0.1", "--format=posix --sparse-version=0.1"},
        {"pax 1.0", "--format=posix --sparse-version=1.0"},
    };
    const WorkFolder work_folder;
    output_of({"sh", "-c", kMake}, work_folder / ".");
    const std::string sums =
        "cd $0 && for f in *; do printf '%s 0 ' $f; "
        "sha256sum < $f | cut -d ' ' -f 1; done";
    const std::string expected = output_of({"sh", "-c", sums, "in"}, work_folder / ".");
    for (const Case& c : cases) {
        CAPTURE(c.name);
        output_of({"sh", "-c",
                   "cd in && LC_ALL=C tar --sparse --hole-detection=raw " + std::string(c.options) +
                       " -cf ../x.tar *"},
                  work_folder / ".");
        const std::string archive = read_text(work_folder / "x.tar");
        CHECK(archive.size() < 700'000);  // the holes are none of it
        for (const std::size_t piece : {std::size_t{1}, std::size_t{513}, archive.size()}) {
            CAPTURE(piece);
            CHECK(read_in_pieces(archive, piece) == expected);
        }
        for (const char* reader : {"tar", "bsdtar"}) {
            if (std::system(("command -v " + std::string(reader) + " >/dev/null").c_str()) != 0) {
                tests::skip(reader, "there is no " + std::string(reader));
                continue;
            }
            CAPTURE(reader);
            output_of({"sh", "-c", "rm -rf out && mkdir out && $0 -xf x.tar -C out", reader},
                      work_folder / ".");
            CHECK(output_of({"sh", "-c", sums, "out"}, work_folder / ".") == expected);
        }
        // Through gzip into a layer: sizes are those of the files.
        std::uint64_t size = 0;
        const std::string blob = gzip_member(as_bytes(archive), 1);
        const view::LayerRead layer =
            view::read_layer(as_bytes(blob), {}, [&](view::LayerEntry entry) {
                if (entry.member.entry.path == "end") {
                    size = entry.member.entry.size;
                    CHECK(entry.facts.digest ==
                          sha256("text" + std::string((1 << 20) - 4, '\0')).text());
                }
            });
        CHECK_FALSE(layer.damage);
        CHECK(size == 1 << 20);
        CHECK(layer.sum.unpacked == archive.size());
        CHECK(layer.sum.diff_id == sha256(archive).text());
    }
}

TEST_CASE("a map of a sparse file is read, or refused in one line")
{
    const std::string stored(512, 'x');
    const std::string hole(512, '\0');
    const std::string whole = hole + stored + hole;

    struct Case {
        const char* name;
        std::string archive;
        std::string read;  // empty: refused
    };

    std::string no_magic = sparse("a", {{512, 512}}, 1536, stored);
    no_magic.replace(257, 8, std::string("ustar\00000", 8));
    std::string half = sparse("a", {{512, 512}}, 1536, stored);
    half[386] = '\0';
    std::string late = sparse("a", {{0, 0}, {512, 512}}, 1536, stored);
    late.replace(386, 24, std::string(24, '\0'));
    std::string more = sparse("a", {{512, 512}}, 1536, stored);
    more[482] = 1;
    std::string huge = sparse("a", {{512, 512}}, 1536, stored);
    huge.replace(386, 12, "\x80" + std::string(3, '\0') + "\x7F" + std::string(7, '\xFF'));
    const auto whole_of = [](const std::string& entry) {
        return checked(entry.substr(0, 512)) + entry.substr(512) + tar_end();
    };
    const std::string folder =
        special('x', record("GNU.sparse.size", "0") + record("GNU.sparse.numblocks", "1") +
                         record("GNU.sparse.map", "0,0")) +
        tar_header({.path = "a", .kind = EntryKind::directory}) + tar_end();
    const Case cases[] = {
        // sound
        {"GNU", gnu({{512, 512}}, 1536, stored), sound("a", whole)},
        {"GNU, five parts", gnu({{0, 0}, {1, 0}, {512, 500}, {1012, 12}, {1536, 0}}, 1536, stored),
         sound("a", whole)},
        {"GNU, nothing but a hole", gnu({}, 1536, ""), sound("a", std::string(1536, '\0'))},
        {"GNU, no hole", gnu({{0, 512}}, 512, stored), sound("a", stored)},
        {"0.1", mapped("1536", "2", "512,512,1536,0", stored), sound("a", whole)},
        {"0.0",
         pax(record("GNU.sparse.size", "1536") + record("GNU.sparse.numblocks", "2") +
                 record("GNU.sparse.offset", "512") + record("GNU.sparse.numbytes", "512") +
                 record("GNU.sparse.offset", "1536") + record("GNU.sparse.numbytes", "0"),
             stored),
         sound("a", whole)},
        {"1.0", lines("1536", "2\n512\n512\n1536\n0\n", stored), sound("real", whole)},
        {"1.0, no part", lines("1536", "0\n", ""), sound("real", std::string(1536, '\0'))},
        // of any form
        {"it goes backwards", gnu({{512, 256}, {0, 256}}, 1536, stored), ""},
        {"parts overlap", gnu({{0, 300}, {299, 212}}, 1536, stored), ""},
        {"beyond the file", gnu({{1025, 512}}, 1536, stored), ""},
        {"an offset beyond the file", gnu({{0, 512}, {1537, 0}}, 1536, stored), ""},
        {"less than is stored", gnu({{0, 511}}, 1536, stored), ""},
        {"more than is stored", gnu({{0, 513}}, 1536, stored), ""},
        {"nothing of what is stored", gnu({}, 1536, stored), ""},
        {"numbers that overflow", lines("1536", "1\n18446744073709551615\n513\n", stored), ""},
        // GNU's
        {"no header of GNU's", whole_of(no_magic), ""},
        {"a part without offset", whole_of(half), ""},
        {"a part behind the end", whole_of(late), ""},
        {"a block behind the end", whole_of(more), ""},
        {"a huge offset", whole_of(huge), ""},
        {"cut off in its map",
         sparse("a", {{0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 512}}, 1536, stored).substr(0, 512), ""},
        // pax
        {"an unknown version",
         pax(record("GNU.sparse.major", "2") + record("GNU.sparse.minor", "0"), ""), ""},
        {"no map", mapped("512", "0", "", ""), ""},
        {"half a part", mapped("1536", "1", "512", stored), ""},
        {"a comma too many", mapped("1536", "1", "512,512,", stored), ""},
        {"another count", mapped("1536", "2", "512,512", stored), ""},
        {"no number", mapped("1536", "1", "0x200,512", stored), ""},
        {"a negative number", mapped("1536", "1", "-1,512", stored), ""},
        {"a negative size", mapped("-1536", "1", "512,512", stored), ""},
        {"no size",
         pax(record("GNU.sparse.numblocks", "1") + record("GNU.sparse.map", "0,512"), stored), ""},
        {"a size without an offset",
         pax(record("GNU.sparse.size", "1536") + record("GNU.sparse.numbytes", "512"), stored), ""},
        {"for all entries",
         special('g', record("GNU.sparse.size", "1")) + mapped("1536", "1", "512,512", stored), ""},
        {"a folder", folder, ""},
        {"in two forms",
         special('x', record("GNU.sparse.size", "1")) + gnu({{512, 512}}, 1536, stored), ""},
        {"a map that ends in the content", lines("1536", "9\n512\n512\n", ""), ""},
        {"a map without a line's end", lines("1536", std::string(600, '1'), stored), ""},
        {"a map of more lines than may be", lines("1536", "100001\n", stored), ""},
        {"a map in text", lines("1536", "1\n512 \n512\n", stored), ""},
        // limits
        {"a file beyond 1 PiB", mapped("1125899906842625", "1", "0,512", stored), ""},
        {"zeros beyond 64 GiB", mapped("68719477249", "1", "0,512", stored), ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        for (const std::size_t piece : {std::size_t{1}, c.archive.size()}) {
            const std::string read = read_in_pieces(c.archive, piece);
            if (!c.read.empty()) {
                CHECK(read == c.read);
                continue;
            }
            CHECK(read.find("tar archive") != std::string::npos);
            CHECK(read.find('\n') == std::string::npos);
        }
    }
}

TEST_CASE("the number of parts of a sparse file has a limit")
{
    for (const std::size_t count : {kMaxSparseParts, kMaxSparseParts + 1}) {
        std::vector<SparsePart> parts(count);
        const std::string read = read_in_pieces(gnu(parts, 5, ""), 4096);
        CHECK((read == sound("a", std::string(5, '\0'))) == (count == kMaxSparseParts));
    }
}

TEST_CASE("holes count among what a layer may unpack to")
{
    const std::string layer =
        sparse("a", {}, 1 << 20, "") + sparse("b", {}, 1 << 20, "") + tar_end();
    const auto nothing = [](const view::LayerEntry&) {};
    CHECK_FALSE(
        view::read_layer(as_bytes(layer), {.unpacked = (2 << 20) + layer.size()}, nothing).damage);
    const view::LayerRead read =
        view::read_layer(as_bytes(layer), {.unpacked = (2 << 20) + layer.size() - 1}, nothing);
    REQUIRE(read.damage);
    CHECK(read.damage->text.find(std::to_string((2 << 20) + layer.size() - 1)) !=
          std::string::npos);
    CHECK(read.sum.holes <= 2 << 20);
}

TEST_CASE("an image in an archive with sparse members is the same image")
{
    const WorkFolder work_folder;
    write_text(work_folder / "zeros", std::string(300'000, '\0'));
    baked({.apps = {work_folder.program("hello")},
           .outputs = {work_folder.path("x.tar")},
           .compress = "none",
           .add = {work_folder.path("zeros") + ":/zeros"}});
    output_of({"sh", "-c",
               "mkdir in && tar -xf x.tar -C in && cp -r --sparse=always in holes && cd holes && "
               "tar --sparse --hole-detection=raw --format=gnu -cf ../y.tar *"},
              work_folder / ".");
    CHECK(read_text(work_folder / "y.tar").size() + 250'000 <
          read_text(work_folder / "x.tar").size());
    CHECK(problems_of(work_folder / "y.tar") == "");
    CHECK(unpack(work_folder / "y.tar").contents == unpack(work_folder / "x.tar").contents);
    const places::OpenedImage image = opened(work_folder / "y.tar");
    for (const std::string& path : image.paths()) {
        CAPTURE(path);
        const auto place = image.place(path);
        REQUIRE(place);
        const std::string all = read_text(place->file);
        CHECK(all.substr(place->offset, place->size) == as_text(*image.find(path)));
    }
}

}  // namespace tar_sparse_test
