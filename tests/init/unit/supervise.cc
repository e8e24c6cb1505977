// What decides a run: statuses, exit codes, and what plan and policy say together.
#include "init/run/supervise.h"

#include <cerrno>
#include <csignal>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "init/fault.h"
#include "init/kernel/memory.h"
#include "init/refusal.h"
#include "init/unit/policy_bytes.h"
#include "outis/base/policy.h"

// The programs bring one each; a test has no memory to give back.
void outis::init::give_back_memory() noexcept {}

namespace outis::tests::supervise_test {
namespace {

using namespace init;

TEST_CASE("supervise: a wait status becomes an exit code")
{
    for (int code = 0; code < 256; ++code)
        CHECK(code_of_status(code << 8) == code);
    for (int signal = 1; signal < 65; ++signal)
        CHECK(code_of_status(signal) == 128 + signal);
    constexpr int kCoreDumped = 0x80;
    CHECK(code_of_status(SIGSEGV | kCoreDumped) == 139);
}

TEST_CASE("supervise: a fault becomes an exit code")
{
    struct Case {
        std::string name;
        Fault fault;
        int code;
    };

    const Case kCases[]{
        {"not there", {Step::exec, ENOENT}, 127},
        {"a file where a folder should be", {Step::exec, ENOTDIR}, 127},
        {"not executable", {Step::exec, EACCES}, 126},
        {"no format", {Step::exec, ENOEXEC}, 126},
        {"a loop of links", {Step::exec, ELOOP}, 126},
        {"name too long", {Step::exec, ENAMETOOLONG}, 126},
        {"busy", {Step::exec, ETXTBSY}, 126},
        {"a folder", {Step::exec, EISDIR}, 126},
        {"no memory", {Step::exec, ENOMEM}, 126},
        {"refused", {Step::exec, EPERM}, 126},
        {"user", {Step::set_uid, EPERM}, 124},
        {"filter", {Step::seccomp, EINVAL}, 124},
        {"promise that does not hold", {Step::verify_capabilities, 0}, 124},
        {"fork", {Step::spawn, EAGAIN}, 124},
        {"work directory that is not there", {Step::workdir, ENOENT}, 124},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        CHECK(exit_code(c.fault) == c.code);
    }
}

TEST_CASE("supervise: every step has its own description")
{
    for (int step = 0; step <= static_cast<int>(Step::exec); ++step) {
        CAPTURE(step);
        const StepText text = describe(static_cast<Step>(step));
        CHECK_FALSE(std::string(text.doing).empty());
        for (int other = 1; other < step; ++other)
            CHECK(std::string(text.doing) != describe(static_cast<Step>(other)).doing);
    }
}

TEST_CASE("supervise: a refusal is one line")
{
    struct Case {
        std::string name;
        Refusal refusal;
        std::string line;
    };

    const Case kCases[]{
        {"alone",
         {.reason = Reason::no_program, .number = 0, .subject = {}, .detail = nullptr},
         "no program given; see --help"},
        {"with a name",
         {.reason = Reason::unknown_option, .number = 0, .subject = "x", .detail = nullptr},
         "unknown option 'x'; see --help"},
        {"with a detail",
         {.reason = Reason::policy_malformed, .number = 0, .subject = "/p", .detail = "it is odd"},
         "policy '/p': it is odd; compile the profile again"},
        {"with an errno",
         {.reason = Reason::policy_unreadable, .number = EIO, .subject = "/p", .detail = nullptr},
         "cannot read policy '/p': Input/output error"},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Line line;
        describe(c.refusal, line);
        CHECK(std::string(line.text()) == c.line);
    }
}

TEST_CASE("supervise: every refusal has its own message and one of two codes")
{
    std::set<std::string> seen;
    for (int number = 0; number <= static_cast<int>(Reason::landlock_path_failed); ++number) {
        CAPTURE(number);
        const Refusal refusal{
            .reason = static_cast<Reason>(number), .number = 0, .subject = {}, .detail = nullptr};
        Line line;
        describe(refusal, line);
        CHECK(seen.insert(std::string(line.text())).second);
        const int code = exit_code(refusal);
        CHECK((code == kExitUsage || code == kExitUnsupported));
    }
}

TEST_CASE("supervise: a line is cut, never overrun")
{
    Line line;
    line.add(std::string(479, 'a')).add(std::int64_t{12345});
    CHECK(line.text().size() == 480);
    CHECK(line.text().back() == '1');
    line.add("more");
    CHECK(line.text().size() == 480);
}

class Settling {
public:
    Settling()
    {
        for (std::size_t i = 0; i < plan.rewrite.size(); ++i)
            plan.rewrite[i] = static_cast<std::uint8_t>(i);
    }

    Settings settle_with(const policy::Signals& fields,
                         const std::vector<std::pair<int, int>>& rewrites = {}) const
    {
        const PolicyBytes bytes =
            make_policy({{policy::Kind::signals, signals_payload(fields, rewrites)}});
        return settle(plan, policy::read(bytes).value());
    }

    Plan plan;
};

TEST_CASE_FIXTURE(Settling, "supervise: the plan holds where the policy is silent")
{
    plan.grace = 7;
    plan.group = true;
    const Settings settings = settle(plan, policy::View{});
    CHECK(settings.stop == sys::signal_bit(SIGTERM));
    CHECK(settings.grace == 7U);
    CHECK_FALSE(settings.drain);
    CHECK(settings.group);
    CHECK(settings.rewrite[15] == 15);
}

TEST_CASE_FIXTURE(Settling, "supervise: the policy holds where the plan is silent")
{
    const Settings settings = settle_with(
        {.stop = 1 << 2, .grace = 10, .drain = 20, .group = true, .rewrites = {}}, {{15, 3}});
    CHECK(settings.stop == sys::signal_bit(SIGQUIT));
    CHECK(settings.grace == 10U);
    CHECK(settings.drain == 20U);
    CHECK(settings.group);
    CHECK(settings.rewrite[15] == 3);
}

TEST_CASE_FIXTURE(Settling, "supervise: the plan wins over the policy")
{
    plan.grace = 1;
    plan.drain = 0;
    plan.rewrite[15] = 2;
    plan.rewritten = std::uint64_t{1} << 14;
    const Settings settings = settle_with(
        {.stop = 0, .grace = 10, .drain = 20, .group = false, .rewrites = {}}, {{15, 3}, {1, 0}});
    CHECK(settings.stop == sys::signal_bit(SIGTERM));
    CHECK(settings.grace == 1U);
    CHECK(settings.drain == 0U);
    CHECK_FALSE(settings.group);
    CHECK(settings.rewrite[15] == 2);
    CHECK(settings.rewrite[1] == 0);
}

TEST_CASE_FIXTURE(Settling, "supervise: a time that neither sets stays unset")
{
    const Settings settings = settle_with({});
    CHECK_FALSE(settings.grace);
    CHECK_FALSE(settings.drain);
}

}  // namespace
}  // namespace outis::tests::supervise_test
