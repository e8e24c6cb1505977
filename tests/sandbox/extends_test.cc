// What a profile says on top of those it extends.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "outis/sandbox/document.h"
#include "outis/sandbox/profile.h"

namespace outis::sandbox::extends_test {
namespace {

constexpr const char* kFilter = "[seccomp]\nallow = [\"read\"]\n";

const Call* find_call(const Profile& profile, std::string_view name)
{
    const auto& calls = profile.seccomp->calls;
    const auto found = std::ranges::find(calls, name, &Call::name);
    return found == calls.end() ? nullptr : &*found;
}

TEST_CASE("a profile adds to or replaces what it extends")
{
    struct Case {
        const char* name;
        const char* base;
        const char* text;
        const char* call;
        ActionKind listed;
        std::size_t refusals;
        std::size_t permissions;
    };

    constexpr const char* ioctl_rule =
        "[[seccomp.rule]]\ncall = \"ioctl\"\nwhen = \"request == 1\"\naction = \"refuse\"\n";
    const std::string ruled = std::string("[seccomp]\nallow = [\"ioctl\"]\n") + ioctl_rule;
    const std::string sockets =
        "[seccomp]\n[[seccomp.rule]]\ncall = \"socket\"\nwhen = \"domain == 1\"\n";
    const std::array cases = std::to_array<Case>({
        {"a list is inherited", "[seccomp]\nallow = [\"dup\"]\n", "", "dup", ActionKind::allow, 0,
         0},
        {"a later name wins", "[seccomp]\nallow = [\"dup\"]\n", "[seccomp]\nrefuse = [\"dup\"]\n",
         "dup", ActionKind::refuse, 0, 0},
        {"a later group wins over a group", "[seccomp]\nallow = [\"@basic-io\"]\n",
         "[seccomp]\nrefuse = [\"@basic-io\"]\n", "dup", ActionKind::refuse, 0, 0},
        {"a later group wins over a name", "[seccomp]\nrefuse = [\"dup\"]\n",
         "[seccomp]\nallow = [\"@basic-io\"]\n", "dup", ActionKind::allow, 0, 0},
        {"a later group refuses a name", "[seccomp]\nallow = [\"dup\"]\n",
         "[seccomp]\nkill = [\"@basic-io\"]\n", "dup", ActionKind::kill_process, 0, 0},
        {"a later group refuses what rules permit", sockets.c_str(),
         "[seccomp]\nrefuse = [\"@network-io\"]\n", "socket", ActionKind::refuse, 0, 0},
        {"a later name refuses what rules permit", sockets.c_str(),
         "[seccomp]\nrefuse = [\"socket\"]\n", "socket", ActionKind::refuse, 0, 0},
        {"a name beats a group of its file", "",
         "[seccomp]\nallow = [\"dup\"]\nkill = [\"@basic-io\"]\n", "dup", ActionKind::allow, 0, 0},
        {"the stricter group wins in a file", "",
         "[seccomp]\nallow = [\"@network-server\"]\nkill = [\"@basic-io\"]\n", "dup",
         ActionKind::kill_process, 0, 0},
        {"refusing rules add up", ruled.c_str(), ruled.c_str(), "ioctl", ActionKind::allow, 2, 0},
        {"listing a call keeps its refusals", ruled.c_str(), "[seccomp]\nallow = [\"ioctl\"]\n",
         "ioctl", ActionKind::allow, 1, 0},
        {"lifting takes them away", ruled.c_str(),
         "[seccomp]\nunsafe-lift = [{ call = \"ioctl\", reason = \"r\" }]\n", "ioctl",
         ActionKind::allow, 0, 0},
        {"permissions are replaced", sockets.c_str(),
         "[seccomp]\n[[seccomp.rule]]\ncall = \"socket\"\nwhen = \"domain == 2\"\n", "socket",
         ActionKind::refuse, 0, 1},
        {"listing replaces permissions", sockets.c_str(), "[seccomp]\nallow = [\"socket\"]\n",
         "socket", ActionKind::allow, 0, 0},
        {"a group leaves permissions alone", sockets.c_str(),
         "[seccomp]\nallow = [\"@network-io\"]\n", "socket", ActionKind::allow, 0, 1},
    });
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::array texts{
            ProfileText{.file = "p.toml", .text = std::string("extends = [\"base\"]\n") + c.text},
            ProfileText{.file = "x/base.toml",
                        .text = std::string("umask = 1\n") +
                                (std::string_view(c.base).empty() ? "[seccomp]\n" : c.base)}};
        auto profile = parse_profile(texts);
        if (!profile)
            FAIL(print(profile.error()));
        const Profile found = profile.take();
        CHECK(found.umask == 1);
        const Call* call = find_call(found, c.call);
        REQUIRE(call != nullptr);
        CHECK(call->listed.kind == c.listed);
        CHECK(call->refusals.size() == c.refusals);
        CHECK(call->permissions.size() == c.permissions);
    }
}

TEST_CASE("a statement without effect is an error at its place")
{
    struct Case {
        const char* name;
        const char* text;
        std::uint32_t line;
        std::uint32_t column;
        const char* word;
    };

    constexpr std::array cases = std::to_array<Case>({
        {"a group below a stricter one",
         "[seccomp]\nallow = [\"@basic-io\"]\nkill = [\"@basic-io\"]\n", 2, 10, "'@basic-io'"},
        {"a group below the names of its calls",
         "[seccomp]\nallow = [\"ioperm\", \"iopl\", \"pciconfig_iobase\", \"pciconfig_read\", "
         "\"pciconfig_write\"]\nrefuse = [\"@raw-io\"]\n",
         3, 11, "'@raw-io'"},
        {"lifting where nothing lies",
         "[seccomp]\nallow = [\"ioctl\"]\n"
         "unsafe-lift = [{ call = \"ioctl\", reason = \"r\" }]\n",
         3, 25, "'ioctl'"},
    });
    for (const Case& c : cases) {
        CAPTURE(std::string(c.name));
        const std::array texts{ProfileText{.file = "p.toml", .text = c.text}};
        const auto profile = parse_profile(texts);
        REQUIRE_FALSE(profile);
        CAPTURE(print(profile.error()));
        REQUIRE(profile.error().size() == 1);
        CHECK(profile.error().front().line == c.line);
        CHECK(profile.error().front().column == c.column);
        CHECK(profile.error().front().message.find(c.word) != std::string::npos);
    }
}

TEST_CASE("a profile cannot weaken what it extends")
{
    struct Case {
        const char* name;
        const char* base;
        const char* text;
    };

    constexpr std::array cases = std::to_array<Case>({
        {"locked", "locked = true\n", "locked = false\n"},
        {"hidden", "hidden = true\n", "hidden = false\n"},
        {"user-exact", "user-exact = true\n", "user-exact = false\n"},
        {"once", "[exec]\nonce = true\n", "[exec]\nonce = false\n"},
        {"deny-write-execute", "[memory]\ndeny-write-execute = true\n",
         "[memory]\ndeny-write-execute = false\n"},
    });
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string extends = "extends = [\"base\"]\n";
        std::array texts{ProfileText{.file = "p.toml", .text = extends + c.text},
                         ProfileText{.file = "base.toml", .text = std::string(c.base) + kFilter}};
        const auto weaker = parse_profile(texts);
        REQUIRE_FALSE(weaker);
        REQUIRE(weaker.error().size() == 1);
        CHECK(weaker.error()[0].message ==
              "an extended profile promises this, and false breaks it");
        texts[0].text = extends + c.base;
        CHECK(parse_profile(texts));
        texts[1].text = c.text + std::string(kFilter);
        CHECK(parse_profile(texts));
    }
}

