// What a profile promises that not every kernel can keep.
#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "outis/sandbox/questions.h"
#include "tests/sandbox/ask.h"

namespace outis::sandbox::kernel_notes_test {
namespace {

TEST_CASE("a note names the kernel version that a rule needs")
{
    struct Case {
        const char* text;
        std::vector<std::string> needs;
        const char* otherwise;
    };

    const std::array cases = std::to_array<Case>({
        {"", {}, ""},
        {"[memory]\ndeny-write-execute = true\n", {"5.19"}, "does not keep"},
        {"[landlock]\nbind = [80]\nscopes = [\"signal\"]\n", {"6.7", "6.12"}, "nothing starts"},
        {"[landlock]\nenforce = \"best-effort\"\nread = [\"/\"]\nbind-udp = []\n",
         {"6.2", "7.2"},
         "does not keep"},
        {"[landlock]\nioctl = []\n[memory]\ndeny-write-execute = true\n",
         {"5.19", "6.10"},
         "nothing starts"},
    });
    for (const Case& c : cases) {
        CAPTURE(std::string(c.text));
        const Diagnostics notes =
            kernel_notes(parsed(std::string("[seccomp]\nallow = [\"@default\"]\n") + c.text));
        REQUIRE(notes.size() == c.needs.size());
        for (std::size_t i = 0; i < notes.size(); ++i) {
            CHECK(notes[i].severity == Severity::note);
            CHECK(notes[i].message.find("(Linux " + c.needs[i] + ")") != std::string::npos);
            CHECK(notes[i].message.find(c.otherwise) != std::string::npos);
        }
    }
}

}  // namespace
}  // namespace outis::sandbox::kernel_notes_test
