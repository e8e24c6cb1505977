#include "programs/go.h"

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include "host/words.h"
#include "programs/go_command.h"
#include "programs/go_fetch.h"
#include "programs/go_trouble.h"
#include "programs/go_workplace.h"

namespace outis::images::programs {

namespace fs = std::filesystem;

namespace {

Result<host::ChildAnswer, Error> run_build(const Workplace& place, const GoMain& main,
                                           const GoOptions& options, const fs::path& output)
{
    std::vector<std::string> arguments{"build", "-o", output.string()};
    const std::vector<std::string> flags = go_build_flags(main, options);
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    arguments.insert(arguments.end(), place.flags.begin(), place.flags.end());
    arguments.emplace_back(".");
    return run_go(
        {.arguments = arguments, .folder = place.folder, .environment = place.environment});
}

// Major versions 0 and 1 are in no path. Source: "Go Modules Reference", "Major version suffixes".
bool is_major_version(std::string_view element)
{
    return element.size() > 1 && element.front() == 'v' && element[1] != '0' && element != "v1" &&
           std::ranges::all_of(element.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

// Of a path, without '/vN', '.git' and '.go': Go would take a program called 'x.go' for source.
std::string last_name(fs::path path)
{
    if (is_major_version(path.filename().string()) && path.has_parent_path())
        path = path.parent_path();
    std::string name = path.filename().string();
    for (const std::string_view end : {".git", ".go"}) {
        if (name.size() > end.size() && name.ends_with(end))
            name.resize(name.size() - end.size());
    }
    return name;
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
    OUTIS_TRY(set_target(place, options, target));
    host::ChildAnswer built = OUTIS_TRY(run_build(place, main, options, output));
    if (built.exit_code != 0 && lacks_packages(built) && !has_fetched(options.fetch)) {
        const std::vector<std::string> missing = OUTIS_TRY(missing_packages(place, options));
        OUTIS_TRY(check_import_comment(main, missing));
        if (!may_fetch(main, options))
            return packages_failed(main, missing, built);
        OUTIS_TRY(make_fetched(main, options.fetch));
        place = OUTIS_TRY(open_workplace(main, options));
        OUTIS_TRY(set_target(place, options, target));
        built = OUTIS_TRY(run_build(place, main, options, output));
    }
    if (built.exit_code != 0)
        return build_failed(main, options, std::move(place), built);
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
    const std::string path = main.module.empty() ? main.import_comment : main.import_path;
    return last_name(path.empty() ? main.folder : fs::path(path));
}

std::string go_project_name(const GoMain& main)
{
    std::string path = main.module.empty() ? main.import_comment : main.import_path;
    const std::string below = "/" + main.folder.lexically_relative(main.root).string();
    if (path.ends_with(below))
        path.resize(path.size() - below.size());
    std::error_code ignored;
    const bool is_host = !main.module.empty() && !fs::exists(main.root / "go.mod", ignored) &&
                         path.find('/') == std::string::npos;
    return is_host ? "" : last_name(path);
}

}  // namespace outis::images::programs
