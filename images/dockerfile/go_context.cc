#include "dockerfile/go_context.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "host/input.h"
#include "host/words.h"
#include "oci/json.h"
#include "programs/go_command.h"

namespace outis::images::dockerfile {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::size_t kMaxSums = 16U << 20;  // bytes of a go.sum

// Of a package of Go's own its imports, of others their files.
constexpr const char* kPackages =
    "{{if .Standard}}\t{{.ImportPath}} {{join .Imports \" \"}}\n{{else}}{{$dir := .Dir}}"
    "{{range .GoFiles}}{{$dir}}/{{.}}\n{{end}}{{range .SFiles}}{{$dir}}/{{.}}\n{{end}}"
    "{{range .HFiles}}{{$dir}}/{{.}}\n{{end}}{{range .EmbedFiles}}{{$dir}}/{{.}}\n{{end}}{{end}}";

// "go1.21.3-custom" as "1.21.3".
std::string version_number(std::string_view text)
{
    if (text.starts_with("go"))
        text.remove_prefix(2);
    const auto end = std::ranges::find_if_not(
        text, [](unsigned char c) { return std::isalnum(c) != 0 || c == '.'; });
    return std::string(text.begin(), end);
}

// In Go's order 1.21 comes before 1.21rc2, and that before 1.21.0 ("Go Toolchains", "Go versions").
std::vector<int> version_order(std::string_view version)
{
    std::vector<int> order;
    while (!version.empty()) {
        int number = 0;
        const char* const end =
            std::from_chars(version.data(), version.data() + version.size(), number).ptr;
        const bool is_number = end != version.data();
        order.push_back(is_number ? number : -1);
        version.remove_prefix(is_number ? static_cast<std::size_t>(end - version.data()) : 1);
        if (version.starts_with('.'))
            version.remove_prefix(1);
    }
    return order;
}

Result<std::string, Error> go_says(std::vector<std::string> arguments, const fs::path& folder,
                                   const std::string& workspace)
{
    const std::string what = "go " + host::joined(arguments, " ");
    // Nothing is downloaded: what is missing is for the build to say. PWD may call the folder by a
    // link, and Go would believe it.
    std::map<std::string, std::string> environment{
        {"GO111MODULE", "on"}, {"GOPROXY", "off"}, {"CGO_ENABLED", "0"}, {"PWD", folder.string()}};
    if (!workspace.empty())
        environment["GOWORK"] = workspace;
    const host::ChildAnswer answer =
        OUTIS_TRY(programs::run_go({.arguments = std::move(arguments),
                                    .folder = folder,
                                    .environment = std::move(environment)}));
    if (answer.exit_code != 0)
        return programs::go_failed(what, answer);
    return answer.output;
}

// A folder's go.mod or go.work: what it says of others.
struct Manifest {
    std::string module = {};  // its own path
    std::string version = {};
    std::vector<std::string> folders = {};  // by `use`, or by `replace` with a path
    std::vector<std::pair<std::string, std::string>> required = {};  // "PATH" and "PATH VERSION"
    std::vector<std::string> replaced = {};                          // either
};

std::string text_at(const json::object& object, std::string_view key)
{
    const json::value* const value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

// "PATH VERSION", or without a version "PATH".
std::string module_version(const json::object& object)
{
    const std::string version = text_at(object, "Version");
    return text_at(object, "Path") + (version.empty() ? "" : " " + version);
}

Result<Manifest, Error> read_manifest(const fs::path& folder, const std::string& verb)
{
    const std::string text = OUTIS_TRY(go_says({verb, "edit", "-json"}, folder, ""));
    const json::value value = OUTIS_TRY(oci::parse_json(text, "the answer of 'go " + verb + "'"));
    Manifest manifest;
    if (!value.is_object())
        return manifest;
    const json::object& object = value.get_object();
    if (const json::value* const module = object.if_contains("Module");
        module != nullptr && module->is_object())
        manifest.module = text_at(module->get_object(), "Path");
    const std::string toolchain = text_at(object, "Toolchain");
    const std::string language = text_at(object, "Go");
    manifest.version = version_number(toolchain.starts_with("go1") ? toolchain : language);
    const auto rows = [&](std::string_view key, auto&& take) {
        const json::value* const list = object.if_contains(key);
        if (list == nullptr || !list->is_array())
            return;
        for (const json::value& row : list->get_array()) {
            if (row.is_object())
                take(row.get_object());
        }
    };
    rows("Use",
         [&](const json::object& row) { manifest.folders.push_back(text_at(row, "DiskPath")); });
    rows("Require", [&](const json::object& row) {
        manifest.required.emplace_back(text_at(row, "Path"), module_version(row));
    });
    rows("Replace", [&](const json::object& row) {
        const json::value* const old = row.if_contains("Old");
        if (old != nullptr && old->is_object())
            manifest.replaced.push_back(module_version(old->get_object()));
        const json::value* const by = row.if_contains("New");
        if (by == nullptr || !by->is_object() || by->get_object().contains("Version"))
            return;
        manifest.folders.push_back(text_at(by->get_object(), "Path"));
    });
    return manifest;
}

// The lowest folder that holds both.
fs::path common_folder(const fs::path& one, const fs::path& other)
{
    const auto [end, ignored] = std::ranges::mismatch(one, other);
    fs::path common;
    std::for_each(one.begin(), end, [&](const fs::path& part) { common /= part; });
    return common;
}

bool is_file(const fs::path& path)
{
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

// Everything but the list of files, and `root` and the manifests with whole paths.
class Collector {
public:
    explicit Collector(fs::path workplace)
    {
        context.root = workplace;
        context.workplace = std::move(workplace);
    }

    // A folder whose go.mod counts, and those it names in its turn if `replaces`.
    Result<Done, Error> add_module(const fs::path& folder, bool replaces)
    {
        // A replacement that is not there may not be needed.
        if (!is_file(folder / "go.mod") || !seen_.insert({folder, replaces}).second)
            return Done{};
        context.root = common_folder(context.root, folder);
        add_manifests(folder, "go.mod", "go.sum");
        const Manifest module = OUTIS_TRY(read_manifest(folder, "mod"));
        take_version(module.version);
        if (replaces) {
            members_.insert(module.module);
            required_.insert(required_.end(), module.required.begin(), module.required.end());
            replaced_.insert(module.replaced.begin(), module.replaced.end());
        }
        return replaces ? add_named(folder, "go.mod", module, false) : Done{};
    }

    Result<Done, Error> add_workspace(const fs::path& folder)
    {
        add_manifests(folder, "go.work", "go.work.sum");
        const Manifest workspace = OUTIS_TRY(read_manifest(folder, "work"));
        take_version(workspace.version);
        replaced_.insert(workspace.replaced.begin(), workspace.replaced.end());
        return add_named(folder, "go.work", workspace, true);
    }

    // See GoContext::supplied.
    std::string supplied() const
    {
        std::set<std::string> wanted;
        for (const auto& [module, version] : required_) {
            if (members_.contains(module) && !replaced_.contains(module) &&
                !replaced_.contains(version))
                wanted.insert(version);
        }
        for (const fs::path& manifest : context.manifests) {
            if (!wanted.empty() && manifest.extension() == ".sum")
                remove_summed(manifest, wanted);
        }
        return wanted.empty() ? std::string() : *wanted.begin();
    }

    GoContext context;

private:
    Result<Done, Error> add_named(const fs::path& folder, const std::string& file,
                                  const Manifest& manifest, bool replaces)
    {
        for (const std::string& named : manifest.folders) {
            if (named.starts_with('/'))
                return bad_input("'" + (folder / file).string() + "' names the folder '" + named +
                                 "', which no container has; name it from '" + folder.string() +
                                 "'");
            fs::path place = (folder / named).lexically_normal();
            if (place.filename().empty())
                place = place.parent_path();
            OUTIS_TRY(add_module(place, replaces));
        }
        return Done{};
    }

    void add_manifests(const fs::path& folder, const char* file, const char* sums)
    {
        if (std::ranges::find(context.manifests, folder / file) != context.manifests.end())
            return;
        context.manifests.push_back(folder / file);
        if (is_file(folder / sums))
            context.manifests.push_back(folder / sums);
    }

    // Of "PATH VERSION" what `sums` has: sums are written only for what was fetched once.
    static void remove_summed(const fs::path& sums, std::set<std::string>& wanted)
    {
        const Result<std::string, Error> text = host::read_file(sums, kMaxSums);
        std::string_view rest = text ? std::string_view(text.value()) : "";
        while (!rest.empty()) {
            const std::string_view line = host::take_until(rest, '\n');
            const std::size_t end = line.find("/go.mod ");
            if (end != line.npos)
                wanted.erase(std::string(line.substr(0, end)));
        }
    }

    void take_version(const std::string& version)
    {
        if (version_order(context.version) < version_order(version))
            context.version = version;
    }

    std::set<std::pair<fs::path, bool>> seen_;
    std::set<std::string> members_;
    std::vector<std::pair<std::string, std::string>> required_;
    std::set<std::string> replaced_;
};

}  // namespace

Result<GoContext, Error> go_context(const programs::GoMain& main,
                                    const programs::GoOptions& options)
{
    std::error_code error;
    const fs::path folder = fs::canonical(main.folder, error);
    const fs::path root = error ? fs::path() : fs::canonical(main.root, error);
    if (error)
        return bad_input("cannot read '" + main.folder.string() + "': " + error.message());
    // The module's own vendor folder would not count in a workspace above it: see build_go().
    const std::string setting =
        programs::has_vendor(root) && !is_file(root / "go.work") ? "off" : "";
    std::string workspace = OUTIS_TRY(go_says({"env", "GOWORK"}, folder, setting));
    while (workspace.ends_with('\n'))
        workspace.pop_back();
    const bool has_workspace = !workspace.empty() && workspace != "off";
    Collector collector(has_workspace ? fs::path(workspace).parent_path() : root);
    GoContext& context = collector.context;
    const fs::path workplace = context.workplace;
    const bool vendored = programs::has_vendor(workplace);
    if (has_workspace)
        OUTIS_TRY(collector.add_workspace(workplace));
    else
        OUTIS_TRY(collector.add_module(workplace, !vendored));
    if (context.root == context.root.root_path())
        return bad_input("no folder but '/' holds '" + workplace.string() +
                         "' and all that it names; put them together");
    // What the build needs is known.

    std::vector<std::string> list{"list", "-e", "-deps", "-buildvcs=false", "-f", kPackages};
    if (!options.tags.empty())
        list.insert(list.end(), {"-tags", options.tags});
    list.emplace_back(".");
    const std::string packages = OUTIS_TRY(go_says(std::move(list), folder, setting));
    const auto below = [&](const fs::path& path) { return path.lexically_relative(context.root); };
    if (vendored)
        context.files.push_back(below(workplace / "vendor/modules.txt"));
    std::set<std::string> imported;
    std::string_view rest = packages;
    while (!rest.empty()) {
        std::string_view line = host::take_until(rest, '\n');
        if (line.starts_with('\t')) {
            context.standard.emplace_back(host::take_until(line, ' ').substr(1));
            while (!line.empty())
                imported.emplace(host::take_until(line, ' '));
            continue;
        }
        fs::path file = below(line);
        if (!file.empty() && *file.begin() != "..")
            context.files.push_back(std::move(file));
    }
    std::erase_if(context.standard,
                  [&](const std::string& package) { return imported.contains(package); });
    context.supplied = vendored ? "" : collector.supplied();
    for (fs::path& manifest : context.manifests)
        manifest = below(manifest);
    if (vendored || !context.supplied.empty()) {
        context.files.insert(context.files.begin(), context.manifests.begin(),
                             context.manifests.end());
        context.manifests.clear();
    }
    context.package = folder.lexically_relative(workplace);
    context.workplace = below(workplace);
    return std::move(context);
}

}  // namespace outis::images::dockerfile
