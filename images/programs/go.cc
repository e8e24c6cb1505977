#include "programs/go.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "host/new_file.h"
#include "host/words.h"
#include "programs/go_command.h"

namespace outis::images::programs {

namespace fs = std::filesystem;

namespace {

// In GOPATH mode a package with an import comment must lie at that path: a private GOPATH holds a
// link to the source. If the folder's place below its root ends the comment, as in
// "x/y/cmd/z" for cmd/z, the root is what is linked, so that its vendor folder counts.
Result<fs::path, Error> link_into_gopath(const GoMain& main, const fs::path& gopath)
{
    fs::path linked = main.root;
    const fs::path below = main.folder.lexically_relative(main.root);
    fs::path place = main.import_comment;
    if (below == "." || !main.import_comment.ends_with("/" + below.string()))
        linked = main.folder;
    else
        place =
            main.import_comment.substr(0, main.import_comment.size() - below.string().size() - 1);
    std::error_code error;
    const fs::path link = gopath / "src" / place;
    fs::create_directories(link.parent_path(), error);
    if (!error)
        fs::create_directory_symlink(linked, link, error);
    if (error)
        return unavailable("cannot lay out '" + link.string() + "': " + error.message());
    return gopath / "src" / main.import_comment;
}

// Where the go command runs, and with what around it.
struct Workplace {
    fs::path folder = {};
    std::map<std::string, std::string> environment = {};
    std::optional<host::TemporaryDirectory> gopath = {};
};

Result<Workplace, Error> open_workplace(const GoMain& main, const GoOptions& options)
{
    Workplace place{.folder = main.folder, .environment = module_environment(!main.module.empty())};
    place.environment["CGO_ENABLED"] = options.cgo ? "1" : "0";
    // In a workspace Go would not look at the vendor folder of a module.
    std::error_code none;
    if (!main.module.empty() && has_vendor(main.root) && !fs::exists(main.root / "go.work", none))
        place.environment["GOWORK"] = "off";
    if (main.module.empty() && !main.import_comment.empty()) {
        place.gopath = OUTIS_TRY(host::TemporaryDirectory::create());
        place.folder = OUTIS_TRY(link_into_gopath(main, place.gopath->path()));
        place.environment["GOPATH"] = place.gopath->path().string();
        // Where godep kept dependencies, before there were vendor folders.
        const fs::path kept = main.root / "Godeps/_workspace";
        std::error_code ignored;
        if (fs::is_directory(kept, ignored) && !fs::exists(main.root / "vendor", ignored))
            place.environment["GOPATH"] += ":" + kept.string();
        place.environment["PWD"] = place.folder.string();  // or Go would see through the link
    }
    return place;
}

// Major versions 0 and 1 are in no path. Source: "Go Modules Reference", "Major version suffixes".
bool is_major_version(std::string_view element)
{
    return element.size() > 1 && element.front() == 'v' && element[1] != '0' && element != "v1" &&
           std::ranges::all_of(element.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<Done, Error> test_go(const GoMain& main, const GoOptions& options)
{
    const Workplace place = OUTIS_TRY(open_workplace(main, options));
    const host::ChildAnswer tested =
        OUTIS_TRY(run_go({.arguments = {"test", "-buildvcs=false", "./..."},
                          .folder = place.folder,
                          .environment = place.environment}));
    if (tested.exit_code != 0)
        return go_failed("go test", tested);
    return Done{};
}

std::vector<std::string> go_build_flags(const GoMain& main, const GoOptions& options)
{
    std::vector<std::string> arguments{"-trimpath", "-buildvcs=false", "-ldflags",
                                       options.ldflags.value_or("-s -w")};
    if (!main.module.empty() && has_vendor(main.root))
        arguments.emplace_back("-mod=vendor");
    if (!options.tags.empty()) {
        arguments.emplace_back("-tags");
        arguments.push_back(options.tags);
    }
    arguments.insert(arguments.end(), options.flags.begin(), options.flags.end());
    return arguments;
}

Result<Done, Error> build_go(const GoMain& main, const GoOptions& options, const GoTarget& target,
                             const fs::path& output)
{
    Workplace place = OUTIS_TRY(open_workplace(main, options));
    place.environment["GOOS"] = target.os;
    place.environment["GOARCH"] = target.arch;
    std::vector<std::string> arguments{"build", "-o", output.string()};
    const std::vector<std::string> flags = go_build_flags(main, options);
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    arguments.emplace_back(".");
    const host::ChildAnswer built = OUTIS_TRY(
        run_go({.arguments = arguments, .folder = place.folder, .environment = place.environment}));
    if (built.exit_code != 0)
        return go_failed("go build of '" + main.import_path + "'", built);
    return Done{};
}

Result<std::vector<GoTarget>, Error> go_targets()
{
    const host::ChildAnswer answer = OUTIS_TRY(
        run_go({.arguments = {"tool", "dist", "list"}, .folder = ".", .environment = {}}));
    if (answer.exit_code != 0)
        return go_failed("go tool dist list", answer);
    std::vector<GoTarget> targets;
    std::string_view rest = answer.output;
    while (!rest.empty()) {
        std::string_view line = host::take_until(rest, '\n');
        const std::string_view os = host::take_until(line, '/');
        targets.push_back({.os = std::string(os), .arch = std::string(line)});
    }
    return targets;
}

std::string go_program_name(const GoMain& main)
{
    fs::path path = main.module.empty() ? main.import_comment : main.import_path;
    if (path.empty())
        path = main.folder;
    if (is_major_version(path.filename().string()) && path.has_parent_path())
        path = path.parent_path();
    constexpr std::string_view kGit = ".git";
    std::string name = path.filename().string();
    if (name.size() > kGit.size() && name.ends_with(kGit))
        name.resize(name.size() - kGit.size());
    return name;
}

}  // namespace outis::images::programs
