#include "outis/sandbox/inspect.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <system_error>

#include <cap-ng.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "outis/base/process_facts.h"

namespace outis::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestFile = 1 << 20;
constexpr std::uint64_t kDacOverride = capability_bit("DAC_OVERRIDE");

// Where programs and what they trust usually lie, and where scratch data does.
constexpr const char* kFolders[]{"/",    "/app",  "/bin",     "/etc",     "/home",   "/lib",
                                 "/opt", "/root", "/run",     "/sbin",    "/srv",    "/tmp",
                                 "/usr", "/var",  "/dev/shm", "/usr/bin", "/var/tmp"};

std::string read_proc(const fs::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (text.size() > kLongestFile)
        text.resize(kLongestFile);
    return text;
}

std::vector<std::uint32_t> numbers_in(std::string_view text)
{
    std::istringstream words{std::string(text)};
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t number = 0; words >> number;)
        numbers.push_back(number);
    return numbers;
}

std::vector<std::string> names_of(capng_type_t type)
{
    std::vector<std::string> names;
    for (unsigned number = 0; number <= CAP_LAST_CAP; ++number) {
        if (capng_have_capability(type, number) != 1)
            continue;
        const char* name = capng_capability_to_name(number);
        names.push_back(name == nullptr ? std::to_string(number) : name);
    }
    return names;
}

Result<CapabilityState, Error> read_capabilities(int pid)
{
    capng_clear(CAPNG_SELECT_ALL);
    capng_setpid(pid);
    if (capng_get_caps_process() != 0)
        return bad_input("cannot read the capabilities of process " + std::to_string(pid) +
                         "; is it still there?");
    CapabilityState state{
        .effective = names_of(CAPNG_EFFECTIVE),
        .permitted = names_of(CAPNG_PERMITTED),
        .inheritable = names_of(CAPNG_INHERITABLE),
        .bounding = names_of(CAPNG_BOUNDING_SET),
        .ambient = names_of(CAPNG_AMBIENT),
    };
    return state;
}

bool read_descriptors(const fs::path& proc, std::vector<OpenDescriptor>& found)
{
    std::error_code error;
    for (fs::directory_iterator at(proc / "fd", error), end; !error && at != end;
         at.increment(error)) {
        const std::string name = at->path().filename().string();
        OpenDescriptor descriptor;
        std::from_chars(name.data(), name.data() + name.size(), descriptor.number);
        std::error_code gone;
        descriptor.target = fs::read_symlink(at->path(), gone).string();
        found.push_back(std::move(descriptor));
    }
    std::ranges::sort(found, {}, &OpenDescriptor::number);
    return !error;
}

// The effective id is the second of the four.
std::uint32_t effective_id(std::string_view ids)
{
    const std::vector<std::uint32_t> numbers = numbers_in(ids);
    return numbers.size() < 2 ? 0 : numbers[1];
}

// By mount and mode bits, as path_resolution(7) says.
bool may_write(const fs::path& folder, const ProcessFacts& facts)
{
    struct stat status {};

    struct statvfs mount {};

    if (lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
        statvfs(folder.c_str(), &mount) != 0 || (mount.f_flag & ST_RDONLY) != 0)
        return false;
    if ((facts.set(Fact::effective) & kDacOverride) != 0)
        return true;
    if (effective_id(facts.of(Fact::uid)) == status.st_uid)
        return (status.st_mode & S_IWUSR) != 0;
    std::vector<std::uint32_t> groups = numbers_in(facts.of(Fact::groups));
    groups.push_back(effective_id(facts.of(Fact::gid)));
    const bool is_member = std::ranges::find(groups, status.st_gid) != groups.end();
    return (status.st_mode & (is_member ? S_IWGRP : S_IWOTH)) != 0;
}

std::vector<std::string> writable_folders(const fs::path& proc, const ProcessFacts& facts)
{
    std::vector<std::string> found;
    for (const char* folder : kFolders) {
        if (may_write(proc / "root" / (folder + 1), facts))
            found.emplace_back(folder);
    }
    return found;
}

int landlock_abi()
{
    constexpr unsigned kVersion = 1;  // LANDLOCK_CREATE_RULESET_VERSION, linux/landlock.h
    constexpr long kCreateRuleset = 444;
    const long abi = syscall(kCreateRuleset, nullptr, std::size_t{0}, kVersion);
    return abi < 0 ? 0 : static_cast<int>(abi);
}

}  // namespace

Result<Inspection, Error> inspect(int pid)
{
    const fs::path proc = fs::path("/proc") / std::to_string(pid);
    const std::string status = read_proc(proc / "status");
    const auto facts = read_process_facts(status);
    if (!facts)
        return bad_input("there is no process " + std::to_string(pid));
    const std::string mounts = read_proc(proc / "mountinfo");
    const Exposures exposures = exposures_of(*facts, root_is_writable(mounts));
    Inspection seen{
        .pid = pid,
        .name = std::string(facts->of(Fact::name)),
        .uid = numbers_in(facts->of(Fact::uid)),
        .gid = numbers_in(facts->of(Fact::gid)),
        .groups = numbers_in(facts->of(Fact::groups)),
        .capabilities = OUTIS_TRY(read_capabilities(pid)),
        .no_new_privs = facts->of(Fact::no_new_privs) == "1",
        .seccomp = facts->of(Fact::seccomp) == "2",
        .filters = {},
        .landlock_abi = landlock_abi(),
        .sees_inside = false,
        .descriptors = {},
        .writable = {},
        .writable_mounts = {},
        .exposure = weight_of(exposures),
        .reasons = {},
    };
    const std::vector<std::uint32_t> filters = numbers_in(facts->of(Fact::filters));
    if (!filters.empty())
        seen.filters = filters.front();
    seen.sees_inside = read_descriptors(proc, seen.descriptors);
    if (seen.sees_inside)
        seen.writable = writable_folders(proc, *facts);
    for_each_mount(mounts, [&](std::string_view place, bool writable) {
        if (writable)
            seen.writable_mounts.emplace_back(place);
    });
    for (std::size_t i = 0; i < std::size(kExposures); ++i) {
        if ((exposures >> i & 1) != 0)
            seen.reasons.push_back({.points = kExposures[i].weight, .text = kExposures[i].text});
    }
    return seen;
}

int first_child(int pid)
{
    const std::string number = std::to_string(pid);
    const std::string children =
        read_proc(fs::path("/proc") / number / "task" / number / "children");
    int child = 0;
    std::from_chars(children.data(), children.data() + children.size(), child);
    return child;
}

}  // namespace outis::sandbox
