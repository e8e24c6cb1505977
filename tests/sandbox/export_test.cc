// What other tools make of an exported profile: the rules go through libseccomp as runc hands them
// over, and the filter that comes out is asked at every point beside ours. tests/whole/export.sh
// does the same with runc itself.
#include <cstdio>
#include <map>

#include <doctest/doctest.h>
#include <seccomp.h>
#include <unistd.h>

#include "outis/sandbox/export.h"
#include "outis/sandbox/questions.h"
#include "sandbox/exchange/decisions.h"
#include "sandbox/sets/looks.h"
#include "tests/sandbox/ask.h"

namespace outis::sandbox {
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

// libseccomp's actions are SECCOMP_RET_* with one other name for the same number.
void add(scmp_filter_ctx context, const ExportedRule& rule, int number)
{
    std::vector<scmp_arg_cmp> tests;
    for (unsigned i = 0; i < 6; ++i) {
        if (rule.when.mask[i] == ~std::uint64_t{0})
            tests.push_back({i, SCMP_CMP_EQ, rule.when.value[i], 0});
        else if (rule.when.mask[i] != 0)
            tests.push_back({i, SCMP_CMP_MASKED_EQ, rule.when.mask[i], rule.when.value[i]});
    }
    REQUIRE(seccomp_rule_add_array(context, rule.verdict, number,
                                   static_cast<unsigned>(tests.size()), tests.data()) == 0);
}

std::vector<std::byte> exported_filter(const Decisions& decisions)
{
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(38));
    REQUIRE(context != nullptr);
    (void)seccomp_arch_remove(context, SCMP_ARCH_NATIVE);
    for (const Abi abi : decisions.abis)
        REQUIRE(seccomp_arch_add(context, token(abi)) == 0);
    for (const ExportedRule& rule : rules_of(decisions)) {
        for (const std::string_view name : rule.names) {
            const int number = seccomp_syscall_resolve_name(std::string(name).c_str());
            if (number != __NR_SCMP_ERROR && rule.verdict != kEnosys)
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
std::vector<std::string> disagreements(Bytes ours, Bytes theirs, const Decisions& decisions,
                                       std::string_view but)
{
    const Interpreter one(ours);
    const Interpreter other(theirs);
    const Reading reading(ours);
    const Reading their_reading(theirs);
    std::vector<std::string> found;
    for (const Abi abi : decisions.abis) {
        for (const CallDecisions& call : decisions.calls) {
            const auto number = number_on(*find_syscall(call.call), abi);
            const bool known =
                seccomp_syscall_resolve_name(std::string(call.call).c_str()) != __NR_SCMP_ERROR;
            if (!number || !known || call.call == but)
                continue;
            const std::uint32_t arch = audit_arch(abi);
            const Looks looks =
                merged(reading.looks_of(arch, *number), their_reading.looks_of(arch, *number));
            for (const auto& point : points_of(looks, UpperHalves::all)) {
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
    const Decisions decisions = decisions_of(profile, arch);
    const auto ours = filter_of(profile, arch);
    const auto theirs = exported_filter(decisions);
    const auto found = disagreements(ours, theirs, decisions, profile.exec_once ? "execve" : "");
    for (const std::string& line : found)
        FAIL_CHECK(line);
}

constexpr std::array kBoth{policy::Arch::x86_64, policy::Arch::aarch64};

TEST_CASE("export: shipped profiles answer as before")
{
    for (const char* name : {"baseline", "service", "go", "worker", "offline"}) {
        for (const policy::Arch arch : kBoth) {
            CAPTURE(std::string(name));
            CAPTURE(arch_name(arch));
            check_export(shipped(name), arch);
        }
    }
}

TEST_CASE("export: awkward profiles answer as before")
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

TEST_CASE("export: what cannot be said is listed and stricter")
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
         "[seccomp]\n[[seccomp.rule]]\ncall = \"kill\"\nwhen = \"pid > 5 and sig > 5\"\n",
         "'kill' need more than 512 rules, so it is refused altogether"},
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
        CHECK((all.find("'lseek' need numbers above 2^63-1") != std::string::npos) == spo);
        CHECK((all.find("'mount' is answered with EPERM") != std::string::npos) == spo);
        CHECK((exported.value().json.find("9223372036854775808") == std::string::npos) == spo);
    }
}

TEST_CASE("export: the list of new calls is that of the library")
{
    const scmp_version* version = seccomp_version();
    if (version->major != 2 || version->minor != 5 || version->micro != 4) {
        std::puts("skip new calls: the list is about libseccomp 2.5.4");
        return;
    }
    std::vector<std::string> unknown;
    for (const Syscall& call : syscalls()) {
        const std::string name(call.name);
        if (seccomp_syscall_resolve_name(name.c_str()) == __NR_SCMP_ERROR)
            unknown.push_back(name);
    }
    CHECK(unknown == std::vector<std::string>(new_calls().begin(), new_calls().end()));
}

}  // namespace
}  // namespace outis::sandbox
