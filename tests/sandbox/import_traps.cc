#include "import_traps.h"

#include "sandbox/kernel/syscalls.h"

namespace outis::sandbox {
namespace {

constexpr std::uint64_t kJunk = 0x100000000;
constexpr std::uint64_t kSysAdmin = std::uint64_t{1} << 21;
constexpr std::uint64_t kSysTime = std::uint64_t{1} << 25;

constexpr Abi k64 = Abi::x86_64;
constexpr Abi k32 = Abi::i386;

// A profile that refuses with EPERM, for x86_64, with these rules.
std::string refusing(const std::string& rules)
{
    return R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],"syscalls":[)" +
           rules + "]}";
}

std::string with_i386(const std::string& rules)
{
    return R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":)"
           R"(["SCMP_ARCH_X86_64","SCMP_ARCH_X86"],"syscalls":[)" +
           rules + "]}";
}

std::string permitting(const std::string& rules)
{
    return R"({"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],"syscalls":[)" +
           rules + "]}";
}

std::string rule(const std::string& names, const std::string& action, const std::string& more = "")
{
    return R"({"names":[)" + names + R"(],"action":"SCMP_ACT_)" + action + "\"" +
           (more.empty() ? "" : "," + more) + "}";
}

std::string test(unsigned index, const std::string& op, const std::string& value,
                 const std::string& two = "0")
{
    return R"({"index":)" + std::to_string(index) + R"(,"value":)" + value + R"(,"valueTwo":)" +
           two + R"(,"op":"SCMP_CMP_)" + op + "\"}";
}

std::string when(const std::string& tests)
{
    return "\"args\":[" + tests + "]";
}

const std::string kPersonality = "\"personality\"";

