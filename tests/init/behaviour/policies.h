// Policies that a row may build on, and a start under them.
#pragma once

#include <cerrno>
#include <string>
#include <vector>

#include <linux/securebits.h>
#include <sys/syscall.h>

#include "init/program.h"

namespace outis::tests {

using policy::Kind;

constexpr std::uint64_t bit(int capability)
{
    return std::uint64_t{1} << capability;
}

constexpr int kSetgid = 6;  // linux/capability.h
constexpr int kSetuid = 7;
constexpr int kSetpcap = 8;
constexpr int kBindService = 10;
constexpr std::uint32_t kSecurebits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
                                      SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
                                      SECBIT_KEEP_CAPS_LOCKED;

// All but chroot(2), which answers with EPERM.
inline Section small_filter()
{
    return {Kind::seccomp, seccomp_payload({
                               {filter::kLoadWord, 0, 0, filter::kNumberOffset},
                               {filter::kJumpEqual, 0, 1, SYS_chroot},
                               {filter::kReturn, 0, 0, filter::kErrno | EPERM},
                               {filter::kReturn, 0, 0, filter::kAllow},
                           })};
}

inline Section capabilities(std::uint64_t kept)
{
    return {Kind::capabilities, capabilities_payload({.bounding = kept,
                                                      .permitted = kept,
                                                      .effective = kept,
                                                      .inheritable = kept,
                                                      .ambient = kept,
                                                      .securebits = kSecurebits})};
}

// As most profiles are: nobody, no capability, no_new_privs, a filter.
inline std::vector<Section> strict_sections(std::uint32_t more_flags = 0, std::uint64_t kept = 0)
{
    return {
        {Kind::process, process_payload({.flags = policy::kNoNewPrivs | more_flags})},
        {Kind::ids, ids_payload(kNobodyId, kNobodyId, {}, true)},
        capabilities(kept),
        small_filter(),
    };
}

// With Landlock: the program alone may be read and executed.
inline std::vector<Section> walled_sections()
{
    constexpr std::uint64_t kExecute = 1;  // LANDLOCK_ACCESS_FS_*
    constexpr std::uint64_t kReadFile = 4;
    Payload landlock;
    landlock.u16(1).u8(0).zeros(5).u64(kExecute | kReadFile).u64(0).u64(0).u16(1).u16(0).u32(0);
    landlock.u64(kExecute | kReadFile).u8(policy::kPathProgram).u8(0).u16(1).u8(0);
    std::vector<Section> sections = strict_sections();
    sections.push_back({Kind::landlock, landlock});
    return sections;
}

// With a filter that lets execve through by its cookie alone.
inline std::vector<Section> once_sections()
{
    constexpr std::uint32_t kSixth = filter::kArgumentsOffset + 5 * 8;
    std::vector<Section> sections = strict_sections();
    sections.back() = {Kind::seccomp, seccomp_payload({
                                          {filter::kLoadWord, 0, 0, filter::kNumberOffset},
                                          {filter::kJumpEqual, 0, 5, SYS_execve},
                                          {filter::kLoadWord, 0, 0, kSixth},
                                          {filter::kJumpEqual, 0, 2, 0},
                                          {filter::kLoadWord, 0, 0, kSixth + 4},
                                          {filter::kJumpEqual, 1, 0, 0},
                                          {filter::kReturn, 0, 0, filter::kErrno | EPERM},
                                          {filter::kReturn, 0, 0, filter::kAllow},
                                      })};
    sections.push_back({Kind::exec, exec_payload(true, {3}, {5})});
    return sections;
}

class Confinement {
public:
    Ended run_with(const std::vector<Section>& sections, const Words& command,
                   const Words& options = {})
    {
        return run(setup_with(sections, command, options));
    }

    Setup setup_with(const std::vector<Section>& sections, const Words& command,
                     const Words& options = {})
    {
        return under_policy(folder.write_policy("policy", make_policy(sections)), options, command);
    }

    Folder folder;
};

}  // namespace outis::tests
