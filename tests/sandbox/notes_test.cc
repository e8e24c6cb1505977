// What is legal in a profile but worth saying.
#include <array>
#include <string>

#include <doctest/doctest.h>

#include "outis/sandbox/document.h"
#include "outis/sandbox/profile.h"
#include "tests/sandbox/ask.h"

namespace outis::sandbox::notes_test {
namespace {

TEST_CASE("a call that an architecture lacks is a note, never an error")
{
    struct Case {
        const char* name;
        const char* text;
        const char* printed;
    };

    constexpr std::array cases = std::to_array<Case>({
        {"on both", "[seccomp]\nallow = [\"read\"]\n", ""},
        {"not on arm64", "[seccomp]\nallow = [\"read\", \"fork\"]\n",
         "p.toml:2:18: note: the system call 'fork' does not exist on arm64\n"
         "    2 | allow = [\"read\", \"fork\"]\n"
         "      |                  ^~~~~~\n"},
        {"not on amd64", "[seccomp]\nrefuse = \"arm_fadvise64_64\"\narchitectures = [\"arm\"]\n",
         "p.toml:2:10: note: the system call 'arm_fadvise64_64' does not exist on amd64\n"
         "    2 | refuse = \"arm_fadvise64_64\"\n"
         "      |          ^~~~~~~~~~~~~~~~~~\n"},
        {"on ABIs that are not accepted", "[seccomp]\nlog = [\"_llseek\"]\n",
         "p.toml:2:8: note: the system call '_llseek' exists only on i386, arm, which this profile "
         "does not accept\n"
         "    2 | log = [\"_llseek\"]\n"
         "      |        ^~~~~~~~~\n"},
        {"on ABIs that are accepted",
         "[seccomp]\nallow = [\"_llseek\"]\narchitectures = [\"i386\", \"arm\"]\n", ""},
        {"in a rule, and again",
         "[seccomp]\nallow = [\"read\"]\n"
         "[[seccomp.rule]]\ncall = \"dup2\"\nwhen = \"arg0 == 1\"\n"
         "[[seccomp.rule]]\ncall = \"dup2\"\nwhen = \"arg0 == 2\"\n",
         "p.toml:4:8: note: the system call 'dup2' does not exist on arm64\n"
         "    4 | call = \"dup2\"\n"
         "      |        ^~~~~~\n"},
        {"a group is for every architecture", "[seccomp]\nallow = [\"@process\"]\n", ""},
    });
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(print(parsed(c.text).notes) == c.printed);
    }
}

TEST_CASE("notes are about the profile's own file, and are left out beside errors")
{
    const std::array texts{
        ProfileText{.file = "p.toml", .text = "extends = [\"base\"]\n"},
        ProfileText{.file = "base.toml", .text = "[seccomp]\nallow = [\"fork\"]\n"}};
    const auto heir = parse_profile(texts);
    REQUIRE(heir);
    CHECK(heir.value().notes.empty());

    const std::array wrong_texts{
        ProfileText{.file = "p.toml", .text = "umask = -1\n[seccomp]\nallow = [\"fork\"]\n"}};
    const auto wrong = parse_profile(wrong_texts);
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().size() == 1);
}

}  // namespace
}  // namespace outis::sandbox::notes_test
