// The number that lets the one execve through: the app's filter has it, and nobody else.
#include <algorithm>
#include <csignal>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "policies.h"
#include "support/loaded_filter.h"
#include "support/skip.h"

namespace outis::tests::cookie_test {
namespace {

constexpr std::size_t kConstantOffset = 4;  // of `k` in struct sock_filter
// Where once_sections() compares the two halves.
constexpr std::size_t kLow = 3;
constexpr std::size_t kHigh = 5;

std::string constant(const LoadedFilter& filter, std::size_t instruction)
{
    const auto* at = filter.data() + instruction * filter::kInstructionSize + kConstantOffset;
    return {reinterpret_cast<const char*>(at), 4};
}

struct Area {
    std::string name;
    std::string bytes;
};

// All that the process has mapped and that can be read.
std::vector<Area> memory_of(pid_t pid)
{
    std::vector<Area> areas;
    const Fd memory(open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
    std::istringstream lines(proc_text(pid, "maps"));
    for (std::string line; std::getline(lines, line);) {
        const std::size_t dash = line.find('-');
        const std::uint64_t from = std::stoull(line, nullptr, 16);
        const std::uint64_t to = std::stoull(line.substr(dash + 1), nullptr, 16);
        std::string bytes(to - from, 0);
        const ssize_t got =
            pread(memory.get(), bytes.data(), bytes.size(), static_cast<off_t>(from));
        if (got <= 0)
            continue;  // [vvar] and [vsyscall] cannot be read this way
        bytes.resize(static_cast<std::size_t>(got));
        areas.push_back({line, bytes});
    }
    return areas;
}

bool can_read_filters(const char* name)
{
    if (kHosted)
        return !skip(name, "under sanitizers the program is a twin with a libc");
    return !lacks_root(name);
}

// The areas of PID 1 that hold the cookie or one of its halves: by chance once in 10 000 runs.
std::string places_of_cookie(const Process& init)
{
    const LoadedFilter filter = filter_of_running(children_of(init.pid()).at(0));
    REQUIRE(filter.size() == 8 * filter::kInstructionSize);
    const std::string low = constant(filter, kLow);
    const std::string high = constant(filter, kHigh);
    REQUIRE(low != std::string(4, 0));
    const std::vector<Area> areas = memory_of(init.pid());
    REQUIRE(areas.size() >= 3);
    std::string found;
    for (const Area& area : areas) {
        for (const std::string& part : {low + high, low, high}) {
            if (area.bytes.find(part) != std::string::npos)
                found += std::to_string(part.size()) + " bytes in " + area.name + "\n";
        }
    }
    return found;
}

TEST_CASE_FIXTURE(Confinement, "cookie: PID 1 does not keep it in memory")
{
    if (!can_read_filters("init: the cookie in memory"))
        return;

    struct Case {
        std::string name;
        bool gives_memory_back;  // else what start-up left stays for ever, and is seen
        bool search;             // the program is looked for in PATH
    };

    const Case kCases[]{
        {"as usual", true, false},
        {"memory is never given back", false, false},
        {"memory is never given back, by PATH", false, true},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        Setup setup = setup_with(once_sections(), {"hold"});
        if (c.search) {
            setup.arguments[setup.arguments.size() - 2] = "actor";
            const std::string actor = kActor;
            setup.environment[0] = "PATH=/no/such:" + actor.substr(0, actor.rfind('/'));
        }
        if (!c.gives_memory_back)
            setup.refused = RefusedCall{.number = SYS_madvise, .first = {}, .error = EINVAL};
        Process init(setup);
        REQUIRE(init.says("ready\n"));
        // Before it has settled, or soon after.
        init.send(SIGSTOP);
        REQUIRE(init.stop_signal() == SIGSTOP);
        CHECK(places_of_cookie(init) == "");
        init.send(SIGCONT);
        const std::string own = c.gives_memory_back ? "1" : "2";
        CHECK(
            eventually([&] { return proc_field(init.pid(), "status", "Seccomp_filters") == own; }));
        CHECK(places_of_cookie(init) == "");
        init.send(SIGTERM);
        CHECK(init.wait().outcome() == "143");
    }
}

}  // namespace
}  // namespace outis::tests::cookie_test
