// main() of every test program of ours. A test case that waits for something which does not come
// is ended here, so that no test needs a limit of its own for it. A run without an assertion exits
// with kSkipped. `--list-test-cases --reporters=ctest --out=FILE` writes what cases.cmake reads.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <array>
#include <cctype>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace {

// Seconds; no case comes near it on a machine that is five times slower.
constexpr unsigned kLimit = 300;
constexpr unsigned kTimeToReport = 10;
constexpr int kSkipped = 77;  // SKIP_RETURN_CODE in cases.cmake

// The children of the main thread, without the heap: who is interrupted may be in malloc.
void kill_children()
{
    std::array<char, 64> path{"/proc/self/task/"};
    constexpr std::size_t kPrefix = std::string_view("/proc/self/task/").size();
    const auto [end, error] =
        std::to_chars(path.data() + kPrefix, path.data() + path.size(), getpid());
    constexpr std::string_view kName = "/children";
    kName.copy(end, kName.size());
    const int file = open(path.data(), O_RDONLY | O_CLOEXEC);
    std::array<char, 4096> text{};
    const ssize_t size = read(file, text.data(), text.size());
    const char* at = text.data();
    for (const char* const last = at + (size > 0 ? size : 0); at < last; ++at) {
        int child = 0;
        at = std::from_chars(at, last, child).ptr;
        if (child > 0)
            kill(child, SIGKILL);
    }
}

// doctest takes SIGABRT and names the test case.
void give_up(int)
{
    kill_children();
    signal(SIGALRM, SIG_DFL);
    alarm(kTimeToReport);
    constexpr std::string_view kReason = "A test case has not ended within its limit.\n";
    [[maybe_unused]] const auto written = write(STDERR_FILENO, kReason.data(), kReason.size());
    std::abort();
}

// What a listener of ours does not look at.
struct Listener : doctest::IReporter {
    void report_query(const doctest::QueryData&) override {}

    void test_run_start() override {}

    void test_run_end(const doctest::TestRunStats&) override {}

    void test_case_start(const doctest::TestCaseData&) override {}

    void test_case_end(const doctest::CurrentTestCaseStats&) override {}

    void test_case_reenter(const doctest::TestCaseData&) override {}

    void test_case_exception(const doctest::TestCaseException&) override {}

    void subcase_start(const doctest::SubcaseSignature&) override {}

    void subcase_end() override {}

    void log_assert(const doctest::AssertData&) override {}

    void log_message(const doctest::MessageData&) override {}

    void test_case_skipped(const doctest::TestCaseData&) override {}
};

// The kernel clears an alarm in the child of a fork, and keeps it over execve(2).
struct Limit : Listener {
    explicit Limit(const doctest::ContextOptions&) {}

    void test_case_start(const doctest::TestCaseData&) override
    {
        struct sigaction action {};

        action.sa_handler = give_up;
        action.sa_flags = SA_NODEFER;
        sigaction(SIGALRM, &action, nullptr);
        alarm(kLimit);
    }

    void test_case_end(const doctest::CurrentTestCaseStats&) override { alarm(0); }
};

REGISTER_LISTENER("limit", 1, Limit);

int assertions = 0;

struct Count : Listener {
    explicit Count(const doctest::ContextOptions&) {}

    void test_run_end(const doctest::TestRunStats& run) override { assertions = run.numAsserts; }
};

REGISTER_LISTENER("count", 2, Count);

// A line a case: outis_case(SOURCE NAME PATTERN), where the pattern is doctest's for this name.
// What means something in a pattern, or to CMake, is '?' in it, which fits every character.
struct CTest : Listener {
    explicit CTest(const doctest::ContextOptions& options) : out_(*options.cout) {}

    void report_query(const doctest::QueryData& query) override
    {
        for (unsigned i = 0; i < query.num_data; ++i) {
            const std::string name = query.data[i]->m_name;
            std::string pattern = name;
            for (char& letter : pattern) {
                if (std::isalnum(static_cast<unsigned char>(letter)) == 0)
                    letter = letter == ' ' || letter == ':' ? letter : '?';
            }
            out_ << "outis_case([==[" << query.data[i]->m_file.c_str() << "]==] [==[" << name
                 << "]==] [==[" << pattern << "]==])\n";
        }
    }

private:
    std::ostream& out_;
};

REGISTER_REPORTER("ctest", 3, CTest);

}  // namespace

int main(int count, char** words)
{
    doctest::Context context(count, words);
    const int status = context.run();
    const bool asked = context.shouldExit();  // for a list or the version
    return status == 0 && !asked && assertions == 0 ? kSkipped : status;
}