std::vector<Trap> traps_of_rules()
{
    return {
        {"1: the first rule without comparisons wins",
         refusing(rule(kPersonality, "ERRNO", R"("errnoRet":5,)" + when(test(0, "EQ", "8"))) + "," +
                  rule(kPersonality, "ALLOW") + "," +
                  rule(kPersonality, "ERRNO", R"("errnoRet":7)")),
         {},
         {},
         {{k64, "personality", {8}, "allow", "E2BIG"}, {k64, "personality", {0}, "allow", "E2BIG"}},
         {Change::unreachable},
         {Change::conflict}},
        {"2: two comparisons of one argument in one rule are either",
         refusing(
             rule(kPersonality, "ALLOW", when(test(0, "GE", "8") + "," + test(0, "LE", "16")))),
         {},
         {},
         {{k64, "personality", {5}, "allow", "EPERM"},
          {k64, "personality", {10}, "allow", "allow"},
          {k64, "personality", {17}, "allow", "EPERM"}},
         {Change::split},
         {Change::split, Change::width}},
        {"3: a rule that says what the default says is dropped",
         refusing(rule(kPersonality, "ERRNO", when(test(0, "EQ", "8"))) + "," +
                  rule(kPersonality, "ALLOW")),
         {},
         {},
         {{k64, "personality", {8}, "allow", "EPERM"}, {k64, "personality", {0}, "allow", "allow"}},
         {Change::equal_default},
         {Change::conflict}},
        {"4: unknown names are skipped",
         refusing(rule(R"("read","no_such_call")", "ALLOW")),
         refusing(rule(R"("read","no_such_call")", "ALLOW") + "," + rule("\"write\"", "ALLOW")),
         {},
         {{k64, "read", {}, "allow", "allow"}},
         {Change::unknown_call},
         {Change::unknown_call},
         false},
        {"5: the value is the mask, and wanted bits outside it are overlooked",
         refusing(rule("\"clone\"", "ALLOW", when(test(0, "MASKED_EQ", "2114060288"))) + "," +
                  rule(kPersonality, "ALLOW", when(test(0, "MASKED_EQ", "15", "31")))),
         {},
         {},
         {{k64, "clone", {17}, "allow", "allow"},
          {k64, "clone", {0x10000000}, "EPERM", "EPERM"},
          {k64, "personality", {15}, "allow", "EPERM"},
          {k64, "personality", {14}, "EPERM", "EPERM"}},
         {Change::mask},
         {Change::mask}},
        {"6: numbers are unsigned, and on i386 only their low words count",
         with_i386(rule(kPersonality, "ALLOW", when(test(0, "EQ", "4294967301"))) + "," +
                   rule("\"setpriority\"", "ALLOW", when(test(2, "GT", "5")))),
         {},
         {},
         {{k64, "personality", {5}, "EPERM", "EPERM"},
          {k64, "personality", {kJunk + 5}, "allow", "EPERM"},
          {k32, "personality", {5}, "allow", "EPERM"},
          {k64, "setpriority", {0, 0, ~std::uint64_t{0}}, "allow", "allow"},
          {k32, "setpriority", {0, 0, 0xFFFFFFFF}, "allow", "allow"},
          {k64, "setpriority", {0, 0, 5}, "EPERM", "EPERM"}},
         {},
         {Change::unreachable, Change::width}},
        {"7: the upper half of a register decides though the kernel ignores it",
         permitting(rule("\"ioctl\"", "ERRNO", R"("errnoRet":5,)" + when(test(1, "EQ", "21522")))),
         {},
         {},
         {{k64, "ioctl", {0, 21522}, "EIO", "EIO"},
          {k64, "ioctl", {0, kJunk + 21522}, "allow", "EIO"},
          {k64, "ioctl", {0, 21523}, "allow", "allow"}},
         {},
         {Change::width, Change::otherwise}},
        {"7: a negative number under a mask is one of 32 bits too",
         refusing(rule("\"kill\"", "ALLOW",
                       when(test(0, "MASKED_EQ", "18446744073709551615", "18446744073709551615")))),
         {},
         {},
         {{k64, "kill", {~std::uint64_t{0}}, "allow", "allow"},
          {k64, "kill", {0xFFFFFFFF}, "EPERM", "allow"},
          {k64, "kill", {0xFFFFFFFE}, "EPERM", "EPERM"}},
         {},
         {Change::width}},
        {"8: socketcall carries what the comparisons are about",
         with_i386(
             rule("\"socket\"", "ALLOW", when(test(0, "NE", "40") + "," + test(2, "EQ", "7")))),
         {},
         {},
         {{k32, "socket", {40, 0, 7}, "EPERM", "EAFNOSUPPORT"},
          {k32, "socketcall", {1, 0, 7}, "allow", "EPERM"},
          {k32, "socketcall", {1, 0, 8}, "EPERM", "EPERM"},
          {k32, "socketcall", {2, 0, 7}, "EPERM", "EPERM"}},
         {Change::companion},
         {Change::companion}},
        {"12: errno 0 pretends success",
         refusing(rule("\"mount\"", "ERRNO", R"("errnoRet":0)")),
         {},
         {},
         {{k64, "mount", {}, "errno 0", "errno 0"}},
         {},
         {}},
        {"16: numbers of 64 bits are exact",
         refusing(rule("\"lseek\"", "ALLOW", when(test(1, "EQ", "18446744073709551615"))) + "," +
                  rule("\"mremap\"", "ALLOW", when(test(2, "EQ", "9223372036854775809")))),
         {},
         {},
         {{k64, "lseek", {0, ~std::uint64_t{0}}, "allow", "allow"},
          {k64, "lseek", {0, ~std::uint64_t{1}}, "EPERM", "EPERM"},
          {k64, "mremap", {0, 0, 9223372036854775809U}, "allow", "allow"},
          {k64, "mremap", {0, 0, 9223372036854775808U}, "EPERM", "EPERM"}},
         {},
         {}},
        {"18: -1 gets the default, x32 is killed",
         refusing(rule(R"("read","execve")", "ALLOW")),
         {},
         {},
         {{k64, "0xffffffff", {}, "EPERM", "ENOSYS"},
          {k64, "0x40000000", {}, "kill-thread", "ENOSYS"},
          {k64, "0x3fffffff", {}, "ENOSYS", "ENOSYS"},
          {k64, "open", {}, "EPERM", "EPERM"},
          {k64, "execveat", {}, "ENOSYS", "EPERM"},
          {k32, "0x3", {}, "kill-thread", "ENOSYS"}},
         {Change::start},
         {}},
        {"19: a rule that begins with != swallows its neighbour in libseccomp's tree",
         refusing(rule("\"fcntl\"", "ALLOW", when(test(0, "EQ", "0") + "," + test(1, "EQ", "5"))) +
                  "," +
                  rule("\"fcntl\"", "ALLOW", when(test(0, "NE", "2") + "," + test(1, "EQ", "7")))),
         {},
         {},
         {{k64, "fcntl", {0, 5}, "allow", "allow", "EPERM"},
          {k64, "fcntl", {1, 7}, "allow", "allow"},
          {k64, "fcntl", {2, 7}, "EPERM", "EPERM"}},
         {},
         {Change::width},
         false},
        {"21: of rules that both speak the stricter counts",
         refusing(rule("\"fcntl\"", "ALLOW", when(test(1, "EQ", "7"))) + "," +
                  rule("\"fcntl\"", "LOG", when(test(0, "EQ", "1")))),
         {},
         {},
         {{k64, "fcntl", {1, 7}, "log", "log", "allow"},
          {k64, "fcntl", {2, 7}, "allow", "allow"},
          {k64, "fcntl", {1, 8}, "log", "log"}},
         {Change::conflict},
         {Change::width},
         false},
    };
}

