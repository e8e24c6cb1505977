// Lines of /etc/passwd and /etc/group.
#include "init/identity/accounts.h"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace outis::tests::accounts_test {
namespace {

using namespace init;

TEST_CASE("accounts: a line of passwd is parsed, or skipped")
{
    struct Case {
        std::string name;
        std::string_view line;
        bool good;
        std::uint32_t uid;
        std::uint32_t gid;
        std::string_view user;
        std::string_view home;
    };

    const std::string long_home = "a:x:1:2::/" + std::string(300, 'h') + ":/s";
    const Case kCases[]{
        {"root", "root:x:0:0:root:/root:/bin/sh", true, 0, 0, "root", "/root"},
        {"nobody", "nobody:x:65534:65534::/:", true, 65534, 65534, "nobody", "/"},
        {"no shell", "a:x:1:2:g:/home/a", true, 1, 2, "a", "/home/a"},
        {"no home", "a:x:1:2:g", true, 1, 2, "a", ""},
        {"empty password", "a::1:2:::", true, 1, 2, "a", ""},
        {"largest id", "a:x:4294967294:1:::", true, 4294967294, 1, "a", ""},
        {"the id for unchanged", "a:x:4294967295:1:::", false, 0, 0, "", ""},
        {"a home too long to keep", long_home, true, 1, 2, "a", ""},
        {"empty", "", false, 0, 0, "", ""},
        {"no name", ":x:1:2:::", false, 0, 0, "", ""},
        {"no uid", "a:x::2:::", false, 0, 0, "", ""},
        {"negative uid", "a:x:-1:2:::", false, 0, 0, "", ""},
        {"letters in the gid", "a:x:1:2b:::", false, 0, 0, "", ""},
        {"three fields", "a:x:1", false, 0, 0, "", ""},
        {"comment", "# a comment", false, 0, 0, "", ""},
        {"NIS", "+::::::", false, 0, 0, "", ""},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        const auto account = parse_account(c.line);
        REQUIRE(account.has_value() == c.good);
        if (!account)
            continue;
        CHECK(account->uid == c.uid);
        CHECK(account->gid == c.gid);
        CHECK(account->name.data() == c.user);
        CHECK(account->home.data() == c.home);
    }
}

TEST_CASE("accounts: a line of group is parsed, or skipped")
{
    struct Case {
        std::string name;
        std::string_view line;
        bool good;
        std::uint32_t gid;
    };

    const Case kCases[]{
        {"with members", "staff:x:50:a,b", true, 50},
        {"without members", "staff:x:50:", true, 50},
        {"three fields", "staff:x:50", true, 50},
        {"two fields", "staff:x", false, 0},
        {"no name", ":x:50:", false, 0},
        {"no number", "staff:x::", false, 0},
        {"empty", "", false, 0},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        const auto group = parse_group(c.line);
        REQUIRE(group.has_value() == c.good);
        if (group) {
            CHECK(group->name == "staff");
            CHECK(group->gid == c.gid);
        }
    }
}

TEST_CASE("accounts: an id is a number in range")
{
    CHECK(parse_id("0") == 0U);
    CHECK(parse_id("4294967294") == 4294967294U);
    CHECK_FALSE(parse_id("4294967295"));
    CHECK_FALSE(parse_id("-1"));
    CHECK_FALSE(parse_id("root"));
    CHECK_FALSE(parse_id(""));
}

}  // namespace
}  // namespace outis::tests::accounts_test
