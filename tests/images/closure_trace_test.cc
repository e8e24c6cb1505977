// What a program opens, by letting it run.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

#include "fixture.h"
#include "host/trace.h"
#include "loaded.h"
#include "programs/traced.h"
#include "support/skip.h"
#include "unpacked.h"

namespace closure_trace_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::programs;
using namespace outis::images::bake;
using namespace outis::images::testing;

namespace fs = std::filesystem;

namespace {

// Opens what its arguments name, each in its own way.
constexpr const char* kOpener =
    "#define _GNU_SOURCE\n"
    "#include <fcntl.h>\n"
    "#include <string.h>\n"
    "#include <sys/syscall.h>\n"
    "#include <sys/wait.h>\n"
    "#include <unistd.h>\n"
    "int main(int count, char** words)\n"
    "{\n"
    "    for (int i = 1; i + 1 < count; i += 2) {\n"
    "        const char* how = words[i];\n"
    "        const char* path = words[i + 1];\n"
    "        if (!strcmp(how, \"at\"))\n"
    "            openat(AT_FDCWD, path, O_RDONLY);\n"
    "        else if (!strcmp(how, \"write\"))\n"
    "            open(path, O_WRONLY | O_CREAT, 0600);\n"
    "        else if (!strcmp(how, \"cd\") && chdir(path) != 0)\n"
    "            return 3;\n"
    "        else if (!strcmp(how, \"child\") && vfork() == 0) {\n"
    "            execl(path, path, \"at\", \"from-child\", (char*)0);\n"
    "            _exit(1);\n"
    "        } else if (!strcmp(how, \"end\"))\n"
    "            return 7;\n"
    "        else if (!strcmp(how, \"daemon\")) {\n"
    "            if (fork() != 0)\n"
    "                return strcmp(path, \"fail\") ? 0 : 7;\n"
    "            setsid();\n"
    "            openat(AT_FDCWD, path, O_RDONLY);\n"
    "        } else if (!strcmp(how, \"wait\"))\n"
    "            pause();\n"
    "        else if (!strcmp(how, \"folder\")) {\n"
    "            int folder = open(path, O_RDONLY | O_DIRECTORY);\n"
    "            openat(folder, \"inside\", O_RDONLY);\n"
    "        }\n"
    "    }\n"
    "    while (wait(0) > 0) { }\n"
    "    return 0;\n"
    "}\n";

std::string opener(const WorkFolder& work_folder, const std::string& place)
{
    write_text(work_folder / "opener.c", kOpener);
    const fs::path program = work_folder / place;
    fs::create_directories(program.parent_path());
    output_of({"gcc", "-static", "-o", program.string(), work_folder.path("opener.c")});
    return program.string();
}

bool has(const std::vector<std::string>& list, const std::string& item)
{
    return std::ranges::find(list, item) != list.end();
}

}  // namespace

TEST_CASE("a traced command is split into words as a shell does")
{
    struct Case {
        const char* command;
        std::vector<std::string> words;
    };

    const Case cases[] = {
        {"a", {"a"}},
        {"  a\tb\nc ", {"a", "b", "c"}},
        {"a 'b c' \"d 'e'\"", {"a", "b c", "d 'e'"}},
        {"a '' b\\ c 'x'y", {"a", "", "b c", "xy"}},
        {"'\\' \"\\\"\"", {"\\", "\""}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.command);
        const auto words = command_words(c.command);
        REQUIRE(words);
        CHECK((words.value() == c.words));
    }
    for (const char* bad : {"", "  ", "'a", "a \"b"})
        CHECK_FALSE(command_words(bad));
}

TEST_CASE("a trace sees every file that the program and its children read or execute")
{
    const WorkFolder work_folder;
    const std::string program = opener(work_folder, "opener");
    fs::create_directory(work_folder / "folder");
    for (const char* name : {"read", "folder/inside", "folder/from-child"})
        write_text(work_folder / name, "x");
    const auto traced = trace_opens(
        {.arguments = {program, "at", work_folder.path("read"), "at", work_folder.path("none"),
                       "write", work_folder.path("written"), "folder", work_folder.path("folder"),
                       "cd", work_folder.path("folder"), "child", program}});
    REQUIRE_MESSAGE(traced, (traced ? "" : traced.error().text));
    const std::vector<std::string>& opened = traced.value().opened;
    CHECK(traced.value().exit_code == 0);
    CHECK(has(opened, program));
    CHECK(has(opened, work_folder.path("read")));
    CHECK(has(opened, work_folder.path("folder")));
    CHECK(has(opened, work_folder.path("folder/inside")));
    CHECK(has(opened, work_folder.path("folder/from-child")));
    CHECK_FALSE(has(opened, work_folder.path("none")));
    CHECK_FALSE(has(opened, work_folder.path("written")));
}

