// The words that imported profiles need: whole registers, "always", errnos without a name, and
// `unsafe-as-runc`.
#include <string>

#include "ask.h"

namespace outis::sandbox::as_runc_test {
namespace {

constexpr std::string_view kAsRunc = R"(
[seccomp]
default = "EACCES"
architectures = ["i386"]
allow = ["read"]
refuse = ["execve"]
[[seccomp.rule]]
call = ["write", "clone3"]
when = "always"
action = "errno 4000"
[[seccomp.rule]]
call = "personality"
when = "reg0 == 0x100000005"
[seccomp.unsafe-as-runc]
reason = "a test"
highest = { x86_64 = 300, i386 = 400 }
)";

TEST_CASE("unsafe-as-runc answers by rule, then by number, then by default")
{
    struct Case {
        std::string name;
        std::uint32_t audit;
        std::uint32_t number;
        std::uint64_t first;
        std::string verdict;
    };

    const std::uint32_t wide = audit_arch(Abi::x86_64);
    const std::uint32_t narrow = audit_arch(Abi::i386);
    const std::vector<Case> cases{
        {"listed", wide, 0, 0, "allow"},
        {"always", wide, 1, 0, "errno 4000"},
        {"execve is a call like any other", wide, 59, 0, "EPERM"},
        {"exit_group too", wide, 231, 0, "EACCES"},
        {"the whole register", wide, 135, 0x100000005, "allow"},
        {"not its low word", wide, 135, 5, "EACCES"},
        {"the low word on i386", narrow, 136, 5, "allow"},
        {"known and above the highest", wide, 435, 0, "ENOSYS"},
        {"unknown below it", narrow, 285, 0, "EACCES"},
        {"just above", wide, 301, 0, "ENOSYS"},
        {"above i386's", narrow, 401, 0, "ENOSYS"},
        {"x32", wide, kernel::kX32Bit, 0, "kill-thread"},
        {"bit 31", wide, 0x80000000, 0, "ENOSYS"},
        {"-1", wide, 0xFFFFFFFF, 0, "EACCES"},
        {"-1 of i386", narrow, 0xFFFFFFFF, 0, "ENOSYS"},
        {"an ABI that is not accepted", audit_arch(Abi::aarch64), 63, 0, "kill-thread"},
    };
    const auto program = filter_of(parsed(std::string(kAsRunc)), policy::Arch::x86_64);
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const CallData data{.number = c.number, .arch = c.audit, .arguments = {c.first}};
        CHECK(verdict_name(interpret(program, data).verdict) == c.verdict);
    }
}

TEST_CASE("a rule without a condition becomes a list of calls")
{
    const Profile profile = parsed(
        "[seccomp]\nallow = [\"mount\"]\n"
        "[[seccomp.rule]]\ncall = \"mount\"\nwhen = \"arg3 == 1\"\naction = \"EBUSY\"\n"
        "[[seccomp.rule]]\ncall = \"mount\"\nwhen = \"always\"\naction = \"trap\"\n"
        "[[seccomp.rule]]\ncall = \"mount\"\nwhen = \"arg3 == 2\"\naction = \"kill\"\n"
        "[[seccomp.rule]]\ncall = \"swapon\"\nwhen = \"always\"\naction = \"errno 0\"\n");
    const auto program = filter_of(profile, policy::Arch::x86_64);
    CHECK(verdict_name(ask(program, Abi::x86_64, "mount", {0, 0, 0, 1})) == "EBUSY");
    CHECK(verdict_name(ask(program, Abi::x86_64, "mount", {0, 0, 0, 2})) == "trap");
    CHECK(verdict_name(ask(program, Abi::x86_64, "swapon")) == "errno 0");
    for (const CallAnswer& answer : answers_of(profile, policy::Arch::x86_64)) {
        if (answer.name == "swapon")
            CHECK(answer.verdict == filter::kErrno);
    }
}

TEST_CASE("the words that only imported profiles use are checked")
{
    struct Case {
        std::string name;
        std::string text;
        std::string message;
    };

    const std::vector<Case> cases{
        {"no reason", "[seccomp.unsafe-as-runc]\nhighest = {}\n", "without a reason"},
        {"unknown ABI", "[seccomp.unsafe-as-runc]\nreason = \"x\"\nhighest = { mips = 1 }\n",
         "unknown key 'mips'"},
        {"a negative number", "[seccomp.unsafe-as-runc]\nreason = \"x\"\nhighest = { arm = -1 }\n",
         "is not in 0 to"},
        {"once", "[exec]\nonce = true\n[seccomp.unsafe-as-runc]\nreason = \"x\"\n",
         "'once' contradicts 'unsafe-as-runc'"},
        {"words behind always",
         "[seccomp]\n[[seccomp.rule]]\ncall = \"read\"\nwhen = \"always or arg0 == 1\"\n",
         "the end behind 'always'"},
        {"errno 4096", "[seccomp]\ndefault = \"errno 4096\"\n", "unknown action 'errno 4096'"},
        {"errno without a number", "[seccomp]\ndefault = \"errno \"\n", "unknown action"},
        {"register 6", "[seccomp]\n[[seccomp.rule]]\ncall = \"read\"\nwhen = \"reg6 == 1\"\n",
         "no argument 'reg6'"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::array texts{ProfileText{.file = "p.toml", .text = c.text}};
        const auto profile = parse_profile(texts);
        REQUIRE_FALSE(profile);
        CAPTURE(print(profile.error()));
        CHECK(print(profile.error()).find(c.message) != std::string::npos);
    }
}

}  // namespace
}  // namespace outis::sandbox::as_runc_test
