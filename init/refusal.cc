#include "init/refusal.h"

#include <array>
#include <cstddef>

#include "init/fault.h"
#include "init/kernel/packed_texts.h"

namespace outis::init {
namespace {

// Reads: BEFORE 'SUBJECT' AFTER DETAIL: strerror(NUMBER); REMEDY.
struct Row {
    Reason reason;
    std::uint8_t code;
    const char* before;
    const char* after;
    const char* remedy;
};

constexpr const char* kSeeHelp = "see --help";
constexpr const char* kLocked = "leave it out, or change the profile";

constexpr Row kRows[]{
    {Reason::no_program, kExitUsage, "no program given", "", kSeeHelp},
    {Reason::unknown_option, kExitUsage, "unknown option", "", kSeeHelp},
    {Reason::option_takes_no_value, kExitUsage, "option", " takes no value", kSeeHelp},
    {Reason::option_needs_value, kExitUsage, "option", " needs a value", kSeeHelp},
    {Reason::option_refuses_value, kExitUsage, "option", " does not take this value", kSeeHelp},
    {Reason::bad_time, kExitUsage, "not a time:", "",
     "TIME is 500ms, 5s, 2m, 1h30m or seconds, at most a week"},
    {Reason::bad_signal, kExitUsage, "not a signal:", "", "SIGNAL is a name, a number or RTMIN+N"},
    {Reason::bad_log_level, kExitUsage, "OUTIS_LOG", " is unknown",
     "it is quiet, warn, info or debug"},
    {Reason::bad_variable, kExitUsage, "environment:", " is not a value that this variable takes",
     kSeeHelp},
    {Reason::bad_probe, kExitUsage, "--probe", " has no form of a probe",
     "http://HOST[:PORT][/PATH], tcp://HOST:PORT, unix:///SOCKET[:/PATH] or exec:PROGRAM, "
     "HOST a number or localhost"},
    {Reason::bad_process, kExitUsage, "--inspect", " is no process", "give its number, or self"},
    {Reason::unknown_user, kExitUsage, "unknown user", "",
     "add it to the image's /etc/passwd or give its number"},
    {Reason::unknown_group, kExitUsage, "unknown group", "",
     "add it to the image's /etc/group or give its number"},
    {Reason::cannot_read_groups, kExitUnsupported, "cannot read the supplementary groups", "",
     "at most 256 are supported"},
    {Reason::cannot_become_user, kExitUnsupported, "cannot become user", ": not started as root",
     "start the container with that user (runAsUser, runAsGroup)"},
    {Reason::cannot_become_policy_user, kExitUnsupported,
     "cannot become the user that the policy insists on", ": not started as root",
     "start the container with that user (runAsUser, runAsGroup)"},
    {Reason::policy_unreadable, kExitUsage, "cannot read policy", "", ""},
    {Reason::policy_not_opened, kExitUsage, "cannot open policy", "",
     "bake it into the image, or see --list-profiles"},
    {Reason::policy_malformed, kExitUsage, "policy", ": ", "compile the profile again"},
    {Reason::policy_for_other_arch, kExitUsage, "policy", " is for another architecture",
     "compile the profile with this --arch"},
    {Reason::policy_not_regular, kExitUsage, "policy", " is not a regular file", ""},
    {Reason::policy_is_folder, kExitUsage, "policy", " is a folder", "name the file in it"},
    {Reason::policy_is_source, kExitUsage, "policy", " is a profile, which people read",
     "compile it: outis profile compile"},
    {Reason::policy_not_roots, kExitUsage, "policy", " can be changed by others than root",
     "chown root it and chmod go-w it"},
    {Reason::policy_folder_not_roots, kExitUsage, "the policy's folder",
     " can be changed by others than root", "chown root it and chmod go-w it"},
    {Reason::policy_unknown_name, kExitUsage, "no built-in profile", "",
     "see --list-profiles; a path needs a '/'"},
    {Reason::policy_locked_to_option, kExitUsage, "policy",
     " is locked: neither it nor its user can be changed by option", kLocked},
    {Reason::policy_locked_to_environment, kExitUsage, "policy",
     " is locked: neither it nor its user can be changed by environment", kLocked},
    {Reason::environment_too_large, kExitUsage, "the environment has more than 65536 variables", "",
     ""},
    {Reason::landlock_absent, kExitUnsupported,
     "cannot apply Landlock: the kernel lacks it (it came with Linux 5.13)", "",
     "use a newer kernel, or enforce = \"best-effort\" in the profile"},
    {Reason::landlock_disabled, kExitUnsupported, "cannot apply Landlock: it is disabled", "",
     "add landlock to the kernel's lsm= list, or enforce = \"best-effort\" in the profile"},
    {Reason::landlock_blocked, kExitUnsupported, "cannot apply Landlock: an outer filter blocks it",
     "", "allow the landlock_ calls in the engine's seccomp profile"},
    {Reason::landlock_failed, kExitUnsupported, "cannot apply Landlock", "", ""},
    {Reason::landlock_too_old, kExitUnsupported,
     "the kernel's Landlock is older than the policy's minimum-abi", "",
     "use a newer kernel, or a lower minimum-abi in the profile"},
    {Reason::executable_stack, kExitUnsupported, "program",
     " has an executable stack, which deny-write-execute forbids", "link it with -z noexecstack"},
    {Reason::landlock_path_missing, kExitUnsupported, "cannot open the Landlock path", "",
     "create it, or write it with a '?' at its end in the profile"},
    {Reason::landlock_path_failed, kExitUnsupported, "cannot add the Landlock path", "", ""},
};

consteval bool in_order()
{
    for (std::size_t i = 0; i < std::size(kRows); ++i) {
        if (static_cast<std::size_t>(kRows[i].reason) != i)
            return false;
    }
    return true;
}

static_assert(in_order() &&
              std::size(kRows) == static_cast<std::size_t>(Reason::landlock_path_failed) + 1);

constexpr auto kTexts = pack_texts<kRows, &Row::before, &Row::after, &Row::remedy>();

constexpr auto kCodes = [] {
    std::array<std::uint8_t, std::size(kRows)> codes{};
    for (std::size_t i = 0; i < codes.size(); ++i)
        codes[i] = kRows[i].code;
    return codes;
}();

constexpr std::size_t row_of(const Refusal& refusal) noexcept
{
    return static_cast<std::size_t>(refusal.reason);
}

}  // namespace

void describe(const Refusal& refusal, Line& line) noexcept
{
    const std::size_t row = row_of(refusal);
    const std::string_view remedy = kTexts.at(row, 2);
    line.add(std::string_view(kTexts.at(row, 0)));
    if (!refusal.subject.empty())
        line.add(" '").add(refusal.subject).add("'");
    line.add(std::string_view(kTexts.at(row, 1)));
    if (refusal.detail != nullptr)
        line.add(std::string_view(refusal.detail));
    if (refusal.number != 0)
        line.add(": ").add_error(refusal.number);
    if (!remedy.empty())
        line.add("; ").add(remedy);
}

int exit_code(const Refusal& refusal) noexcept
{
    return kCodes[row_of(refusal)];
}

}  // namespace outis::init
