// Dynamic programs baked for real: what is in their images.
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "files/input.h"
#include "fixture.h"
#include "unpacked.h"

using namespace outis;
using namespace outis::images;
using namespace outis::images::testing;

namespace fs = std::filesystem;

namespace {

constexpr const char* kHello = "int main(void) { return 0; }\n";

}  // namespace

TEST_CASE("a program of this machine comes with its loader, its libraries and their list")
{
    const Workshop workshop;
    write_text(workshop / "hello.c", kHello);
    output_of({"gcc", "-o", workshop.path("hello"), workshop.path("hello.c")});
    const Baked made =
        baked({.apps = {workshop.path("hello")}, .outputs = {workshop.path("x.tar")}});
    CHECK(problems_of(workshop / "x.tar").empty());
    const Unpacked image = unpack(workshop / "x.tar");
    CHECK(image.layers.size() == 3);
    CHECK(image.entries.contains("app"));
    CHECK((image.entries.at("lib").kind == EntryKind::symlink) == fs::is_symlink("/lib"));
    const std::string libc = fs::canonical("/lib/x86_64-linux-gnu/libc.so.6").string();
    CHECK((image.contents.at(libc.substr(1)) == read_text(libc)));
    const std::string loader = fs::canonical("/lib64/ld-linux-x86-64.so.2").string();
    CHECK(image.entries.at(loader.substr(1)).mode == 0755);

    write_text(workshop / "ld.so.cache", image.contents.at("etc/ld.so.cache"));
    const std::string listing = output_of({"ldconfig", "-p", "-C", workshop.path("ld.so.cache")});
    CHECK(listing.find("libc.so.6 (libc6,x86-64) => /lib/x86_64-linux-gnu/libc.so.6") !=
          std::string::npos);
}