TEST_CASE("the last statement about a variable counts")
{
    struct Case {
        const char* name;
        const char* base;
        const char* text;
        std::vector<std::string> rows;  // operation and text
    };

    const std::array cases = std::to_array<Case>({
        {"set anew", "set = { A = \"1\" }", "set = { A = \"2\" }", {"1A=2"}},
        {"unset again", "set = { A = \"1\" }", "unset = [\"A\"]", {"2A"}},
        {"set after all", "unset = [\"A\"]", "set = { A = \"2\" }", {"1A=2"}},
        {"a name that begins alike",
         "set = { AB = \"1\" }",
         "set = { A = \"2\" }",
         {"1AB=1", "1A=2"}},
        {"kept and set", "keep = [\"A\"]", "set = { A = \"2\" }", {"3A", "1A=2"}},
        {"kept twice", "keep = [\"A\"]", "keep = [\"A\"]", {"3A"}},
    });
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string table = "[environment]\n";
        const std::array texts{
            ProfileText{.file = "p.toml", .text = "extends = [\"base\"]\n" + table + c.text},
            ProfileText{.file = "base.toml", .text = kFilter + table + c.base}};
        const auto profile = parse_profile(texts);
        REQUIRE(profile);
        std::vector<std::string> rows;
        for (const EnvironmentChange& change : profile.value().environment)
            rows.push_back(std::to_string(change.operation) + change.text);
        CHECK(rows == c.rows);
    }
}

TEST_CASE("extending has a limit, and a circle is an error")
{
    std::vector<ProfileText> circle{{.file = "a.toml", .text = "extends = [\"b\"]\n[seccomp]\n"},
                                    {.file = "b.toml", .text = "extends = [\"a\"]\n[seccomp]\n"}};
    CHECK_FALSE(parse_profile(circle));

    std::vector<ProfileText> chain;
    for (std::size_t i = 0; i < kMaxExtendsDepth + 2; ++i)
        chain.push_back({.file = "c" + std::to_string(i) + ".toml",
                         .text = "extends = [\"c" + std::to_string(i + 1) + "\"]\n[seccomp]\n"});
    CHECK_FALSE(parse_profile(chain));

    // A profile that two others extend is read once and is no circle.
    const std::vector<ProfileText> diamond{
        {.file = "top.toml", .text = "extends = [\"left\", \"right\"]\n"},
        {.file = "left.toml", .text = "extends = [\"base\"]\numask = 2\n"},
        {.file = "right.toml", .text = "extends = [\"base\"]\n"},
        {.file = "base.toml", .text = "umask = 1\n[seccomp]\n"}};
    const auto profile = parse_profile(diamond);
    REQUIRE(profile);
    CHECK(profile.value().umask == 2);
}

}  // namespace
}  // namespace outis::sandbox::extends_test
