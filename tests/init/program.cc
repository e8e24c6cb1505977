#include "init/program.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

namespace outis::tests {
namespace fs = std::filesystem;

const char* init_under_test(const char* built)
{
    const char* named = std::getenv("OUTIS_TEST_INIT");
    return named == nullptr ? built : named;
}

Words base_environment()
{
    Words rows{"PATH=/usr/bin:/bin"};
#if OUTIS_INIT_HOSTED
    rows.emplace_back(
        "ASAN_OPTIONS=detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:"
        "handle_sigill=0:handle_abort=0:allow_user_segv_handler=1");
#endif
    return rows;
}

Setup under(const std::string& program, const Words& options, const Words& command)
{
    Setup setup;
    setup.arguments = {program};
    setup.arguments.insert(setup.arguments.end(), options.begin(), options.end());
    setup.arguments.emplace_back("--");
    setup.arguments.emplace_back(kActor);
    setup.arguments.insert(setup.arguments.end(), command.begin(), command.end());
    setup.environment = base_environment();
    return setup;
}

Setup under_policy(const std::string& path, const Words& options, const Words& command)
{
    Words all{"-p", path};
    all.insert(all.end(), options.begin(), options.end());
    return under(kInit, all, command);
}

Setup under_init(const Words& options, const Words& command)
{
    return under_policy("none", options, command);
}

bool running_as_root()
{
    return geteuid() == 0;
}

bool lacks_root(const char* name)
{
    return !running_as_root() && skip(name, "needs root");
}

bool lacks_namespaces(const char* name)
{
    return !can_make_namespaces() && skip(name, "a PID namespace needs root with SYS_ADMIN");
}

const std::vector<Place>& places()
{
    static const std::vector<Place> found = [] {
        std::vector<Place> list{{"beside others", false, false}};
        if (running_as_root())
            list.push_back({"beside others, as nobody", false, true});
        else
            skip("init: rows as nobody", "changing the user needs root");
        if (can_make_namespaces()) {
            list.push_back({"as PID 1", true, false});
            list.push_back({"as PID 1, as nobody", true, true});
        } else {
            skip("init: rows as PID 1", "a PID namespace needs root with SYS_ADMIN");
        }
        return list;
    }();
    return found;
}

Setup at(const Place& place, Setup setup)
{
    setup.pid_namespace = place.pid_namespace;
    if (place.nobody)
        setup.uid = kNobodyId;
    return setup;
}

std::string value_of(const std::string& text, const std::string& key)
{
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(key) && line.size() > key.size() &&
            (line[key.size()] == ' ' || line[key.size()] == ':' || line[key.size()] == '='))
            return line.substr(line.find_first_not_of(" \t", key.size() + 1));
    }
    return "-";
}

Folder::Folder()
{
    std::string pattern = (fs::temp_directory_path() / "outis-init.XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
        throw std::system_error(errno, std::generic_category(), "making a folder");
    path_ = pattern;
    fs::permissions(path_, fs::perms(0755));
}

Folder::~Folder()
{
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::string Folder::write(const std::string& name, const std::string& content, unsigned mode)
{
    const std::string path = file(name);
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << content;
    fs::permissions(path, fs::perms(mode));
    return path;
}

std::string Folder::write_policy(const std::string& name, const PolicyBytes& bytes)
{
    return write(name, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string Folder::read(const std::string& name) const
{
    std::ifstream stream(file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

bool Folder::make_scratch()
{
    if (kHosted || !running_as_root())
        return false;
    fs::copy_file(kInit, file("outis-init"));
    fs::copy_file(kActor, file("actor"));
    return true;
}

}  // namespace outis::tests
