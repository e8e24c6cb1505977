// What a hostile program, or a library beside it, cannot bring into the image: files of the machine
// that bakes it. And what the user is told of what it does bring.
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <unistd.h>

#include "fixture.h"
#include "loaded.h"
#include "outis/sandbox/suggest.h"
#include "programs/closure.h"

namespace closure_trust_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::programs;
using namespace outis::images::testing;

namespace fs = std::filesystem;

namespace {

constexpr const char* kApp = "/home/me/prj/app";

// A machine: a system with a libcrypto of its own, secrets in /home/me, and what somebody else made
// in /home/me/prj.
struct Machine {
    explicit Machine(const fs::path& folder) : root(folder, Libc::glibc)
    {
        fs::create_directories(folder / "home/me/.ssh");
        fs::create_directories(folder / "home/me/prj");
        root.text("/home/me/.ssh/id_rsa", "KEY\n");
        root.text("/home/me/.ssh/openssl.cnf", "KEY\n");
        root.text("/home/me/.ssh/gconv-modules", "KEY\n");
        fs::permissions(folder / "home/me/.ssh/id_rsa", fs::perms::owner_read);
        root.library({.path = "/home/me/.ssh/libkey.so.1", .soname = "libkey.so.1"});
        root.library({.path = "/home/me/open/libopen.so.1", .soname = "libopen.so.1"});
        fs::permissions(folder / "home/me/.ssh", fs::perms::owner_all);
    }

    // A libcrypto that says where it looks for more.
    void crypto(const std::string& path, const std::string& folder) const
    {
        root.library({.path = path, .soname = "libcrypto.so.3"});
        const fs::path file = root.folder().string() + path;
        write_text(file, read_text(file) + "OPENSSLDIR: \"" + folder + "\" MODULESDIR: \"" +
                             folder + "\"" + std::string(1, '\0'));
    }

    RootMaker root;
};

struct Outcome {
    std::string error = {};
    std::set<std::string> files = {};  // their paths in the root
    std::string notes = {};
};

Outcome outcome(const Machine& machine)
{
    const auto closure = closure_in(machine.root.folder(), kApp);
    if (!closure)
        return {.error = closure.error().text};
    Outcome outcome;
    for (const ClosureFile& file : closure.value().files)
        outcome.files.insert(file.in_root);
    for (const std::string& note : closure.value().notes)
        outcome.notes += note + "\n";
    return outcome;
}

// Whether anything of a folder got in.
bool has_of(const Outcome& outcome, const std::string& folder)
{
    for (const std::string& file : outcome.files) {
        if (file.starts_with(folder))
            return true;
    }
    return false;
}

}  // namespace

TEST_CASE("a file that is no part of the system names no folder that goes into the image")
{
    struct Case {
        std::string name;
        std::function<void(const Machine&)> prepare;
    };

    const Case cases[] = {
        {"a libcrypto beside the app",
         [](const Machine& machine) {
             machine.crypto("/home/me/prj/libcrypto.so.3", "/home/me/.ssh");
             machine.root.program(
                 {.path = kApp, .needed = {"libcrypto.so.3"}, .runpath = "$ORIGIN"});
         }},
        {"a link beside the app to the folder",
         [](const Machine& machine) {
             machine.root.link({.path = "/home/me/prj/ssl", .target = "../.ssh"});
             machine.crypto("/home/me/prj/libcrypto.so.3", "/home/me/prj/ssl");
             machine.root.program(
                 {.path = kApp, .needed = {"libcrypto.so.3"}, .runpath = "$ORIGIN"});
         }},
        {"a second libcrypto, behind the system's",
         [](const Machine& machine) {
             machine.crypto("/usr/lib/libcrypto.so.3", "/none");
             machine.crypto("/home/me/prj/libcrypto.so.4", "/home/me/.ssh");
             machine.root.program({.path = kApp,
                                   .needed = {"libcrypto.so.3", "libcrypto.so.4"},
                                   .runpath = "/usr/lib:$ORIGIN"});
         }},
        {"the system's libcrypto, whose folder holds no libraries for others",
         [](const Machine& machine) {
             machine.crypto("/usr/lib/libcrypto.so.3", "/home/me/.ssh");
             machine.root.program({.path = kApp, .needed = {"libcrypto.so.3"}});
         }},
        {"modules of the system that are links out of it",
         [](const Machine& machine) {
             machine.crypto("/usr/lib/libcrypto.so.3", "/usr/lib/modules");
             machine.root.link({.path = "/usr/lib/modules/x.so", .target = "/home/me/.ssh/id_rsa"});
             machine.root.link(
                 {.path = "/usr/lib/modules/y.so", .target = "/home/me/open/libopen.so.1"});
             machine.root.link({.path = "/usr/lib/modules/z", .target = "/home/me/.ssh"});
             machine.root.program({.path = kApp, .needed = {"libcrypto.so.3"}});
         }},
        {"lists of converters beside the app",
         [](const Machine& machine) {
             machine.root.link({.path = "/home/me/prj/gconv", .target = "/home/me/.ssh"});
             machine.root.program({.path = kApp});
         }},
    };
    const WorkFolder work_folder;
    int number = 0;
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const Machine machine(work_folder / ("root" + std::to_string(number++)));
        c.prepare(machine);
        const Outcome found = outcome(machine);
        CHECK(found.error == "");
        CHECK_FALSE(has_of(found, "/home/me/.ssh"));
        CHECK_FALSE(has_of(found, "/home/me/open"));
    }
}

