// What other tools make of an exported profile: the rules go through libseccomp as runc hands them
// over, and the filter that comes out is asked at every point beside ours. tests/whole/export.sh
// does the same with runc itself.
#include <algorithm>
#include <cstdio>
#include <map>
#include <random>

#include <doctest/doctest.h>
#include <seccomp.h>
#include <unistd.h>

#include "outis/sandbox/export.h"
#include "outis/sandbox/questions.h"
#include "sandbox/export/decisions.h"
#include "sandbox/sets/looks.h"
#include "support/skip.h"
#include "tests/sandbox/ask.h"

namespace outis::sandbox::export_test {
namespace {

std::uint32_t token(Abi abi)
{
    switch (abi) {
    case Abi::x86_64: return SCMP_ARCH_X86_64;
    case Abi::x32: return SCMP_ARCH_X32;
    case Abi::i386: return SCMP_ARCH_X86;
    case Abi::aarch64: return SCMP_ARCH_AARCH64;
    case Abi::arm: return SCMP_ARCH_ARM;
    }
    return 0;
}

scmp_compare compare(imports::ForeignOperator op)
{
    switch (op) {
    case imports::ForeignOperator::equal: return SCMP_CMP_EQ;
    case imports::ForeignOperator::not_equal: return SCMP_CMP_NE;
    case imports::ForeignOperator::less: return SCMP_CMP_LT;
    case imports::ForeignOperator::less_equal: return SCMP_CMP_LE;
    case imports::ForeignOperator::greater: return SCMP_CMP_GT;
    case imports::ForeignOperator::greater_equal: return SCMP_CMP_GE;
    case imports::ForeignOperator::masked_equal: return SCMP_CMP_MASKED_EQ;
    }
    return SCMP_CMP_EQ;
}

// libseccomp's actions are SECCOMP_RET_* with one other name for the same number.
void add(scmp_filter_ctx context, const exports::ExportedRule& rule, int number)
{
    std::vector<scmp_arg_cmp> tests;
    for (const imports::ForeignTest& test : rule.tests)
        tests.push_back({test.argument, compare(test.op), test.value, test.value_two});
    REQUIRE(seccomp_rule_add_array(context, rule.verdict, number,
                                   static_cast<unsigned>(tests.size()), tests.data()) == 0);
}

std::vector<std::byte> exported_filter(const exports::Decisions& decisions)
{
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(38));
    REQUIRE(context != nullptr);
    (void)seccomp_arch_remove(context, SCMP_ARCH_NATIVE);
    for (const Abi abi : decisions.abis)
        REQUIRE(seccomp_arch_add(context, token(abi)) == 0);
    for (const exports::ExportedRule& rule : exports::rules_of(decisions)) {
        for (const std::string_view name : rule.names) {
            const int number = seccomp_syscall_resolve_name(std::string(name).c_str());
            if (number != __NR_SCMP_ERROR && rule.verdict != kVerdictEnosys)
                add(context, rule, number);
        }
    }
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    REQUIRE(seccomp_export_bpf(context, fileno(file)) == 0);
    seccomp_release(context);
    std::rewind(file);
    std::vector<std::byte> bytes(std::size_t{filter::kMaxInstructions} * 8);
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
    (void)std::fclose(file);
    return bytes;
}

// Points at which the two differ, of calls that libseccomp knows; the first ones.
std::vector<std::string> disagreements(Bytes ours, Bytes theirs,
                                       const exports::Decisions& decisions, std::string_view but)
{
    const Interpreter one(ours);
    const Interpreter other(theirs);
    const sets::Reading reading(ours);
    const sets::Reading their_reading(theirs);
    std::vector<std::string> found;
    for (const Abi abi : decisions.abis) {
        for (const exports::CallDecisions& call : decisions.calls) {
            const auto number = kernel::number_on(*kernel::find_syscall(call.call), abi);
            const bool known =
                seccomp_syscall_resolve_name(std::string(call.call).c_str()) != __NR_SCMP_ERROR;
            if (!number || !known || call.call == but)
                continue;
            const std::uint32_t arch = audit_arch(abi);
            const sets::Looks looks = sets::merged(reading.looks_of(arch, *number),
                                                   their_reading.looks_of(arch, *number));
            for (const auto& point : sets::points_of(looks, sets::UpperHalves::all)) {
                const CallData data{.number = *number, .arch = arch, .arguments = point};
                if (one.ask(data).verdict != other.ask(data).verdict && found.size() < 5)
                    found.push_back(std::string(abi_name(abi)) + " " + std::string(call.call) +
                                    ": " + verdict_name(one.ask(data).verdict) + ", exported " +
                                    verdict_name(other.ask(data).verdict) + " at " +
                                    std::to_string(point[0]) + " " + std::to_string(point[1]));
            }
        }
    }
    return found;
}

void check_export(const Profile& profile, policy::Arch arch)
{
    const exports::Decisions decisions = exports::decisions_of(profile, arch);
    const auto ours = filter_of(profile, arch);
    const auto theirs = exported_filter(decisions);
    CHECK(theirs.size() < std::size_t{filter::kMaxInstructions} * 8);
    const auto found = disagreements(ours, theirs, decisions, profile.exec_once ? "execve" : "");
    for (const std::string& line : found)
        FAIL_CHECK(line);
}

constexpr std::array kBoth{policy::Arch::x86_64, policy::Arch::aarch64};

TEST_CASE("export: shipped profiles answer the same after a round trip")
{
    for (const char* name : {"baseline", "service", "go", "worker", "offline"}) {
        for (const policy::Arch arch : kBoth) {
            CAPTURE(std::string(name));
            CAPTURE(arch_name(arch));
            check_export(shipped(name), arch);
        }
    }
}

TEST_CASE("export: unusual profiles answer the same after a round trip")
{
    const auto rule = [](const char* call, const char* when, const char* action) {
        return std::string("[[seccomp.rule]]\ncall = \"") + call + "\"\nwhen = \"" + when +
               "\"\naction = \"" + action + "\"\n";
    };
    const std::pair<const char*, std::string> cases[] = {
        {"two bounds of one argument", rule("kill", "pid > 100 and pid < 200", "allow")},
        {"outside of two bounds", rule("kill", "pid < 100 or pid > 200", "EACCES")},
        {"a signed bound", rule("kill", "pid < -1", "allow")},
        {"not one value", rule("kill", "sig != 9", "allow")},
        {"none of several", rule("socket", "domain not in [AF_ALG, AF_VSOCK, AF_PACKET]", "allow")},
        {"two arguments", rule("socket", "domain == AF_INET and type & 15 == SOCK_RAW", "refuse")},
        {"conditions that overlap", rule("kill", "sig & 8 == 8", "kill") +
                                        rule("kill", "pid == 1", "EACCES") +
                                        rule("kill", "pid > 0", "allow")},
        {"64 bits", rule("lseek", "offset > 4294967296", "EFBIG")},
        {"64 bits and a sign", rule("lseek", "offset >= -5 and offset < 4294967297", "allow")},
        {"64 bits, between", rule("mmap", "length > 1000 and length <= 5000000000", "allow")},
        {"64 bits, none of several", rule("mmap", "length not in [0, 7, 4294967296]", "EINVAL")},
        {"two ranges", rule("mmap", "length <= 1000000000 and offset <= 1000000000", "allow")},
        {"a range, three answers",
         rule("pread64", "count == 0", "EFBIG") + rule("pread64", "offset >= 0", "allow")},
        {"many rules that begin with different arguments",
         rule("mmap", "length > 4294967296 and prot & 4 == 0 or offset >= 77", "EACCES") +
             rule("mmap", "prot & 4 == 4 or length <= 77", "EFBIG")},
        {"a range before flags", rule("mmap", "length > 65537 and prot & 4 == 4", "allow")},
        {"a range and flags", rule("mmap", "length > 65537 and prot & 4 == 4", "refuse")},
        {"a range and a mask of one argument",
         rule("lseek", "offset & 4095 == 0 and offset < 10000000000", "allow")},
        {"a mask of flags", rule("clone", "flags & CLONE_NEWUSER|CLONE_NEWNS != 0", "refuse")},
        {"a pointer", rule("read", "buf == 0", "EFAULT")},
        {"every action", rule("kill", "sig == 1", "trap") + rule("kill", "sig == 2", "log") +
                             rule("kill", "sig == 3", "kill-thread")},
        {"a default that kills", "default = \"kill\"\n" + rule("kill", "sig == 0", "allow")},
        {"i386 too", "architectures = [\"i386\"]\nrefuse = [\"socketcall\"]\n" +
                         rule("socket", "domain == AF_UNIX", "allow")},
        {"i386's carriers, otherwise than what they carry",
         "architectures = [\"i386\"]\nallow = [\"socketcall\", \"connect\", \"semget\"]\nrefuse = "
         "[\"ipc\", "
         "\"bind\"]\n" +
             rule("socket", "domain == AF_UNIX", "allow")},
        {"x32 too", "architectures = [\"x32\"]\n" + rule("socket", "domain == AF_UNIX", "allow")},
        {"arm too", "architectures = [\"arm\"]\n" + rule("socket", "domain == AF_UNIX", "allow")},
    };
    for (const auto& [name, text] : cases) {
        for (const policy::Arch arch : kBoth) {
            CAPTURE(std::string(name));
            CAPTURE(arch_name(arch));
            check_export(parsed("[seccomp]\n" + text), arch);
        }
    }
}

// Conditions of whole arguments and of bits, in one call.
struct RandomCall {
    std::string name;
    std::vector<std::string> wide;  // arguments of 64 bits
    std::string narrow;
};

std::string random_profile(std::mt19937& dice, const RandomCall& call)
{
    constexpr std::array<const char*, 6> comparisons{"<=", "<", ">", ">=", "==", "!="};
    constexpr std::array<const char*, 7> constants{
        "0", "77", "4096", "4294967295", "4294967297", "10000000000", "4611686018427387904"};
    constexpr std::array<const char*, 4> actions{"allow", "refuse", "EFBIG", "EACCES"};
    const auto pick = [&](const auto& list) { return std::string(list[dice() % list.size()]); };
    const auto test = [&] {
        if (dice() % 4 == 0)
            return (dice() % 2 == 0 ? call.narrow : pick(call.wide)) +
                   " & 4 == " + (dice() % 2 == 0 ? "0" : "4");
        return pick(call.wide) + " " + pick(comparisons) + " " + pick(constants);
    };
    std::string text = "[seccomp]\n";
    for (auto rules = 1 + dice() % 3; rules != 0; --rules) {
        std::string when = test();
        for (auto more = dice() % 4; more != 0; --more)
            when += (dice() % 2 == 0 ? " and " : " or ") + test();
        text += "[[seccomp.rule]]\ncall = \"" + call.name + "\"\nwhen = \"" + when +
                "\"\naction = \"" + pick(actions) + "\"\n";
    }
    return text;
}

TEST_CASE("export: random conditions answer the same after a round trip")
{
    const RandomCall calls[] = {
        {"mmap", {"length", "offset"}, "prot"},
        {"pread64", {"count", "offset"}, "fd"},
        {"lseek", {"offset"}, "whence"},
        {"process_vm_readv", {"liovcnt", "riovcnt", "flags"}, "pid"},
    };
    std::mt19937 dice(2026);
    int said = 0;
    for (int round = 0; round < 60; ++round) {
        const RandomCall& call = calls[dice() % std::size(calls)];
        const std::string text = random_profile(dice, call);
        CAPTURE(text);
        const Profile profile = parsed(text);
        exports::Decisions decisions = exports::decisions_of(profile, policy::Arch::x86_64);
        std::erase_if(decisions.calls,
                      [&](const exports::CallDecisions& other) { return other.call != call.name; });
        const bool refused =
            std::ranges::any_of(decisions.differences, [](const std::string& difference) {
                return difference.find("refused altogether") != std::string::npos;
            });
        if (refused)
            continue;
        ++said;
        const auto ours = filter_of(profile, policy::Arch::x86_64);
        for (const std::string& line :
             disagreements(ours, exported_filter(decisions), decisions, ""))
            FAIL_CHECK(line);
    }
    CHECK(said > 40);
}

TEST_CASE("export: what the format cannot express is listed and becomes stricter")
{
    struct Case {
        const char* name;
        const char* text;
        const char* part;
    };

    const Case cases[] = {
        {"exec once", "[seccomp]\n[exec]\nonce = true\n", "exec.once cannot be said"},
        {"a new call", "[seccomp]\nallow = [\"mseal\"]\n", "answers ENOSYS to: "},
        {"arguments in memory",
         "[seccomp]\narchitectures = [\"i386\"]\n[[seccomp.rule]]\ncall = \"mmap\"\n"
         "when = \"prot & PROT_EXEC == 0\"\n",
         "programs of i386 are killed: 'mmap' has rules"},
        {"64 bits on i386",
         "[seccomp]\narchitectures = [\"i386\"]\n[[seccomp.rule]]\ncall = \"lseek\"\n"
         "when = \"offset == 0\"\n",
         "programs of i386 are killed: 'lseek' compares 64 bits"},
        {"an errno above libseccomp's",
         "[seccomp]\n[[seccomp.rule]]\ncall = \"kill\"\nwhen = \"sig == 9\"\n"
         "action = \"errno 4095\"\n",
         "'kill' is answered with errno 4094 instead of 4095"},
        {"too many rules",
         "[seccomp]\n[[seccomp.rule]]\ncall = \"mmap\"\n"
         "when = \"prot > 5 and flags > 5 and fd > 5\"\n",
         "'mmap' need more than 2048 rules, so it is refused altogether"},
        {"too long a filter",
         "[seccomp]\n[[seccomp.rule]]\ncall = \"kill\"\nwhen = \"pid > 5 and sig > 5\"\n"
         "[[seccomp.rule]]\ncall = \"tkill\"\nwhen = \"tid > 5 and sig > 5\"\n",
         "the conditions of 'tkill' need more of the 4096 instructions of a filter than are left"},
    };
    for (const Case& c : cases) {
        CAPTURE(std::string(c.name));
        const auto exported =
            export_profile(parsed(c.text), policy::Arch::x86_64, ExportFormat::oci);
        REQUIRE(exported);
        std::string all;
        for (const std::string& line : exported.value().differences)
            all += line + "\n";
        CAPTURE(all);
        CHECK(all.find(c.part) != std::string::npos);
    }
    CHECK_FALSE(export_profile(shipped("none"), policy::Arch::x86_64, ExportFormat::oci));
}

TEST_CASE("export: a resource holds numbers below 2^63 and no errno 0")
{
    const Profile profile = parsed(
        "[seccomp]\n[[seccomp.rule]]\ncall = \"lseek\"\nwhen = \"offset >= 0\"\n"
        "[[seccomp.rule]]\ncall = \"pread64\"\nwhen = \"offset == -1\"\n"
        "[[seccomp.rule]]\ncall = \"mount\"\nwhen = \"always\"\naction = \"errno 0\"\n");
    for (const ExportFormat format : {ExportFormat::oci, ExportFormat::spo}) {
        const bool spo = format == ExportFormat::spo;
        CAPTURE(spo);
        const auto exported = export_profile(profile, policy::Arch::x86_64, format);
        REQUIRE(exported);
        std::string all;
        for (const std::string& line : exported.value().differences)
            all += line + "\n";
        CAPTURE(all);
        CHECK((all.find("'pread64' need numbers above 2^63-1") != std::string::npos) == spo);
        CHECK(all.find("'lseek'") == std::string::npos);
        CHECK((all.find("'mount' is answered with EPERM") != std::string::npos) == spo);
        CHECK((exported.value().json.find("18446744073709551615") == std::string::npos) == spo);
        CHECK(exported.value().json.find("9223372036854775807") != std::string::npos);
    }
}

TEST_CASE("export: the list of new calls is that of the library")
{
    const scmp_version* version = seccomp_version();
    if (version->major != 2 || version->minor != 5 || version->micro != 4) {
        tests::skip("new calls", "the list is about libseccomp 2.5.4");
        return;
    }
    for (const kernel::Syscall& call : kernel::syscalls()) {
        const std::string name(call.name);
        CAPTURE(name);
        CHECK(std::ranges::binary_search(exports::new_calls(), name) ==
              (seccomp_syscall_resolve_name(name.c_str()) == __NR_SCMP_ERROR));
    }
    for (const std::string_view name : exports::new_calls()) {
        CAPTURE(std::string(name));
        CHECK(kernel::find_syscall(name) != nullptr);
    }
}

}  // namespace
}  // namespace outis::sandbox::export_test
