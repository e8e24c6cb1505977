// Which packages files are from: databases of dpkg, distroless images and apk, sound and damaged.
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

#include "as_nobody.h"
#include "bill/databases.h"
#include "bill/owners.h"
#include "fixture.h"
#include "support/skip.h"

namespace owners_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::bill;
using namespace outis::images::testing;
namespace fs = std::filesystem;

namespace {

const char* const kStatus =
    "Package: libc6\n"
    "Status: install ok installed\n"
    "Architecture: amd64\n"
    "Multi-Arch: same\n"
    "Source: glibc (2.36-9)\n"
    "Version: 2.36-9+deb12u10\n"
    "Description: C library\n"
    " Version: of another, in a description\n"
    " .\n"
    "\n"
    "Package: tzdata\n"
    "Architecture: all\n"
    "Version: 2026a-0+deb12u1\n";

const char* const kApk =
    "C:Q1abc=\n"
    "P:musl\n"
    "V:1.2.4-r2\n"
    "A:x86_64\n"
    "o:musl\n"
    "F:lib\n"
    "R:ld-musl-x86_64.so.1\n"
    "a:0:0:755\n"
    "F:usr/share/musl\n"
    "R:notes\n"
    "\n"
    "P:busybox\n"
    "V:1.36.1-r5\n"
    "A:x86_64\n"
    "F:bin\n"
    "R:busybox\n";

void write_below(const fs::path& file, const std::string& text)
{
    fs::create_directories(file.parent_path());
    write_text(file, text);
}

// A root as dpkg leaves it, merged: /lib is a link.
fs::path debian_root(const WorkFolder& work_folder)
{
    const fs::path root = work_folder / "debian";
    write_below(root / "var/lib/dpkg/status", kStatus);
    write_below(root / "var/lib/dpkg/info/libc6:amd64.list",
                "/.\n/lib\n/lib/x86_64-linux-gnu\n/lib/x86_64-linux-gnu/libc.so.6\n/usr/bin/ldd\n");
    write_below(root / "var/lib/dpkg/info/tzdata.list", "/.\n/usr/share/zoneinfo/UTC\n");
    write_below(root / "usr/lib/os-release",
                "PRETTY_NAME=\"Debian GNU/Linux 12\"\nVERSION_ID=\"12\"\nID=debian\n");
    fs::create_directory_symlink("usr/lib", root / "lib");
    return root;
}

std::string owner(const Owners& owners, const std::string& path)
{
    const auto found = owners.by_path.find(path);
    if (found == owners.by_path.end())
        return "";
    const InstalledPackage& package = found->second.package;
    return package.name + " " + package.version + " " + package.arch;
}

const std::string kLibc = "/usr/lib/x86_64-linux-gnu/libc.so.6";

}  // namespace

TEST_CASE("dpkg's database gives the owners of files, also with merged /usr")
{
    const WorkFolder work_folder;
    const fs::path root = debian_root(work_folder);
    const Owners owners =
        find_owners(root, {kLibc, "/usr/bin/ldd", "/usr/share/zoneinfo/UTC", "/usr/bin/mine"});
    CHECK(owners.notes.empty());
    CHECK(owners.distribution == "debian");
    CHECK(owners.distribution_version == "12");
    CHECK(owner(owners, kLibc) == "libc6 2.36-9+deb12u10 amd64");
    CHECK(owners.by_path.at(kLibc).package.source == "glibc (2.36-9)");
    CHECK(owner(owners, "/usr/bin/ldd") == "libc6 2.36-9+deb12u10 amd64");
    CHECK(owner(owners, "/usr/share/zoneinfo/UTC") == "tzdata 2026a-0+deb12u1 all");
    CHECK(owner(owners, "/usr/bin/mine") == "");

    // Where /lib is a folder of its own the two paths are two files.
    fs::remove(root / "lib");
    CHECK(owner(find_owners(root, {kLibc}), kLibc) == "");
}

TEST_CASE("the databases of distroless and apk give the owners of files")
{
    const WorkFolder work_folder;
    const fs::path distroless = work_folder / "distroless";
    write_below(distroless / "var/lib/dpkg/status.d/libc6", std::string(kStatus).substr(0, 107));
    write_below(distroless / "var/lib/dpkg/status.d/libc6.md5sums",
                "0123456789abcdef0123456789abcdef  usr/bin/ldd\nshort\n");
    const Owners first = find_owners(distroless, {"/usr/bin/ldd"});
    CHECK(first.notes.size() == 1);  // its stanza is cut short
    write_below(distroless / "var/lib/dpkg/status.d/libc6",
                "Package: libc6\nVersion: 2.36-9\nArchitecture: amd64\n");
    CHECK(owner(find_owners(distroless, {"/usr/bin/ldd"}), "/usr/bin/ldd") == "libc6 2.36-9 amd64");

    const fs::path alpine = work_folder / "alpine";
    write_below(alpine / "lib/apk/db/installed", kApk);
    write_below(alpine / "etc/os-release", "ID=alpine\nVERSION_ID=3.18.4\n");
    const Owners owners = find_owners(
        alpine, {"/lib/ld-musl-x86_64.so.1", "/usr/share/musl/notes", "/bin/busybox", "/bin/sh"});
    CHECK(owners.distribution == "alpine");
    CHECK(owner(owners, "/lib/ld-musl-x86_64.so.1") == "musl 1.2.4-r2 x86_64");
    CHECK(owner(owners, "/usr/share/musl/notes") == "musl 1.2.4-r2 x86_64");
    CHECK(owner(owners, "/bin/busybox") == "busybox 1.36.1-r5 x86_64");
    CHECK(owner(owners, "/bin/sh") == "");
    CHECK(owners.by_path.begin()->second.format == PackageFormat::apk);
}

