// Profiles made up by a seeded generator go through the whole of the compiler, whose proof compares
// each filter with the profile's meaning; and where libseccomp can say the same, with its filter.
#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "outis/sandbox/compile.h"
#include "outis/sandbox/document.h"
#include "outis/sandbox/explain.h"
#include "sandbox/kernel/arguments.h"
#include "sandbox/kernel/constants.h"
#include "sandbox/kernel/groups.h"
#include "sandbox/kernel/syscalls.h"
#include "sandbox/proof/proof.h"

namespace outis::sandbox::random_test {
namespace {

constexpr unsigned kSeed = 20260521;
// Each is proved at every number of every ABI, which takes fifty times longer under sanitizers.
#ifdef __SANITIZE_ADDRESS__
constexpr int kProfiles = 40;
#else
constexpr int kProfiles = 3000;
#endif

class Dice {
public:
    explicit Dice(unsigned seed) : engine_(seed) {}

    std::size_t below(std::size_t limit) { return engine_() % limit; }

    bool one_in(std::size_t count) { return below(count) == 0; }

    template <typename List>
    auto pick(const List& list)
    {
        return list[below(list.size())];
    }

private:
    std::mt19937_64 engine_;
};

// Wide constants are for profiles that accept 64-bit ABIs alone.
enum class Constants { narrow, wide };

std::string random_constant(Dice& dice, ArgumentType type, Constants constants)
{
    const bool wide = constants == Constants::wide &&
                      (type == ArgumentType::int_long || type == ArgumentType::uint_long);
    switch (dice.below(wide ? 6 : 4)) {
    case 0: return std::to_string(dice.below(8));
    case 1: return std::to_string(dice.below(0x7FFFFFFF));
    case 2: return std::to_string((std::size_t{1} << dice.below(31)) - dice.below(2));
    case 3: return std::to_string(0x7FFFFFFF - dice.below(3));
    case 4: return std::to_string((std::size_t{1} << (31 + dice.below(32))) - dice.below(3));
    default: return std::to_string(dice.below(16) << 32 | dice.below(4));
    }
}

std::string random_test(Dice& dice, const kernel::Syscall& call, Constants constants)
{
    constexpr std::array<const char*, 6> comparisons{"==", "!=", "<", "<=", ">", ">="};
    const std::string name = "arg" + std::to_string(dice.below(6));
    const ArgumentType type = kernel::find_argument(call.name, name)->type;
    if (type == ArgumentType::pointer)
        return name + (dice.one_in(2) ? " == 0" : " != 0");
    switch (dice.below(4)) {
    case 0: {
        std::string list = name + (dice.one_in(2) ? " in [" : " not in [");
        for (std::size_t i = dice.below(5); i-- > 0;)
            list += random_constant(dice, type, constants) + ", ";
        return list + random_constant(dice, type, constants) + "]";
    }
    case 1: {
        const std::string mask = random_constant(dice, type, constants);
        const std::string wanted = dice.one_in(2) ? "0" : mask;
        return name + " & " + mask + (dice.one_in(2) ? " == " : " != ") + wanted;
    }
    default:
        return name + " " + dice.pick(comparisons) + " " + random_constant(dice, type, constants);
    }
}

std::string random_condition(Dice& dice, const kernel::Syscall& call, Constants constants)
{
    std::string text = random_test(dice, call, constants);
    for (std::size_t i = dice.below(4); i-- > 0;)
        text += (dice.one_in(2) ? " and " : " or ") + random_test(dice, call, constants);
    return text;
}

std::string random_list(Dice& dice, std::size_t offset)
{
    // Every fourth call, so that no name is in two lists.
    std::string text = "[";
    for (std::size_t i = dice.below(60); i-- > 0;) {
        const std::size_t index = dice.below(kernel::syscalls().size() / 4) * 4 + offset;
        if (index < kernel::syscalls().size() &&
            !kernel::is_indispensable(kernel::syscalls()[index].name))
            text += "\"" + std::string(kernel::syscalls()[index].name) + "\", ";
    }
    if (dice.one_in(2))
        text += "\"" + std::string(dice.pick(kernel::groups()).name) + "\", ";
    return text + "]\n";
}

std::string random_profile(Dice& dice)
{
    constexpr std::array<const char*, 5> defaults{"refuse", "kill", "trap", "EACCES", "ENOSYS"};
    constexpr std::array<const char*, 8> actions{"allow",  "allow", "log",  "refuse",
                                                 "EINVAL", "kill",  "trap", "kill-thread"};
    constexpr std::array<const char*, 4> lists{"allow", "refuse", "log", "kill"};
    std::string text;
    if (dice.one_in(4))
        text += "[exec]\nonce = true\n";
    if (dice.one_in(4))
        text += "[memory]\ndeny-write-execute = true\n";
    text += "[seccomp]\n";
    text += dice.one_in(6) ? "unsafe-default = { action = \"allow\", reason = \"r\" }\n"
                           : std::string("default = \"") + dice.pick(defaults) + "\"\n";
    for (std::size_t i = 0; i < lists.size(); ++i)
        text += std::string(lists[i]) + " = " + random_list(dice, i);
    const Constants constants = dice.one_in(3) ? Constants::narrow : Constants::wide;
    if (constants == Constants::narrow)
        text += dice.one_in(2) ? "architectures = [\"i386\", \"arm\"]\n"
                               : "architectures = [\"x32\", \"i386\"]\n";
    const kernel::Syscall* call = nullptr;
    for (std::size_t i = dice.below(5); i-- > 0;) {
        const bool again = call != nullptr && dice.one_in(2);  // rules of one call meet each other
        call = again ? call : &kernel::syscalls()[dice.below(kernel::syscalls().size())];
        // Refused with ABIs of other registers.
        const bool displaced = kernel::is_displaced(call->name, 5, Abi::i386) ||
                               kernel::is_displaced(call->name, 5, Abi::x32);
        if (kernel::is_indispensable(call->name) || displaced)
            continue;
        text += "[[seccomp.rule]]\ncall = \"" + std::string(call->name) + "\"\nwhen = \"" +
                random_condition(dice, *call, constants) + "\"\naction = \"" + dice.pick(actions) +
                "\"\n";
    }
    return text;
}

TEST_CASE("random profiles compile to filters that mean the same")
{
    Dice dice(kSeed);
    int idle = 0;
    for (int i = 0; i < kProfiles; ++i) {
        const std::string text = random_profile(dice);
        CAPTURE(text);
        const std::array texts{ProfileText{.file = "random.toml", .text = text}};
        const auto profile = parse_profile(texts);
        if (!profile && print(profile.error()).find("has no effect") != std::string::npos) {
            REQUIRE(++idle < kProfiles / 4);
            continue;
        }
        if (!profile)
            FAIL(print(profile.error()));
        const policy::Arch arch = dice.one_in(2) ? policy::Arch::x86_64 : policy::Arch::aarch64;
        const auto compiled = compile_policy(profile.value(), arch);
        if (!compiled)
            FAIL(compiled.error().text);
    }
}

// libseccomp's filter for an allow-list, as the kernel would get it.
std::vector<std::byte> library_filter(const std::vector<std::string>& names)
{
    const std::unique_ptr<void, decltype(&seccomp_release)> context(seccomp_init(SCMP_ACT_ERRNO(1)),
                                                                    seccomp_release);
    REQUIRE(context != nullptr);
    REQUIRE(seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(38)) == 0);
    for (const std::string& name : names)
        REQUIRE(seccomp_rule_add(context.get(), SCMP_ACT_ALLOW,
                                 seccomp_syscall_resolve_name(name.c_str()), 0) == 0);
    const int file = memfd_create("filter", MFD_CLOEXEC);
    REQUIRE(file >= 0);
    REQUIRE(seccomp_export_bpf(context.get(), file) == 0);
    std::vector<std::byte> program(static_cast<std::size_t>(lseek(file, 0, SEEK_END)));
    REQUIRE(pread(file, program.data(), program.size(), 0) == static_cast<ssize_t>(program.size()));
    close(file);
    return program;
}

TEST_CASE("for random lists of calls libseccomp's filter allows the same")
{
    Dice dice(kSeed + 1);
    for (int i = 0; i < 50; ++i) {
        std::string text = "[seccomp]\nallow = [\"exit_group\", ";
        std::vector<std::string> names{"execve", "exit_group", "restart_syscall", "rt_sigreturn"};
        for (std::size_t n = dice.below(80); n-- > 0;) {
            const kernel::Syscall& call = dice.pick(kernel::syscalls());
            const std::string name(call.name);
            if (!kernel::number_on(call, native_abi(host_arch())) ||
                seccomp_syscall_resolve_name(name.c_str()) < 0)
                continue;
            text += "\"" + name + "\", ";
            names.push_back(name);
        }
        const std::array texts{ProfileText{.file = "list.toml", .text = text + "]\n"}};
        const auto profile = parse_profile(texts);
        REQUIRE(profile);
        const auto ours = compile_filter(profile.value(), host_arch());
        REQUIRE(ours);
        const std::vector<std::byte> theirs = library_filter(names);
        REQUIRE(filter::well_formed(theirs));
        for (std::uint32_t number = 0; number < 1024; ++number) {
            CAPTURE(number);
            const CallData data{
                .number = number, .arch = audit_arch(native_abi(host_arch())), .arguments = {}};
            CHECK((interpret(ours.value(), data).verdict == filter::kAllow) ==
                  (interpret(theirs, data).verdict == filter::kAllow));
        }
    }
}

}  // namespace
}  // namespace outis::sandbox::random_test
