// The questions people ask about profiles: explain, diff, lint, the annotated listing.
#include <algorithm>

#include <doctest/doctest.h>

#include "outis/sandbox/questions.h"
#include "sandbox/proof/meaning.h"
#include "sandbox/sets/cubes.h"
#include "sandbox/sets/looks.h"
#include "tests/sandbox/ask.h"

namespace outis::sandbox::questions_test {
namespace {

constexpr policy::Arch kArch = policy::Arch::x86_64;

std::vector<std::byte> policy_of(const Profile& profile)
{
    auto bytes = compile_policy(profile, kArch);
    if (!bytes)
        FAIL(bytes.error().text);
    return bytes.take();
}

bool contains(const sets::Cubes& cubes, const std::array<std::uint64_t, 6>& point)
{
    return std::ranges::any_of(cubes, [&](const sets::Cube& cube) {
        for (std::size_t i = 0; i < point.size(); ++i) {
            if ((point[i] & cube.mask[i]) != cube.value[i])
                return false;
        }
        return true;
    });
}

TEST_CASE("explain: it prints the verdict, its place and the reason")
{
    const Profile profile = parsed(
        "[seccomp]\n"
        "allow = [\"@basic-io\", \"mmap\"]\n"
        "refuse = [\"clone3\"]\n"
        "[[seccomp.rule]]\ncall = \"socket\"\nwhen = \"domain == AF_UNIX\"\n"
        "[[seccomp.rule]]\ncall = \"kill\"\nwhen = \"sig == 0\"\naction = \"kill\"\n"
        "[memory]\ndeny-write-execute = true\n");

    struct Case {
        const char* name;
        const char* call;
        std::vector<std::uint64_t> arguments;
        const char* verdict;  // empty: by arguments
        std::uint32_t line;
        const char* text;
    };

    const Case cases[] = {
        {"a group", "read", {}, "allow", 2, "'@basic-io'"},
        {"a name", "clone3", {}, "ENOSYS", 3, "'clone3'"},
        {"the default", "mount", {}, "EPERM", 1, "in no list"},
        {"an allowing rule", "socket", {1}, "allow", 6, "allowed when 'domain == AF_UNIX'"},
        {"no allowing rule", "socket", {2}, "EAFNOSUPPORT", 1, "none of its allowing rules"},
        {"no arguments", "socket", {}, "", 6, "allowed when 'domain == AF_UNIX'"},
        {"a refusing rule", "kill", {5, 0}, "kill-process", 9, "killed when 'sig == 0'"},
        {"no arguments for a refusing rule", "kill", {}, "", 9, "killed when 'sig == 0'"},
        {"an implied rule", "mmap", {0, 0, 6}, "EPERM", 0, "for memory.deny-write-execute"},
        {"past rules", "mmap", {0, 0, 1}, "allow", 2, "'mmap'"},
        {"indispensable", "exit_group", {}, "allow", 0, "in every profile"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto answer =
            explain_call(profile, kArch, {.call = c.call, .abi = {}, .arguments = c.arguments});
        REQUIRE(answer);
        const CallExplanation& said = answer.value();
        CHECK((said.verdict ? verdict_name(*said.verdict) : "") == c.verdict);
        CHECK(said.sayings.front().origin.line == c.line);
        CHECK(said.sayings.front().text.find(c.text) != std::string::npos);
        CHECK_FALSE(said.consequence.empty());
        const bool ends = said.path.back().text == "return " + std::string(c.verdict);
        CHECK(ends == said.verdict.has_value());
    }
    const auto foreign =
        explain_call(profile, kArch, {.call = "read", .abi = Abi::i386, .arguments = {}});
    REQUIRE(foreign);
    CHECK(foreign.value().verdict == kVerdictEnosys);
    CHECK_FALSE(explain_call(profile, kArch, {.call = "raed", .abi = {}, .arguments = {}}));
    CHECK_FALSE(explain_call(profile, kArch, {.call = "read", .abi = Abi::arm, .arguments = {}}));
    CHECK_FALSE(explain_call(profile, kArch,
                             {.call = "read", .abi = {}, .arguments = {1, 2, 3, 4, 5, 6, 7}}));
}

TEST_CASE("explain: arguments are read as people write them")
{
    struct Case {
        const char* text;
        std::optional<std::uint64_t> value;
    };

    const Case cases[] = {
        {"10", 10},
        {"0x1F", 31},
        {"0o17", 15},
        {"-1", ~std::uint64_t{0}},
        {"AF_INET6", 10},
        {"PROT_EXEC|PROT_READ|8", 13},
        {"", {}},
        {"AF_", {}},
        {"18446744073709551616", {}},
        {"1|", {}},
        {"AT_FDCWD", ~std::uint64_t{99}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto value = parse_argument(c.text);
        CHECK(static_cast<bool>(value) == c.value.has_value());
        if (value && c.value)
            CHECK(value.value() == *c.value);
    }
}

TEST_CASE("lint: each finding has its name and its place")
{
    struct Case {
        const char* name;
        const char* text;
        const char* finding;  // empty: nothing is found
        std::uint32_t line;
    };

    const Case cases[] = {
        {"nothing", "[seccomp]\nallow = [\"read\"]\n", "", 0},
        {"danger", "[seccomp]\nallow = [\"bpf\"]\n", "no-reason", 2},
        {"danger by a rule", "[seccomp]\n[[seccomp.rule]]\ncall = \"bpf\"\nwhen = \"cmd == 1\"\n",
         "no-reason", 4},
        {"danger with a reason", "[seccomp]\nallow = [\"bpf\"]\nreasons = { bpf = \"x\" }\n", "",
         0},
        {"danger with a group's reason",
         "[capabilities]\nkeep = [\"SYS_MODULE\"]\n[seccomp]\nallow = [\"init_module\"]\n"
         "reasons = { \"@module\" = \"x\" }\n",
         "", 0},
        {"empty interval",
         "[seccomp]\n[[seccomp.rule]]\ncall = \"kill\"\nwhen = \"sig > 5 and sig < 6\"\n",
         "rule-never-holds", 4},
        {"a bit outside of the mask",
         "[seccomp]\n[[seccomp.rule]]\ncall = \"kill\"\nwhen = \"sig & 1 == 1 and sig & 3 == 2\"\n",
         "rule-never-holds", 4},
        {"a narrow interval",
         "[seccomp]\n[[seccomp.rule]]\ncall = \"kill\"\nwhen = \"sig > 5 and sig < 7\"\n", "", 0},
        {"covered by one",
         "[seccomp]\n[[seccomp.rule]]\ncall = \"kill\"\nwhen = \"sig > 5\"\n"
         "[[seccomp.rule]]\ncall = \"kill\"\nwhen = \"sig == 7\"\n",
         "rule-unreachable", 7},
        {"covered by two together",
         "[seccomp]\n[[seccomp.rule]]\ncall = \"kill\"\nwhen = \"sig >= 0\"\n"
         "[[seccomp.rule]]\ncall = \"kill\"\nwhen = \"sig < 0\"\n"
         "[[seccomp.rule]]\ncall = \"kill\"\nwhen = \"pid == 7\"\n",
         "rule-unreachable", 10},
        {"ports anyone may bind",
         "[capabilities]\nkeep = [\"NET_BIND_SERVICE\"]\n[landlock]\nbind = [8080]\n[seccomp]\n",
         "needless-capability", 0},
        {"a port that needs it",
         "[capabilities]\nkeep = [\"NET_BIND_SERVICE\"]\n[landlock]\nbind = [8080, "
         "80]\n[seccomp]\n",
         "", 0},
        {"a capability without its calls",
         "[capabilities]\nkeep = [\"SYS_CHROOT\"]\n[seccomp]\nallow = [\"read\"]\n",
         "needless-capability", 0},
        {"a rule on socket alone",
         "[seccomp]\nallow = [\"socketpair\"]\n[[seccomp.rule]]\ncall = \"socket\"\n"
         "when = \"domain == 1\"\n",
         "open-pairs", 5},
        {"a rule on both",
         "[seccomp]\n[[seccomp.rule]]\ncall = [\"socket\", \"socketpair\"]\n"
         "when = \"domain == 1\"\n",
         "", 0},
        {"paths, and no program", "[seccomp]\n[landlock]\nread = [\"/etc\"]\n", "cannot-start", 0},
        {"paths and the program",
         "[seccomp]\n[landlock]\nread = [\"/etc\"]\nexecute = [\"@program\"]\n", "", 0},
        {"ports alone", "[seccomp]\n[landlock]\nbind = [80]\n", "", 0},
        {"processes of everybody", "[seccomp]\n[limits]\nnproc = 64\n", "shared-limit", 0},
        {"signals of everybody, by number", "user = 65534\n[seccomp]\n[limits]\nsigpending = 64\n",
         "shared-limit", 0},
        {"message queues of everybody", "[seccomp]\n[limits]\nmsgqueue = 4096\n", "shared-limit",
         0},
        {"processes of a user of one's own", "user = 20001\n[seccomp]\n[limits]\nnproc = 64\n", "",
         0},
        {"files, which each process counts", "[seccomp]\n[limits]\nnofile = 64\n", "", 0},
        {"a call without its capability",
         "[seccomp]\nallow = [\"swapon\"]\nreasons = { \"@swap\" = \"x\" }\n", "dead-permission",
         2},
        {"a capability that a user namespace gives",
         "[seccomp]\nallow = [\"sethostname\", \"clone\"]\n", "", 0},
        {"threads alone give no user namespace",
         "[seccomp]\nallow = [\"sethostname\"]\n[[seccomp.rule]]\ncall = \"clone\"\n"
         "when = \"flags & CLONE_NEWUSER == 0\"\n",
         "dead-permission", 2},
        {"a capability that no user namespace gives",
         "[seccomp]\nallow = [\"swapon\", \"clone\"]\nreasons = { \"@swap\" = \"x\" }\n",
         "dead-permission", 2},
        {"a hole of i386",
         "[seccomp]\narchitectures = [\"i386\"]\nallow = [\"socketcall\"]\n"
         "[[seccomp.rule]]\ncall = \"socket\"\nwhen = \"domain == AF_UNIX\"\n",
         "multiplexed", 3},
        {"a hole of i386 that a rule opens, around a refusal",
         "[seccomp]\narchitectures = [\"i386\"]\nrefuse = [\"accept4\"]\n"
         "[[seccomp.rule]]\ncall = \"socketcall\"\nwhen = \"call != 9\"\n",
         "multiplexed", 6},
        {"two ways, both free",
         "[seccomp]\narchitectures = [\"i386\"]\nallow = [\"ipc\", \"msgctl\", "
         "\"msgget\", \"msgrcv\", \"msgsnd\", \"semctl\", \"semget\", \"semop\", "
         "\"semtimedop\", \"shmat\", \"shmctl\", \"shmdt\", \"shmget\"]\n",
         "", 0},
        {"a hole of i386 round what no list names",
         "[seccomp]\narchitectures = [\"i386\"]\nallow = [\"socketcall\"]\n", "multiplexed", 3},
        {"the hole is closed call by call",
         "[seccomp]\narchitectures = [\"i386\"]\n[[seccomp.rule]]\ncall = \"ipc\"\n"
         "when = \"call > 24\"\n",
         "", 0},
        {"i386 without the hole",
         "[seccomp]\narchitectures = [\"i386\"]\n"
         "[[seccomp.rule]]\ncall = \"socket\"\nwhen = \"domain == AF_UNIX\"\n",
         "", 0},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const Diagnostics found = lint(parsed(c.text));
        CAPTURE(print(found));
        REQUIRE(found.size() == (*c.finding == 0 ? 0 : 1));
        if (!found.empty()) {
            CHECK(found.front().name == c.finding);
            CHECK(found.front().line == c.line);
            CHECK(found.front().severity == Severity::warning);
        }
    }
}

TEST_CASE("lint: what the default action allows counts as allowed")
{
    const std::string text =
        "[seccomp]\nunsafe-default = { action = \"allow\", reason = \"r\" }\n"
        "architectures = [\"i386\"]\nrefuse = [\"ptrace\", \"connect\"]\n"
        "allow = [\"socketcall\"]\n";
    const Diagnostics found = lint(parsed(text));
    CAPTURE(print(found));
    const auto told = [&](const char* name, const char* what, std::uint32_t line = 2) {
        return std::ranges::any_of(found, [&](const Diagnostic& one) {
            return one.name == name && one.line == line &&
                   one.message.find(what) != std::string::npos;
        });
    };
    CHECK(told("no-reason", "'bpf' is allowed"));
    CHECK(told("multiplexed", "walks round what is said of", 5));
    CHECK_FALSE(told("no-reason", "'ptrace' is allowed"));
    CHECK(lint(parsed(text + "reasons = { bpf = \"b\" }\n")).size() + 1 == found.size());
}

TEST_CASE("lint: shipped profiles have no findings")
{
    for (const char* name : {"none", "baseline", "service", "go", "worker", "offline"}) {
        CAPTURE(name);
        CHECK(print(lint(shipped(name))).empty());
    }
}

TEST_CASE("sets: a condition and its cubes agree at every corner")
{
    for (const char* when : {"pid == 0", "pid != 3", "pid < -5", "pid > 100 and sig != 9",
                             "pid <= 7 or pid >= 1000", "sig & 6 != 2", "sig & 12 in [4, 8]",
                             "pid >= -2147483648", "pid in [1, 2, 3] and sig & 1 == 0"}) {
        CAPTURE(when);
        const Profile profile = parsed(
            std::string("[seccomp]\n[[seccomp.rule]]\ncall = \"kill\"\nwhen = \"") + when + "\"\n");
        const auto filter = filter_of(profile, kArch);
        const Rule& rule = profile.seccomp->calls.front().permissions.front();
        const auto cubes = sets::cubes_of(rule, Abi::x86_64);
        REQUIRE(cubes.has_value());
        const auto rest = sets::without(sets::everything(), *cubes);
        REQUIRE(rest.has_value());
        const std::uint32_t arch = audit_arch(Abi::x86_64);
        const std::uint32_t number = *kernel::number_on(*kernel::find_syscall("kill"), Abi::x86_64);
        for (const auto& point : sets::points_of(sets::Reading(filter).looks_of(arch, number),
                                                 sets::UpperHalves::all)) {
            const bool allowed = ask(filter, Abi::x86_64, "kill", point) == filter::kAllow;
            CHECK(contains(*cubes, point) == allowed);
            CHECK(contains(*rest, point) == !allowed);
            CHECK(contains(sets::joined(*cubes), point) == allowed);
        }
    }
}

TEST_CASE("diff: it lists calls by what changes, and rights")
{
    const Profile before = parsed("[seccomp]\nallow = [\"read\", \"mount\"]\n");
    const Profile after = parsed(
        "user = 7\n[limits]\nnofile = 5\n[seccomp]\nallow = [\"read\", \"bpf\"]\n"
        "[[seccomp.rule]]\ncall = \"kill\"\nwhen = \"sig == 9\"\n");
    const auto same = difference(policy_of(before), policy_of(before));
    REQUIRE(same);
    CHECK(same.value().none());
    const auto found = difference(policy_of(before), policy_of(after));
    REQUIRE(found);
    REQUIRE(found.value().calls.size() == 3);
    CHECK(found.value().calls[0].call == "bpf");
    CHECK(found.value().calls[0].arguments.empty());
    CHECK(found.value().calls[1].call == "kill");
    CHECK(found.value().calls[1].arguments[1] == 9);
    CHECK(found.value().calls[2].call == "mount");
    CHECK(found.value().calls[2].after == kVerdictEperm);
    REQUIRE(found.value().rights.size() == 2);
    CHECK(found.value().rights[0].what == "limit nofile");
    CHECK(found.value().rights[1].before == "65534:65534");
    const auto bad = difference({}, policy_of(after));
    REQUIRE_FALSE(bad);
    CHECK(bad.error().text.find("first policy") != std::string::npos);
}

TEST_CASE("diff: an additional ABI is listed")
{
    const Profile one = parsed("[seccomp]\nallow = [\"read\"]\n");
    const Profile two = parsed("[seccomp]\narchitectures = [\"x32\"]\nallow = [\"read\"]\n");
    const auto found = filter_difference(filter_of(one, kArch), filter_of(two, kArch), kArch);
    REQUIRE(found);
    CHECK(std::ranges::any_of(found.value(), [](const CallChange& change) {
        return change.abi == Abi::x32 && change.call == "read" && change.after == filter::kAllow;
    }));
    CHECK(std::ranges::none_of(found.value(),
                               [](const CallChange& change) { return change.abi == Abi::i386; }));
}

TEST_CASE("diff: numbers of x32 without a name are compared")
{
    constexpr std::uint32_t number = kernel::kX32Bit + 900;
    std::vector<std::byte> open(4 * filter::kInstructionSize);
    filter::store_instruction(open, 0, {.code = filter::kLoadWord, .k = filter::kNumberOffset});
    filter::store_instruction(open, 1, {.code = filter::kJumpEqual, .jt = 0, .jf = 1, .k = number});
    filter::store_instruction(open, 2, {.code = filter::kReturn, .k = filter::kAllow});
    filter::store_instruction(open, 3, {.code = filter::kReturn, .k = kVerdictEperm});
    std::vector<std::byte> closed(filter::kInstructionSize);
    filter::store_instruction(closed, 0, {.code = filter::kReturn, .k = kVerdictEperm});
    const auto found = filter_difference(open, closed, kArch);
    REQUIRE(found);
    CHECK(std::ranges::any_of(found.value(), [](const CallChange& change) {
        return change.abi == Abi::x86_64 && change.call == "0x40000384";
    }));
}

TEST_CASE("diff: a filter with too many paths is refused")
{
    constexpr std::uint32_t bits = 20;  // each is masked away or not: 2^20 states
    std::vector<std::byte> program((2 * bits + 3) * filter::kInstructionSize);
    std::size_t at = 0;
    filter::store_instruction(program, at++,
                              {.code = filter::kLoadWord, .k = filter::kArgumentsOffset});
    for (std::uint32_t bit = 0; bit < bits; ++bit) {
        filter::store_instruction(program, at++,
                                  {.code = filter::kJumpAnyBit, .jt = 0, .jf = 1, .k = 1U << bit});
        filter::store_instruction(program, at++, {.code = filter::kAnd, .k = ~(1U << bit)});
    }
    filter::store_instruction(program, at++, {.code = filter::kAnd, .k = 0});
    filter::store_instruction(program, at++, {.code = filter::kReturn, .k = filter::kAllow});
    const auto found = filter_difference(program, program, kArch);
    REQUIRE_FALSE(found);
    CHECK(found.error().text.find("too many to compare") != std::string::npos);
}

TEST_CASE("listing: each instruction is one line with names")
{
    const Profile profile = parsed(
        "[seccomp]\narchitectures = [\"i386\"]\nallow = [\"read\"]\n"
        "[[seccomp.rule]]\ncall = \"socket\"\nwhen = \"domain == AF_INET6 and type == "
        "SOCK_RAW\"\n");
    const auto filter = filter_of(profile, kArch);
    const std::string text = annotated_listing(filter, kArch);
    for (const char* part : {"; x86_64\n", "; i386\n", "-- calls of i386", "; read\n", "; socket\n",
                             "; domain of socket\n", "; AF_INET6\n", "; type of socket\n"}) {
        CAPTURE(part);
        CHECK(text.find(part) != std::string::npos);
    }
    const auto lines = std::ranges::count(text, '\n');
    CHECK(lines == static_cast<std::ptrdiff_t>(filter.size() / filter::kInstructionSize) + 2);
}

}  // namespace
}  // namespace outis::sandbox::questions_test
