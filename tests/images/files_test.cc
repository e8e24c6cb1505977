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
    const Workshop workshop;
    const std::vector<std::string> before = workshop.listing();
    {
        auto file = NewFile::create(workshop / "new");
        REQUIRE(file);
        NewFile open = file.take();
        REQUIRE(open.write(as_bytes("text")));
        CHECK(workshop.listing() == before);
        CHECK(read_text(open.readable_path()) == "text");
        REQUIRE(open.commit());
    }
    CHECK(read_text(workshop / "new") == "text");
    CHECK(workshop.listing().size() == before.size() + 1);
}

TEST_CASE("a new file that is not committed leaves the old one alone")
{
    const Workshop workshop;
    write_text(workshop / "old", "old");
    const std::vector<std::string> before = workshop.listing();
    {
        auto file = NewFile::create(workshop / "old");
        REQUIRE(file);
        NewFile open = file.take();
        REQUIRE(open.write(as_bytes("new")));
    }
    CHECK(read_text(workshop / "old") == "old");
    CHECK(workshop.listing() == before);
}

TEST_CASE("a new file replaces the target of a link and keeps the link")
{
    const Workshop workshop;
    write_text(workshop / "real", "old");
    std::filesystem::create_symlink("real", workshop / "link");
    auto file = NewFile::create(workshop / "link");
    REQUIRE(file);
    NewFile open = file.take();
    REQUIRE(open.write(as_bytes("new")));
    REQUIRE(open.commit());
    CHECK(std::filesystem::is_symlink(workshop / "link"));
    CHECK(read_text(workshop / "real") == "new");
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

    const Workshop workshop;
    write_text(workshop / "six", "123456");
    const Case cases[] = {
        {"missing", workshop.path("missing"), "No such file or directory"},
        {"directory", workshop.path("data"), "is a directory"},
        {"device", "/dev/null", "not a regular file"},
        {"too large", workshop.path("six"), "more than the 5"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto text = read_file(c.path, 5);
        REQUIRE_FALSE(text);
        CHECK(text.error().text.find(c.message) != std::string::npos);
        CHECK(text.error().text.find(c.path) != std::string::npos);
    }
    const auto six = read_file(workshop / "six", 6);
    REQUIRE(six);
    CHECK(six.value() == "123456");
}

}  // namespace files_test
