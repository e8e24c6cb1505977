#include "host/own_root.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace outis::images::host {

namespace {

constexpr unsigned kNobody = 65534;
constexpr std::array kDevices{"null", "zero", "full", "random", "urandom", "tty"};

bool write_text(const char* file, const char* text)
{
    const int fd = ::open(file, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const auto size = static_cast<ssize_t>(std::strlen(text));
    const bool written = ::write(fd, text, static_cast<std::size_t>(size)) == size;
    ::close(fd);
    return written;
}

// "65534 1000 1": who is 1000 outside is nobody inside.
bool map_to_nobody(const char* file, unsigned id)
{
    std::array<char, 64> row{};
    std::snprintf(row.data(), row.size(), "%u %u 1", kNobody, id);
    return write_text(file, row.data());
}

bool own_user_namespace()
{
    const unsigned uid = ::geteuid();
    const unsigned gid = ::getegid();
    return ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
           write_text("/proc/self/setgroups", "deny") && map_to_nobody("/proc/self/gid_map", gid) &&
           map_to_nobody("/proc/self/uid_map", uid);
}

// On a file system of our own, for a device's place must be there to mount on.
bool mount_devices()
{
    if (::mount("outis", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "size=64k,mode=755") != 0)
        return errno == ENOENT || errno == ENOTDIR;
    for (const char* name : kDevices) {
        std::array<char, 32> from{};
        std::array<char, 32> to{};
        std::snprintf(from.data(), from.size(), "/dev/%s", name);
        std::snprintf(to.data(), to.size(), "dev/%s", name);
        const int place = ::open(to.data(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        if (place < 0)
            return false;
        ::close(place);
        if (::mount(from.data(), to.data(), nullptr, MS_BIND, nullptr) != 0)
            return false;
    }
    return true;
}

// The machine's own /proc: a new one would need a PID namespace too, which a tracer outside of it
// would have to translate. Names in the root, where we stand; a link leads nowhere else, for we
// refuse one.
bool mount_all()
{
    struct stat status = {};
    for (const char* name : {"proc", "dev"}) {
        if (::lstat(name, &status) == 0 && !S_ISDIR(status.st_mode)) {
            errno = ENOTDIR;
            return false;
        }
    }
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        return false;
    if (::mount("/proc", "proc", nullptr, MS_BIND | MS_REC, nullptr) != 0 && errno != ENOENT)
        return false;
    return mount_devices();
}

}  // namespace

OwnRoot enter_root(const char* folder)
{
    const bool is_root = ::geteuid() == 0;
    if (!is_root && !own_user_namespace())
        return {.error = errno};
    const bool own_mounts = !is_root || ::unshare(CLONE_NEWNS) == 0;
    if (::chdir(folder) != 0)
        return {.error = errno};
    OwnRoot root;
    if (own_mounts && mount_all())
        root.mounts = RootMounts::complete;
    if (::chroot(".") != 0)
        return {.error = errno};
    if (is_root && (::setgroups(0, nullptr) != 0 || ::setresgid(kNobody, kNobody, kNobody) != 0 ||
                    ::setresuid(kNobody, kNobody, kNobody) != 0))
        return {.error = errno};
    return root;
}

}  // namespace outis::images::host