std::vector<Trap> traps_of_dialects()
{
    const std::string machines =
        R"("archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]},)"
        R"({"architecture":"SCMP_ARCH_AARCH64","subArchitectures":null}],)";
    const std::string docker =
        R"({"defaultAction":"SCMP_ACT_ERRNO",)" + machines + "\"syscalls\":[";
    const std::string both = R"("includes":{"caps":["CAP_SYS_ADMIN","CAP_SYS_TIME"]})";
    const std::string either = R"("excludes":{"caps":["CAP_SYS_ADMIN","CAP_SYS_TIME"]})";
    return {
        {"9: includes need all, excludes any",
         docker + rule("\"read\"", "ALLOW") + "," + rule("\"mount\"", "ALLOW", both) + "," +
             rule("\"stime\",\"bpf\"", "ERRNO", R"("errnoRet":5,)" + either) + "," +
             rule("\"swapon\"", "ALLOW", R"("includes":{"arches":["amd64","arm64"]})") + "," +
             rule("\"swapoff\"", "ALLOW", R"("excludes":{"arches":["amd64"]})") + "]}",
         with_i386(rule("\"read\",\"swapon\"", "ALLOW")),
         {.capabilities = kSysAdmin},
         {{k64, "mount", {}, "EPERM", "EPERM"},
          {k64, "swapon", {}, "allow", "allow"},
          {k32, "swapon", {}, "allow", "allow"},
          {k64, "swapoff", {}, "ENOSYS", "EPERM"},
          {k64, "bpf", {}, "ENOSYS", "EPERM"}},
         {Change::condition},
         {Change::condition}},
        {"9: includes hold",
         docker + rule("\"mount\"", "ALLOW", both) + "]}",
         with_i386(rule("\"mount\"", "ALLOW")),
         {.capabilities = kSysAdmin | kSysTime},
         {{k64, "mount", {}, "allow", "allow"}},
         {},
         {}},
        {"10: minKernel is decided here and now: older",
         docker + rule("\"ptrace\"", "ALLOW", R"("includes":{"minKernel":"4.8"})") + "," +
             rule("\"execve\"", "ALLOW") + "]}",
         with_i386(rule("\"execve\"", "ALLOW")),
         {.kernel = {4, 7}},
         {{k64, "ptrace", {}, "ENOSYS", "EPERM"}},
         {Change::condition},
         {Change::condition}},
        {"10: minKernel is decided here and now: as new",
         docker + rule("\"ptrace\"", "ALLOW", R"("includes":{"minKernel":"4.8"})") + "]}",
         with_i386(rule("\"ptrace\"", "ALLOW")),
         {.kernel = {4, 8}},
         {{k64, "ptrace", {}, "allow", "allow"}},
         {},
         {}},
        {"10: Podman overlooks minKernel",
         docker + rule("\"ptrace\"", "ALLOW", R"("includes":{"minKernel":"9.9"})") +
             R"(],"defaultErrno":"EPERM"})",
         with_i386(rule("\"ptrace\"", "ALLOW")),
         {},
         {{k64, "ptrace", {}, "allow", "allow"}},
         {Change::flag},
         {Change::flag}},
        {"11: the old form names one call",
         R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],"syscalls":[)"
         R"({"name":"read","action":"SCMP_ACT_ALLOW","args":[]}]})",
         refusing(rule("\"read\"", "ALLOW")),
         {},
         {{k64, "read", {}, "allow", "allow"}},
         {},
         {}},
        {"15: a whole config.json",
         R"({"ociVersion":"1.0.2","linux":{"resources":{"devices":[{"allow":false}]},"seccomp":)" +
             refusing(rule("\"read\"", "ALLOW")) + "}}",
         refusing(rule("\"read\"", "ALLOW")),
         {},
         {{k64, "read", {}, "allow", "allow"}},
         {},
         {}},
        {"17: s390 has its own clone, which is not ours",
         docker +
             rule("\"clone\"", "ALLOW",
                  when(test(0, "MASKED_EQ", "2114060288")) +
                      R"(,"excludes":{"arches":["s390","s390x"]})") +
             "," +
             rule("\"clone\"", "ALLOW",
                  when(test(1, "MASKED_EQ", "2114060288")) +
                      R"(,"includes":{"arches":["s390","s390x"]})") +
             "]}",
         with_i386(rule("\"clone\"", "ALLOW", when(test(0, "MASKED_EQ", "2114060288")))),
         {},
         {{k64, "clone", {0, ~std::uint64_t{0}}, "allow", "allow"},
          {k64, "clone", {0x10000000, 0}, "EPERM", "EPERM"}},
         {Change::condition},
         {Change::condition}},
        {"20: the operator's errnoRet 0 is none",
         R"({"apiVersion":"security-profiles-operator.x-k8s.io/v1beta1","kind":"SeccompProfile",)"
         R"("metadata":{"name":"p"},"spec":)" +
             refusing(rule("\"mount\"", "ERRNO", R"("errnoRet":0)") + "," +
                      rule("\"read\"", "ALLOW")) +
             "}",
         refusing(rule("\"read\",\"mount\"", "ALLOW")),
         {},
         {{k64, "mount", {}, "EPERM", "EPERM", "allow"}, {k64, "read", {}, "allow", "allow"}},
         {Change::equal_default},
         {},
         false},
        {"20: the operator's base adds its rules",
         R"({"spec":{"baseProfileName":"base","defaultAction":"SCMP_ACT_ERRNO",)"
         R"("architectures":["SCMP_ARCH_X86_64"],"syscalls":[)" +
             rule("\"read\"", "ALLOW") + "]}}",
         refusing(rule("\"read\",\"mount\"", "ALLOW")),
         {.bases = {{.file = "b.json",
                     .text = R"({"metadata":{"name":"base"},"spec":)" +
                             refusing(rule("\"mount\"", "ALLOW")) + "}"}}},
         {{k64, "mount", {}, "allow", "allow"}, {k64, "read", {}, "allow", "allow"}},
         {},
         {}},
    };
}

}  // namespace

CallData call_data(const Ask& ask)
{
    const bool by_number = ask.call.starts_with("0x");
    const std::uint32_t number =
        by_number ? static_cast<std::uint32_t>(std::stoul(ask.call, nullptr, 16))
                  : kernel::number_on(*kernel::find_syscall(ask.call), ask.abi).value();
    return {.number = number, .arch = audit_arch(ask.abi), .arguments = ask.arguments};
}

std::vector<Trap> traps()
{
    std::vector<Trap> all = traps_of_rules();
    for (Trap& trap : traps_of_dialects())
        all.push_back(std::move(trap));
    return all;
}

}  // namespace outis::sandbox
