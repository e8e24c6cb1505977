// What programs load at run time, by the evidence in their files: OpenSSL's providers and settings,
// and the name services of nsswitch.conf.
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/input.h"
#include "loaded.h"
#include "outis/sandbox/suggest.h"
#include "programs/closure.h"
#include "programs/run_time.h"

namespace closure_evidence_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::layers;
using namespace outis::images::programs;
using namespace outis::images::testing;

namespace fs = std::filesystem;

namespace {

constexpr const char* kCrypto = "/usr/lib/libcrypto.so.3";
constexpr const char* kSettings = "OPENSSLDIR: \"/usr/lib/ssl\"";
constexpr const char* kModules = "MODULESDIR: \"/opt/modules\"";

const Recipe kProvider{
    .path = "/opt/modules/legacy.so", .soname = "legacy.so", .needed = {"libb.so.1"}};
const Recipe kService{
    .path = "/usr/lib/libnss_mine.so.2", .soname = "libnss_mine.so.2", .needed = {"libb.so.1"}};
const Recipe kB{.path = "/usr/lib/libb.so.1", .soname = "libb.so.1"};

// What the closure of /bin/app brings, besides loader and libc.
struct Brought {
    std::set<std::string> places = {};
    std::string notes = {};
};

Brought brought(const RootMaker& maker, const std::string& nsswitch)
{
    const auto root = Root::open(maker.folder().string());
    REQUIRE(root);
    ClosureRequest request{.nsswitch = nsswitch};
    request.programs.push_back({.place = "/bin/app", .file = maker.folder() / "bin/app"});
    const auto closure = find_closure(root.value(), request);
    REQUIRE_MESSAGE(closure, (closure ? "" : closure.error().text));
    Brought brought;
    for (const auto& [path, entry] : closure.value().tree) {
        const bool ours = path.find("libc.so.6") == std::string::npos &&
                          path.find("ld-linux") == std::string::npos && path != "etc/ld.so.cache";
        if (entry.kind != EntryKind::directory && ours)
            brought.places.insert("/" + path);
    }
    // The links by which Debian's /lib and /lib64 are reached.
    brought.places.erase("/lib");
    brought.places.erase("/lib64");
    for (const std::string& note : closure.value().notes)
        brought.notes += note + "\n";
    return brought;
}

std::string listed(const std::set<std::string>& places)
{
    return sandbox::quoted_list(std::vector<std::string>(places.begin(), places.end()));
}

}  // namespace

TEST_CASE("libcrypto brings the settings and providers of the folders that it names")
{
    struct Case {
        std::string name;
        std::string text;  // in libcrypto
        std::set<std::string> found;
    };

    const std::set<std::string> settings{"/etc/ssl/openssl.cnf", "/usr/lib/ssl/openssl.cnf"};
    const std::set<std::string> providers{"/opt/modules/legacy.so", "/usr/lib/libb.so.1"};
    std::set<std::string> both = settings;
    both.insert(providers.begin(), providers.end());
    const Case cases[] = {
        {"both folders", std::string(kSettings) + '\0' + kModules, both},
        {"settings alone", kSettings, settings},
        {"providers alone", kModules, providers},
        {"neither", "x", {}},
        {"folders that are not there", "OPENSSLDIR: \"/none\" MODULESDIR: \"/none\"", {}},
        {"a name without its end", "OPENSSLDIR: \"/usr/lib/ssl", {}},
        {"no absolute path", "OPENSSLDIR: \"usr/lib/ssl\"", {}},
    };
    const WorkFolder work_folder;
    int number = 0;
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const RootMaker root(work_folder / ("root" + std::to_string(number++)), Libc::glibc);
        root.program({.path = "/bin/app", .needed = {"libcrypto.so.3"}});
        root.library({.path = kCrypto, .soname = "libcrypto.so.3"});
        const fs::path crypto = root.folder().string() + kCrypto;
        write_text(crypto, read_text(crypto) + c.text + std::string(1, '\0'));
        root.library(kProvider);
        root.library(kB);
        fs::create_directories(root.folder() / "etc/ssl");
        root.text("/etc/ssl/openssl.cnf", "# settings\n");
        root.text("/opt/modules/notes", "of providers\n");
        root.link({.path = "/usr/lib/ssl/openssl.cnf", .target = "/etc/ssl/openssl.cnf"});
        std::set<std::string> expected = c.found;
        expected.insert(kCrypto);
        const Brought found = brought(root, "");
        CHECK(listed(found.places) == listed(expected));
    }
}

TEST_CASE("a program that may ask for ports by name gets the lists of the root")
{
    struct Case {
        const char* call;
        bool lists;
    };

    const Case cases[] = {
        {"getaddrinfo(\"localhost\", \"http\", 0, 0)", true},
        {"getservbyname(\"http\", \"tcp\") != 0", true},
        {"getpwnam(\"x\") != 0", false},
    };
    const WorkFolder work_folder;
    int number = 0;
    for (const Case& c : cases) {
        CAPTURE(c.call);
        const RootMaker root(work_folder / ("root" + std::to_string(number++)), Libc::glibc);
        fs::create_directories(root.folder() / "bin");
        fs::create_directories(root.folder() / "etc");
        root.text("/etc/services", "http 80/tcp\n");
        root.text("/etc/protocols", "tcp 6\n");
        write_text(work_folder / "app.c",
                   "#include <netdb.h>\n#include <pwd.h>\n"
                   "int main(void) { return " +
                       std::string(c.call) + "; }\n");
        output_of({"gcc", "-o", (root.folder() / "bin/app").string(), work_folder.path("app.c")});
        const std::set<std::string> places = brought(root, "").places;
        CHECK(places.contains("/etc/services") == c.lists);
        CHECK(places.contains("/etc/protocols") == c.lists);
    }
}

TEST_CASE("a program that resolves names gets the modules of nsswitch.conf that libc lacks")
{
    struct Case {
        std::string name;
        const char* call;
        const char* nsswitch;
        bool module;
        const char* note = "";
    };

    const Case cases[] = {
        {"users", "getpwnam(\"x\")", "passwd: files mine\n", true},
        {"hosts", "gethostbyname(\"x\")", "hosts: files [NOTFOUND=return] mine dns\n", true},
        {"libc's own", "getpwnam(\"x\")", "passwd: files\nhosts: files dns # mine\n", false},
        {"nobody asks", "0", "passwd: files mine\n", false},
        {"one that is not there", "getpwnam(\"x\")", "passwd: other\n", false,
         "has no 'libnss_other.so.2'"},
    };
    const WorkFolder work_folder;
    int number = 0;
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const RootMaker root(work_folder / ("root" + std::to_string(number++)), Libc::glibc);
        root.library(kService);
        root.library(kB);
        fs::create_directories(root.folder() / "bin");
        write_text(work_folder / "app.c",
                   "#include <netdb.h>\n#include <pwd.h>\n"
                   "int main(void) { return " +
                       std::string(c.call) + " != 0; }\n");
        output_of({"gcc", "-o", (root.folder() / "bin/app").string(), work_folder.path("app.c")});
        const Brought found = brought(root, c.nsswitch);
        std::set<std::string> expected;
        if (c.module)
            expected = {kService.path, kB.path};
        CHECK((found.places == expected));
        CAPTURE(found.notes);
        CHECK((std::string(c.note).empty() ? found.notes.empty()
                                           : found.notes.find(c.note) != std::string::npos));
    }
}

}  // namespace closure_evidence_test
