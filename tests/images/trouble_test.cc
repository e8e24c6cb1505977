// What the machine does to a command: files that shrink, limits, full disks.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "host/input.h"
#include "host/report.h"
#include "made_image.h"
#include "outis/images/transfer.h"
#include "support/skip.h"

namespace trouble_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::places;
using namespace outis::images::testing;
namespace fs = std::filesystem;

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

struct Ended {
    int code = 0;
    std::string said = {};
};

// What `outis WORDS` says on stderr and how it ends, under a limit.
Ended limited(const WorkFolder& work, int resource, rlim_t limit,
              const std::vector<std::string>& words)
{
    const std::string log = work.path("log");
    const pid_t child = ::fork();
    if (child == 0) {
        std::vector<char*> arguments;
        std::string program = std::string(OUTIS_TEST_PROGRAMS) + "/outis";
        arguments.push_back(program.data());
        std::vector<std::string> own = words;
        for (std::string& word : own)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        const rlimit to{.rlim_cur = limit, .rlim_max = limit};
        if (std::freopen(log.c_str(), "w", stderr) == nullptr)
            ::_exit(99);
        ::setrlimit(static_cast<__rlimit_resource>(resource), &to);
        ::execv(program.c_str(), arguments.data());
        ::_exit(99);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            .said = read_text(log)};
}

// That no encoder makes smaller.
std::string random_bytes(std::size_t size)
{
    std::mt19937 dice(7);  // NOLINT(cert-msc51-cpp): the same in every run
    std::string bytes(size, '\0');
    for (char& byte : bytes)
        byte = static_cast<char>(dice() & 0xFF);
    return bytes;
}

bool is_one_line(const std::string& text)
{
    return text.starts_with("outis: ") && text.find('\n') == text.size() - 1;
}

}  // namespace

TEST_CASE("a file that shrinks while it is mapped ends a command with one line")
{
    const WorkFolder work;
    write_text(work / "file", std::string(1 << 20, 'x'));
    const auto file = host::MappedFile::open(work / "file");
    REQUIRE(file);
    const std::string log = work.path("log");
    const pid_t child = ::fork();
    if (child == 0) {
        if (std::freopen(log.c_str(), "w", stderr) == nullptr ||
            ::truncate(work.path("file").c_str(), 0) != 0)
            ::_exit(99);
        host::expect_trouble_of_files();
        ::_exit(static_cast<int>(file.value().bytes()[5000]));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 3);
    CHECK_MESSAGE(is_one_line(read_text(log)), read_text(log));
}

TEST_CASE("a small limit of the machine is one line and code 3")
{
    struct Case {
        const char* name;
        int resource;
        rlim_t limit;
        const char* said;
    };

    const Case cases[] = {
        {"memory", RLIMIT_AS, 40 << 20, "memory"},
        {"a file's size", RLIMIT_FSIZE, 4096, "File too large"},
        {"descriptors", RLIMIT_NOFILE, 5, "open files"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        if (kSanitized && c.resource != RLIMIT_FSIZE) {
            tests::skip(c.name, "a sanitizer itself needs more");
            continue;
        }
        const WorkFolder work;
        Parts parts;
        const std::string noise = random_bytes(3 << 20);
        parts.put({.path = "large"}, noise);
        write_text(work / "x.tar", make_image(parts).archive());
        const std::string out = "oci:" + work.path("out");
        const bool is_memory = c.resource == RLIMIT_AS;
        const Ended ended =
            limited(work, c.resource, c.limit,
                    is_memory ? std::vector<std::string>{"bake", work.program("app"), "--add",
                                                         work.path("x.tar") + ":/x", "-o", out}
                              : std::vector<std::string>{"copy", work.path("x.tar"), out});
        CAPTURE(ended.said);
        CHECK(ended.code == 3);
        CHECK(is_one_line(ended.said));
        CHECK(ended.said.find(c.said) != std::string::npos);
        CHECK(!fs::exists(work / "out/index.json"));
    }
}

TEST_CASE("what does not fit into a layout leaves nothing of it")
{
    const WorkFolder work;
    fs::create_directories(work / "disk");
    if (::mount("none", work.path("disk").c_str(), "tmpfs", 0, "size=256k") != 0) {
        outis::tests::skip("a full disk", "mounting is not allowed");
        return;
    }
    Parts parts;
    const std::string noise = random_bytes(1 << 20);
    parts.layers.push_back({{.entry = {.path = "large"}, .content = noise}});
    write_text(work / "x.tar", make_image(parts).archive());
    write_text(work / "small.tar", make_image({}).archive());
    const auto first =
        transfer({.from = work.path("small.tar"), .to = "oci:" + work.path("disk/a") + ":1"}, {});
    CHECK(first);
    const auto count = [&] {
        std::size_t names = 0;
        for ([[maybe_unused]] const auto& name : fs::recursive_directory_iterator(work / "disk"))
            ++names;
        return names;
    };
    const std::size_t before = count();
    for (const char* folder : {"disk/a", "disk/b"}) {
        CAPTURE(folder);
        const auto done =
            transfer({.from = work.path("x.tar"), .to = "oci:" + work.path(folder) + ":2"}, {});
        CHECK(!done);
        CHECK(count() == before);
    }
    // A full disk under the cache is as good as none.
    ::setenv("XDG_CACHE_HOME", work.path("disk").c_str(), 1);
    CHECK(bake_quietly({.apps = {work.program("app")}, .outputs = {work.path("out.tar")}}));
    ::umount(work.path("disk").c_str());
}

}  // namespace trouble_test
