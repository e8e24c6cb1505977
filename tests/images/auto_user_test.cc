// `--user auto`: an account of the image's own.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "content/accounts.h"
#include "fixture.h"
#include "unpacked.h"

namespace auto_user_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::content;
using namespace outis::images::bake;
using namespace outis::images::testing;

TEST_CASE("an automatic user depends on the image's name, not on tag or registry")
{
    struct Case {
        const char* name;
        BakeOptions options;
        const char* user;
        const char* row;  // of /etc/passwd
    };

    const std::string id = std::to_string(auto_account("team/hello").uid);
    const std::string own = id + ":" + id;
    const std::string row = "hello:x:" + own + ":hello:/nonexistent:/sbin/nologin\n";
    const Case cases[] = {
        {"a name", {.tags = {"team/hello"}}, own.c_str(), row.c_str()},
        {"with tag and registry",
         {.tags = {"localhost:5000/team/hello:7", "x"}},
         own.c_str(),
         row.c_str()},
        {"its name is taken", {.tags = {"team/hello"}, .accounts = {"hello:33"}}, own.c_str(), ""},
    };
    const WorkFolder work_folder;
    for (const Case& c : cases) {
        CAPTURE(c.name);
        BakeOptions options = c.options;
        options.apps = {work_folder.program("hello")};
        options.outputs = {work_folder.path("x.tar")};
        options.user = "auto";
        CHECK(baked(options).user == c.user);
        const Unpacked image = unpack(work_folder / "x.tar");
        CHECK(image.contents.at("etc/passwd").find(c.row) != std::string::npos);
        CHECK(image.contents.at("etc/passwd").find(":x:" + own + ":") != std::string::npos);
        CHECK(image.contents.at("etc/group").find(":x:" + id + ":") != std::string::npos);
        CHECK(problems_of(work_folder / "x.tar") == "");
    }
    BakeOptions nameless{.apps = {work_folder.program("hello")},
                         .outputs = {work_folder.path("x.tar")},
                         .user = "auto"};
    CHECK(baked(nameless).user ==
          user_text({.uid = auto_account("hello").uid, .gid = auto_account("hello").gid}));
    nameless.profile = "strict";
    const auto refused = bake_quietly(nameless);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("fixes the user") != std::string::npos);
}

}  // namespace auto_user_test
