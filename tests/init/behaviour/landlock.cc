// What PID 1 asks of Landlock, ABI by ABI. Up to the running kernel's own (7 on Linux 6.18, 2
// on 6.1) the calls reach it and the program runs under what was asked; of newer ones, and of
// kernels that have no Landlock, the answers are made up by a supervisor, and only what was asked
// is looked at.
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <doctest/doctest.h>

#include "policies.h"
#include "support/landlock_version.h"

namespace outis::tests::landlock_test {
namespace {

// linux/landlock.h
constexpr std::uint64_t kExecute = 1 << 0;
constexpr std::uint64_t kReadFile = 1 << 2;
constexpr std::uint64_t kAllFiles = 0x1FFFF;
constexpr std::uint64_t kWriting = kAllFiles & ~std::uint64_t{1 << 0 | 1 << 6 | 1 << 11};
constexpr std::uint64_t kBoth = 0x1C007;          // rights of files too, not of directories alone
constexpr std::uint64_t kBind = 1 << 0 | 1 << 2;  // TCP, UDP
constexpr std::uint64_t kConnect = 1 << 1 | 1 << 3;

struct PathRow {
    std::string path;  // empty: the program
    std::uint64_t access;
    unsigned flags = 0;
};

struct PortRow {
    unsigned port;
    std::uint64_t access;
};

struct Wanted {
    unsigned minimum_abi = 1;
    bool best_effort = false;
    std::uint64_t files = 0;
    std::uint64_t ports = 0;
    std::uint64_t scopes = 0;
    std::vector<PathRow> paths = {};
    std::vector<PortRow> port_rows = {};
};

std::vector<Section> with_landlock(const Wanted& wanted)
{
    Payload payload;
    payload.u16(wanted.minimum_abi).u8(wanted.best_effort ? 1 : 0).zeros(5);
    payload.u64(wanted.files).u64(wanted.ports).u64(wanted.scopes);
    payload.u16(static_cast<unsigned>(wanted.paths.size()));
    payload.u16(static_cast<unsigned>(wanted.port_rows.size())).u32(0);
    for (const PathRow& row : wanted.paths) {
        payload.u64(row.access).u8(row.flags).u8(0);
        payload.u16(static_cast<unsigned>(row.path.size() + 1)).text(row.path).u8(0);
    }
    for (const PortRow& row : wanted.port_rows)
        payload.u64(row.access).u16(row.port).zeros(6);
    std::vector<Section> sections = strict_sections();
    sections.push_back({Kind::landlock, payload});
    return sections;
}

// Filtered calls of a program cannot be looked at by anybody but root.
bool cannot_look(const char* name)
{
    return lacks_root(name) ||
           (real_landlock() == 0 && skip(name, "this kernel has no Landlock at all"));
}

std::string text_of(const LandlockCall& call)
{
    char text[512];
    if (call.what == "create") {
        std::snprintf(text, sizeof text, "create %d: %llx %llx %llx", static_cast<int>(call.size),
                      static_cast<unsigned long long>(call.access),
                      static_cast<unsigned long long>(call.ports),
                      static_cast<unsigned long long>(call.scopes));
    } else {
        std::snprintf(text, sizeof text, "%s %llx", call.what.c_str(),
                      static_cast<unsigned long long>(call.access));
    }
    return text;
}

std::vector<std::string> texts_of(const std::vector<LandlockCall>& calls)
{
    std::vector<std::string> texts;
    for (const LandlockCall& call : calls)
        texts.push_back(text_of(call));
    return texts;
}

// Documentation/userspace-api/landlock.rst, "Previous limitations"; ABI 7 and 8 brought flags
// alone.
struct Abi {
    int version;
    std::string create;   // size of the struct, then files, ports, scopes
    std::uint64_t files;  // known
    std::uint64_t ports;
};

const std::vector<Abi> kAbis{
    {1, "create 8: 1fff 0 0", 0x1FFF, 0},      {2, "create 8: 3fff 0 0", 0x3FFF, 0},
    {3, "create 8: 7fff 0 0", 0x7FFF, 0},      {4, "create 16: 7fff 3 0", 0x7FFF, 3},
    {5, "create 16: ffff 3 0", 0xFFFF, 3},     {6, "create 24: ffff 3 3", 0xFFFF, 3},
    {7, "create 24: ffff 3 3", 0xFFFF, 3},     {8, "create 24: ffff 3 3", 0xFFFF, 3},
    {9, "create 24: 1ffff 3 3", 0x1FFFF, 3},   {10, "create 24: 1ffff f 3", 0x1FFFF, 15},
    {11, "create 24: 1ffff f 3", 0x1FFFF, 15},
};

TEST_CASE_FIXTURE(Confinement, "landlock: each ABI is asked for the rights that it knows")
{
    if (cannot_look("init: Landlock's ABIs"))
        return;
    const std::string file = folder.write("file", "text");
    const std::vector<Section> sections = with_landlock({
        .files = kAllFiles,
        .ports = kBind | kConnect,
        .scopes = 3,
        .paths = {{folder.path(), kWriting},
                  {file, kWriting},
                  {folder.file("absent"), kReadFile, policy::kPathOptional},
                  {"", kExecute | kReadFile, policy::kPathProgram}},
        .port_rows = {{8080, kBind}, {443, kConnect}},
    });
    for (const Abi& abi : kAbis) {
        CAPTURE(abi.version);
        const LandlockRun run = run_with_landlock(setup_with(sections, {"open", "/etc/passwd"}),
                                                  {.version = abi.version});
        std::vector<std::string> wanted{
            abi.create,
            text_of({.what = "path " + folder.path(), .access = kWriting & abi.files}),
            text_of({.what = "path " + file, .access = kWriting & abi.files & kBoth}),
            text_of({.what = "path " + std::string(kActor), .access = kExecute | kReadFile}),
        };
        if (abi.ports != 0) {
            wanted.push_back(text_of({.what = "port 8080", .access = kBind & abi.ports}));
            wanted.push_back(text_of({.what = "port 443", .access = kConnect & abi.ports}));
        }
        wanted.emplace_back("restrict 0");
        CHECK(texts_of(run.calls) == wanted);
        CHECK(run.end.outcome() == "0");
        CHECK(run.end.out == (abi.version <= real_landlock() ? "open 13\n" : "open 0\n"));
    }
}

constexpr const char* kNewer =
    "; use a newer kernel, or enforce = \"best-effort\" in the profile\n";

TEST_CASE_FIXTURE(Confinement, "landlock: too old, absent, disabled and blocked are told apart")
{
    if (cannot_look("init: Landlock's absence"))
        return;

    struct Case {
        std::string name;
        LandlockAnswer answer;
        bool best_effort;
        std::string outcome;
        std::string line;  // stderr, after "outis-init: "; of -v, its end
    };

    const std::string cannot = "cannot apply Landlock: ";
    const std::string lacks = cannot + "the kernel lacks it (it came with Linux 5.13)" + kNewer;
    const Case kCases[]{
        {"absent", {.error = ENOSYS}, false, "124", lacks},
        {"disabled",
         {.error = EOPNOTSUPP},
         false,
         "124",
         cannot + "it is disabled; add landlock to the kernel's lsm= list, or enforce = "
                  "\"best-effort\" in the profile\n"},
        {"blocked",
         {.error = EPERM},
         false,
         "124",
         cannot + "an outer filter blocks it; allow the landlock_ calls in the engine's seccomp "
                  "profile\n"},
        {"anything else", {.error = EIO}, false, "124", cannot + "Input/output error\n"},
        {"older than the minimum",
         {.version = 3},
         false,
         "124",
         "the kernel's Landlock is older than the policy's minimum-abi; use a newer kernel, or a "
         "lower minimum-abi in the profile\n"},
        {"the minimum", {.version = 4}, false, "7", ", Landlock\n"},
        {"best effort, absent",
         {.error = ENOSYS},
         true,
         "7",
         "; no Landlock: Function not implemented\n"},
        {"best effort, disabled",
         {.error = EOPNOTSUPP},
         true,
         "7",
         "; no Landlock: Operation not supported\n"},
        {"best effort, blocked",
         {.error = EPERM},
         true,
         "7",
         "; no Landlock: Operation not permitted\n"},
        {"best effort, nothing left",
         {.version = 3},
         true,
         "7",
         "; Landlock ABI 3 lacks tcp-ports\n"},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        const std::vector<Section> sections = with_landlock(
            {.minimum_abi = 4, .best_effort = c.best_effort, .ports = 1, .port_rows = {{80, 1}}});
        const LandlockRun run =
            run_with_landlock(setup_with(sections, {"exit", "7"}, {"-v"}), c.answer);
        CHECK(run.end.outcome() == c.outcome);
        CHECK(run.calls.empty() == (c.answer.version < 4));
        const std::string first = run.end.err.substr(0, run.end.err.find('\n') + 1);
        if (c.outcome == "124")
            CHECK(first == "outis-init: " + c.line);
        else
            CHECK(first.ends_with(c.line));
    }
}

TEST_CASE_FIXTURE(Confinement, "landlock: a path that is not there is an error")
{
    if (cannot_look("init: Landlock's paths"))
        return;
    const std::string absent = folder.file("absent");
    const Ended end = run_with(with_landlock({.files = kReadFile, .paths = {{absent, kReadFile}}}),
                               {"exit", "7"});
    CHECK(end.outcome() == "124");
    CHECK(end.err == "outis-init: cannot open the Landlock path '" + absent +
                         "': No such file or directory; create it, or write it with a '?' at its "
                         "end in the profile\n");
}

#if defined(__x86_64__)
constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";
#else
constexpr const char* kLoader = "/lib/ld-linux-aarch64.so.1";
#endif

TEST_CASE_FIXTURE(Confinement, "landlock: @program is the app, its interpreter and its loader")
{
    if (cannot_look("init: @program"))
        return;
    const bool dynamic = std::filesystem::exists(kLoader) && std::filesystem::exists("/bin/sh");
    if ((!dynamic || std::filesystem::canonical("/bin/sh").filename() == "busybox") &&
        skip("init: @program", "no dynamic shell here"))
        return;
    const auto rule = [](const std::string& path) {
        return "path " + std::filesystem::canonical(path).string() + " 1";
    };
    const std::string script = folder.write("script", "#!/bin/sh\nexit 7\n", 0755);

    struct Case {
        std::string name;
        Words command;
        std::string outcome;
        std::vector<std::string> rules;
    };

    const Case kCases[]{
        {"static", {kActor, "exit", "7"}, "7", {rule(kActor)}},
        {"dynamic", {"/bin/false"}, "1", {rule("/bin/false"), rule(kLoader)}},
        {"by PATH", {"false"}, "1", {rule("/bin/false"), rule(kLoader)}},
        {"script", {script}, "7", {rule(script), rule("/bin/sh"), rule(kLoader)}},
        {"absent", {"/absent"}, "127", {}},
    };
    const std::vector<Section> sections =
        with_landlock({.files = kExecute, .paths = {{"", kExecute, policy::kPathProgram}}});
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Setup setup = setup_with(sections, {});
        setup.arguments.pop_back();
        setup.arguments.insert(setup.arguments.end(), c.command.begin(), c.command.end());
        const LandlockRun run = run_with_landlock(setup, {.version = 1});
        CHECK(run.end.outcome() == c.outcome);
        std::vector<std::string> wanted{"create 8: 1 0 0"};
        wanted.insert(wanted.end(), c.rules.begin(), c.rules.end());
        wanted.emplace_back("restrict 0");
        CHECK(texts_of(run.calls) == wanted);
    }
}

// The lines that profiles/README.md promises of older kernels.
TEST_CASE_FIXTURE(Confinement, "landlock: the shipped profiles start on older kernels and say so")
{
    if (cannot_look("init: shipped profiles on older kernels"))
        return;

    struct Case {
        std::string name;
        int version;
        std::string line;
    };

    const Case kCases[]{
        {"service", 2, "; Landlock ABI 2 lacks scopes"},
        {"worker", 2, "; Landlock ABI 2 lacks tcp-ports scopes"},
        {"offline", 2, "; Landlock ABI 2 lacks tcp-ports udp-ports scopes"},
        {"go", 2,
         "; this kernel has no MDWE (it came with Linux 6.3), Landlock; Landlock ABI 2 lacks "
         "scopes"},
        {"go", 1, "; Landlock ABI 1 lacks refer scopes; a write to /proc/self/mem can change code"},
        {"service", 4, "; Landlock ABI 4 lacks scopes"},
        {"offline", 6, ", Landlock; Landlock ABI 6 lacks udp-ports"},
        {"service", 6, " instructions, Landlock"},
        {"offline", 10, " instructions, Landlock"},
    };
#ifdef __SANITIZE_ADDRESS__
    constexpr bool kDynamic = true;
    skip("init: go on older kernels", "a sanitized app is dynamic, and go maps no libraries");
#else
    constexpr bool kDynamic = false;
#endif
    for (const Case& c : kCases) {
        if (kDynamic && c.name == "go")
            continue;
        CAPTURE(c.name);
        CAPTURE(c.version);
        Setup setup = under_policy(c.name, {"-v"}, {"exit", "7"});
        constexpr std::uint32_t kSetMemoryDenyWriteExecute = 65;  // PR_SET_MDWE
        if (c.version == 2)
            setup.refused = RefusedCall{SYS_prctl, kSetMemoryDenyWriteExecute, EINVAL};
        const LandlockRun run = run_with_landlock(setup, {.version = c.version});
        CHECK(run.end.outcome() == "7");
        CHECK(run.end.err.substr(0, run.end.err.find('\n')).ends_with(c.line));
    }
}

TEST_CASE_FIXTURE(Confinement, "landlock: nothing below /proc is granted for writing")
{
    if (cannot_look("init: Landlock and /proc"))
        return;
    constexpr std::uint64_t kWriteFile = 1 << 1;
    const std::string link = folder.file("link");
    std::filesystem::create_symlink("/proc", link);
    std::vector<Section> sections =
        with_landlock({.files = kAllFiles,
                       .paths = {{"", kWriteFile, policy::kPathRootEntries},
                                 {"/proc/sys", kWriteFile | kReadFile},
                                 {link, kWriteFile | kReadFile},
                                 {"/proc/self", kWriteFile | kReadFile},
                                 {folder.path(), kWriteFile | kReadFile}}});
    sections[0] = {Kind::process,
                   process_payload({.flags = policy::kNoNewPrivs | policy::kDenyWriteExecute})};
    const LandlockRun run =
        run_with_landlock(setup_with(sections, {"open", "/etc/passwd"}), {.version = 3});
    std::vector<std::string> wanted{"create 8: 7fff 0 0"};
    for (const auto& entry : std::filesystem::directory_iterator("/")) {
        if (!entry.is_symlink() && entry.path() != "/proc")
            wanted.push_back(
                text_of({.what = "path " + entry.path().string(), .access = kWriteFile}));
    }
    CHECK(wanted.size() > 5);
    wanted.push_back(text_of({.what = "path /proc/sys", .access = kReadFile}));
    wanted.push_back(text_of({.what = "path /proc", .access = kReadFile}));
    wanted.push_back(text_of({.what = "path /proc/self", .access = kReadFile}));
    wanted.push_back(text_of({.what = "path " + folder.path(), .access = kWriteFile | kReadFile}));
    wanted.emplace_back("restrict 0");
    std::vector<std::string> got = texts_of(run.calls);
    for (std::string& text : got) {
        const std::string_view process = "path /proc/";
        if (text.starts_with(process) && text[process.size()] >= '0' && text[process.size()] <= '9')
            text = text_of({.what = "path /proc/self", .access = kReadFile}) +
                   (text.ends_with(" 4") ? "" : " and more");
    }
    std::ranges::sort(got);
    std::ranges::sort(wanted);
    CHECK(got == wanted);
}

TEST_CASE_FIXTURE(Confinement, "landlock: PID 1 reports the app's end as without it")
{
    if (lacks_root("init: the end under Landlock"))
        return;
    CHECK(run_with(walled_sections(), {"exit", "7"}).outcome() == "7");
    CHECK(run_with(walled_sections(), {"die", "9"}).outcome() == "137");
}

}  // namespace
}  // namespace outis::tests::landlock_test
