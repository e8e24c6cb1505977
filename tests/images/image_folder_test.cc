// Image folders that somebody else has filled: links in them, and layers that are not the image's.
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/digest.h"
#include "host/input.h"
#include "layers/gzip.h"
#include "made_image.h"
#include "outis/images/transfer.h"
#include "places/opened.h"

namespace image_folder_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::places;
using namespace outis::images::testing;
namespace fs = std::filesystem;

namespace {

std::string copy_error(const WorkFolder& work, const std::string& from)
{
    const auto done = transfer({.from = from, .to = "oci:" + work.path("out") + ":1"}, {});
    return done ? "" : done.error().text;
}

bool holds(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

void write_folder(const WorkFolder& work, const MadeImage& image, const std::string& folder)
{
    for (const auto& [path, content] : image.members)
        write_text(work / (folder + "/" + path), content);
}

}  // namespace

TEST_CASE("an image's folder is never left through a link")
{
    struct Case {
        const char* name;
        const char* link;    // in the folder
        const char* target;  // @ is the work folder
        bool good;
    };

    const Case cases[] = {
        {"a file outside, absolute", "c.json", "@/secret.json", false},
        {"a file outside, relative", "c.json", "../secret.json", false},
        {"out and back in", "c.json", "../d/real.json", false},
        {"inside, but absolute", "c.json", "@/d/real.json", false},
        {"through another link", "c.json", "way/secret.json", false},
        {"inside", "c.json", "real.json", true},
        {"inside, with ..", "c.json", "sub/../real.json", true},
        {"a folder inside", "c.json", "inner/real.json", true},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work;
        const std::string config =
            R"({"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}})";
        write_text(work / "secret.json", config);
        write_text(work / "d/real.json", config);
        write_text(work / "d/sub/x", "");
        write_text(work / "d/manifest.json",
                   R"([{"Config":"c.json","RepoTags":["a:1"],"Layers":[]}])");
        fs::create_directory_symlink(".", work / "d/inner");
        if (holds(c.target, "way"))
            fs::create_directory_symlink("..", work / "d/way");
        std::string target = c.target;
        if (target.front() == '@')
            target.replace(0, 1, fs::canonical(work / ".").string());
        fs::create_symlink(target, work / ("d/" + std::string(c.link)));
        for (const std::string& from : {work.path("d"), "docker-archive:" + work.path("d")}) {
            const std::string said = copy_error(work, from);
            CHECK_MESSAGE(said.empty() == c.good, said);
            if (!c.good) {
                CHECK_MESSAGE(holds(said, "link"), said);
                CHECK_MESSAGE(holds(said, "cp -rL"), said);
                CHECK(!fs::exists(work / "out"));
            }
        }
    }
}

TEST_CASE("a layout's blobs may be links to each other and not to a cache elsewhere")
{
    const WorkFolder work;
    const MadeImage made = make_image({});
    write_folder(work, made, "d");
    write_folder(work, made, "inside");
    write_folder(work, made, "outside");
    fs::create_directories(work / "inside/kept");
    for (const auto& file : fs::directory_iterator(work / "inside/blobs/sha256")) {
        const fs::path name = file.path().filename();
        fs::rename(file.path(), work / "inside/kept" / name);
        fs::create_symlink("../../kept" / name, file.path());
        fs::remove(work / "outside/blobs/sha256" / name);
        fs::create_symlink("../../../d/blobs/sha256" / name, work / "outside/blobs/sha256" / name);
    }
    CHECK(copy_error(work, "oci:" + work.path("inside")) == "");
    const std::string said = copy_error(work, "oci:" + work.path("outside"));
    CHECK_MESSAGE(holds(said, "outside/blobs/sha256/"), said);
    CHECK_MESSAGE(holds(said, "cp -rL " + work.path("outside")), said);
}

TEST_CASE("a pipe, a device or a link to nothing in an image's folder is no member")
{
    const WorkFolder work;
    write_folder(work, make_image({}), "d");
    fs::create_symlink("nothing", work / "d/dangling");
    fs::create_symlink("round", work / "d/round");
    output_of({"mkfifo", work.path("d/pipe")});
    CHECK(copy_error(work, work.path("d")) == "");
    const auto image = OpenedImage::open(work / "d");
    REQUIRE(image);
    CHECK(!image.value().find("dangling"));
    CHECK(!image.value().find("pipe"));
}

TEST_CASE("a copy refuses layers that are not those of the configuration, compressed or not")
{
    const std::string tar(2048, '\0');
    const std::string other(1024, '\0');
    const std::string good =
        R"({"rootfs":{"type":"layers","diff_ids":[")" + host::sha256(tar).text() + R"("]}})";

    struct Case {
        const char* name;
        std::string layer;
        bool good;
    };

    const Case cases[] = {
        {"plain", tar, true},
        {"plain, another", other, false},
        {"gzip", layers::gzip_member(host::as_bytes(tar), 1), true},
        {"gzip, another", layers::gzip_member(host::as_bytes(other), 1), false},
        {"gzip, damaged", layers::gzip_member(host::as_bytes(tar), 1).substr(0, 20), false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work;
        MadeImage image;
        image.members["l.tar"] = c.layer;
        image.members["c.json"] = good;
        image.members["manifest.json"] =
            R"([{"Config":"c.json","RepoTags":["a:1"],"Layers":["l.tar"]}])";
        write_text(work / "x.tar", image.archive());
        const std::string said = copy_error(work, work.path("x.tar"));
        CHECK_MESSAGE(said.empty() == c.good, said);
        CHECK_MESSAGE((c.good || holds(said, "layer '")), said);
        CHECK(fs::exists(work / "out/index.json") == c.good);
    }

    const WorkFolder work;
    Parts parts;
    parts.diff_id = host::sha256("another").text();
    write_text(work / "x.tar", make_image(parts).archive());
    const std::string said = copy_error(work, "oci-archive:" + work.path("x.tar"));
    CHECK_MESSAGE(holds(said, parts.diff_id), said);
}

}  // namespace image_folder_test
