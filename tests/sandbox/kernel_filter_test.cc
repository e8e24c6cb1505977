// The same questions to the kernel itself: a child loads a filter and makes the calls.
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "outis/sandbox/compile.h"
#include "outis/sandbox/explain.h"
#include "outis/sandbox/profile.h"
#include "sandbox/kernel/syscalls.h"
#include "support/ia32.h"
#include "support/skip.h"
#include "tests/sandbox/ask.h"

namespace outis::sandbox::kernel_filter_test {
namespace {

constexpr std::uint32_t kErrnoMask = 0xFFFF;
constexpr int kNotAsked = -1;

struct Question {
    std::uint32_t number = 0;
    std::array<std::uint64_t, 6> arguments{};
};

std::vector<std::byte> compiled(const std::string& name)
{
    const auto file = std::filesystem::path(OUTIS_SOURCE_DIR) / "profiles" / (name + ".toml");
    auto profile = load_profile(file, {});
    if (!profile)
        FAIL(print(profile.error()));
    auto filter = compile_filter(profile.value(), host_arch());
    if (!filter)
        FAIL(filter.error().text);
    return filter.take();
}

bool load(const std::vector<std::byte>& program)
{
    std::vector<sock_filter> instructions(program.size() / sizeof(sock_filter));
    std::memcpy(instructions.data(), program.data(), program.size());
    sock_fprog loaded{.len = static_cast<unsigned short>(instructions.size()),
                      .filter = instructions.data()};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &loaded) == 0;
}

// The errno of each call, 0 for success, as a child under `program` sees it; an empty program is
// no filter. kNotAsked where the child did not come to it.
std::vector<int> ask_kernel(const std::vector<std::byte>& program,
                            std::span<const Question> questions)
{
    const std::size_t size = questions.size() * sizeof(int);
    void* shared = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(shared != MAP_FAILED);
    const std::span<int> answers(static_cast<int*>(shared), questions.size());
    std::ranges::fill(answers, kNotAsked);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (!program.empty() && !load(program))
            _exit(1);
        for (std::size_t i = 0; i < questions.size(); ++i) {
            const auto& a = questions[i].arguments;
            const long result = syscall(static_cast<long>(static_cast<int>(questions[i].number)),
                                        a[0], a[1], a[2], a[3], a[4], a[5]);
            answers[i] = result == -1 ? errno : 0;
        }
        _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    std::vector<int> result(answers.begin(), answers.end());
    munmap(shared, size);
    return result;
}

TEST_CASE("the kernel refuses every call that our interpreter says is refused")
{
    for (const std::string name : {"baseline", "service", "go", "worker", "offline"}) {
        CAPTURE(name);
        const std::vector<std::byte> program = compiled(name);
        std::vector<Question> questions;
        std::vector<int> expected;
        // Arguments that no call can use, were it allowed by mistake.
        constexpr std::array<std::uint64_t, 6> useless{~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL};
        const auto add = [&](std::uint32_t number) {
            const CallData data{.number = number,
                                .arch = audit_arch(native_abi(host_arch())),
                                .arguments = useless};
            const std::uint32_t verdict = interpret(program, data).verdict;
            if ((verdict & ~kErrnoMask) != filter::kErrno)
                return;
            questions.push_back({.number = number, .arguments = useless});
            expected.push_back(static_cast<int>(verdict & kErrnoMask));
        };
        for (const kernel::Syscall& call : kernel::syscalls()) {
            // Linux 6.18 lets these two past a filter that refuses them: here they end in ENXIO
            // and SIGILL with it and without.
            if (call.name == "uprobe" || call.name == "uretprobe")
                continue;
            if (const auto number = kernel::number_on(call, native_abi(host_arch())))
                add(*number);
        }
        for (const std::uint32_t number :
             {0xFFFFFFFFU, first_free_number(native_abi(host_arch())), 4000U, 0x40000000U,
              0x40000208U, 0x7FFFFFFFU, 0x80000000U})
            add(number);
        CHECK(questions.size() > 60);
        const std::vector<int> answers = ask_kernel(program, questions);
        for (std::size_t i = 0; i < questions.size(); ++i) {
            CAPTURE(questions[i].number);
            CHECK(answers[i] == expected[i]);
        }
    }
}

TEST_CASE("the kernel looks at arguments as our interpreter does")
{
    struct Case {
        const char* name;
        const char* call;
        std::array<std::uint64_t, 6> arguments;
    };

    constexpr std::uint64_t junk = 0xABCDEF0100000000;
    constexpr std::array cases = std::to_array<Case>({
        {"AF_ALG", "socket", {38, 5, 0}},
        {"AF_ALG, junk above", "socket", {junk | 38, 5, 0}},
        {"AF_VSOCK", "socket", {40, 1, 0}},
        {"no such family", "socket", {39999, 1, 0}},
        {"TIOCSTI", "ioctl", {99, 0x5412, 0}},
        {"TIOCSTI, junk above", "ioctl", {99, junk | 0x5412, 0}},
        {"TCGETS on nothing", "ioctl", {99, 0x5401, 0}},
        {"present execution domain", "personality", {0xFFFFFFFF}},
        {"READ_IMPLIES_EXEC", "personality", {0x400000}},
        {"one's own limits", "prlimit64", {0, 7, 0, 0}},
        {"another's limits", "prlimit64", {1, 7, 0, 0}},
        {"a namespace", "clone", {0x10000000, 0, 0, 0, 0}},
        {"read nothing", "read", {~0ULL, 0, 0}},
        {"close nothing", "close", {~0ULL}},
    });
    const std::vector<std::byte> program = compiled("baseline");
    std::vector<Question> questions;
    for (const Case& c : cases)
        questions.push_back(
            {.number = *kernel::number_on(*kernel::find_syscall(c.call), native_abi(host_arch())),
             .arguments = c.arguments});
    const std::vector<int> filtered = ask_kernel(program, questions);
    for (std::size_t i = 0; i < questions.size(); ++i) {
        CAPTURE(cases[i].name);
        const CallData data{.number = questions[i].number,
                            .arch = audit_arch(native_abi(host_arch())),
                            .arguments = questions[i].arguments};
        const std::uint32_t verdict = interpret(program, data).verdict;
        if (verdict == filter::kAllow)
            CHECK(filtered[i] == ask_kernel({}, std::span(&questions[i], 1))[0]);
        else
            CHECK(filtered[i] == static_cast<int>(verdict & kErrnoMask));
    }
}

#if defined(__x86_64__)
TEST_CASE("calls by the 32-bit entry get the answer of a kernel without it")
{
    if (!tests::has_ia32()) {
        tests::skip("32-bit entry", "this kernel has none: int 0x80 ends with SIGSEGV");
        return;
    }
    const std::vector<std::byte> program = compiled("baseline");
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (!load(program))
            _exit(1);
        constexpr long kGetpid = 20;  // there; writev on x86-64
        const long answer = tests::call_ia32(kGetpid);
        _exit(write(ends[1], &answer, sizeof answer) == sizeof answer ? 0 : 1);
    }
    close(ends[1]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    long answer = 0;
    CHECK(read(ends[0], &answer, sizeof answer) == sizeof answer);
    CHECK(answer == -ENOSYS);
    close(ends[0]);
}
#endif

}  // namespace
}  // namespace outis::sandbox::kernel_filter_test
