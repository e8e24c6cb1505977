#include "init/confine/landlock.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

#include "init/kernel/name_list.h"
#include "init/kernel/sys.h"
#include "init/plan/program.h"

namespace outis::init {
namespace {

constexpr int kNewestAbi = 10;
constexpr std::string_view kProcSelf = "/proc/self";

// linux/landlock.h of Linux 7.2: the rights that are new with an ABI, as bits.
struct AbiRow {
    int abi;
    LandlockRights added;
};

constexpr AbiRow kAbis[]{
    {1, {.files = 0x1FFF, .ports = 0, .scopes = 0}},       // the thirteen of Linux 5.13
    {2, {.files = 1 << 13, .ports = 0, .scopes = 0}},      // REFER, 5.19
    {3, {.files = 1 << 14, .ports = 0, .scopes = 0}},      // TRUNCATE, 6.2
    {4, {.files = 0, .ports = 3, .scopes = 0}},            // BIND_TCP, CONNECT_TCP, 6.7
    {5, {.files = 1 << 15, .ports = 0, .scopes = 0}},      // IOCTL_DEV, 6.10
    {6, {.files = 0, .ports = 0, .scopes = 3}},            // abstract sockets, signals, 6.12
    {9, {.files = 1 << 16, .ports = 0, .scopes = 0}},      // RESOLVE_UNIX, 7.1
    {kNewestAbi, {.files = 0, .ports = 12, .scopes = 0}},  // UDP, 7.2
};

constexpr std::uint64_t kWriteFile = 1 << 1;
constexpr std::uint64_t kRefer = 1 << 13;

// Rights that make sense on what is not a directory: EXECUTE, WRITE_FILE, READ_FILE, TRUNCATE,
// IOCTL_DEV, RESOLVE_UNIX. Any other in a rule for a file is EINVAL.
constexpr std::uint64_t kFileRights = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15 | 1 << 16;

struct RightName {
    std::uint64_t bits;
    const char* text;
};

constexpr RightName kRightNames[]{
    {1 << 13, " refer"},
    {1 << 14, " truncate"},
    {1 << 15, " device-ioctl"},
    {1 << 16, " resolve-unix"},
};

std::string_view text_of(Bytes path) noexcept
{
    return {reinterpret_cast<const char*>(path.data()), path.size() - 1};
}

Failure<Refusal> refuse(Reason reason, long answer = 0, std::string_view subject = {}) noexcept
{
    return Failure{
        Refusal{.reason = reason, .number = static_cast<int>(-answer), .subject = subject}};
}

Failure<Refusal> refuse_without(long answer) noexcept
{
    switch (-answer) {
    case ENOSYS: return refuse(Reason::landlock_absent);
    case EOPNOTSUPP: return refuse(Reason::landlock_disabled);
    case EPERM: return refuse(Reason::landlock_blocked);
    default: return refuse(Reason::landlock_failed, answer);
    }
}

// A write to /proc/PID/mem changes executable text. Mounts keep their file system while a path may
// be a link, so the file is asked and not its name.
enum class Proc : std::uint8_t { as_others, unwritten };

Result<Done, Refusal> add_file(int ruleset, int file, std::uint64_t access, std::string_view path,
                               Proc proc) noexcept
{
    struct stat status {};

    if (const long answer = sys::stat(file, status); answer < 0)
        return refuse(Reason::landlock_path_failed, answer, path);
    if (S_ISLNK(status.st_mode))
        return Done{};
    if (!S_ISDIR(status.st_mode))
        access &= kFileRights;
    if (proc == Proc::unwritten && (access & kWriteFile) != 0 && sys::is_procfs(file))
        access &= ~kWriteFile;
    if (access == 0)
        return Done{};
    if (const long answer = sys::landlock_add_path(ruleset, file, access); answer < 0)
        return refuse(Reason::landlock_path_failed, answer, path);
    return Done{};
}

Result<Done, Refusal> add_path(int ruleset, const policy::PathRule& rule, std::uint64_t access,
                               Proc proc) noexcept
{
    const std::string_view path = text_of(rule.path);
    const long answer = sys::open(path.data(), O_PATH);
    if (answer < 0 && (rule.flags & policy::kPathOptional) != 0)
        return Done{};
    if (answer < 0)
        return refuse(Reason::landlock_path_missing, answer, path);
    const Fd file(static_cast<int>(answer));
    return add_file(ruleset, file.get(), access, path, proc);
}

// A link is left out: it leads to another entry, or to /proc.
Result<Done, Refusal> add_root_entries(int ruleset, std::uint64_t access) noexcept
{
    NameList names("/");
    if (!names.readable())
        return refuse(Reason::landlock_path_failed, -EACCES, "/");
    while (const char* name = names.next()) {
        const std::string_view text(name);
        if (text == "." || text == ".." || text == "proc")
            continue;
        Line path;
        path.add("/").add(text).add("\0");
        const long answer = sys::open(path.text().data(), O_PATH | O_NOFOLLOW);
        if (answer < 0)
            continue;  // it went away, or nobody can reach it
        const Fd file(static_cast<int>(answer));
        OUTIS_TRY(add_file(ruleset, file.get(), access, "/", Proc::unwritten));
    }
    return Done{};
}

// The program, its interpreter or loader, and the interpreter's own. One that is not there is left
// to execve, which says so better.
Result<Done, Refusal> add_program(int ruleset, std::uint64_t access, const char* program,
                                  const char* search, Proc proc) noexcept
{
    ProgramHead head;
    for (int depth = 0; depth < kDeepestInterpreter; ++depth) {
        const Fd file = open_program(program, depth == 0 ? search : nullptr, O_PATH);
        if (!file.open())
            return Done{};
        OUTIS_TRY(add_file(ruleset, file.get(), access, program, proc));
        if (!read_program(program, depth == 0 ? search : nullptr, head) ||
            head.nature.interpreter.empty())
            return Done{};
        program = head.keep_interpreter();
    }
    return Done{};
}

Result<Done, Refusal> add_rules(LandlockRules& rules, const policy::Landlock& landlock,
                                const LandlockRights& known, const char* program,
                                const char* search, Proc proc) noexcept
{
    const int ruleset = rules.ruleset.get();
    Bytes rest = landlock.path_rules;
    for (std::size_t i = 0; i < landlock.path_count; ++i) {
        const policy::PathRule rule = policy::next_path_rule(rest);
        const std::uint64_t access = rule.access & known.files;
        if ((rule.flags & policy::kPathProgram) != 0)
            OUTIS_TRY(add_program(ruleset, access, program, search, proc));
        else if ((rule.flags & policy::kPathRootEntries) != 0)
            OUTIS_TRY(add_root_entries(ruleset, access));
        else if (text_of(rule.path) == kProcSelf)
            rules.self_access = proc == Proc::unwritten ? access & ~kWriteFile : access;
        else
            OUTIS_TRY(add_path(ruleset, rule, access, proc));
    }
    for (std::size_t i = 0; i < landlock.port_count; ++i) {
        const policy::PortRule rule = policy::port_rule(landlock, i);
        const std::uint64_t access = rule.access & known.ports;
        if (access == 0)
            continue;
        if (const long answer = sys::landlock_add_port(ruleset, rule.port, access); answer < 0)
            return refuse(Reason::landlock_failed, answer);
    }
    return Done{};
}

}  // namespace

LandlockRights known_rights(int abi) noexcept
{
    LandlockRights known;
    for (const AbiRow& row : kAbis) {
        if (row.abi > abi)
            break;
        known.files |= row.added.files;
        known.ports |= row.added.ports;
        known.scopes |= row.added.scopes;
    }
    return known;
}

Result<LandlockRules, Refusal> prepare_landlock(const policy::View& policy, const char* program,
                                                const char* search) noexcept
{
    LandlockRules rules;
    if (!policy.landlock)
        return rules;
    const policy::Landlock& landlock = *policy.landlock;
    const Proc proc = policy.process && policy.process->has(policy::kDenyWriteExecute)
                          ? Proc::unwritten
                          : Proc::as_others;
    const long version = sys::landlock_version();
    if (version <= 0) {
        if (!landlock.best_effort)
            return refuse_without(version);
        rules.error = version == 0 ? ENOSYS : static_cast<int>(-version);
        rules.missing = {landlock.files, landlock.ports, landlock.scopes};
        return rules;
    }
    rules.abi = static_cast<int>(version);
    if (rules.abi < landlock.minimum_abi && !landlock.best_effort)
        return refuse(Reason::landlock_too_old);
    LandlockRights known = known_rights(rules.abi);
    // With ABI 1 no file can be moved into another folder where files are handled at all. That is
    // too much where writing to /proc is all that is to be kept.
    if (landlock.best_effort && landlock.files == (kWriteFile | kRefer) && rules.abi < 2)
        known.files = 0;
    rules.missing = {landlock.files & ~known.files, landlock.ports & ~known.ports,
                     landlock.scopes & ~known.scopes};
    const LandlockRights handled{landlock.files & known.files, landlock.ports & known.ports,
                                 landlock.scopes & known.scopes};
    rules.proc_unwritten = proc == Proc::unwritten && (handled.files & kWriteFile) != 0;
    if ((handled.files | handled.ports | handled.scopes) == 0)
        return rules;
    const long ruleset =
        sys::landlock_create(handled.files, handled.ports, handled.scopes, rules.abi);
    if (ruleset < 0)
        return refuse(Reason::landlock_failed, ruleset);
    rules.ruleset = Fd(static_cast<int>(ruleset));
    OUTIS_TRY(add_rules(rules, landlock, known, program, search, proc));
    return rules;
}

Outcome apply_landlock(const LandlockRules& rules) noexcept
{
    if (!rules.ruleset.open())
        return Done{};
    const auto fault = [](long answer) noexcept {
        return Failure{Fault{.step = Step::landlock, .number = static_cast<int>(-answer)}};
    };
    if (rules.self_access != 0) {
        // Without /proc there is nothing to grant.
        const Fd self(static_cast<int>(sys::open(kProcSelf.data(), O_PATH)));
        if (self.open()) {
            const long answer =
                sys::landlock_add_path(rules.ruleset.get(), self.get(), rules.self_access);
            if (answer < 0)
                return fault(answer);
        }
    }
    if (const long answer = sys::landlock_restrict(rules.ruleset.get()); answer < 0)
        return fault(answer);
    return Done{};
}

void describe_missing(const LandlockRules& rules, Line& line) noexcept
{
    const LandlockRights& missing = rules.missing;
    if ((missing.files | missing.ports | missing.scopes) == 0)
        return;
    if (rules.abi == 0) {
        line.add("; no Landlock: ").add_error(rules.error);
        return;
    }
    line.add("; Landlock ABI ").add(std::int64_t{rules.abi}).add(" lacks");

    for (const RightName& name : kRightNames) {
        if ((missing.files & name.bits) != 0)
            line.add(std::string_view(name.text));
    }
    if ((missing.ports & 3) != 0)
        line.add(" tcp-ports");
    if ((missing.ports & 12) != 0)
        line.add(" udp-ports");
    if (missing.scopes != 0)
        line.add(" scopes");
}

}  // namespace outis::init
