#include "loaded.h"

#include <algorithm>
#include <sstream>

#include <doctest/doctest.h>

#include "fixture.h"
#include "host/child.h"

namespace outis::images::testing {

namespace fs = std::filesystem;

namespace {

constexpr const char* kGlibc[] = {"/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"};
constexpr const char* kMusl[] = {"/lib/ld-musl-x86_64.so.1", "/etc/ld-musl-x86_64.path"};

void copy_system_file(const fs::path& root, const std::string& path)
{
    const auto host = host::Root::open("/");
    REQUIRE(host);
    const auto found = host.value().find(path);
    REQUIRE_MESSAGE(found, path);
    for (const host::FollowedLink& link : found.value().links) {
        const fs::path place = root.string() + link.path;
        fs::create_directories(place.parent_path());
        if (!fs::is_symlink(place))
            fs::create_symlink(link.target, place);
    }
    const fs::path place = root.string() + found.value().path;
    fs::create_directories(place.parent_path());
    fs::copy_file(found.value().path, place, fs::copy_options::skip_existing);
}

// A library to link against that leaves nothing but its name behind.
std::string stub(const fs::path& folder, const std::string& soname)
{
    std::string name = soname;
    std::ranges::replace(name, '/', '-');
    const std::string file = (folder / ("stub-" + name)).string();
    if (!fs::exists(file))
        output_of({"gcc", "-shared", "-nostdlib", "-x", "c", "/dev/null", "-o", file,
                   "-Wl,-soname," + soname});
    return file;
}

}  // namespace

RootMaker::RootMaker(fs::path folder, programs::Libc libc) : folder_(std::move(folder)), libc_(libc)
{
    fs::create_directories(folder_ / "stubs");
    for (const char* path : libc == programs::Libc::glibc ? kGlibc : kMusl)
        copy_system_file(folder_, path);
}

void RootMaker::compile(const Recipe& recipe, std::vector<std::string> arguments) const
{
    const fs::path place = folder_.string() + recipe.path;
    fs::create_directories(place.parent_path());
    arguments.insert(arguments.end(), {"-o", place.string()});
    if (!recipe.soname.empty())
        arguments.push_back("-Wl,-soname," + recipe.soname);
    arguments.emplace_back("-Wl,--no-as-needed");
    for (const std::string& name : recipe.needed)
        arguments.push_back(stub(folder_ / "stubs", name));
    if (!recipe.rpath.empty())
        arguments.insert(arguments.end(),
                         {"-Wl,--disable-new-dtags", "-Wl,-rpath," + recipe.rpath});
    if (!recipe.runpath.empty())
        arguments.insert(arguments.end(),
                         {"-Wl,--enable-new-dtags", "-Wl,-rpath," + recipe.runpath});
    if (recipe.no_default_folders)
        arguments.emplace_back("-Wl,-z,nodefaultlib");
    output_of(arguments);
}

void RootMaker::library(const Recipe& recipe) const
{
    compile(recipe, {"gcc", "-shared", "-nostdlib", "-x", "c", "/dev/null", "-x", "none"});
}

void RootMaker::program(const Recipe& recipe) const
{
    write_text(folder_ / "stubs/main.c", "int main(void) { return 0; }\n");
    compile(recipe, {libc_ == programs::Libc::glibc ? "gcc" : "musl-gcc",
                     (folder_ / "stubs/main.c").string(), "-Wl,--allow-shlib-undefined",
                     "-Wl,--unresolved-symbols=ignore-in-shared-libs"});
}

void RootMaker::link(const LinkRecipe& recipe) const
{
    const fs::path place = folder_.string() + recipe.path;
    fs::create_directories(place.parent_path());
    fs::create_symlink(recipe.target, place);
}

void RootMaker::text(const std::string& path, const std::string& content) const
{
    write_text(folder_.string() + path, content);
}

Result<programs::Closure, Error> closure_in(const fs::path& root, const std::string& program)
{
    const host::Root opened = OUTIS_TRY(host::Root::open(root.string()));
    const host::Found found = OUTIS_TRY(opened.find(program));
    programs::ClosureRequest request;
    request.programs.push_back({.place = found.path, .file = opened.on_host(found.path)});
    return programs::find_closure(opened, request);
}

std::set<std::string> RootMaker::ours(const std::string& program) const
{
    const auto closure = closure_in(folder_, program);
    REQUIRE_MESSAGE(closure, (closure ? "" : closure.error().text));
    std::set<std::string> paths;
    for (const programs::ClosureFile& file : closure.value().files) {
        if (!file.in_root.starts_with("/etc/"))
            paths.insert(file.in_root);
    }
    return paths;
}

std::string RootMaker::refusal(const std::string& program) const
{
    const auto closure = closure_in(folder_, program);
    return closure ? "" : closure.error().text;
}

std::set<std::string> RootMaker::loaders(const std::string& program) const
{
    const char* loader =
        libc_ == programs::Libc::glibc ? "/lib64/ld-linux-x86-64.so.2" : "/lib/ld-musl-x86_64.so.1";
    const auto answer =
        host::run_child({.arguments = {"chroot", folder_.string(), loader, "--list", program},
                         .folder = ".",
                         .environment = {}});
    REQUIRE(answer);
    CAPTURE(answer.value().messages);
    CHECK(answer.value().exit_code == 0);
    const auto root = host::Root::open(folder_.string());
    REQUIRE(root);
    std::set<std::string> paths;
    std::istringstream lines(answer.value().output);
    for (std::string line; std::getline(lines, line);) {
        CHECK(line.find("not found") == std::string::npos);
        const std::size_t start = line.find('/');
        if (start == std::string::npos)
            continue;  // the kernel's own
        const std::string path = line.substr(start, line.find(" (", start) - start);
        const auto found = root.value().find(
            path.substr(path.find("=> ") == std::string::npos ? 0 : path.find("=> ") + 3));
        REQUIRE_MESSAGE(found, line);
        paths.insert(found.value().path);
    }
    return paths;
}

}  // namespace outis::images::testing
