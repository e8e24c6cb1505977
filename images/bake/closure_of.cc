#include "bake/closure_of.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "bill/owners.h"
#include "bill/packages.h"
#include "content/base.h"
#include "host/input.h"
#include "host/words.h"
#include "outis/sandbox/suggest.h"
#include "programs/traced.h"

namespace outis::images::bake {

namespace {

constexpr const char* kNameServiceKey = "etc/nsswitch.conf";
constexpr std::size_t kMaxNameServiceOrder = 1U << 20;
constexpr std::size_t kMaxPath = 4096;
constexpr std::ptrdiff_t kGeneralDepth = 2;  // of folders that many packages share: "/usr/share"

// Files of a package, and of those that it depends on, that are not packed: how many, and one that
// the opener is likely to open, if there is one.
struct Unpacked {
    std::size_t count = 0;
    std::string example = {};
};

struct UnpackedRequest {
    const bill::PackageIndex& index;
    const std::string& package;
    const std::string& opener;                                // its path in the root
    const std::function<bool(const std::string&)>& is_there;  // a key
};

// The paths that are written in a file.
std::set<std::string, std::less<>> named_paths(const std::filesystem::path& file)
{
    std::set<std::string, std::less<>> paths;
    const Result<host::MappedFile, Error> mapped = host::MappedFile::open(file);
    std::string_view rest = mapped ? host::as_text(mapped.value().bytes()) : "";
    while (!rest.empty()) {
        std::string_view text = host::take_until(rest, '\0');
        while (text.ends_with('/'))
            text.remove_suffix(1);
        // The folder of a file that is named counts, too; "/usr/share" would say nothing.
        for (int i = 0; i < 2 && text.size() <= kMaxPath && text.starts_with('/') &&
                        std::ranges::count(text, '/') > kGeneralDepth;
             ++i, text = text.substr(0, text.rfind('/')))
            paths.emplace(text);
    }
    return paths;
}

bool is_below_one(std::string_view path, const std::set<std::string, std::less<>>& folders)
{
    for (std::size_t slash = path.rfind('/'); slash != path.npos && slash != 0;
         slash = path.rfind('/')) {
        path = path.substr(0, slash);
        if (folders.contains(path))
            return true;
    }
    return false;
}

Unpacked unpacked_files(const host::Root& root, const UnpackedRequest& request,
                        const programs::Closure& closure)
{
    Unpacked unpacked;
    const auto files = request.index.files({request.package});
    if (!files)
        return unpacked;
    std::set<std::string, std::less<>> folders = named_paths(root.on_host(request.opener));
    const std::string own = host::folder_of(request.opener);
    if (std::ranges::count(own, '/') > kGeneralDepth)
        folders.insert(own);
    int best = 0;
    for (const std::string& path : files.value()) {
        const Result<host::Found, Error> found = root.find(path);
        // A library that is linked to is there if it is needed.
        const std::string name = host::base_of(path);
        const bool linked = name.starts_with("lib") && name.find(".so") != std::string::npos;
        if (!found || found.value().kind != host::FoundKind::file || linked ||
            name == "copyright" || found.value().executable)
            continue;
        const std::string key = found.value().path.substr(1);
        const bool program = std::ranges::any_of(closure.openers, [&](const auto& opener) {
            return opener.in_root == found.value().path;
        });
        if (program || request.is_there(key))
            continue;
        ++unpacked.count;
        const bool library = name.ends_with(".so") || name.find(".so.") != std::string::npos;
        const int likely = (is_below_one(path, folders) ? 2 : 0) + (library ? 1 : 0);
        if (likely > best) {
            best = likely;
            unpacked.example = path;
        }
    }
    return unpacked;
}

// What opens files at run time that nobody named, by the package that has them.
void note_openers(const host::Root& root, policy::Arch arch, const Plan& plan,
                  const view::Flattened& below, programs::Closure& closure)
{
    std::set<std::string> paths;
    for (const programs::Opener& opener : closure.openers) {
        if (!opener.in_root.empty())
            paths.insert(opener.in_root);
    }
    const bill::Owners owners = bill::find_owners(root.on_host("/"), paths);
    std::vector<std::string> unowned;
    std::set<std::string> told;
    std::optional<Result<bill::PackageIndex, Error>> index;
    for (const programs::Opener& opener : closure.openers) {
        const auto owner = owners.by_path.find(opener.in_root);
        if (owner == owners.by_path.end()) {
            if (opener.is_program)
                unowned.push_back(opener.place);
            continue;
        }
        const std::string& package = owner->second.package.name;
        if (!told.insert(package).second)
            continue;
        if (!index)
            index = bill::PackageIndex::open(root, arch);
        if (!*index)
            continue;
        const auto is_there = [&](const std::string& key) {
            return closure.tree.contains(key) || plan.additions.contains(key) ||
                   below.find(key) != nullptr;
        };
        const Unpacked unpacked =
            unpacked_files(root, {index->value(), package, opener.in_root, is_there}, closure);
        if (unpacked.count != 0)
            closure.notes.push_back(
                "'" + opener.place + "' opens more at run time (dlopen), and " +
                std::to_string(unpacked.count) + " files of its package '" + package +
                "' and its kin are not in the image" +
                (unpacked.example.empty() ? "" : ", '" + unpacked.example + "' for one") +
                "; --package " + package + " adds them all, --trace COMMAND what it opens");
    }
    if (!unowned.empty() && plan.libraries.empty())
        closure.notes.push_back(sandbox::quoted_list(unowned) +
                                " may load more at run time (dlopen); name it " +
                                "by --library or --add, or find it by --trace");
}

}  // namespace

Result<programs::Closure, Error> closure_of(const host::Root& root,
                                            const std::vector<programs::Program>& programs,
                                            policy::Arch arch, const Plan& plan,
                                            const view::Flattened& below, const Progress& progress)
{
    programs::ClosureRequest request{.arch = arch,
                                     .given = plan.additions,
                                     .libraries = plan.libraries,
                                     .provided = plan.provided,
                                     .locale = plan.locale};
    for (const programs::Program& program : programs)
        request.programs.push_back({.place = program.path, .file = program.unpacked});
    const auto given = plan.additions.find(kNameServiceKey);
    if (given == plan.additions.end())
        request.nsswitch = content::kNameServiceOrder;
    else if (const auto* file = std::get_if<std::filesystem::path>(&given->second.content))
        request.nsswitch = OUTIS_TRY(host::read_file(*file, kMaxNameServiceOrder));
    if (!plan.packages.empty()) {
        const bill::PackageIndex index = OUTIS_TRY(bill::PackageIndex::open(root, arch));
        request.packaged = OUTIS_TRY(index.files(plan.packages));
    }
    std::vector<std::string> notes;
    if (!plan.trace.empty()) {
        progress("running '" + plan.trace + "' to see what it opens");
        programs::TracedPaths traced =
            OUTIS_TRY(programs::trace_command(root, plan.trace, plan.locale, request.programs));
        request.opened = std::move(traced.opened);
        notes = std::move(traced.notes);
    }
    programs::Closure closure = OUTIS_TRY(programs::find_closure(root, request));
    if (plan.trace.empty())
        note_openers(root, arch, plan, below, closure);
    std::ranges::move(notes, std::back_inserter(closure.notes));
    return closure;
}

}  // namespace outis::images::bake
