#include <array>
#include <cstdio>

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "attack.h"

namespace outis::attack {
namespace {

bool make_folder(const std::string& path, unsigned mode)
{
    return (mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) && chmod(path.c_str(), mode) == 0;
}

bool make_file(const std::string& path, const std::string& content, unsigned mode)
{
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    const bool done =
        write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
        fchmod(fd, mode) == 0;
    close(fd);
    return done;
}

struct Device {
    const char* name;
    unsigned minor;
};

constexpr std::array kDevices{Device{"null", 3}, Device{"zero", 5}, Device{"full", 7},
                              Device{"random", 8}, Device{"urandom", 9}};

bool make_devices(const std::string& folder)
{
    if (!make_folder(folder, 0755))
        return false;
    for (const Device& device : kDevices) {
        const std::string path = folder + "/" + device.name;
        if (mknod(path.c_str(), S_IFCHR | 0666, makedev(1, device.minor)) != 0 ||
            chmod(path.c_str(), 0666) != 0)
            return false;
    }
    return symlink("/proc/self/fd/1", (folder + "/stdout").c_str()) == 0;
}

// CAP_CHOWN, permitted and effective at execve: the layout of linux/capability.h, revision 2.
bool give_capability(const std::string& path)
{
    vfs_cap_data data{};
    data.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE;
    data.data[0].permitted = 1U << CAP_CHOWN;
    return setxattr(path.c_str(), "security.capability", &data, XATTR_CAPS_SZ_2, 0) == 0;
}

bool make_programs(const std::string& folder)
{
    constexpr const char* kOurselves = "/proc/self/exe";
    return copy_file(kOurselves, folder + kProgram, 0755) &&
           copy_file(kOurselves, folder + kLoader, 0755) &&
           copy_file(kOurselves, folder + kSetuidProgram, 04755) &&
           copy_file(kOurselves, folder + kCapableProgram, 0755) &&
           give_capability(folder + kCapableProgram);
}

bool make_everybodys(const std::string& folder)
{
    constexpr unsigned kNobody = 65534;
    const std::string owned = folder + "/outside/owned";
    return make_folder(folder + "/noexec", 0777) && make_folder(folder + kInside, 0777) &&
           make_file(folder + "/data/file", "in\n", 0666) &&
           make_folder(folder + "/outside", 0777) &&
           make_file(folder + kOutsideFile, "out\n", 0666) &&
           make_file(folder + "/outside/spare", "", 0666) && make_file(owned, "", 0600) &&
           chown(owned.c_str(), kNobody, kNobody) == 0;
}

}  // namespace

bool copy_file(const std::string& from, const std::string& to, unsigned mode)
{
    const int source = open(from.c_str(), O_RDONLY | O_CLOEXEC);
    const int target = open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

    struct stat status {};

    if (source < 0 || target < 0 || fstat(source, &status) != 0)
        return false;
    off_t left = status.st_size;
    while (left > 0) {
        const ssize_t sent = sendfile(target, source, nullptr, static_cast<std::size_t>(left));
        if (sent <= 0)
            return false;
        left -= sent;
    }
    const bool done = fchmod(target, mode) == 0;
    close(source);
    close(target);
    return done;
}

bool build_tree(const std::string& folder)
{
    umask(0);
    return make_folder(folder + "/proc", 0555) && make_folder(folder + "/tmp", 01777) &&
           make_folder(folder + "/etc", 0755) &&
           make_file(folder + "/etc/passwd", "root:x:0:0::/:\nnobody:x:65534:65534::/:\n", 0644) &&
           make_file(folder + kSecret, "secret\n", 0600) && make_everybodys(folder) &&
           make_programs(folder) && make_devices(folder + "/dev");
}

}  // namespace outis::attack
