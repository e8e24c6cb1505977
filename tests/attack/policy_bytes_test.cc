// The shipped PID 1 on policies that are not what the compiler wrote: cut off at every length,
// every byte inverted, every bit of the header. Each is refused with one line and an exit code of
// the table, or the app is confined exactly as under the whole policy. With a checksum that is
// right again the policy is another one; then PID 1 refuses it or obeys it, and does not crash.
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "outis/base/policy.h"
#include "support/skip.h"

namespace outis::tests {
namespace {

namespace fs = std::filesystem;

constexpr int kBadPolicy = 125;  // init/README.md
constexpr int kBrokenPromise = 124;
constexpr unsigned kWorkers = 2;
constexpr int kDeadline = 100'000;  // milliseconds, for a loaded machine
constexpr int kPatience = 2'000;    // where a run may wait for ever

// Attempts that harm nobody, should they succeed. The app dies with PID 1, so that nothing is left
// of a run that had to be killed.
constexpr std::array kWords{OUTIS_INIT,     "-d",
                            "KILL",         "-p",
                            "POLICY",       "--",
                            OUTIS_ATTACK,   "report",
                            "keyctl",       "tiocsti",
                            "ptrace-child", "personality",
                            "af-inet-junk", "second-execve",
                            "x32-getpid",   "mmap-write-execute",
                            "create-in-etc"};
constexpr std::size_t kPolicyWord = 4;

struct Said {
    int code = -1;
    int signal = 0;
    std::string out;
    std::string err;

    bool operator==(const Said&) const = default;
};

[[noreturn]] void fail(const char* doing)
{
    throw std::system_error(errno, std::generic_category(), doing);
}

std::string contents(const std::string& path)
{
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// One at a time in `folder`, whose files it reuses.
class Runner {
public:
    Runner(const std::string& name, int milliseconds)
        : folder_(fs::temp_directory_path() / name), milliseconds_(milliseconds)
    {
        fs::create_directories(folder_);
    }

    ~Runner()
    {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }

    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    Said run(const std::string& policy) const
    {
        const std::string path = folder_ / "policy";
        std::ofstream(path, std::ios::binary | std::ios::trunc) << policy;
        fs::permissions(path, fs::perms(0644));
        const std::string out = folder_ / "out";
        const std::string err = folder_ / "err";
        Said said;
        const int status = wait(start(path, out, err));
        if (WIFSIGNALED(status))
            said.signal = WTERMSIG(status);
        else
            said.code = WEXITSTATUS(status);
        said.out = contents(out);
        said.err = contents(err);
        return said;
    }

private:
    static pid_t start(const std::string& policy, const std::string& out, const std::string& err)
    {
        std::array<char*, kWords.size() + 1> arguments{};
        for (std::size_t i = 0; i < kWords.size(); ++i)
            arguments[i] = const_cast<char*>(kWords[i]);
        arguments[kPolicyWord] = const_cast<char*>(policy.c_str());
        // The hosted twin is confined and cannot be searched for leaks.
        char* const environment[]{const_cast<char*>("PATH=/bin"), const_cast<char*>("DROPPED=1"),
                                  const_cast<char*>("ASAN_OPTIONS=detect_leaks=0"), nullptr};
        constexpr int kFresh = O_WRONLY | O_CREAT | O_TRUNC;
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), kFresh, 0600);
        posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), kFresh, 0600);
        pid_t child = -1;
        errno = posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environment);
        posix_spawn_file_actions_destroy(&actions);
        if (errno != 0)
            fail("starting PID 1");
        return child;
    }

    // A run that hangs is killed, and seen as such.
    int wait(pid_t child) const
    {
        pollfd ended{static_cast<int>(syscall(SYS_pidfd_open, child, 0)), POLLIN, 0};
        if (ended.fd < 0)
            fail("watching PID 1");
        if (poll(&ended, 1, milliseconds_) == 0)
            kill(child, SIGKILL);
        close(ended.fd);
        int status = 0;
        waitpid(child, &status, 0);
        return status;
    }

    fs::path folder_;
    int milliseconds_;
};

struct Variant {
    std::string name;
    std::string bytes;
};

bool refused(const Said& said)
{
    const bool one_line = said.err.starts_with("outis-init: ") && said.err.size() > 20 &&
                          said.err.find('\n') == said.err.size() - 1;
    return said.signal == 0 && said.out.empty() && one_line &&
           (said.code == kBadPolicy || said.code == kBrokenPromise);
}

std::string describe(const Variant& variant, const Said& said)
{
    return variant.name + ": code " + std::to_string(said.code) + ", signal " +
           std::to_string(said.signal) + ", stderr '" + said.err + "', stdout '" + said.out + "'";
}

struct Tally {
    std::size_t refused = 0;
    std::size_t others = 0;
    std::vector<std::string> wrong;
};

