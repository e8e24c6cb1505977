// Which package of a folder with Go source is built.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "host/words.h"
#include "outis/sandbox/suggest.h"
#include "programs/go.h"
#include "programs/go_command.h"

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

// Likewise for go.work, unless the user has switched workspaces off.
std::optional<fs::path> workspace_root(fs::path folder)
{
    const char* const setting = std::getenv("GOWORK");
    if (setting != nullptr && std::string_view(setting) == "off")
        return std::nullopt;
    std::error_code ignored;
    while (!fs::is_regular_file(folder / "go.work", ignored)) {
        if (folder == folder.root_path())
            return std::nullopt;
        folder = folder.parent_path();
    }
    return folder;
}

// What a folder's packages are asked with.
struct Scope {
    bool has_module = false;
    fs::path root = {};                       // of the module or workspace, or the folder
    bool is_workspace = false;                // the folder itself is in none of its modules
    std::vector<std::string> below{"./..."};  // patterns of all packages below the folder
};

Result<std::vector<Package>, Error> list_packages(const fs::path& folder, bool has_module,
                                                  const std::vector<std::string>& patterns)
{
    std::vector<std::string> arguments{"list", "-buildvcs=false",        "-e",
                                       "-f",   std::string(kListFormat), "--"};
    arguments.insert(arguments.end(), patterns.begin(), patterns.end());
    const host::ChildAnswer answer =
        OUTIS_TRY(run_go({.arguments = std::move(arguments),
                          .folder = folder,
                          .environment = module_environment(has_module)}));
    if (answer.exit_code != 0)
        return go_failed("go list", answer);
    return parse_packages(answer.output);
}

// The patterns of the modules that a workspace uses below `folder`.
Result<std::vector<std::string>, Error> used_modules(const fs::path& workspace,
                                                     const fs::path& folder)
{
    const host::ChildAnswer answer =
        OUTIS_TRY(run_go({.arguments = {"list", "-m", "-f", "{{.Dir}}"},
                          .folder = workspace,
                          .environment = module_environment(true)}));
    if (answer.exit_code != 0)
        return go_failed("go list -m", answer);
    std::vector<std::string> patterns;
    std::string_view rest = answer.output;
    while (!rest.empty()) {
        std::error_code error;
        const fs::path place = fs::canonical(host::take_until(rest, '\n'), error);
        const fs::path below = place.lexically_relative(folder);
        if (!error && !below.empty() && *below.begin() != "..")
            patterns.push_back("./" + (below / "...").lexically_normal().string());
    }
    if (patterns.empty())
        return bad_input("'" + (workspace / "go.work").string() + "' uses no module in '" +
                         folder.string() + "'; say which by 'go work use'");
    return patterns;
}

Result<Scope, Error> scope_of(const fs::path& folder)
{
    if (const std::optional<fs::path> module = module_root(folder))
        return Scope{.has_module = true, .root = *module};
    const std::optional<fs::path> workspace = workspace_root(folder);
    if (!workspace)
        return Scope{.root = folder};
    std::vector<std::string> below = OUTIS_TRY(used_modules(*workspace, folder));
    return Scope{
        .has_module = true, .root = *workspace, .is_workspace = true, .below = std::move(below)};
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
    for (const Package& package : mains) {
        const std::string below = fs::path(package.folder).lexically_relative(folder).string();
        names.push_back(below == "." ? below : "./" + below);
    }
    return sandbox::quoted_list(names) + "; choose one with --main";
}

// A module of a workspace may have dependencies in itself, where the workspace has none.
fs::path vendored_root(const fs::path& folder, const fs::path& root)
{
    const std::optional<fs::path> module = module_root(folder);
    return module && !has_vendor(root) && has_vendor(*module) ? *module : root;
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
    // What Go calls it outside of modules is its folder behind '_'.
    const std::string& named =
        package.import_comment.empty() ? package.folder : package.import_comment;
    return GoMain{.folder = package.folder,
                  .root = vendored_root(package.folder, root),
                  .import_path = package.module.empty() ? named : package.import_path,
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
                                  const Scope& scope)
{
    const auto mains =
        [&](const std::vector<std::string>& patterns) -> Result<std::vector<Package>, Error> {
        return only_mains(OUTIS_TRY(list_packages(folder, scope.has_module, patterns)));
    };
    std::vector<Package> named;
    if (!name.starts_with('.') && !name.starts_with('/'))
        named = named_by(name, OUTIS_TRY(mains(scope.below)));
    if (named.empty()) {
        named = OUTIS_TRY(mains({name}));
        std::erase_if(
            named, [&](const Package& package) { return !is_below(package.folder, scope.root); });
    }
    if (named.empty()) {
        const std::vector<Package> below = OUTIS_TRY(mains(scope.below));
        return bad_input("'" + name + "' is no Go main package in '" + folder.string() + "'" +
                         (below.empty() ? "" : ": " + choice_of(below, folder)));
    }
    return only_main(named, folder, scope.root);
}

}  // namespace

Result<GoMain, Error> find_go_main(const fs::path& folder, const GoOptions& options)
{
    std::error_code error;
    const fs::path absolute = fs::canonical(folder, error);
    if (error)
        return bad_input("cannot read '" + folder.string() + "': " + error.message());
    const Scope scope = OUTIS_TRY(scope_of(absolute));
    if (!options.main.empty())
        return main_called(options.main, absolute, scope);
    if (!scope.is_workspace) {
        const std::vector<Package> here =
            OUTIS_TRY(list_packages(absolute, scope.has_module, {"."}));
        if (here.size() == 1 && here.front().name == "main")
            return only_main(here, absolute, scope.root);
    }
    const std::vector<Package> below =
        OUTIS_TRY(list_packages(absolute, scope.has_module, scope.below));
    return only_main(below, absolute, scope.root);
}

}  // namespace outis::images::programs
