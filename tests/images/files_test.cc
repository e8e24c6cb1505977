#include "host/new_file.h"

#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/input.h"

namespace files_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::testing;

TEST_CASE("a new file appears at commit")
{
    const WorkFolder work_folder;
    const std::vector<std::string> before = work_folder.listing();
    {
        auto file = NewFile::create(work_folder / "new");
        REQUIRE(file);
        NewFile open = file.take();
        REQUIRE(open.write(as_bytes("text")));
        CHECK(work_folder.listing() == before);
        CHECK(read_text(open.readable_path()) == "text");
        REQUIRE(open.commit());
    }
    CHECK(read_text(work_folder / "new") == "text");
    CHECK(work_folder.listing().size() == before.size() + 1);
}

TEST_CASE("a new file that is not committed leaves the old one alone")
{
    const WorkFolder work_folder;
    write_text(work_folder / "old", "old");
    const std::vector<std::string> before = work_folder.listing();
    {
        auto file = NewFile::create(work_folder / "old");
        REQUIRE(file);
        NewFile open = file.take();
        REQUIRE(open.write(as_bytes("new")));
    }
    CHECK(read_text(work_folder / "old") == "old");
    CHECK(work_folder.listing() == before);
}

TEST_CASE("a new file replaces the target of a link and keeps the link")
{
    const WorkFolder work_folder;
    write_text(work_folder / "real", "old");
    std::filesystem::create_symlink("real", work_folder / "link");
    auto file = NewFile::create(work_folder / "link");
    REQUIRE(file);
    NewFile open = file.take();
    REQUIRE(open.write(as_bytes("new")));
    REQUIRE(open.commit());
    CHECK(std::filesystem::is_symlink(work_folder / "link"));
    CHECK(read_text(work_folder / "real") == "new");
}

TEST_CASE("a device is written to and never replaced")
{
    auto file = NewFile::create("/dev/full");
    REQUIRE(file);
    NewFile open = file.take();
    const auto written = open.write(as_bytes("x"));
    REQUIRE_FALSE(written);
    CHECK(written.error().text == "cannot write '/dev/full': No space left on device");
    CHECK(written.error().blame == Blame::environment);
    CHECK(std::filesystem::is_character_file("/dev/full"));
}

TEST_CASE("an error of reading names the file and the reason")
{
    struct Case {
        const char* name;
        std::string path;
        const char* message;
    };

    const WorkFolder work_folder;
    write_text(work_folder / "six", "123456");
    const Case cases[] = {
        {"missing", work_folder.path("missing"), "No such file or directory"},
        {"directory", work_folder.path("data"), "is a directory"},
        {"device", "/dev/null", "not a regular file"},
        {"too large", work_folder.path("six"), "more than the 5"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto text = read_file(c.path, 5);
        REQUIRE_FALSE(text);
        CHECK(text.error().text.find(c.message) != std::string::npos);
        CHECK(text.error().text.find(c.path) != std::string::npos);
    }
    const auto six = read_file(work_folder / "six", 6);
    REQUIRE(six);
    CHECK(six.value() == "123456");
}

}  // namespace files_test
