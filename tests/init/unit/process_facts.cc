// What /proc says of a process, and the score that follows.
#include "outis/base/process_facts.h"

#include <string>

#include <doctest/doctest.h>

namespace outis::tests::process_facts_test {
namespace {

struct Status {
    std::string uid = "65534\t65534\t65534\t65534";
    std::string gid = "65534\t65534\t65534\t65534";
    std::string held = "0000000000000000";
    std::string bounding = "0000000000000000";
    std::string no_new_privs = "1";
    std::string seccomp = "2";

    std::string text() const
    {
        return "Name:\ta: b\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t" + uid + "\nGid:\t" + gid +
               "\nFDSize:\t64\nGroups:\t4 24 \nCapInh:\t0000000000000000\nCapPrm:\t" + held +
               "\nCapEff:\t" + held + "\nCapBnd:\t" + bounding +
               "\nCapAmb:\t0000000000000000\nNoNewPrivs:\t" + no_new_privs + "\nSeccomp:\t" +
               seccomp + "\nSeccomp_filters:\t1\n";
    }
};

TEST_CASE("facts: a status file is read")
{
    const std::string text = Status{.held = "0000000000000420"}.text();
    const auto facts = read_process_facts(text);
    REQUIRE(facts);
    CHECK(facts->of(Fact::name) == "a: b");
    CHECK(facts->of(Fact::uid) == "65534\t65534\t65534\t65534");
    CHECK(facts->of(Fact::groups) == "4 24");
    CHECK(facts->set(Fact::permitted) == 0x420);
    CHECK(facts->set(Fact::ambient) == 0);
    CHECK(facts->of(Fact::filters) == "1");
}

TEST_CASE("facts: an incomplete status file is refused")
{
    const std::string text = Status{}.text();
    const std::size_t ambient = text.find("CapAmb");
    for (std::size_t length = 0; length <= text.size(); ++length) {
        CAPTURE(length);
        const bool whole = length > text.find('\n', ambient);
        CHECK(read_process_facts({text.data(), length}).has_value() == whole);
    }
    for (const char* other : {"", "\n", ":\n", "Uid\nCapAmb\n", "::::\n\n\n"})
        CHECK_FALSE(read_process_facts(other));
}

TEST_CASE("facts: each weakness adds to the exposure")
{
    struct Case {
        std::string name;
        Status status;
        bool writable_root;
        unsigned score;
    };

    const Case kCases[]{
        {"confined", {}, false, 0},
        {"a writable root", {}, true, 10},
        {"root", {.uid = "0\t0\t0\t0"}, false, 20},
        {"a saved root", {.uid = "7\t7\t0\t7"}, false, 20},
        {"not root, but a number with noughts", {.uid = "100\t10\t1000\t300"}, false, 0},
        {"the group root", {.gid = "0\t0\t0\t0"}, false, 5},
        {"a harmless capability", {.held = "0000000000000400"}, false, 10},
        {"one that reaches the host", {.held = "0000000000200000"}, false, 25},
        {"a bounding set, useless", {.bounding = "00000000a80425fb"}, false, 0},
        {"a bounding set", {.bounding = "00000000a80425fb", .no_new_privs = "0"}, false, 20},
        {"no filter", {.seccomp = "0"}, false, 20},
        {"strict mode is another", {.seccomp = "1"}, false, 20},
        {"everything",
         {.uid = "0\t0\t0\t0",
          .gid = "0\t0\t0\t0",
          .held = "000001ffffffffff",
          .bounding = "000001ffffffffff",
          .no_new_privs = "0",
          .seccomp = "0"},
         true,
         100},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        const std::string text = c.status.text();
        const auto facts = read_process_facts(text);
        REQUIRE(facts);
        CHECK(weight_of(exposures_of(*facts, c.writable_root)) == c.score);
    }
}

TEST_CASE("facts: the root of a process is recognised")
{
    const std::string read_only = "21 1 0:20 / / ro,relatime - overlay overlay rw\n";
    const std::string writable = "22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/x rw\n";
    const std::string other = "23 1 0:22 / /tmp rw - tmpfs tmpfs rw\n";
    CHECK_FALSE(root_is_writable(""));
    CHECK_FALSE(root_is_writable(read_only + other));
    CHECK(root_is_writable(writable + other));
    CHECK(root_is_writable(read_only + writable));
    CHECK_FALSE(root_is_writable(writable + read_only));
    CHECK_FALSE(root_is_writable("22 1 0:21 / /"));
}

}  // namespace
}  // namespace outis::tests::process_facts_test
