// Becoming somebody else, and getting capabilities back.
#include <array>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "attack.h"

namespace outis::attack {
namespace {

constexpr unsigned kOther = 4321;

int raise_capabilities()
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> sets{};
    sets[0] = {.effective = 1U << CAP_CHOWN, .permitted = 1U << CAP_CHOWN, .inheritable = 0};
    return call(SYS_capset, &header, sets.data());
}

// setfsuid(2) never fails; asked again it says who we are.
int become_for_files()
{
    if (call(SYS_setfsuid, 0) != 0)
        return errno;
    const long now = syscall(SYS_setfsuid, -1);
    return now == 0 ? 0 : kNoEffect;
}

int execute_as(const char* program)
{
    char* const arguments[]{const_cast<char*>(program), const_cast<char*>("who"), nullptr};
    char* const environment[]{nullptr};
    return call(SYS_execve, program, arguments, environment);
}

int set_groups()
{
    const gid_t group = 0;
    return call(SYS_setgroups, 1, &group);
}

// Through every change of ids that succeeds.
int gain_by_keeping()
{
    prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
    call(SYS_setresuid, -1, 0, -1);
    call(SYS_setresuid, getuid(), getuid(), getuid());
    return raise_capabilities();
}

constexpr Row kRows[]{
    {"setuid", [] { return call(SYS_setuid, 0); }, "keep SETUID setuid"},
    {"setgid", [] { return call(SYS_setgid, 0); }, "keep SETGID setgid"},
    {"setreuid", [] { return call(SYS_setreuid, 0, 0); }, "keep SETUID setreuid"},
    {"setregid", [] { return call(SYS_setregid, 0, 0); }, "keep SETGID setregid"},
    {"setresuid", [] { return call(SYS_setresuid, kOther, kOther, kOther); },
     "keep SETUID setresuid"},
    {"setresgid", [] { return call(SYS_setresgid, kOther, kOther, kOther); },
     "keep SETGID setresgid"},
    {"setuid-to-oneself", [] { return call(SYS_setuid, getuid()); },
     "- must work but under `go`: programs become whom they are already"},
    {"keep-caps", [] { return call(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0); },
     "- must work but under `go`; it gives nothing, says the next row"},
    {"keep-caps-gain", gain_by_keeping, "keep CHOWN"},
    {"setgroups", set_groups, "keep SETGID setgroups"},
    {"setfsuid", become_for_files, "keep SETUID setfsuid"},
    {"capset", raise_capabilities, "keep CHOWN capset"},
    {"ambient-raise",
     [] { return call(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0); },
     "keep CHOWN"},
    {"securebits", [] { return call(SYS_prctl, PR_SET_SECUREBITS, SECBIT_KEEP_CAPS, 0, 0, 0); },
     "none"},
    {"no-new-privs-off", [] { return call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0); },
     "- the kernel knows no way back"},
    {"setuid-program", [] { return execute_as(kSetuidProgram); }, "none"},
    {"capable-program", [] { return execute_as(kCapableProgram); }, "none"},
    {"chroot", [] { return call(SYS_chroot, kInside); }, "allow chroot"},
    {"mknod-device",
     [] { return call(SYS_mknodat, AT_FDCWD, "/data/device", S_IFCHR | 0666, makedev(1, 5)); },
     "keep MKNOD"},
};

}  // namespace

std::span<const Row> identity_rows()
{
    return kRows;
}

}  // namespace outis::attack
