#include "sandbox/compile/grants.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

namespace outis::sandbox::compile {
namespace {

constexpr std::uint64_t bit(int number)
{
    return std::uint64_t{1} << number;
}

// linux/landlock.h of Linux 7.2: LANDLOCK_ACCESS_FS_* with the ABI that brought them.
constexpr std::uint64_t kExecute = bit(0);
constexpr std::uint64_t kWriteFile = bit(1);
constexpr std::uint64_t kReadFile = bit(2);
constexpr std::uint64_t kReadDir = bit(3);
constexpr std::uint64_t kRemoveDir = bit(4);
constexpr std::uint64_t kRemoveFile = bit(5);
constexpr std::uint64_t kMakeChar = bit(6);
constexpr std::uint64_t kMakeDir = bit(7);
constexpr std::uint64_t kMakeReg = bit(8);
constexpr std::uint64_t kMakeSock = bit(9);
constexpr std::uint64_t kMakeFifo = bit(10);
constexpr std::uint64_t kMakeBlock = bit(11);
constexpr std::uint64_t kMakeSym = bit(12);
constexpr std::uint64_t kRefer = bit(13);        // 2
constexpr std::uint64_t kTruncate = bit(14);     // 3
constexpr std::uint64_t kIoctlDev = bit(15);     // 5
constexpr std::uint64_t kResolveUnix = bit(16);  // 9

// LANDLOCK_ACCESS_NET_*.
constexpr std::uint64_t kBindTcp = bit(0);         // 4
constexpr std::uint64_t kConnectTcp = bit(1);      // 4
constexpr std::uint64_t kBindUdp = bit(2);         // 10
constexpr std::uint64_t kConnectSendUdp = bit(3);  // 10

// What each word of a profile grants. Rights of newer kernels follow the older right that allowed
// the same before, so that a new kernel takes nothing away: TRUNCATE and REFER follow writing,
// RESOLVE_UNIX (connecting to a socket by its path) reading. Nobody needs device nodes made.
constexpr std::uint64_t kRead = kReadFile | kReadDir | kResolveUnix;
constexpr std::uint64_t kWrite = kRead | kWriteFile | kRemoveDir | kRemoveFile | kMakeDir |
                                 kMakeReg | kMakeSock | kMakeFifo | kMakeSym | kRefer | kTruncate;
constexpr std::uint64_t kRun = kExecute | kReadFile;
constexpr std::uint64_t kFiles = kWrite | kExecute | kMakeChar | kMakeBlock;

// Every program expects these, and they give nothing away.
struct Implied {
    const char* path;
    std::uint64_t access;
};

constexpr std::array kImplied = std::to_array<Implied>({
    {"/dev/full", kReadFile | kWriteFile | kTruncate},
    {"/dev/null", kReadFile | kWriteFile | kTruncate},
    {"/dev/pts", kReadFile | kReadDir | kWriteFile | kTruncate | kIoctlDev},
    {"/dev/random", kReadFile},
    {"/dev/tty", kReadFile | kWriteFile | kTruncate | kIoctlDev},
    {"/dev/urandom", kReadFile},
    {"/dev/zero", kReadFile | kWriteFile | kTruncate},
    {"/proc/self", kReadFile | kReadDir},
});

class PathTable {
public:
    void add(const std::optional<std::vector<std::string>>& paths, std::uint64_t access)
    {
        if (!paths)
            return;
        for (const std::string& written : *paths) {
            const bool program = written == "@program";
            const bool optional = written.ends_with('?');
            const std::string path = written.substr(0, written.size() - (optional ? 1 : 0));
            const auto [found, is_new] = grants_.try_emplace(program ? "" : path);
            PathGrant& grant = found->second;
            grant.access |= access;
            if (program)
                grant.flags = policy::kPathProgram;
            else if (is_new && optional)
                grant.flags = policy::kPathOptional;
            else if (!optional)  // whoever needs it wins
                grant.flags = 0;
        }
    }

    void add_implied(std::uint64_t handled)
    {
        for (const Implied& implied : kImplied) {
            const auto [found, is_new] = grants_.try_emplace(implied.path);
            found->second.access |= implied.access & handled;
            if (is_new)
                found->second.flags = policy::kPathOptional | policy::kPathImplied;
        }
    }

