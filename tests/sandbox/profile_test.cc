#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

#include "outis/sandbox/document.h"
#include "outis/sandbox/profile.h"

namespace outis::sandbox::profile_test {
namespace {

Result<Profile, Diagnostics> parse(std::string text)
{
    const std::array texts{ProfileText{.file = "p.toml", .text = std::move(text)}};
    return parse_profile(texts);
}

Profile parsed(const std::string& text)
{
    auto profile = parse(text);
    if (!profile)
        FAIL(print(profile.error()));
    return profile.take();
}

const Call* find_call(const Profile& profile, std::string_view name)
{
    const auto& calls = profile.seccomp->calls;
    const auto found = std::ranges::find(calls, name, &Call::name);
    return found == calls.end() ? nullptr : &*found;
}

constexpr const char* kFilter = "[seccomp]\nallow = [\"read\"]\n";

TEST_CASE("an error names place, line and remedy")
{
    struct Case {
        const char* name;
        const char* text;
        const char* printed;
    };

    constexpr std::array cases = std::to_array<Case>({
        {"unknown key", "[seccomp]\nalow = []\n",
         "p.toml:2:1: unknown key 'alow'; did you mean 'allow'?\n"
         "    2 | alow = []\n"
         "      | ^~~~\n"},
        {"unknown call", "[seccomp]\nallow = [\"read\", \"wirte\"]\n",
         "p.toml:2:18: unknown system call 'wirte'; did you mean 'write'?\n"
         "    2 | allow = [\"read\", \"wirte\"]\n"
         "      |                  ^~~~~~~\n"},
        {"unknown group", "[seccomp]\nallow = [\"@basic_io\"]\n",
         "p.toml:2:10: unknown group '@basic_io'; did you mean '@basic-io'?\n"
         "    2 | allow = [\"@basic_io\"]\n"
         "      |          ^~~~~~~~~~~\n"},
        {"inside a condition",
         "[seccomp]\nallow = [\"read\"]\n[[seccomp.rule]]\ncall = \"socket\"\nwhen = \"domain == "
         "AF_INET7\"\n",
         "p.toml:5:19: unknown constant 'AF_INET7'; did you mean 'AF_INET'?\n"
         "    5 | when = \"domain == AF_INET7\"\n"
         "      |                   ^~~~~~~~\n"},
        {"no calls at all", "user = 5\n",
         "p.toml: the profile allows no system calls; write extends = [\"baseline\"], or add a "
         "table "
         "[seccomp]\n"},
        {"an id past 32 bits", "user = 4294967296\n[seccomp]\nallow = [\"read\"]\n",
         "p.toml:1:8: the number 4294967296 is not in 0 to 4294967294\n"
         "    1 | user = 4294967296\n"
         "      |        ^~~~~~~~~~\n"},
        {"an id past 32 bits as text", "user = \"0:4294967296\"\n[seccomp]\nallow = [\"read\"]\n",
         "p.toml:1:8: the id 4294967296 is above 4294967294\n"
         "    1 | user = \"0:4294967296\"\n"
         "      |        ^~~~~~~~~~~~~~\n"},
        {"a weakness without a reason", "[seccomp]\nunsafe-default = { action = \"allow\" }\n",
         "p.toml:2:18: 'unsafe-default' weakens the sandbox without a reason; add reason = \"why "
         "this is right here\"\n"
         "    2 | unsafe-default = { action = \"allow\" }\n"
         "      |                  ^~~~~~~~~~~~~~~~~~~~\n"},
        {"a control character of the file", "a\x01 = 1\x1b[31m\n", nullptr},
        {"a control character of two bytes", "umask = 512  # \xC2\x9B\n[seccomp]\n",
         "p.toml:1:9: the number 512 is not in 0 to 511\n"
         "    1 | umask = 512  # ?\n"
         "      |         ^~~\n"},
    });
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto profile = parse(c.text);
        REQUIRE_FALSE(profile);
        const std::string printed = print(profile.error());
        if (c.printed != nullptr)
            CHECK(printed == c.printed);
        const auto steers = [](char byte) {
            return (static_cast<unsigned char>(byte) < ' ' && byte != '\n') || byte == 127;
        };
        CHECK(std::ranges::none_of(printed, steers));
    }
}

TEST_CASE("all errors of a file come in one run, in order")
{
    const auto profile = parse(
        "umask = 0o1000\n"
        "oom-score-adjust = -1001\n"
        "colour = 1\n"
        "[capabilities]\nkeep = [\"NET_BIND_SERVCE\", \"CAP_KILL\"]\n"
        "[seccomp]\nallow = [\"raed\"]\ndefault = \"alow\"\n"
        "[limits]\nnofiles = 1\nnproc = [5, 4]\n"
        "[signals]\nstop = [\"TREM\"]\ngrace = \"10\"\n"
        "[environment]\nset = { \"A=B\" = \"c\" }\n"
        "[landlock]\nread = [\"etc\"]\nbind = [65536]\nenforce = \"maybe\"\n");
    REQUIRE_FALSE(profile);
    const Diagnostics& found = profile.error();
    CHECK(found.size() == 14);
    CHECK(std::ranges::is_sorted(found, {}, &Diagnostic::line));
}

TEST_CASE("wrong texts are refused with one clear line each")
{
    struct Case {
        const char* name;
        std::string text;
        const char* message;  // nullptr: whatever the parser says
    };

    const std::array cases = std::to_array<Case>({
        {"syntax", "user = = 1", nullptr},
        {"a reason for no group", "[seccomp]\nreasons = { \"@mont\" = \"x\" }\n",
         "unknown group '@mont'"},
        {"an empty reason", "[seccomp]\nreasons = { mount = \"\" }\n", "an empty reason"},
        {"reasons without names", "[seccomp]\nreasons = \"x\"\n", "'reasons' is a table"},
        {"duplicate key", "user = 1\nuser = 2\n", nullptr},
        {"number past 2^64", "user = 99999999999999999999\n", nullptr},
        {"NUL", std::string("user = \"a\0b\"", 12), "a NUL byte; a profile is text"},
        {"escaped NUL", "description = \"a\\u0000b\"\n[seccomp]\n",
         "the text holds a NUL character"},
        {"a key outside ASCII", "[seccomp\xc9\x91]\n",
         "a character outside ASCII; only comments and quoted texts may have it"},
        {"a quote within a word", "user = 4`e\"du\xc7\x9asn",
         "a quote right behind a word or a quoted text"},
        {"a text behind a text", "user = 'a''b'", "a quote right behind a word or a quoted text"},
        {"texts among digits", "t=0_2''n'0_2''n'0_2''n\xce\xa4\n",
         "a quote right behind a word or a quoted text"},
        {"dots", std::string(100000, '.'),
         "more than 32 dots in a row of words; nothing in a profile is so deep"},
        {"nested lists", "user = " + std::string(200, '[') + std::string(200, ']') + "\n",
         "tables and lists are nested too deeply"},
        {"nested beyond the parser", "user = " + std::string(100000, '[') + "\n", nullptr},
        {"too large", "# " + std::string(kMaxProfileBytes, 'x'), "the file is larger than 1 MiB"},
        {"not UTF-8", "user = \"\xff\xfe\"\n", nullptr},
        {"refusing the indispensable", "[seccomp]\nrefuse = [\"exit_group\"]\n",
         "'exit_group' cannot be refused: nothing would start or end"},
        {"two lists", "[seccomp]\nallow = [\"read\"]\nrefuse = [\"read\"]\n",
         "'read' is in two lists of this file"},
        {"a rule for a group",
         "[seccomp]\n[[seccomp.rule]]\ncall = \"@ipc\"\nwhen = \"arg0 == 1\"\n",
         "a rule cannot be for the group '@ipc'"},
        {"a rule without when", "[seccomp]\n[[seccomp.rule]]\ncall = \"read\"\n",
         "a rule without 'when'"},
        {"a permitting default", "[seccomp]\ndefault = \"allow\"\n",
         "a default that permits weakens the sandbox"},
        {"itself", "extends = [\"p\"]\n[seccomp]\n", "'p' extends itself, here or by others"},
        {"the id that means nobody at all", "user = \"4294967295\"\n[seccomp]\n",
         "the id 4294967295 is above 4294967294"},
        {"an empty reason", "[unsafe-apply-nothing]\nreason = \"\"\n",
         "'unsafe-apply-nothing' weakens the sandbox without a reason"},
        {"nobody there", "extends = [\"q\"]\n[seccomp]\n", "there is no profile 'q'"},
        {"an extended one beside no calls", "extends = [\"q\"]\n", "there is no profile 'q'"},
        {"a user kept and stated", "user = 5\n[seccomp]\n[unsafe-keep-user]\nreason = \"x\"\n",
         "'unsafe-keep-user' contradicts 'user'"},
        {"groups of a user that is kept",
         "groups = [5]\n[seccomp]\n[unsafe-keep-user]\nreason = \"x\"\n",
         "'unsafe-keep-user' contradicts 'groups' and 'user-exact'"},
        {"exactly the user that is kept",
         "user-exact = true\n[seccomp]\n[unsafe-keep-user]\nreason = \"x\"\n",
         "'unsafe-keep-user' contradicts 'groups' and 'user-exact'"},
        {"a Landlock that nobody has", "[seccomp]\n[landlock]\nread = []\nminimum-abi = 11\n",
         "the number 11 is not in 1 to 10"},
        {"a stop signal that nobody catches", "[seccomp]\n[signals]\nstop = [\"SIGKILL\"]\n",
         "'SIGKILL' never reaches PID 1, since nobody can catch it"},
        {"rewriting what nobody catches", "[seccomp]\n[signals]\nrewrite = { STOP = \"TERM\" }\n",
         "'STOP' never reaches PID 1, since nobody can catch it"},
        {"a path", "extends = [\"../q\"]\n[seccomp]\n", "'../q' is not a profile's name"},
        {"nothing and something", "umask = 1\n[unsafe-apply-nothing]\nreason = \"x\"\n",
         "'umask' beside or under 'unsafe-apply-nothing'"},
        {"no filter and a filter", "[seccomp]\n[unsafe-no-filter]\nreason = \"x\"\n",
         "'unsafe-no-filter' contradicts [seccomp]"},
        {"a date", "user = 2020-01-01\n[seccomp]\n", "expected a text, not a date or a fraction"},
    });
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto profile = parse(c.text);
        REQUIRE_FALSE(profile);
        REQUIRE(profile.error().size() == 1);
        if (c.message != nullptr)
            CHECK(profile.error()[0].message == c.message);
        CHECK(print(profile.error()).size() < 1000);
    }
}

