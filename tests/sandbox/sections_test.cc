// What the sections of a policy hold besides the filter, read back by PID 1's reader.
#include <array>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "outis/base/policy.h"
#include "outis/sandbox/compile.h"
#include "outis/sandbox/document.h"
#include "outis/sandbox/profile.h"

namespace outis::sandbox::sections_test {
namespace {

// linux/landlock.h: rights that the rows below speak of.
constexpr std::uint64_t kExecute = 1;
constexpr std::uint64_t kWriteFile = 2;
constexpr std::uint64_t kReadFile = 4;
constexpr std::uint64_t kReadDir = 8;
constexpr std::uint64_t kMakeChar = 1 << 6;
constexpr std::uint64_t kTruncate = 1 << 14;
constexpr std::uint64_t kIoctlDev = 1 << 15;
constexpr std::uint64_t kResolveUnix = 1 << 16;

std::vector<std::byte> compiled(const std::string& text)
{
    const std::array texts{
        ProfileText{.file = "p.toml", .text = text + "\n[seccomp]\nallow = [\"read\"]\n"}};
    const auto profile = parse_profile(texts);
    if (!profile)
        FAIL(print(profile.error()));
    auto bytes = compile_policy(profile.value(), policy::Arch::aarch64);
    if (!bytes)
        FAIL(bytes.error().text);
    return bytes.take();
}

std::string text_of(Bytes bytes)
{
    std::string text;
    for (const std::byte byte : bytes)
        text += std::to_integer<char>(byte);
    return text;
}

TEST_CASE("each category of Landlock handles its rights from the right ABI on")
{
    struct Case {
        const char* name;
        const char* text;
        std::uint16_t minimum_abi;
        std::uint64_t files;  // some of the handled rights
        std::uint64_t not_files;
        std::uint64_t ports;
        std::uint64_t scopes;
    };

    constexpr std::array cases = std::to_array<Case>({
        {"nothing stated", "", 0, 0, ~0ULL, 0, 0},
        {"files", "read = []", 3, kReadFile | kWriteFile | kTruncate | kMakeChar | kResolveUnix,
         kIoctlDev, 0, 0},
        {"ioctl alone", "ioctl = [\"/dev/tty\"]", 5, kIoctlDev, kReadFile, 0, 0},
        {"files and ioctl", "write = [\"/tmp\"]\nioctl = []", 5, kReadFile | kIoctlDev, 0, 0, 0},
        {"bind", "bind = [80]", 4, 0, ~0ULL, 1, 0},
        {"connect", "connect = []", 4, 0, ~0ULL, 2, 0},
        {"UDP", "bind-udp = []\nconnect-udp = [53]", 10, 0, ~0ULL, 12, 0},
        {"scopes", "scopes = [\"signal\"]", 6, 0, ~0ULL, 0, 2},
        {"a stated minimum", "bind = [80]\nminimum-abi = 1", 1, 0, ~0ULL, 1, 0},
    });
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::vector<std::byte> bytes = compiled(std::string("[landlock]\n") + c.text);
        const auto view = policy::read(bytes);
        REQUIRE(view);
        REQUIRE(view.value().landlock);
        const policy::Landlock& landlock = *view.value().landlock;
        CHECK(landlock.minimum_abi == c.minimum_abi);
        CHECK((landlock.files & c.files) == c.files);
        CHECK((landlock.files & c.not_files) == 0);
        CHECK(landlock.ports == c.ports);
        CHECK(landlock.scopes == c.scopes);
        CHECK_FALSE(landlock.best_effort);
    }
}

TEST_CASE("paths and ports get the rights of every list that names them, once each")
{
    const std::vector<std::byte> bytes = compiled(
        "[landlock]\nread = [\"/etc\", \"/srv\", \"/data?\", \"/cache?\"]\n"
        "write = [\"/srv\", \"/cache\"]\nexecute = [\"@program\"]\n"
        "bind = [80, 443]\nconnect = [443]\nenforce = \"best-effort\"\n");
    const auto view = policy::read(bytes);
    REQUIRE(view);
    policy::Landlock landlock = *view.value().landlock;
    CHECK(landlock.best_effort);

    struct Granted {
        std::uint64_t access;
        int flags;
    };

    std::map<std::string, Granted> granted;
    for (std::size_t i = 0; i < landlock.path_count; ++i) {
        const policy::PathRule rule = policy::next_path_rule(landlock.path_rules);
        const std::string path = text_of(rule.path.first(rule.path.size() - 1));
        CHECK(granted.try_emplace(path, Granted{rule.access, rule.flags}).second);
    }
    CHECK(granted.at("/etc").access == (kReadFile | kReadDir | kResolveUnix));
    CHECK(granted.at("/etc").flags == 0);
    CHECK(granted.at("/data").flags == policy::kPathOptional);
    CHECK(granted.at("/cache").flags == 0);  // one list needs it
    CHECK((granted.at("/srv").access & (kWriteFile | kTruncate | kReadFile)) ==
          (kWriteFile | kTruncate | kReadFile));
    CHECK((granted.at("/srv").access & (kExecute | kMakeChar)) == 0);
    CHECK(granted.at("").access == (kExecute | kReadFile));
    CHECK(granted.at("").flags == policy::kPathProgram);
    CHECK(granted.at("/dev/null").flags == (policy::kPathOptional | policy::kPathImplied));
    CHECK(granted.at("/proc/self").access == (kReadFile | kReadDir));
    REQUIRE(landlock.port_count == 2);
    CHECK(policy::port_rule(landlock, 0).port == 80);
    CHECK(policy::port_rule(landlock, 0).access == 1);
    CHECK(policy::port_rule(landlock, 1).access == 3);
}

TEST_CASE("process, ids, limits, environment and signals reach the policy")
{
    const std::vector<std::byte> bytes = compiled(
        "user = \"app:adm\"\ngroups = [7, 9]\numask = 0o027\noom-score-adjust = -999\nlocked = "
        "true\n"
        "[capabilities]\nkeep = [\"NET_BIND_SERVICE\"]\n"
        "[memory]\ndeny-write-execute = true\n"
        "[limits]\nnofile = [10, \"unlimited\"]\n"
        "[environment]\nset = { A = \"b=c\" }\nunset = [\"D\"]\n"
        "[signals]\nstop = [\"QUIT\"]\nrewrite = { HUP = \"0\" }\ndrain = \"2m\"\ntarget = "
        "\"group\"\n");
    const auto read = policy::read(bytes);
    REQUIRE(read);
    const policy::View& view = read.value();
    CHECK(view.arch == policy::Arch::aarch64);
    CHECK(view.process->flags ==
          (policy::kNoNewPrivs | policy::kLocked | policy::kDenyWriteExecute | policy::kUmaskGiven |
           policy::kOomGiven));
    CHECK(view.process->umask == 027);
    CHECK(view.process->oom == -999);
    CHECK(view.ids->uid == policy::kById);
    CHECK(text_of(view.ids->user_name) == "app");
    CHECK(text_of(view.ids->group_name) == "adm");
    CHECK(view.ids->replace_groups);
    CHECK(view.ids->group(1) == 9);
    CHECK(view.capabilities->ambient == 1 << 10);
    CHECK(view.capabilities->bounding == 1 << 10);
    REQUIRE(view.limits->count() == 1);
    CHECK(view.limits->at(0).resource == 7);
    CHECK(view.limits->at(0).soft == 10);
    CHECK(view.limits->at(0).hard == ~std::uint64_t{0});
    Bytes rows = view.environment->rows;
    const policy::EnvironmentRow first = policy::next_environment_row(rows);
    CHECK(first.operation == policy::kSet);
    CHECK(text_of(first.text) == std::string("A=b=c") + '\0');
    CHECK(policy::next_environment_row(rows).operation == policy::kUnset);
    CHECK(view.signals->stop == 1 << 2);
    CHECK(view.signals->drain == 120000);
    CHECK(view.signals->grace == policy::kNotGiven);
    CHECK(view.signals->group);
    REQUIRE(view.signals->rewrites.size() == 2);
    CHECK(load_8(view.signals->rewrites, 1) == 0);
}

TEST_CASE("a policy that would be too large is an error")
{
    std::string text = "[environment.set]\n";
    for (int i = 0; i < 20; ++i)
        text += "V" + std::to_string(i) + " = \"" + std::string(4000, 'x') + "\"\n";
    const std::array texts{
        ProfileText{.file = "p.toml", .text = text + "[seccomp]\nallow = [\"read\"]\n"}};
    const auto profile = parse_profile(texts);
    REQUIRE(profile);
    const auto bytes = compile_policy(profile.value(), policy::Arch::x86_64);
    REQUIRE_FALSE(bytes);
    CHECK(bytes.error().text.find("and may have 65536") != std::string::npos);
}

}  // namespace
}  // namespace outis::sandbox::sections_test
