// Whom a bake on an image runs as, and which entrypoints of the image can start the app.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "broken_images.h"
#include "fixture.h"
#include "made_image.h"
#include "outis/images/harden.h"

namespace over_user_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::bake;
using namespace outis::images::testing;

namespace {

std::string image_of(const WorkFolder& shop, const std::string& run)
{
    Parts parts;
    parts.run = run;
    parts.put({.path = "etc/passwd"}, "root:x:0:0::/root:/bin/sh\nweb:x:33:33::/:/bin/sh\n");
    parts.put({.path = "etc/group"}, "root:x:0:\nweb:x:77:\nstaff:x:50:web\nwebs:x:78\n");
    write_text(shop / "base.tar", make_image(parts).archive());
    return shop.path("base.tar");
}

}  // namespace

TEST_CASE("a bake over an image runs as the user that engines would choose")
{
    struct Case {
        const char* name;
        const char* own;
        const char* user;  // in the end; nullptr: refused
    };

    const Case cases[] = {
        {"an account", "web", "33:33"},
        {"its number", "33", "33:33"},
        {"a number without account has group 0", "1000", "1000:0"},
        {"a group of /etc/group", "web:web", "33:77"},
        {"a group without account", "web:staff", "33:50"},
        {"a group without members' field", "web:webs", "33:78"},
        {"numbers", "12:34", "12:34"},
        {"root in another group is root", "0:staff", "65534:65534"},
        {"a group that is not there", "web:none", nullptr},
        {"a user who is not there", "nosuch", nullptr},
    };
    const WorkFolder shop;
    const std::string app = shop.program("hello");
    for (const Case& c : cases) {
        CAPTURE(std::string(c.name));
        const std::string base =
            image_of(shop, R"({"Cmd":["/x"],"User":")" + std::string(c.own) + "\"}");
        const auto made =
            bake_quietly({.apps = {app}, .outputs = {shop.path("x.tar")}, .from = base});
        REQUIRE(static_cast<bool>(made) == (c.user != nullptr));
        if (c.user != nullptr)
            CHECK(made.value().user == c.user);
    }
}

TEST_CASE("hardening keeps what is unwise in an image and not wrong")
{
    const WorkFolder shop;
    const std::string base =
        image_of(shop, R"({"Entrypoint":["/x"],"User":"web","Env":["A=1","A=2"],)"
                       R"("Labels":{"org.opencontainers.image.vendor.team":"x"}})");
    for (const std::string& output : {shop.path("x.tar"), "oci:" + shop.path("layout")}) {
        CAPTURE(output);
        const auto made = harden({.image = base, .outputs = {output}}, [](std::string_view) {});
        REQUIRE_MESSAGE(made, made.error().text);
        CHECK(made.value().user == "web");
    }
}

TEST_CASE("a bake over an image refuses to keep an entrypoint that cannot start the app")
{
    struct Case {
        const char* name;
        const char* run;
        const char* profile;
        const char* want;
    };

    const Case cases[] = {
        {"the app takes its place", R"({"Entrypoint":["/app"]})", "baseline",
         "is '/app', which the app replaces"},
        {"a line for a shell", R"({"Entrypoint":["sh","-c","exec top"]})", "baseline",
         "is a line for a shell"},
        {"a policy of one program", R"({"Entrypoint":["/etc/passwd","x"]})", "once.toml",
         "profile 'once' lets one program start"},
        {"it is not there", R"({"Entrypoint":["/gone"]})", "baseline", "'/gone', is not there"},
        {"it is not in PATH", R"({"Entrypoint":["gone"]})", "baseline", "'gone' is not there"},
    };
    const WorkFolder shop;
    const std::string app = shop.program("hello");
    write_text(shop / "once.toml", "[seccomp]\nallow = [\"read\"]\n[exec]\nonce = true\n");
    for (const Case& c : cases) {
        CAPTURE(std::string(c.name));
        const std::string profile =
            std::string(c.profile).ends_with(".toml") ? shop.path(c.profile) : c.profile;
        const auto made = bake_quietly({.apps = {app},
                                        .outputs = {shop.path("x.tar")},
                                        .from = image_of(shop, c.run),
                                        .keep_entrypoint = true,
                                        .profile = profile});
        REQUIRE_FALSE(made);
        CHECK_MESSAGE(made.error().text.find(c.want) != std::string::npos, made.error().text);
    }
}

TEST_CASE("a bake over an image may start a program of the image, and no other")
{
    const WorkFolder shop;
    const std::string app = shop.program("hello");
    BakeOptions options{.apps = {app},
                        .outputs = {shop.path("x.tar")},
                        .from = image_of(shop, R"({"Cmd":["/x"]})"),
                        .entrypoint = R"(["/etc/passwd", "/app"])"};
    CHECK(bake_quietly(options));
    options.entrypoint = "/nope";
    const auto made = bake_quietly(options);
    REQUIRE_FALSE(made);
    CHECK(made.error().text.find("'/nope' is not there") != std::string::npos);
}

}  // namespace over_user_test
