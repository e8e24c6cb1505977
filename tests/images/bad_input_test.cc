#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/interrupt.h"

namespace bad_input_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::bake;
using namespace outis::images::testing;

namespace {

struct Case {
    const char* name;
    BakeOptions options;
    const char* message;
    Blame blame = Blame::input;
};

void check_refused(const WorkFolder& work_folder, const Case& c)
{
    CAPTURE(c.name);
    const std::vector<std::string> before = work_folder.listing();
    const auto made = bake_quietly(c.options);
    REQUIRE_FALSE(made);
    CAPTURE(made.error().text);
    CHECK(said_by(made.error()).find(c.message) != std::string::npos);
    CHECK(made.error().blame == c.blame);
    std::vector<std::string> after = work_folder.listing();
    std::erase(after, "cache");
    std::vector<std::string> expected = before;
    std::erase(expected, "cache");
    CHECK(after == expected);
}

}  // namespace

TEST_CASE("what cannot be baked is refused with one line, and nothing is written")
{
    const WorkFolder work_folder;
    const std::string app = work_folder.program("app");
    const std::string out = work_folder.path("x.tar");
    const std::string elf = make_elf({});
    write_text(work_folder / "text", "hello\n");
    write_text(work_folder / "script", "#!/usr/bin/env lua\nprint(1)\n");
    write_text(work_folder / "cut", elf.substr(0, 100));
    write_text(work_folder / "two-mains/go.mod", "module example.com/two\n\ngo 1.19\n");
    write_text(work_folder / "two-mains/cmd/a/a.go", "package main\n\nfunc main() {}\n");
    write_text(work_folder / "two-mains/cmd/b/b.go", "package main\n\nfunc main() {}\n");
    write_text(work_folder / "library/go.mod", "module example.com/lib\n\ngo 1.19\n");
    write_text(work_folder / "library/lib.go", "package lib\n");
    write_text(work_folder / "broken/go.mod", "module example.com/broken\n\ngo 1.19\n");
    write_text(work_folder / "broken/main.go", "package main\n\nfunc main() { x }\n");
    write_text(work_folder / "cgo/go.mod", "module example.com/cgo\n\ngo 1.19\n");
    write_text(work_folder / "cgo/main.go", "package main\n\nimport _ \"net\"\n\nfunc main() {}\n");
    write_text(work_folder / "read.toml", "[seccomp]\nallow = [\"read\"]\n");
    std::filesystem::create_directory(work_folder / "empty");
    const std::string dynamic =
        work_folder.program("dynamic", {.interpreter = "/lib64/ld.so", .needed = {"libc.so.6"}});
    const std::string riscv = work_folder.program("riscv", {.machine = 243});
    const std::string x32 = work_folder.program("x32", {.bits = 32});
    std::string policy = make_policy({});
    write_text(work_folder / "short.policy", policy.substr(0, 70));
    policy[70] ^= 1;
    write_text(work_folder / "changed.policy", policy);
    write_text(work_folder / "broken.json", "{\"defaultAction\":");
    write_text(work_folder / "arm.policy", make_policy({.arch = policy::Arch::aarch64}));
    write_text(work_folder / "copy/app", elf);
    write_text(work_folder / "copy2/app", elf + "another");

    const Case cases[] = {
        {"missing", {.apps = {work_folder.path("nothing")}}, "there is no '"},
        {"words about registries that contradict each other",
         {.apps = {app},
          .outputs = {out, "docker://127.0.0.1:1/x"},
          .tls_ca = app,
          .plain_http = true},
         "--plain-http and --tls-ca contradict each other"},
        {"authorities that are not there",
         {.apps = {app},
          .outputs = {out, "docker://127.0.0.1:1/x"},
          .tls_ca = work_folder.path("nothing")},
         "nothing': No such file"},
        {"credentials that are not there",
         {.apps = {app},
          .outputs = {out, "docker://127.0.0.1:1/x"},
          .authfile = work_folder.path("nothing")},
         "nothing': No such file"},
        {"text", {.apps = {work_folder.path("text")}}, "is not an ELF file"},
        {"cut off", {.apps = {work_folder.path("cut")}}, "is a truncated ELF file"},
        {"loader missing",
         {.apps = {dynamic}},
         "'/app' needs the loader '/lib64/ld.so', which this machine lacks; install"},
        {"script",
         {.apps = {work_folder.path("script")}},
         "is a script for '/usr/bin/env lua': bake the program that runs it, and give it the "
         "script"},
        {"library by name",
         {.apps = {app}, .libraries = {"libx.so"}},
         "--library is for dynamic programs, and there is none"},
        {"locale that is a path", {.apps = {app}, .locale = "../x"}, "is no locale's name"},
        {"root missing",
         {.apps = {"/app"}, .root = work_folder.path("none")},
         "none' as a root: No such file or directory"},
        {"root that is a file", {.apps = {"/app"}, .root = app}, "it is not a directory"},
        {"not in the root",
         {.apps = {"/bin/app"}, .root = work_folder.path("copy")},
         "there is no '/bin/app' in the root '"},
        {"out of the root", {.apps = {"/../app"}, .root = work_folder.path("copy")}, "'..'"},
        {"folder in the root",
         {.apps = {"/copy"}, .root = work_folder.path("")},
         "with --root name a program"},
        {"foreign", {.apps = {riscv}}, "is for RISC-V (64-bit); images are made for linux/amd64"},
        {"32 bits", {.apps = {x32}}, "is for x86-64 (32-bit)"},
        {"other platform",
         {.apps = {app}, .platforms = {"linux/arm64"}},
         "is for linux/amd64, not for linux/arm64"},
        {"unknown platform", {.apps = {app}, .platforms = {"linux/mips"}}, "unknown platform"},
        {"empty folder", {.apps = {work_folder.path("empty")}}, "no Go main package"},
        {"library", {.apps = {work_folder.path("library")}}, "no Go main package"},
        {"two mains", {.apps = {work_folder.path("two-mains")}}, "several Go main packages"},
        {"candidates", {.apps = {work_folder.path("two-mains")}}, "'./cmd/a', './cmd/b'"},
        {"main that is none",
         {.apps = {work_folder.path("library")}, .go_main = "."},
         "'.' is no Go main package"},
        {"another main than the folder's",
         {.apps = {work_folder.path("cgo")}, .go_main = "./nope"},
         ": '.'; choose one"},
        {"a program whose loader may map nothing",
         {.apps = {work_folder.path("cgo")},
          .profile = work_folder.path("read.toml"),
          .go_cgo = "1"},
         "'example.com/cgo' is a dynamic program"},
        {"does not compile", {.apps = {work_folder.path("broken")}}, "undefined: x"},
        {"folder and program", {.apps = {app, work_folder.path("empty")}}, "is a directory"},
        {"same place twice",
         {.apps = {app, work_folder.path("copy/app"), work_folder.path("copy2/app")}},
         "two files would be '/bin/app'"},
        {"bad name", {.apps = {app}, .tags = {"UPPER"}}, "image name 'UPPER' is malformed"},
        {"unknown profile",
         {.apps = {app}, .profile = "basline"},
         "'basline'; did you mean 'baseline'?"},
        {"profile file missing",
         {.apps = {app}, .profile = "./x.policy"},
         "cannot read './x.policy'"},
        {"JSON of no tool",
         {.apps = {app}, .profile = work_folder.path("broken.json")},
         "broken.json:1:"},
        {"policy cut off", {.apps = {app}, .profile = work_folder.path("short.policy")}, "cut off"},
        {"policy changed",
         {.apps = {app}, .profile = work_folder.path("changed.policy")},
         "checksum does not match"},
        {"policy for another machine",
         {.apps = {app}, .profile = work_folder.path("arm.policy")},
         "is for arm64, the image for amd64"},
        {"no certificate", {.apps = {app}, .ca_add = {work_folder.path("text")}}, "no certificate"},
        {"bad account", {.apps = {app}, .accounts = {"x"}}, "must be NAME:UID"},
        {"account twice", {.apps = {app}, .accounts = {"root:7"}}, "is in the image already"},
        {"bad port", {.apps = {app}, .ports = {"http"}}, "port 'http'"},
        {"no pair", {.apps = {app}, .environment = {"X"}}, "'X' has no value"},
        {"label without name", {.apps = {app}, .labels = {"=x"}}, "has no name"},
        {"label of OCI's",
         {.apps = {app}, .labels = {"org.opencontainers.image.titel=x"}},
         "did you mean 'org.opencontainers.image.title'?"},
        {"annotation of the layout",
         {.apps = {app}, .annotations = {"org.opencontainers.image.ref.name=x"}},
         "belongs to the layout; name the image with -t"},
        {"bytes that are no text", {.apps = {app}, .labels = {"x=\xFF"}}, "is not UTF-8"},
        {"argument that is no text", {.apps = {app}, .arguments = {"\xFF"}}, "is not UTF-8"},
        {"arguments of a folder's program",
         {.apps = {work_folder.path("empty"), ":8080"}},
         "follow '--'"},
        {"arguments of a program", {.apps = {app, ":8080"}}, "follow '--'"},
        {"unknown transport",
         {.apps = {app}, .outputs = {"ocidir:x"}},
         "unknown transport 'ocidir'"},
        {"folder in the way",
         {.apps = {app}, .outputs = {work_folder.path("empty")}},
         "it is a directory"},
        {"no such folder",
         {.apps = {app}, .outputs = {work_folder.path("none/x.tar")}},
         "No such file or directory",
         Blame::environment},
        {"full disk",
         {.apps = {app}, .outputs = {"/dev/full"}},
         "No space left on device",
         Blame::environment},
    };
    for (Case c : cases) {
        if (c.options.outputs.empty())
            c.options.outputs = {out};
        check_refused(work_folder, c);
    }
}