    [[nodiscard]] std::vector<PathGrant> take()
    {
        std::vector<PathGrant> result;
        for (auto& [path, grant] : grants_) {
            grant.path = path;
            result.push_back(std::move(grant));
        }
        return result;
    }

private:
    std::map<std::string, PathGrant> grants_;
};

struct PortCategory {
    const std::optional<std::vector<std::uint16_t>>& ports;
    std::uint64_t access;
    std::uint16_t abi;
};

void require(Grants& grants, std::uint16_t abi)
{
    grants.minimum_abi = std::max(grants.minimum_abi, abi);
}

void add_files(Grants& grants, const Landlock& landlock)
{
    const bool files = landlock.read || landlock.write || landlock.execute;
    if (files) {
        grants.files |= kFiles;
        require(grants, 3);  // without TRUNCATE every file could be emptied
    }
    if (landlock.ioctl) {
        grants.files |= kIoctlDev;
        require(grants, 5);
    }
    PathTable paths;
    paths.add(landlock.read, kRead);
    paths.add(landlock.write, kWrite);
    paths.add(landlock.execute, kRun);
    paths.add(landlock.ioctl, kIoctlDev);
    if (files)
        paths.add_implied(grants.files);
    grants.path_grants = paths.take();
}

// Which paths lie in a procfs only PID 1 can tell; it grants no writing there.
void keep_proc_unwritten(Grants& grants)
{
    const bool stated = (grants.files & kWriteFile) != 0;
    std::uint64_t entries = stated ? 0 : kWriteFile;
    for (PathGrant& grant : grants.path_grants) {
        const bool is_root =
            !grant.path.empty() && std::filesystem::path(grant.path).lexically_normal() == "/";
        if (is_root && (grant.access & kWriteFile) != 0) {
            entries |= kWriteFile;
            grant.access &= ~kWriteFile;
        }
    }
    if (!stated) {
        // Where files are handled at all, the kernel refuses to move one into another folder
        // without REFER, which came with ABI 2.
        grants.files |= kWriteFile | kRefer;
        require(grants, 2);
        const auto root = std::ranges::find(grants.path_grants, "/", &PathGrant::path);
        if (root != grants.path_grants.end())
            root->access |= kRefer;
        else
            grants.path_grants.push_back({.path = "/", .access = kRefer});
    }
    if (entries != 0)
        grants.path_grants.push_back(
            {.path = {}, .access = entries, .flags = policy::kPathRootEntries});
}

void add_ports(Grants& grants, const Landlock& landlock)
{
    const std::array categories{
        PortCategory{.ports = landlock.bind, .access = kBindTcp, .abi = 4},
        PortCategory{.ports = landlock.connect, .access = kConnectTcp, .abi = 4},
        PortCategory{.ports = landlock.bind_udp, .access = kBindUdp, .abi = 10},
        PortCategory{.ports = landlock.connect_udp, .access = kConnectSendUdp, .abi = 10},
    };
    std::map<std::uint16_t, std::uint64_t> ports;
    for (const PortCategory& category : categories) {
        if (!category.ports)
            continue;
        grants.ports |= category.access;
        require(grants, category.abi);
        for (const std::uint16_t port : *category.ports)
            ports[port] |= category.access;
    }
    for (const auto& [port, access] : ports)
        grants.port_grants.push_back({.port = port, .access = access});
}

}  // namespace

std::optional<Grants> grants_of(const Profile& profile)
{
    if (!profile.landlock && !profile.deny_write_execute)
        return std::nullopt;
    const Landlock landlock = profile.landlock.value_or(Landlock{});
    Grants grants;
    grants.best_effort = landlock.best_effort || !profile.landlock;
    grants.scopes = landlock.scopes;
    add_files(grants, landlock);
    if (profile.deny_write_execute)
        keep_proc_unwritten(grants);
    add_ports(grants, landlock);
    if (landlock.scopes != 0)
        require(grants, 6);
    grants.minimum_abi = landlock.minimum_abi.value_or(grants.minimum_abi);
    return grants;
}

}  // namespace outis::sandbox::compile
