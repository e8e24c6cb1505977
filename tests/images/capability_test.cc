#include "content/file_capability.h"

#include <array>
#include <string>

#include <doctest/doctest.h>
#include <sys/capability.h>
#include <sys/xattr.h>

#include "fixture.h"
#include "support/skip.h"
#include "unpacked.h"

namespace capability_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::layers;
using namespace outis::images::content;
using namespace outis::images::places;
using namespace outis::images::testing;

namespace {

// What setcap(8) would leave on a file; empty if this process may not.
std::string by_libcap(const std::string& text, const std::string& file)
{
    cap_t state = ::cap_from_text(text.c_str());
    REQUIRE(state != nullptr);
    const int set = ::cap_set_file(file.c_str(), state);
    ::cap_free(state);
    std::array<char, 64> raw{};
    const ssize_t size = ::getxattr(file.c_str(), "security.capability", raw.data(), raw.size());
    return set == 0 && size > 0 ? std::string(raw.data(), static_cast<std::size_t>(size)) : "";
}

}  // namespace

TEST_CASE("file capabilities have the bytes that libcap writes")
{
    struct Case {
        const char* text;
        std::uint64_t permitted;
        bool effective;
    };

    const Case cases[] = {
        {"cap_net_bind_service+ep", 1U << 10, true},
        {"cap_net_bind_service=ep", 1U << 10, true},
        {"CAP_NET_BIND_SERVICE+p", 1U << 10, false},
        {"cap_chown,cap_kill+pie", 1U << 0 | 1U << 5, true},
        {"cap_chown+p cap_kill+i", 1U << 0, false},
        {"cap_chown,cap_kill+p cap_kill-p", 1U << 0, false},
        {"cap_checkpoint_restore=p", std::uint64_t{1} << 40, false},
    };
    const WorkFolder work_folder;
    write_text(work_folder / "file", "x");
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto capability = parse_file_capability(c.text);
        REQUIRE_MESSAGE(capability, (capability ? "" : capability.error().text));
        CHECK(capability.value().permitted == c.permitted);
        CHECK(capability.value().effective == c.effective);
        CHECK(capability.value().raw.size() == 20);
        const std::string expected = by_libcap(c.text, work_folder.path("file"));
        if (expected.empty())
            tests::skip("file capabilities", "this process may not set them");
        else
            CHECK((capability.value().raw == expected));
    }
}

TEST_CASE("capabilities that a file cannot have are refused")
{
    struct Case {
        const char* text;
        const char* message;
    };

    const Case cases[] = {
        {"", "there are no capabilities"},
        {"cap_net_bind_servic+ep", "did you mean 'cap_net_bind_service'?"},
        {"net_raw+ep", "unknown capability 'net_raw'"},
        {"all=ep", "must be named"},
        {"=ep", "must be named"},
        {"cap_chown+ep =p", "must be named"},
        {"cap_chown", "malformed"},
        {"cap_chown+x", "malformed"},
        {"cap_chown-p", "permit nothing"},
        {"cap_chown+e", "permit nothing"},
        {"cap_chown+ep cap_kill+p", "effective in part"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto capability = parse_file_capability(c.text);
        REQUIRE_FALSE(capability);
        CAPTURE(capability.error().text);
        CHECK(capability.error().text.find(c.message) != std::string::npos);
    }
}

TEST_CASE("only a file with one name gets capabilities")
{
    struct Case {
        const char* key;
        const char* message;  // empty: it gets them
    };

    const Case cases[] = {
        {"file", ""},
        {"nothing", "there is no file '/nothing'"},
        {"folder", "there is no file '/folder'"},
        {"soft", "is a symbolic link"},
        {"hard", "has a second name"},
        {"first", "has a second name"},
    };
    const auto capability = parse_file_capability("cap_kill+ep");
    REQUIRE(capability);
    for (const Case& c : cases) {
        CAPTURE(c.key);
        Tree tree;
        tree.emplace("file", file_entry(std::string("x")));
        tree.emplace("first", file_entry(std::string("x")));
        tree.emplace("hard", hardlink_entry("first"));
        tree.emplace("soft", symlink_entry("file"));
        tree.emplace("folder", directory_entry());
        const auto given = give_capability(tree, c.key, capability.value());
        CHECK(static_cast<bool>(given) == std::string(c.message).empty());
        if (given)
            CHECK(tree.at(c.key).capability == capability.value().raw);
        else
            CHECK(given.error().text.find(c.message) != std::string::npos);
    }
}

TEST_CASE("--cap names programs and files, and is noted where it gives nothing")
{
    struct Case {
        std::string name;
        const char* given;
        const char* profile;
        const char* key;  // of the file that has it; nullptr: refused
        const char* message;
    };

    const Case cases[] = {
        {"the app", "app=cap_kill+ep", "none", "app", ""},
        {"another program", "tool=cap_kill=ep", "none", "bin/tool", ""},
        {"by its path", "/srv/data=cap_kill+ep", "none", "srv/data", ""},
        {"without effect", "app=cap_kill+ep", "confined.policy", "app",
         "sets no_new_privs, under which the kernel ignores file capabilities"},
        {"unknown program", "toll=cap_kill+ep", "none", nullptr,
         "no program 'toll' to give capabilities to (there are 'app', 'tool'"},
        {"unknown file", "/srv/x=cap_kill+ep", "none", nullptr, "there is no file '/srv/x'"},
        {"no text", "app", "none", nullptr, "capability 'app' has no value"},
    };
    const WorkFolder work_folder;
    write_text(work_folder / "payload", "x");
    write_text(work_folder / "confined.policy", make_policy({.flags = policy::kNoNewPrivs}));
    const std::string app = work_folder.program("hello");
    const std::string tool = work_folder.program("tool");
    const auto expected = parse_file_capability("cap_kill+ep");
    REQUIRE(expected);
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const bool is_file = std::string(c.profile).ends_with(".policy");
        const auto made =
            bake_quietly({.apps = {app, tool},
                          .outputs = {work_folder.path("x.tar")},
                          .profile = is_file ? work_folder.path(c.profile) : c.profile,
                          .capabilities = {c.given},
                          .add = {work_folder.path("payload") + ":/srv/data"}});
        REQUIRE(static_cast<bool>(made) == (c.key != nullptr));
        const std::string said = !made                        ? made.error().text
                                 : made.value().notes.empty() ? ""
                                                              : made.value().notes.front();
        CAPTURE(said);
        CHECK(said.find(c.message) != std::string::npos);
        CHECK(said.empty() == std::string(c.message).empty());
        if (!made)
            continue;
        CHECK(problems_of(work_folder / "x.tar") == "");
        for (const auto& row : unpack(work_folder / "x.tar").entries)
            CHECK((row.second.capability == (row.first == c.key ? expected.value().raw : "")));
    }
}

}  // namespace capability_test
