#include "content/accounts.h"

#include <string>

#include <doctest/doctest.h>

namespace accounts_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::content;

TEST_CASE("a user is a number or a name of the image")
{
    struct Case {
        const char* text;
        bool good;
        UserId id = {};
    };

    const Case cases[] = {
        {"65534", true, {65534, 65534}},
        {"nobody", true, {65534, 65534}},
        {"root", true, {0, 0}},
        {"0", true, {0, 0}},
        {"1000", true, {1000, 1000}},
        {"1000:5", true, {1000, 5}},
        {"web", true, {33, 34}},
        {"33", true, {33, 34}},
        {"web:nobody", true, {33, 65534}},
        {"web:nogroup", true, {33, 65534}},
        {"4294967294", true, {4294967294, 4294967294}},
        {"4294967295", false},
        {"-1", false},
        {"+1", false},
        {"", false},
        {":5", false},
        {"1:", false},
        {"somebody", false},
        {"1:somegroup", false},
        {"1:2:3", false},
    };
    Accounts accounts = base_accounts();
    REQUIRE(add_account(accounts, {.name = "web", .uid = 33, .gid = 34}));
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto user = parse_user(c.text, accounts);
        CHECK(static_cast<bool>(user) == c.good);
        if (user)
            CHECK(user.value() == c.id);
    }
}

TEST_CASE("an account is parsed, or refused")
{
    struct Case {
        const char* text;
        bool good;
    };

    const Case cases[] = {
        {"web:33", true},
        {"web:33:34", true},
        {"_x:1", true},
        {"a-b:1", true},
        {"Web:33", false},
        {"1x:33", false},
        {"web", false},
        {"web:", false},
        {":33", false},
        {"web:33:", false},
        {"we b:1", false},
        {"a:1:2:3", false},
        {"web:4294967295", false},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        CHECK(static_cast<bool>(parse_account(c.text)) == c.good);
    }
    Accounts accounts = base_accounts();
    CHECK_FALSE(add_account(accounts, {.name = "root", .uid = 7, .gid = 7}));
    CHECK_FALSE(add_account(accounts, {.name = "toor", .uid = 0, .gid = 0}));
    CHECK_FALSE(add_account(accounts, {.name = "nogroup", .uid = 7, .gid = 7}));
}

TEST_CASE("the account files name each uid once, and each gid except that of nobody")
{
    const Accounts accounts = with_user(base_accounts(), {.uid = 1000, .gid = 0});
    CHECK(passwd_text(accounts) ==
          "root:x:0:0:root:/:/sbin/nologin\n"
          "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n"
          "app:x:1000:0:app:/nonexistent:/sbin/nologin\n");
    CHECK(group_text(accounts) == "root:x:0:\nnobody:x:65534:\nnogroup:x:65534:\n");
    CHECK(passwd_text(with_user(base_accounts(), {.uid = 65534, .gid = 65534})) ==
          passwd_text(base_accounts()));
}

TEST_CASE("an automatic user is derived from the image's name")
{
    const Account hello = auto_account("team/hello");
    CHECK(hello.name == "hello");
    CHECK(hello.uid == 57534);
    CHECK(hello.gid == hello.uid);
    CHECK(auto_account("team/other").uid != hello.uid);
    CHECK(auto_account("a/x.y").name == "x-y");
    CHECK(auto_account("9lives").name == "app");
    CHECK(auto_account(std::string(200, 'n')).name == std::string(32, 'n'));
    for (int i = 0; i < 2000; ++i) {
        const std::uint32_t uid = auto_account("image" + std::to_string(i)).uid;
        CHECK((uid >= 20000 && uid <= 59999));
    }
}

}  // namespace accounts_test