TEST_CASE("a user is a number or a name, with or without a group")
{
    struct Case {
        const char* name;
        const char* user;
        std::uint32_t uid;
        std::uint32_t gid;
        const char* user_name;
        const char* group_name;
    };

    constexpr std::uint32_t by_name = policy::kById;
    constexpr std::array cases = std::to_array<Case>({
        {"nobody", "\"nobody\"", 65534, 65534, "", ""},
        {"number", "1000", 1000, 1000, "", ""},
        {"number as text", "\"1000\"", 1000, 1000, "", ""},
        {"two numbers", "\"1000:50\"", 1000, 50, "", ""},
        {"name", "\"www-data\"", by_name, by_name, "www-data", ""},
        {"name and group", "\"www-data:adm\"", by_name, by_name, "www-data", "adm"},
        {"name and number", "\"www-data:4\"", by_name, 4, "www-data", ""},
        {"root", "\"root\"", 0, 0, "", ""},
    });
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const Profile profile = parsed(std::string("user = ") + c.user + "\n" + kFilter);
        REQUIRE(profile.user.has_value());
        CHECK(profile.user->uid == c.uid);
        CHECK(profile.user->gid == c.gid);
        CHECK(profile.user->user_name == c.user_name);
        CHECK(profile.user->group_name == c.group_name);
    }
    CHECK(parsed(kFilter).user->uid == 65534);
}

