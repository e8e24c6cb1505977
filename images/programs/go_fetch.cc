#include "programs/go_fetch.h"

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string_view>
#include <system_error>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "host/input.h"
#include "host/new_file.h"
#include "host/words.h"
#include "programs/go_command.h"

namespace outis::images::programs {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxModule = 16U << 20;  // bytes of a go.mod or go.sum
constexpr const char* kModule = "go.mod";
constexpr const char* kOverlay = "overlay.json";
constexpr std::string_view kDirect = "direct";

Result<Done, Error> copy_text(const fs::path& from, const fs::path& to)
{
    const std::string text = OUTIS_TRY(host::read_file(from, kMaxModule));
    host::NewFile file = OUTIS_TRY(host::NewFile::create(to));
    OUTIS_TRY(file.write(host::as_bytes(text)));
    return file.commit();
}

Result<std::string, Error> go_setting(const char* name)
{
    const host::ChildAnswer answer = OUTIS_TRY(run_go({.arguments = {"env", name}}));
    if (answer.exit_code != 0)
        return go_failed("go env", answer);
    std::string_view rest = answer.output;
    return std::string(host::take_until(rest, '\n'));
}

// "PATH VERSION" of the lines of a go.mod that require something.
std::vector<std::string> requirements(std::string_view text)
{
    std::vector<std::string> modules;
    while (!text.empty()) {
        std::istringstream line{std::string(host::take_until(text, '\n'))};
        std::string path;
        std::string version;
        line >> path;
        if (path == "require")
            line >> path;
        line >> version;
        if (version.starts_with('v'))
            modules.push_back(path + " " + version);
    }
    return modules;
}

// "https://a,direct" as "https://a".
std::string without_direct(std::string_view proxies)
{
    constexpr std::string_view kEnds = ",|";
    std::string kept;
    while (!proxies.empty()) {
        const std::size_t end = proxies.find_first_of(kEnds);
        const std::string_view one = proxies.substr(0, end);
        if (one != kDirect)
            kept += std::string(proxies.substr(0, end == proxies.npos ? end : end + 1));
        proxies.remove_prefix(end == proxies.npos ? proxies.size() : end + 1);
    }
    while (!kept.empty() && kEnds.find(kept.back()) != kEnds.npos)
        kept.pop_back();
    return kept.empty() ? "off" : kept;
}

}  // namespace

bool may_fetch(const GoMain& main, const GoOptions& options)
{
    std::error_code ignored;
    if (options.fetch.empty() || (main.module.empty() && main.import_comment.empty()))
        return false;
    for (const char* const kept : {"vendor", "Godeps", "go.work"}) {
        if (fs::exists(main.root / kept, ignored))
            return false;
    }
    const Result<host::ChildAnswer, Error> workspace =
        run_go({.arguments = {"env", "GOWORK"}, .folder = main.folder});
    return workspace && (main.module.empty() || workspace.value().output == "\n" ||
                         workspace.value().output == "off\n");
}

Result<Done, Error> make_fetched(const GoMain& main, const fs::path& folder)
{
    if (!main.module.empty()) {
        std::error_code ignored;
        if (fs::exists(main.root / "go.sum", ignored))
            OUTIS_TRY(copy_text(main.root / "go.sum", folder / "go.sum"));
        return copy_text(main.root / kModule, folder / kModule);
    }
    const CommentedPlace place = commented_place(main);
    const host::ChildAnswer made =
        OUTIS_TRY(run_go({.arguments = {"mod", "init", "--", place.import_path},
                          .folder = folder,
                          .environment = {{"GO111MODULE", "on"}, {"GOWORK", "off"}}}));
    if (made.exit_code != 0)
        return go_failed("go mod init", made);
    // For Go it lies in the source.
    boost::json::object overlay;
    overlay["Replace"].emplace_object()[(place.folder / kModule).string()] =
        (folder / kModule).string();
    host::NewFile file = OUTIS_TRY(host::NewFile::create(folder / kOverlay));
    OUTIS_TRY(file.write(host::as_bytes(boost::json::serialize(overlay))));
    return file.commit();
}

bool has_fetched(const fs::path& folder)
{
    std::error_code ignored;
    return !folder.empty() && fs::exists(folder / kModule, ignored);
}

Result<std::vector<std::string>, Error> fetched_modules(const GoMain& main, const fs::path& folder)
{
    std::vector<std::string> modules =
        requirements(OUTIS_TRY(host::read_file(folder / kModule, kMaxModule)));
    if (main.module.empty())
        return modules;
    const std::vector<std::string> own =
        requirements(OUTIS_TRY(host::read_file(main.root / kModule, kMaxModule)));
    std::erase_if(modules, [&](const std::string& module) {
        return std::ranges::find(own, module) != own.end();
    });
    return modules;
}

Result<Done, Error> use_fetched(Workplace& place, const GoMain& main, const fs::path& folder)
{
    place.folder = main.folder;
    place.environment["GO111MODULE"] = "on";
    place.environment["GOWORK"] = "off";
    place.flags = {"-mod=mod", "-modfile=" + (folder / kModule).string()};
    if (main.module.empty())
        place.flags.push_back("-overlay=" + (folder / kOverlay).string());
    const std::string proxy = host::variable("GOPROXY");
    if (proxy.empty())
        place.environment["GOPROXY"] = without_direct(OUTIS_TRY(go_setting("GOPROXY")));
    if (proxy.find(kDirect) == std::string::npos && host::variable("GOVCS").empty())
        place.environment["GOVCS"] = "*:off";
    // Another toolchain is a program, and no module.
    if (host::variable("GOTOOLCHAIN").empty())
        place.environment["GOTOOLCHAIN"] = "local";
    return Done{};
}

}  // namespace outis::images::programs