TEST_CASE("a missing file is named")
{
    struct Harm {
        const char* name;
        const char* remove;  // below the data folder
        const char* message;
    };

    const Harm harms[] = {
        {"PID 1", "init", "there is no PID 1 for linux/amd64"},
        {"policies", "policies", "profile 'baseline' is not compiled"},
        {"everything", "", "is missing; set OUTIS_DATA"},
    };
    for (const Harm& harm : harms) {
        const WorkFolder work_folder;
        const std::string app = work_folder.program("app");
        std::filesystem::remove_all(work_folder / "data" / harm.remove);
        check_refused(work_folder,
                      {.name = harm.name,
                       .options = {.apps = {app}, .outputs = {work_folder.path("x.tar")}},
                       .message = harm.message,
                       .blame = Blame::environment});
    }
}

TEST_CASE("a missing Go toolchain is reported with its remedy")
{
    const WorkFolder work_folder;
    write_text(work_folder / "src/main.go", "package main\n");
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", work_folder.path("src").c_str(), 1);
    const Case c{.name = "no go",
                 .options = {.apps = {work_folder.path("src")}},
                 .message = "install Go, or build the program",
                 .blame = Blame::environment};
    check_refused(work_folder, c);
    ::setenv("PATH", path.c_str(), 1);
}