TEST_CASE("comments and texts may hold every character")
{
    const Profile profile = parsed(
        "# \xc3\xb6 'quote\n[seccomp]  # \"\n[environment.set]\n"
        "A = \"\xc3\xb6 \\\" #\"\nB = '\xc3\xb6 \\'\n"
        "C = \"\"\"\xc3\xb6\n\"\"\\\" \"\"\"\n\"\xc3\xb6\" = '''\xc3\xb6' '''\n");
    CHECK(profile.environment.size() == 4);
}

TEST_CASE("every key of a profile reaches the model")
{
    const Profile profile = parsed(
        "description = \"d\"\ngroups = [1, 2]\nuser-exact = true\nlocked = true\nhidden = true\n"
        "umask = 0o027\noom-score-adjust = -5\n"
        "[capabilities]\nkeep = [\"NET_BIND_SERVICE\", \"CAP_KILL\"]\n"
        "[seccomp]\ndefault = \"kill\"\nallow = [\"@basic-io\"]\nlog = [\"acct\"]\n"
        "refuse = [\"dup\"]\nkill = [\"reboot\"]\narchitectures = [\"i386\", \"x32\"]\n"
        "speculation = \"mitigate\"\naudit = true\nreasons = { \"@mount\" = \"why\" }\n"
        "[landlock]\nread = [\"/etc\"]\nwrite = []\nexecute = [\"@program\"]\nbind = [80]\n"
        "scopes = [\"signal\"]\nminimum-abi = 4\nenforce = \"best-effort\"\n"
        "[exec]\nonce = true\n[memory]\ndeny-write-execute = true\n"
        "[limits]\nnofile = 1024\nnproc = [10, 20]\ncore = \"unlimited\"\n"
        "[environment]\nset = { A = \"b\" }\nunset = [\"C\"]\nkeep = [\"D\"]\n"
        "[signals]\nstop = [\"TERM\", \"INT\"]\nrewrite = { TERM = \"QUIT\", HUP = \"0\" }\n"
        "grace = \"10s\"\ndrain = \"500ms\"\ntarget = \"group\"\n");
    CHECK(profile.name == "p");
    CHECK(profile.description == "d");
    CHECK(profile.groups == std::vector<std::uint32_t>{1, 2});
    CHECK((profile.user_exact && profile.locked && profile.hidden));
    CHECK(profile.umask == 027);
    CHECK(profile.oom_score_adjust == -5);
    CHECK(profile.capabilities == (1U << 10 | 1U << 5));
    REQUIRE(profile.seccomp.has_value());
    CHECK(profile.seccomp->otherwise.kind == ActionKind::kill_process);
    CHECK(profile.seccomp->architectures == std::vector<Abi>{Abi::x32, Abi::i386});
    CHECK((!profile.seccomp->allow_speculation && profile.seccomp->log));
    CHECK(find_call(profile, "read")->listed.kind == ActionKind::allow);
    CHECK(find_call(profile, "dup")->listed.kind == ActionKind::refuse);
    CHECK(find_call(profile, "acct")->listed.kind == ActionKind::log);
    CHECK(find_call(profile, "reboot")->listed.kind == ActionKind::kill_process);
    CHECK(find_call(profile, "mprotect")->refusals.size() == 1);
    CHECK(find_call(profile, "mprotect")->refusals[0].origin.line == 0);
    CHECK(find_call(profile, "read")->origin.text == "@basic-io");
    CHECK(find_call(profile, "dup")->origin.line == 14);
    CHECK(find_call(profile, "dup")->origin.column == 11);
    CHECK(profile.seccomp->origin.file == "p.toml");
    CHECK(profile.seccomp->reasons.at("@mount") == "why");
    REQUIRE(profile.landlock.has_value());
    CHECK(profile.landlock->read == std::vector<std::string>{"/etc"});
    CHECK(profile.landlock->write->empty());
    CHECK_FALSE(profile.landlock->connect.has_value());
    CHECK(profile.landlock->scopes == 2);
    CHECK(profile.landlock->best_effort);
    CHECK((profile.exec_once && profile.deny_write_execute));
    REQUIRE(profile.limits.size() == 3);
    CHECK(profile.limits[1].resource == 6);
    CHECK(profile.limits[1].hard == 20);
    CHECK(profile.environment.size() == 3);
    REQUIRE(profile.signals.has_value());
    CHECK(profile.signals->stop == (1U << 14 | 1U << 1));
    CHECK(profile.signals->grace == 10000);
    CHECK(profile.signals->rewrites.size() == 2);
}