// Every variant, two at a time; `good` judges what is not a refusal.
template <typename Judge>
Tally try_all(const std::vector<Variant>& variants, int milliseconds, Judge good)
{
    Tally tally;
    std::mutex guard;
    std::atomic<std::size_t> next = 0;
    const auto work = [&](unsigned worker) {
        const Runner runner(
            "outis-bytes." + std::to_string(getpid()) + "." + std::to_string(worker), milliseconds);
        for (std::size_t i = next++; i < variants.size(); i = next++) {
            const Said said = runner.run(variants[i].bytes);
            const std::lock_guard<std::mutex> lock(guard);
            if (refused(said))
                ++tally.refused;
            else if (good(said))
                ++tally.others;
            else
                tally.wrong.push_back(describe(variants[i], said));
        }
    };
    std::vector<std::thread> workers;
    for (unsigned worker = 0; worker < kWorkers; ++worker)
        workers.emplace_back(work, worker);
    for (std::thread& worker : workers)
        worker.join();
    return tally;
}

void report(const Tally& tally, std::size_t count)
{
    for (const std::string& line : tally.wrong)
        FAIL_CHECK(line);
    CHECK(tally.refused + tally.others + tally.wrong.size() == count);
    MESSAGE(tally.refused, " refused, ", tally.others, " started");
}

std::string with_byte(std::string policy, std::size_t at, std::uint8_t mask)
{
    policy[at] = static_cast<char>(static_cast<std::uint8_t>(policy[at]) ^ mask);
    return policy;
}

// Size and checksum stand where policy_layout.h says.
std::string sealed(std::string policy)
{
    constexpr std::size_t kChecksum = 16;
    const Bytes all(reinterpret_cast<const std::byte*>(policy.data()), policy.size());
    const std::uint32_t sum = policy::checksum_of(all);
    for (std::size_t i = 0; i < sizeof sum; ++i)
        policy[kChecksum + i] = static_cast<char>(sum >> 8 * i & 0xFF);
    return policy;
}

class Policy {
public:
    Policy()
        : whole(contents(OUTIS_RICH_POLICY)),
          under_whole(
              Runner("outis-bytes." + std::to_string(getpid()) + ".whole", kDeadline).run(whole))
    {
    }

    const std::string whole;
    const Said under_whole;
};

bool needs_root()
{
    if (geteuid() == 0)
        return false;
    skip("policy bytes", "a policy must belong to root");
    return true;
}

TEST_CASE_FIXTURE(Policy, "policy bytes: the undamaged policy confines")
{
    if (needs_root())
        return;
    CHECK(under_whole.code == 0);
    CHECK(under_whole.err == "");
    CAPTURE(under_whole.out);
    for (const char* line :
         {"Uid:\t65534\t65534\t65534\t65534\n", "Gid:\t65534\t65534\t65534\t65534\n",
          "Groups:\t1234 \n", "CapBnd:\t0000000000000000\n", "NoNewPrivs:\t1\n", "Seccomp:\t2\n",
          "Umask:\t0027\n", "environment SAID=here\n", "keyctl EPERM\n", "second-execve EPERM\n",
          "mmap-write-execute EPERM\n"}) {
        CAPTURE(std::string(line));
        CHECK(under_whole.out.find(line) != std::string::npos);
    }
    CHECK(under_whole.out.find("DROPPED") == std::string::npos);
}

TEST_CASE_FIXTURE(Policy, "policy bytes: a policy cut off at any length starts nothing")
{
    if (needs_root())
        return;
    std::vector<Variant> variants;
    for (std::size_t length = 0; length < whole.size(); ++length)
        variants.push_back({"length " + std::to_string(length), whole.substr(0, length)});
    const Tally tally = try_all(variants, kDeadline, [](const Said&) { return false; });
    report(tally, whole.size());
}

TEST_CASE_FIXTURE(Policy, "policy bytes: an inverted byte or header bit never weakens the policy")
{
    if (needs_root())
        return;
    std::vector<Variant> variants;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        variants.push_back({"byte " + std::to_string(at), with_byte(whole, at, 0xFF)});
        for (unsigned bit = 0; bit < 8 && at < policy::kHeaderSize; ++bit) {
            variants.push_back({"byte " + std::to_string(at) + " bit " + std::to_string(bit),
                                with_byte(whole, at, static_cast<std::uint8_t>(1U << bit))});
        }
    }
    const Tally tally =
        try_all(variants, kDeadline, [this](const Said& said) { return said == under_whole; });
    report(tally, variants.size());
}

// 128 + SIGSYS and the like are the app's: a filter that allows less may kill it.
TEST_CASE_FIXTURE(Policy, "policy bytes: a changed byte under a right checksum never crashes PID 1")
{
    if (needs_root())
        return;
    std::vector<Variant> variants;
    for (std::size_t at = policy::kMagic.size(); at < whole.size(); ++at)
        variants.push_back({"byte " + std::to_string(at), sealed(with_byte(whole, at, 0xFF))});
    const Tally tally = try_all(variants, kPatience, [](const Said& said) {
        return said.signal == 0 || said.signal == SIGKILL;
    });
    report(tally, variants.size());
}

}  // namespace
}  // namespace outis::tests
