// Files: permission bits, Landlock's paths, and ways round both.
#include <array>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "attack.h"

namespace outis::attack {
namespace {

constexpr int kHere = AT_FDCWD;
constexpr const char* kBits = "root";
constexpr const char* kGrantWrite = "grant write /outside";
constexpr const char* kGrantRead = "grant read /outside";
constexpr const char* kOwner = "- the owner may; Landlock has no such right";

int open_file(const char* path, int flags)
{
    return call(SYS_openat, kHere, path, flags, 0666);
}

// Makes a file that an attempt needs; both folders of the tree take everybody's.
bool make(const char* path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    return fd >= 0 && close(fd) == 0;
}

int rename_out()
{
    return make("/data/leaving")
               ? call(SYS_renameat2, kHere, "/data/leaving", kHere, "/outside/arrived", 0)
               : kBroken;
}

int read_through_link()
{
    constexpr const char* kLink = "/data/symbolic";
    unlink(kLink);
    if (symlink(kOutsideFile, kLink) != 0)
        return kBroken;
    return open_file(kLink, O_RDONLY);
}

int hard_link()
{
    return call(SYS_linkat, kHere, kOutsideFile, kHere, "/data/hard", 0);
}

// A handle names a file without a path.
int name_to_handle()
{
    struct {
        unsigned bytes = 128;
        int type = 0;
        std::array<unsigned char, 128> handle{};
    } room;

    int mount = 0;
    return call(SYS_name_to_handle_at, kHere, kOutsideFile, &room, &mount, 0);
}

int open_by_handle()
{
    struct {
        unsigned bytes = 8;
        int type = 1;
        std::array<unsigned char, 128> handle{};
    } room;

    return call(SYS_open_by_handle_at, kHere, &room, O_RDONLY);
}

int reopen_stdout()
{
    const int fd = open("/dev/stdout", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    return write(fd, "", 0) < 0 ? errno : 0;
}

constexpr Row kRows[]{
    {"read-secret", [] { return open_file(kSecret, O_RDONLY); }, kBits},
    {"write-passwd", [] { return open_file("/etc/passwd", O_WRONLY | O_APPEND); }, kBits},
    {"create-in-etc", [] { return open_file("/etc/new", O_WRONLY | O_CREAT); }, kBits},
    {"remove-policy", [] { return call(SYS_unlinkat, kHere, "/policy", 0); }, kBits},
    {"write-init", [] { return open_file("/outis-init", O_WRONLY); }, kBits},
    {"write-program", [] { return open_file(kProgram, O_WRONLY); }, kBits},
    {"chown-passwd", [] { return call(SYS_fchownat, kHere, "/etc/passwd", 65534, 65534, 0); },
     "keep CHOWN"},
    {"chmod-passwd", [] { return call(SYS_fchmodat, kHere, "/etc/passwd", 0666); }, kBits},
    {"write-sysctl", [] { return open_file("/proc/sys/kernel/hostname", O_WRONLY); }, kBits},

    {"read-inside", [] { return open_file("/data/file", O_RDONLY); }, "- must work"},
    {"write-inside", [] { return open_file("/data/made", O_WRONLY | O_CREAT); }, "- must work"},
    {"read-outside", [] { return open_file(kOutsideFile, O_RDONLY); }, kGrantRead},
    {"list-outside", [] { return open_file("/outside", O_RDONLY | O_DIRECTORY); }, kGrantRead},
    {"write-outside", [] { return open_file(kOutsideFile, O_WRONLY); }, kGrantWrite},
    {"create-outside", [] { return open_file("/outside/made", O_WRONLY | O_CREAT); }, kGrantWrite},
    {"truncate-outside", [] { return call(SYS_truncate, kOutsideFile, 0); }, kGrantWrite},
    {"remove-outside", [] { return call(SYS_unlinkat, kHere, "/outside/spare", 0); }, kGrantWrite},
    {"mkdir-outside", [] { return call(SYS_mkdirat, kHere, "/outside/folder", 0777); },
     kGrantWrite},
    {"symlink-outside", [] { return call(SYS_symlinkat, "/etc", kHere, "/outside/link"); },
     kGrantWrite},
    {"fifo-outside", [] { return call(SYS_mknodat, kHere, "/outside/fifo", S_IFIFO | 0666, 0); },
     kGrantWrite},
    {"rename-out", rename_out, kGrantWrite},
    {"hard-link-across", hard_link, kGrantWrite},
    {"symbolic-link-across", read_through_link, kGrantRead},
    {"chmod-outside", [] { return call(SYS_fchmodat, kHere, "/outside/owned", 0644); }, kOwner},
    {"stat-outside", [] { return call(SYS_faccessat, kHere, kOutsideFile, F_OK); },
     "- Landlock hides no names"},
    {"name-to-handle", name_to_handle, "allow name_to_handle_at"},
    {"open-by-handle", open_by_handle, "allow open_by_handle_at"},
    {"reopen-stdout", reopen_stdout, "- must work"},
};

}  // namespace

std::span<const Row> file_rows()
{
    return kRows;
}

}  // namespace outis::attack