TEST_CASE("after many errors the rest is counted and not shown")
{
    std::string names;
    for (int i = 0; i < 100000; ++i)
        names += "\"raed\", ";
    const auto profile = parse("[seccomp]\nallow = [" + names + "]\n");
    REQUIRE_FALSE(profile);
    CHECK(profile.error().size() == 101);
    CHECK(profile.error().back().message == "more than 100 errors, of which these are the first");
}

TEST_CASE("a byte order mark is accepted")
{
    CHECK(parsed(std::string("\xEF\xBB\xBF") + kFilter).seccomp->calls.size() == 1);
}

std::string read(const std::filesystem::path& file)
{
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

TEST_CASE("the example in the manual is a profile")
{
    const std::filesystem::path root = OUTIS_SOURCE_DIR;
    const std::string manual = read(root / "sandbox" / "README.md");
    const std::size_t first = manual.find("    description = ");
    const std::size_t last = manual.find("\n## Words");
    REQUIRE((first < last && last != std::string::npos));
    std::vector<ProfileText> texts{
        {.file = "example.toml", .text = manual.substr(first, last - first)}};
    for (const std::string name : {"service.toml", "baseline.toml"})
        texts.push_back({.file = name, .text = read(root / "profiles" / name)});
    const auto profile = parse_profile(texts);
    if (!profile)
        FAIL(print(profile.error()));
    CHECK(profile.value().exec_once);
    CHECK(profile.value().signals->rewrites.size() == 1);
}

TEST_CASE("files are found beside the profile and in the search folders")
{
    const std::filesystem::path profiles = std::filesystem::path(OUTIS_SOURCE_DIR) / "profiles";
    CHECK(load_profile(profiles / "baseline.toml", {}));
    const auto absent = load_profile(profiles / "absent.toml", {});
    REQUIRE_FALSE(absent);
    CHECK(absent.error()[0].message == "cannot read the profile");
    CHECK_FALSE(load_profile(profiles, {}));
}

}  // namespace
}  // namespace outis::sandbox::profile_test