TEST_CASE("an interrupted bake leaves no files")
{
    const WorkFolder work_folder;
    const std::string app = work_folder.program("app");
    write_text(work_folder / "src/go.mod", "module example.com/x\n\ngo 1.19\n");
    write_text(work_folder / "src/main.go", "package main\n\nfunc main() {}\n");
    std::filesystem::create_directory(work_folder / "temporary");
    ::setenv("TMPDIR", work_folder.path("temporary").c_str(), 1);
    hold_interrupts();
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        for (const std::string& source : {app, work_folder.path("src")}) {
            CAPTURE(signal);
            ::raise(signal);
            check_refused(work_folder,
                          {.name = "interrupted",
                           .options = {.apps = {source}, .outputs = {work_folder.path("x.tar")}},
                           .message = "interrupted",
                           .blame = Blame::environment});
            const sigset_t signals = interrupting_signals();
            const timespec at_once{};
            CHECK(::sigtimedwait(&signals, nullptr, &at_once) == signal);
            CHECK(std::filesystem::is_empty(work_folder / "temporary"));
        }
    }
    release_interrupts();
    ::unsetenv("TMPDIR");
}

TEST_CASE("SOURCE_DATE_EPOCH must be a number of seconds")
{
    const WorkFolder work_folder;
    const std::string app = work_folder.program("app");
    for (const char* value : {"-1", "1.5", "yesterday", "253402300800", "99999999999999999999"}) {
        ::setenv("SOURCE_DATE_EPOCH", value, 1);
        check_refused(work_folder,
                      {.name = value,
                       .options = {.apps = {app}, .outputs = {work_folder.path("x.tar")}},
                       .message = "SOURCE_DATE_EPOCH"});
    }
    ::unsetenv("SOURCE_DATE_EPOCH");
}

}  // namespace bad_input_test
