// Other tools' profiles: what their filters answer under runc, and what ours do.
#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "ask.h"
#include "import.h"
#include "import_traps.h"
#include "sandbox/profile/print.h"

namespace outis::sandbox::import_test {
namespace {

constexpr std::array kModes{ImportMode::hardened, ImportMode::exact};

std::string verdict_of(Bytes program, const Ask& ask)
{
    return verdict_name(interpret(program, call_data(ask)).verdict);
}

bool notes_hold(const Imported& profile, Change change)
{
    return std::ranges::find(profile.notes, change, &ImportNote::change) != profile.notes.end();
}

TEST_CASE("import: each trap is answered as by runc, or more strictly")
{
    for (const Trap& trap : traps()) {
        CAPTURE(trap.name);
        for (const ImportMode mode : kModes) {
            const bool exact = mode == ImportMode::exact;
            CAPTURE(exact);
            ImportOptions options = trap.options;
            options.mode = mode;
            options.arch = policy::Arch::x86_64;
            const Imported got = imported_well(trap.json, options);
            const std::vector<std::byte> program = filter_of(got.profile, options.arch);
            for (const Ask& ask : trap.asks) {
                CAPTURE(ask.call);
                CAPTURE(ask.arguments[0]);
                CHECK(verdict_of(program, ask) == (exact ? ask.runc : ask.hardened));
            }
            for (const Change change : exact ? trap.exact_notes : trap.hardened_notes) {
                CAPTURE(std::string(change_name(change)));
                CHECK(notes_hold(got, change));
            }
            for (const ImportNote& note : got.notes)
                CHECK(note.text.severity == Severity::note);
        }
    }
}

TEST_CASE("import: absent flags differ from an empty list of flags")
{
    struct Case {
        std::string name;
        std::string flags;
        Dialect dialect;
        bool speculation;
        bool log;
    };

    const std::string spec = R"(,"flags":["SECCOMP_FILTER_FLAG_SPEC_ALLOW"])";
    const std::string log = R"(,"flags":["SECCOMP_FILTER_FLAG_LOG","SECCOMP_FILTER_FLAG_TSYNC"])";
    const std::vector<Case> cases{
        {"absent", "", Dialect::oci, true, false},
        {"empty", R"(,"flags":[])", Dialect::oci, false, false},
        {"empty, which Docker drops", R"(,"flags":[])", Dialect::docker, true, false},
        {"speculation", spec, Dialect::oci, true, false},
        {"log", log, Dialect::docker, false, true},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string json = R"({"defaultAction":"SCMP_ACT_LOG")" + c.flags + "}";
        const Imported got = imported_well(json, {.dialect = c.dialect, .mode = ImportMode::exact});
        CHECK(got.profile.seccomp->allow_speculation == c.speculation);
        CHECK(got.profile.seccomp->log == c.log);
    }
}

// No trap, for our interpreter takes no program with SECCOMP_RET_TRACE, which runc's would have.
TEST_CASE("import: two trace rules are equal only with the same number")
{
    struct Case {
        std::string name;
        std::string number;  // of the rule; the default's is 1
        std::string verdict;
        Change note;
    };

    const std::vector<Case> cases{
        {"none", "", "allow", Change::equal_default},
        {"the same", R"(,"errnoRet":1)", "allow", Change::equal_default},
        {"another", R"(,"errnoRet":2)", "ENOSYS", Change::unreachable},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const Imported got = imported_well(
            R"({"defaultAction":"SCMP_ACT_TRACE","syscalls":[{"names":["personality"],)"
            R"("action":"SCMP_ACT_TRACE")" +
                c.number + R"(},{"names":["personality"],"action":"SCMP_ACT_ALLOW"}]})",
            {.mode = ImportMode::exact, .arch = policy::Arch::x86_64});
        const std::vector<std::byte> program = filter_of(got.profile, policy::Arch::x86_64);
        CHECK(verdict_name(ask(program, Abi::x86_64, "personality")) == c.verdict);
        CHECK(notes_hold(got, c.note));
    }
}

TEST_CASE("import: the dialect is recognised from the text")
{
    struct Case {
        std::string name;
        std::string json;
        Dialect dialect;
    };

    const std::string rules = R"("syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"})";
    const std::string head = R"({"defaultAction":"SCMP_ACT_ERRNO",)";
    const std::vector<Case> cases{
        {"oci", head + rules + "]}", Dialect::oci},
        {"archMap", head + R"("archMap":[],)" + rules + "]}", Dialect::docker},
        {"old form", head + R"("syscalls":[{"name":"read","action":"SCMP_ACT_ALLOW"}]})",
         Dialect::docker},
        {"excludes",
         head + R"("syscalls":[{"names":["a"],"action":"SCMP_ACT_LOG","excludes":{}}]})",
         Dialect::docker},
        {"errno by name", head + R"("defaultErrno":"EACCES",)" + rules + "]}", Dialect::podman},
        {"errno of a rule",
         head + R"("syscalls":[{"names":["a"],"action":"SCMP_ACT_ERRNO","errno":"13"}]})",
         Dialect::podman},
        {"config", R"({"linux":{"seccomp":)" + head + rules + "]}}}", Dialect::config},
        {"resource", R"({"spec":)" + head + rules + "]}}", Dialect::spo},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        CHECK(imported_well(c.json, {}).dialect == c.dialect);
    }
}

// The models compare by the text they print, which holds all of a filter.
TEST_CASE("a printed profile is read back to the same")
{
    for (const std::string name : {"baseline", "go", "offline", "service", "worker"}) {
        CAPTURE(name);
        const Profile before = shipped(name);
        const std::string text = profile::print_seccomp(*before.seccomp, "a \"reason\"");
        const Profile again = parsed(text);
        CHECK(profile::print_seccomp(*again.seccomp, "a \"reason\"") == text);
        for (const policy::Arch arch : {policy::Arch::x86_64, policy::Arch::aarch64}) {
            Profile plain = before;
            plain.exec_once = false;
            CHECK(filter_of(again, arch) == filter_of(plain, arch));
        }
    }
    const Profile words = parsed(R"(
[seccomp]
unsafe-default = { action = "log", reason = "a \\ test" }
architectures = ["i386"]
audit = true
speculation = "mitigate"
kill = ["mount"]
[[seccomp.rule]]
call = "openat"
when = "dirfd == AT_FDCWD and flags & 3 in [1, 2] or dirfd not in [-2, 0xFFFFFFFF]"
[[seccomp.rule]]
call = "lseek"
when = "offset < -5 and whence >= 2"
action = "errno 4000"
[[seccomp.rule]]
call = "fcntl"
when = "reg1 == 0xFFFFFFFFFFFFFFFF or arg5 > 7"
action = "log"
)");
    const std::string text = profile::print_seccomp(*words.seccomp, "x");
    const Profile after = parsed(text);
    CHECK(profile::print_seccomp(*after.seccomp, "x") == text);
    CHECK(filter_of(after, policy::Arch::x86_64) == filter_of(words, policy::Arch::x86_64));
    for (const Trap& trap : traps()) {
        CAPTURE(trap.name);
        for (const ImportMode mode : kModes) {
            ImportOptions options = trap.options;
            options.mode = mode;
            const Imported got = imported_well(trap.json, options);
            const std::string printed = profile::print_seccomp(*got.profile.seccomp, "x");
            CHECK(profile::print_seccomp(*parsed(printed).seccomp, "x") == printed);
        }
    }
}

}  // namespace
}  // namespace outis::sandbox::import_test