TEST_CASE("a damaged database is a note, and owns nothing")
{
    struct Case {
        const char* name;
        const char* file;
        std::string text;
        const char* note;
    };

    const Case cases[] = {
        {"no status", "var/lib/dpkg/status", "", "does not know 'libc6:amd64'"},
        {"no colon", "var/lib/dpkg/status", "Package\n", "is damaged"},
        {"bytes", "var/lib/dpkg/status", std::string("Package: a\0b\n", 13), "is damaged"},
        {"no version", "var/lib/dpkg/status", "Package: libc6\nArchitecture: amd64\n",
         "does not know 'libc6:amd64'"},
        {"a version that is none", "var/lib/dpkg/status",
         "Package: libc6\nArchitecture: amd64\nVersion: 1\" }\n", "does not know 'libc6:amd64'"},
        {"a name without end", "var/lib/dpkg/status",
         "Package: libc6\nArchitecture: amd64\nVersion: " + std::string(300, '1') + "\n",
         "does not know 'libc6:amd64'"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const WorkFolder work_folder;
        const fs::path root = debian_root(work_folder);
        write_text(root / c.file, c.text);
        const Owners owners = find_owners(root, {kLibc});
        CHECK(owners.by_path.empty());
        REQUIRE(owners.notes.size() == 1);
        CHECK(owners.notes.front().find(c.note) != std::string::npos);
    }
    const WorkFolder work_folder;
    const fs::path alpine = work_folder / "alpine";
    write_below(alpine / "lib/apk/db/installed", "P:musl\nnonsense\n");
    CHECK(find_owners(alpine, {"/bin/x"}).notes.size() == 1);
    CHECK(find_owners(work_folder / "absent", {"/bin/x"}).notes.empty());
}

TEST_CASE("databases outside the root are not read")
{
    const WorkFolder work_folder;
    const fs::path root = debian_root(work_folder);
    const fs::path status = root / "var/lib/dpkg/status";
    fs::rename(status, work_folder / "outside");
    fs::create_symlink(work_folder / "outside", status);
    const Owners owners = find_owners(root, {kLibc});
    CHECK(owners.by_path.empty());
    REQUIRE(owners.notes.size() == 1);
    CHECK(owners.notes.front().find("which is not in the root") != std::string::npos);

    fs::rename(root / "var/lib/dpkg/info", work_folder / "info");
    fs::create_directory_symlink(work_folder / "info", root / "var/lib/dpkg/info");
    const Owners without_lists = find_owners(root, {kLibc});
    CHECK(without_lists.by_path.empty());
    REQUIRE(without_lists.notes.size() == 1);
    CHECK(without_lists.notes.front().find("which is not in the root") != std::string::npos);
}

TEST_CASE("a database that may not be read is reported and not used")
{
    if (::geteuid() != 0) {
        tests::skip("closed databases", "only root can look as somebody else");
        return;
    }
    for (const char* closed : {"var/lib/dpkg/info", "var/lib/dpkg"}) {
        CAPTURE(std::string(closed));
        const WorkFolder work_folder;
        fs::permissions(work_folder / "", fs::perms(0755));
        const fs::path root = debian_root(work_folder);
        fs::permissions(root / closed, fs::perms(0700));
        const AsNobody nobody;
        const Owners owners = find_owners(root, {kLibc});
        CHECK(owners.by_path.empty());
        REQUIRE_FALSE(owners.notes.empty());
        CHECK(owners.notes.front().find("may miss packages") != std::string::npos);
    }
}

TEST_CASE("a list of files that is a link is followed")
{
    const WorkFolder work_folder;
    const fs::path root = debian_root(work_folder);
    const fs::path list = root / "var/lib/dpkg/info/libc6:amd64.list";
    fs::rename(list, root / "var/lib/moved");
    fs::create_symlink("/var/lib/moved", list);
    CHECK(find_owners(root, {kLibc}).by_path.contains(kLibc));
}

TEST_CASE("a database cut off at any byte is read up to there")
{
    const PathFilter wanted({"/bin/busybox", "/lib/ld-musl-x86_64.so.1"}, UsrMerge::no);
    const std::string status = kStatus;
    const std::string apk = kApk;
    for (std::size_t size = 0; size <= status.size(); ++size) {
        const auto packages = read_dpkg_status(status.substr(0, size));
        CHECK((!packages || packages->size() <= 2));
    }
    for (std::size_t size = 0; size <= apk.size(); ++size) {
        const auto owned = wanted_in_apk(apk.substr(0, size), wanted);
        CHECK((!owned || owned->by_path.size() <= 2));
    }
    CHECK(read_dpkg_status(status)->size() == 2);
    CHECK(wanted_in_apk(apk, wanted)->by_path.size() == 2);
}

TEST_CASE("only folders that packages use are looked up")
{
    for (const char* path : {"/usr/bin/x", "/lib64/ld.so", "/etc/mime.types", "/opt/tool/x"}) {
        CAPTURE(path);
        CHECK(package_may_own(path));
    }
    for (const char* path : {"/home/me/usr/bin/x", "/usr/local/bin/x", "/tmp/x", "/srv/x",
                             "/var/tmp/x", "/work/x", "/library"}) {
        CAPTURE(path);
        CHECK_FALSE(package_may_own(path));
    }
}

}  // namespace owners_test
