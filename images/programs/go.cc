#include "programs/go.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <system_error>
#include <utility>

#include "host/child.h"
#include "host/interrupt.h"
#include "host/new_file.h"
#include "host/words.h"
#include "outis/sandbox/suggest.h"
#include "outis/utf8.h"

namespace outis::images::programs {

namespace fs = std::filesystem;

namespace {

// An import comment may hold any character, so it comes quoted as Go quotes: with escapes for what
// would end a field or a line.
constexpr std::string_view kListFormat =
    "{{.Name}}\t{{.ImportPath}}\t{{printf \"%q\" .ImportComment}}\t"
    "{{with .Module}}{{.Path}}{{end}}\t{{.Dir}}";

struct Package {
    std::string name = {};
    std::string import_path = {};
    std::string import_comment = {};  // escaped: without a backslash it means itself
    std::string module = {};
    std::string folder = {};
};

std::string_view without_quotes(std::string_view text)
{
    return text.size() < 2 ? "" : text.substr(1, text.size() - 2);
}

std::vector<Package> parse_packages(std::string_view output)
{
    std::vector<Package> packages;
    while (!output.empty()) {
        std::string_view line = host::take_until(output, '\n');
        Package package;
        package.name = host::take_until(line, '\t');
        package.import_path = host::take_until(line, '\t');
        package.import_comment = without_quotes(host::take_until(line, '\t'));
        package.module = host::take_until(line, '\t');
        package.folder = line;
        packages.push_back(std::move(package));
    }
    return packages;
}

// The nearest folder from `folder` upwards that holds a go.mod; nothing if none does.
std::optional<fs::path> module_root(fs::path folder)
{
    std::error_code ignored;
    while (true) {
        if (fs::is_regular_file(folder / "go.mod", ignored))
            return folder;
        if (folder == folder.root_path())
            return std::nullopt;
        folder = folder.parent_path();
    }
}

std::map<std::string, std::string> module_environment(bool has_module)
{
    return {{"GO111MODULE", has_module ? "on" : "off"}};
}

Result<host::ChildAnswer, Error> run_go(host::ChildRequest request)
{
    request.arguments.insert(request.arguments.begin(), "go");
    Result<host::ChildAnswer, Error> answer = host::run_child(request);
    if (!answer && host::check_interrupts())
        return unavailable(answer.error().text +
                           "; install Go, or build the program and name the file");
    return answer;
}

// What Go's own words mean for the user, where they do not say it.
struct Remedy {
    std::string_view words;
    std::string_view remedy;
    Blame blame;
};

constexpr std::array kRemedies{
    Remedy{"dial tcp", "the module proxy cannot be reached: set GOPROXY, or run 'go mod vendor'",
           Blame::environment},
    Remedy{"GOPROXY=off", "modules may not be downloaded: set GOPROXY, or run 'go mod vendor'",
           Blame::environment},
    Remedy{"checksum mismatch",
           "a module is not what go.sum says: find out why before you build it", Blame::input},
    Remedy{"missing go.sum entry", "go.sum does not cover go.mod: run 'go mod tidy'", Blame::input},
    Remedy{"updates to go.mod needed", "go.mod is out of date: run 'go mod tidy'", Blame::input},
    Remedy{"inconsistent vendoring", "vendor does not match go.mod: run 'go mod vendor'",
           Blame::input},
};

Failure<Error> go_failed(const std::string& what, const host::ChildAnswer& answer)
{
    Error error{.text = what + " failed",
                .details = printable_lines(answer.messages + answer.output)};
    const auto* row = std::ranges::find_if(kRemedies, [&](const Remedy& remedy) {
        return error.details.find(remedy.words) != std::string::npos;
    });
    if (row != kRemedies.end()) {
        error.text += "; " + std::string(row->remedy);
        error.blame = row->blame;
    }
    return Failure{std::move(error)};
}

Result<std::vector<Package>, Error> list_packages(const fs::path& folder, bool has_module,
                                                  const std::string& pattern)
{
    const host::ChildAnswer answer =
        OUTIS_TRY(run_go({.arguments = {"list", "-buildvcs=false", "-e", "-f",
                                        std::string(kListFormat), "--", pattern},
                          .folder = folder,
                          .environment = module_environment(has_module)}));
    if (answer.exit_code != 0)
        return go_failed("go list", answer);
    return parse_packages(answer.output);
}

// Whether a place below a GOPATH's "src" can have this name: elements that lead down and nothing
// that GOPATH, a list with ':', would split. A backslash begins an escape of Go's.
bool is_import_path(std::string_view path)
{
    if (path.find_first_of(":\\") != std::string_view::npos ||
        std::ranges::any_of(path, [](unsigned char c) { return c < ' ' || c == 127; }))
        return false;
    while (true) {
        const std::size_t slash = path.find('/');
        const std::string_view element = path.substr(0, slash);
        if (element.empty() || element == "." || element == "..")
            return false;
        if (slash == std::string_view::npos)
            return true;
        path.remove_prefix(slash + 1);
    }
}

std::vector<Package> only_mains(std::vector<Package> packages)
{
    std::erase_if(packages, [](const Package& package) { return package.name != "main"; });
    return packages;
}

// "'./cmd/a', './cmd/b'; choose one with --main"
std::string choice_of(const std::vector<Package>& mains, const fs::path& folder)
{
    std::vector<std::string> names;
    for (const Package& package : mains)
        names.push_back("./" + fs::path(package.folder).lexically_relative(folder).string());
    return sandbox::quoted_list(names) + "; choose one with --main";
}

Result<GoMain, Error> only_main(const std::vector<Package>& packages, const fs::path& folder,
                                const fs::path& root)
{
    const std::vector<Package> mains = only_mains(packages);
    if (mains.empty())
        return bad_input("no Go main package in '" + folder.string() + "' or below");
    if (mains.size() > 1)
        return bad_input("several Go main packages in '" + folder.string() +
                         "': " + choice_of(mains, folder));
    const Package& package = mains.front();
    if (package.module.empty() && !package.import_comment.empty() &&
        !is_import_path(package.import_comment))
        return bad_input("'" + package.folder + "' has an import comment that is no path: '" +
                         package.import_comment + "'; write one as in 'example.com/x/y'");
    return GoMain{.folder = package.folder,
                  .root = root,
                  .import_path = package.import_path,
                  .module = package.module,
                  .import_comment = package.import_comment};
}

bool ends_with_path(const std::string& path, const std::string& end)
{
    return path == end || path.ends_with("/" + end);
}

// Those that `name` ends: "cli" is "example.com/x/cmd/cli".
std::vector<Package> named_by(std::string name, std::vector<Package> mains)
{
    while (name.ends_with('/'))
        name.pop_back();
    std::erase_if(mains, [&](const Package& package) {
        return !ends_with_path(package.import_path, name) &&
               !ends_with_path(package.import_comment, name) &&
               !ends_with_path(package.folder, name);
    });
    return mains;
}

bool is_below(const fs::path& folder, const fs::path& root)
{
    std::error_code error;
    const fs::path relative = fs::canonical(folder, error).lexically_relative(root);
    return !error && !relative.empty() && *relative.begin() != "..";
}

// `name` as Go understands it may be a package of Go's own or of another module, too.
Result<GoMain, Error> main_called(const std::string& name, const fs::path& folder,
                                  const std::optional<fs::path>& module)
{
    const fs::path root = module.value_or(folder);
    const auto mains = [&](const std::string& pattern) -> Result<std::vector<Package>, Error> {
        return only_mains(OUTIS_TRY(list_packages(folder, module.has_value(), pattern)));
    };
    std::vector<Package> named;
    if (!name.starts_with('.') && !name.starts_with('/'))
        named = named_by(name, OUTIS_TRY(mains("./...")));
    if (named.empty()) {
        named = OUTIS_TRY(mains(name));
        std::erase_if(named,
                      [&](const Package& package) { return !is_below(package.folder, root); });
    }
    if (named.empty()) {
        const std::vector<Package> below = OUTIS_TRY(mains("./..."));
        return bad_input("'" + name + "' is no Go main package in '" + folder.string() + "'" +
                         (below.empty() ? "" : ": " + choice_of(below, folder)));
    }
    return only_main(named, folder, root);
}

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

Result<GoMain, Error> find_go_main(const fs::path& folder, const GoOptions& options)
{
    std::error_code error;
    const fs::path absolute = fs::canonical(folder, error);
    if (error)
        return bad_input("cannot read '" + folder.string() + "': " + error.message());
    const std::optional<fs::path> module = module_root(absolute);
    const fs::path root = module.value_or(absolute);
    if (!options.main.empty())
        return main_called(options.main, absolute, module);
    const std::vector<Package> here = OUTIS_TRY(list_packages(absolute, module.has_value(), "."));
    if (here.size() == 1 && here.front().name == "main")
        return only_main(here, absolute, root);
    const std::vector<Package> below =
        OUTIS_TRY(list_packages(absolute, module.has_value(), "./..."));
    return only_main(below, absolute, root);
}

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
    std::error_code ignored;
    if (!main.module.empty() && fs::is_regular_file(main.root / "vendor/modules.txt", ignored))
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