TEST_CASE("a traced program that fails, waits or cannot start is reported")
{
    const WorkFolder work_folder;
    const std::string program = opener(work_folder, "opener");
    const auto failed = trace_opens({.arguments = {program, "end", "."}});
    REQUIRE(failed);
    CHECK(failed.value().exit_code == 7);
    CHECK_FALSE(failed.value().cut_short);

    const auto waiting =
        trace_opens({.arguments = {program, "wait", "."}, .limit = std::chrono::seconds(1)});
    REQUIRE(waiting);
    CHECK(waiting.value().cut_short);
    CHECK(waiting.value().exit_code == 128 + 15);

    write_text(work_folder / "read", "x");
    const auto daemon = trace_opens({.arguments = {program, "daemon", work_folder.path("read")}});
    REQUIRE(daemon);
    CHECK(daemon.value().exit_code == 0);
    CHECK_FALSE(daemon.value().cut_short);
    CHECK(has(daemon.value().opened, work_folder.path("read")));

    const auto staying = trace_opens(
        {.arguments = {program, "daemon", ".", "wait", "."}, .limit = std::chrono::seconds(5)});
    REQUIRE(staying);
    CHECK(staying.value().exit_code == 0);
    CHECK_FALSE(staying.value().cut_short);

    const auto failed_and_left = trace_opens(
        {.arguments = {program, "daemon", "fail", "wait", "."}, .limit = std::chrono::seconds(5)});
    REQUIRE(failed_and_left);
    CHECK(failed_and_left.value().exit_code == 7);
    CHECK_FALSE(failed_and_left.value().cut_short);

    const auto absent = trace_opens({.arguments = {work_folder.path("none")}});
    REQUIRE_FALSE(absent);
    CHECK(absent.error().blame == Blame::environment);
    CHECK(absent.error().text.find("No such file or directory") != std::string::npos);
}

TEST_CASE("--trace adds the files of the root that were opened, and no others")
{
    if (::geteuid() != 0) {
        tests::skip("trace in a root", "chroot needs root");
        return;
    }
    const WorkFolder work_folder;
    opener(work_folder, "root/bin/opener");
    fs::create_directories(work_folder / "root/srv/__pycache__");
    for (const char* name :
         {"srv/__pycache__/m.cpython-311.pyc", "srv/m.py", "srv/n.py", "srv/data", "etc/passwd",
          "tmp/x", "run/x", "opt/secret", "opt/closed/x"})
        write_text(work_folder / "root" / name, "of the root");
    // Its owner is whom the command runs as.
    REQUIRE(::chown(work_folder.path("root/opt/secret").c_str(), 65534, 65534) == 0);
    fs::permissions(work_folder / "root/opt/secret", fs::perms::owner_read);
    fs::permissions(work_folder / "root/opt/closed", fs::perms::owner_all);
    fs::create_symlink("../run/x", work_folder / "root/srv/led-astray");
    const BakeOptions options{
        .apps = {"/bin/opener"},
        .root = work_folder.path("root"),
        .outputs = {work_folder.path("x.tar")},
        .trace =
            "/bin/opener at /srv/data at /etc/passwd at /tmp/x at /run/x at /opt/secret "
            "at /opt/closed/x at /srv/led-astray at /srv/__pycache__/m.cpython-311.pyc"};
    const Baked made = baked(options);
    const Unpacked image = unpack(work_folder / "x.tar");
    CHECK(image.contents.at("srv/data") == "of the root");
    // Python takes a compiled module only if its source is there.
    CHECK(image.entries.contains("srv/m.py"));
    CHECK_FALSE(image.entries.contains("srv/n.py"));
    CHECK(image.contents.at("etc/passwd") != "of the root");
    CHECK_FALSE(image.entries.contains("tmp/x"));
    CHECK_FALSE(image.entries.contains("run/x"));
    CHECK_FALSE(image.entries.contains("opt/secret"));
    CHECK_FALSE(image.entries.contains("opt/closed/x"));
    CHECK_FALSE(image.entries.contains("srv/led-astray"));
    const bool noted = std::ranges::any_of(made.notes, [](const std::string& note) {
        return note.find("'/opt/secret'") != std::string::npos;
    });
    CHECK(noted);

    BakeOptions failing = options;
    failing.trace = "/bin/opener end .";
    const auto refused = bake_quietly(failing);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("ended with 7 while it was traced") != std::string::npos);
}

TEST_CASE("a command traced in a root is nobody and has /proc and devices, which do not stay")
{
    if (::geteuid() != 0) {
        tests::skip("devices of a traced command", "another root's needs root");
        return;
    }
    const WorkFolder work_folder;
    write_text(work_folder / "prober.c",
               "#include <fcntl.h>\n#include <string.h>\n#include <unistd.h>\n"
               "int main(void)\n"
               "{\n"
               "    char self[64] = {0}, byte;\n"
               "    if (getuid() != 65534 || getgid() != 65534 || getgroups(0, 0) != 0)\n"
               "        return 2;\n"
               "    if (readlink(\"/proc/self/exe\", self, 63) < 0 || "
               "strcmp(self, \"/bin/prober\") != 0)\n"
               "        return 3;\n"
               "    int null = open(\"/dev/null\", O_RDWR), random = open(\"/dev/urandom\", 0);\n"
               "    if (write(null, \"x\", 1) != 1 || read(random, &byte, 1) != 1)\n"
               "        return 4;\n"
               "    return write(open(\"/dev/full\", O_RDWR), \"x\", 1) == -1 ? 0 : 5;\n"
               "}\n");
    for (const char* folder : {"root/bin", "root/proc", "root/dev"})
        fs::create_directories(work_folder / folder);
    output_of({"gcc", "-static", "-o", work_folder.path("root/bin/prober"),
               work_folder.path("prober.c")});
    const auto made = bake_quietly({.apps = {"/bin/prober"},
                                    .root = work_folder.path("root"),
                                    .outputs = {work_folder.path("x.tar")},
                                    .trace = "/bin/prober"});
    CHECK_MESSAGE(made, (made ? "" : made.error().text));
    CHECK(fs::is_empty(work_folder / "root/proc"));
    CHECK(fs::is_empty(work_folder / "root/dev"));
    // A link would lead a mount elsewhere.
    fs::remove(work_folder / "root/dev");
    fs::create_symlink("proc", work_folder / "root/dev");
    CHECK_FALSE(bake_quietly({.apps = {"/bin/prober"},
                              .root = work_folder.path("root"),
                              .outputs = {work_folder.path("x.tar")},
                              .trace = "/bin/prober"}));
}

}  // namespace closure_trace_test