TEST_CASE("of a folder that the system's libcrypto names only modules are taken, and it is told")
{
    const WorkFolder work_folder;
    const Machine machine(work_folder / "root");
    machine.crypto("/usr/lib/libcrypto.so.3", "/usr/lib/modules");
    machine.root.library({.path = "/usr/lib/modules/legacy.so", .soname = "legacy.so"});
    machine.root.library({.path = "/usr/lib/modules/closed.so", .soname = "closed.so"});
    fs::permissions(machine.root.folder() / "usr/lib/modules/closed.so", fs::perms::owner_read);
    machine.root.program({.path = "/usr/lib/modules/program.so"});
    machine.root.text("/usr/lib/modules/fake.so", "KEY\n");
    machine.root.text("/usr/lib/modules/notes", "KEY\n");
    write_text(machine.root.folder() / "usr/lib/modules/foreign.so",
               make_elf({.machine = 183, .type = 3}));
    machine.root.program({.path = kApp, .needed = {"libcrypto.so.3"}});
    const Outcome found = outcome(machine);
    CHECK(found.error == "");
    std::set<std::string> modules;
    for (const std::string& file : found.files) {
        if (file.starts_with("/usr/lib/modules"))
            modules.insert(file);
    }
    CHECK((modules == std::set<std::string>{"/usr/lib/modules/legacy.so"}));
    CHECK(found.notes.find("'/usr/lib/modules'") != std::string::npos);
}

TEST_CASE("a library that others may not read is taken only if the user names it")
{
    struct Case {
        std::string name;
        std::function<void(const Machine&)> prepare;
        std::string refused;  // the library, or empty
    };

    const auto app_with = [](const std::string& library, const std::string& runpath) {
        return [library, runpath](const Machine& machine) {
            machine.root.program({.path = kApp, .needed = {library}, .runpath = runpath});
        };
    };
    const Case cases[] = {
        {"a closed folder", app_with("libkey.so.1", "/home/me/.ssh"), "libkey.so.1"},
        {"by way of the app's folder", app_with("libkey.so.1", "$ORIGIN/../.ssh"), "libkey.so.1"},
        {"by a path", app_with("/home/me/.ssh/libkey.so.1", ""), "libkey.so.1"},
        {"by a link beside the app",
         [&](const Machine& machine) {
             machine.root.link(
                 {.path = "/home/me/prj/libkey.so.1", .target = "../.ssh/libkey.so.1"});
             app_with("libkey.so.1", "$ORIGIN")(machine);
         },
         "libkey.so.1"},
        {"a closed file",
         [&](const Machine& machine) {
             fs::permissions(machine.root.folder() / "home/me/open/libopen.so.1",
                             fs::perms::owner_read);
             app_with("libopen.so.1", "/home/me/open")(machine);
         },
         "libopen.so.1"},
        {"an open folder", app_with("libopen.so.1", "/home/me/open"), ""},
        {"a home that is closed, with the app in it",
         [&](const Machine& machine) {
             fs::permissions(machine.root.folder() / "home/me", fs::perms::owner_all);
             app_with("libopen.so.1", "/home/me/open")(machine);
         },
         ""},
    };
    const WorkFolder work_folder;
    int number = 0;
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const Machine machine(work_folder / ("root" + std::to_string(number++)));
        c.prepare(machine);
        const Outcome found = outcome(machine);
        CAPTURE(found.error);
        CHECK(found.error.empty() == c.refused.empty());
        CHECK(found.error.find(c.refused) != std::string::npos);
        CHECK_FALSE(has_of(found, "/home/me/.ssh"));
    }
}

TEST_CASE("a loader that others may not read is not taken")
{
    const WorkFolder work_folder;
    const Machine machine(work_folder / "root");
    machine.root.program({.path = kApp});
    const std::string text = read_text(machine.root.folder().string() + kApp);
    const std::string loader = "/lib64/ld-linux-x86-64.so.2";
    const std::string hostile = "/home/me/.ssh/libkey.so.1";
    const std::size_t at = text.find(loader);
    REQUIRE(at != std::string::npos);
    std::string changed = text;
    changed.replace(at, loader.size(), hostile + std::string(loader.size() - hostile.size(), '\0'));
    write_text(machine.root.folder().string() + kApp, changed);
    CHECK(outcome(machine).error.find(hostile) != std::string::npos);
}

TEST_CASE("a library of this machine from outside of the system's folders is told")
{
    const WorkFolder work_folder;
    fs::create_directories(work_folder / "lib");
    fs::create_directories(work_folder / "bin");
    write_text(work_folder / "x.c", "int f(void) { return 0; }\n");
    write_text(work_folder / "main.c", "int f(void); int main(void) { return f(); }\n");
    const std::string library = work_folder.path("lib/libx.so");
    const std::string app = work_folder.path("bin/app");
    output_of({"gcc", "-shared", "-fPIC", "-o", library, work_folder.path("x.c")});
    output_of({"gcc", "-o", app, work_folder.path("main.c"), library,
               "-Wl,-rpath," + work_folder.path("lib")});
    const auto baked = bake_quietly({.apps = {app}, .outputs = {work_folder.path("app.tar")}});
    REQUIRE_MESSAGE(baked, (baked ? "" : baked.error().text));
    CHECK(sandbox::quoted_list(baked.value().notes).find(fs::canonical(library).string()) !=
          std::string::npos);
}

}  // namespace closure_trust_test
