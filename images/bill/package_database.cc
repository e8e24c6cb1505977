#include "bill/package_database.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <iterator>
#include <map>
#include <utility>

#include "bill/sources.h"
#include "host/digest.h"
#include "host/input.h"
#include "host/root.h"
#include "http/fields.h"
#include "outis/sandbox/arch.h"
#include "outis/sandbox/suggest.h"

namespace outis::images::bill {

namespace fs = std::filesystem;

namespace {

constexpr const char* kStatusFile = "var/lib/dpkg/status";
constexpr const char* kStatusFolder = "var/lib/dpkg/status.d";
constexpr const char* kApkFile = "lib/apk/db/installed";
constexpr std::string_view kSumsEnding = ".md5sums";
constexpr std::size_t kMaxRelease = 64U << 10;
constexpr std::size_t kMaxListedName = 128;  // bytes of a package's name, which is a file's

// By place in the image, and where else in a root it may be.
struct ReleaseFile {
    const char* key;
    const char* other;
};

constexpr std::array kReleaseFiles{
    ReleaseFile{"etc/os-release", "/usr/lib/os-release"},
    ReleaseFile{"etc/debian_version", nullptr},
    ReleaseFile{"etc/lsb-release", nullptr},
    ReleaseFile{"etc/alpine-release", nullptr},
};

std::string lower(std::string_view text)
{
    std::string low(text);
    std::ranges::transform(low, low.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    });
    return low;
}

bool is_about_machine(const std::string& field)
{
    return field == "status" || field == "conffiles" || field == "config-version" ||
           field.starts_with("triggers-");
}

// Removed packages leave their configuration behind: "deinstall ok config-files".
bool is_installed(std::string_view status)
{
    return !status.ends_with("config-files") && !status.ends_with("not-installed");
}

// Whether it may be the name of a file in status.d.
bool is_file_name(std::string_view name)
{
    return !name.empty() && name.size() <= kMaxListedName &&
           std::isalnum(static_cast<unsigned char>(name.front())) != 0 &&
           !name.ends_with(kSumsEnding);
}

std::string raw_bytes(std::string_view hex)
{
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        unsigned char byte = 0;
        std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

// Whether `file` still has the checksum that was written down when it was installed.
bool has_sum(const fs::path& file, PackageFormat format, const std::string& sum)
{
    if (format == PackageFormat::deb) {
        const Result<std::string, Error> md5 = host::md5_of_file(file);
        return md5 && md5.value() == sum;
    }
    const Result<std::string, Error> sha1 = host::sha1_of_file(file);
    return sha1 && "Q1" + http::base64(raw_bytes(sha1.value())) == sum;
}

// What makes a package another for those who list it.
InstalledPackage identity(InstalledPackage package)
{
    package.source.clear();
    return package;
}

struct Listed {
    std::string stanza = {};
    std::map<std::string, std::string> sums = {};  // by place in the image; of apk's perhaps empty
    std::string name = {};                         // in status.d
};

// Gathers the packages of one layer after the other.
class Lists {
public:
    explicit Lists(const PackageRequest& request) : request_(request), names_(request.before.names)
    {
    }

    // A file of the layer, `path` in the root.
    void add(const std::string& key, const fs::path& file, const std::string& path,
             const Owners& owners)
    {
        const auto found = owners.by_path.find(path);
        if (found == owners.by_path.end())
            return;
        const Owner& owner = found->second;
        const auto [listed, is_new] = listed_.try_emplace(owner);
        if (is_new)
            listed->second.stanza = owners.stanzas.at(owner);
        touched_.insert(owner);
        if (key.find('\n') != std::string::npos)
            return;  // no place in lists of lines
        const auto sum = owners.sums.find(path);
        if (sum == owners.sums.end() ? owner.format == PackageFormat::apk
                                     : has_sum(file, owner.format, sum->second))
            listed->second.sums.emplace(key, sum == owners.sums.end() ? "" : sum->second);
    }

    // The lists for the files since the last layer.
    layers::Tree end_layer()
    {
        layers::Tree tree;
        // The image's own architecture first: it takes the plain name.
        const auto is_native = [&](const Owner& owner) {
            return owner.package.arch == sandbox::arch_name(request_.arch) ||
                   owner.package.arch == "all";
        };
        for (const bool native : {true, false}) {
            for (const Owner& owner : touched_) {
                if (owner.format == PackageFormat::deb && is_native(owner) == native)
                    add_status(owner.package, listed_.at(owner), tree);
            }
        }
        const bool has_apk = std::ranges::any_of(
            touched_, [](const Owner& owner) { return owner.format == PackageFormat::apk; });
        if (has_apk && !request_.before.has_apk)
            tree.emplace(kApkFile, layers::file_entry(apk_text()));
        touched_.clear();
        return tree;
    }

    // Packages of apk that go into no list.
    [[nodiscard]] std::vector<std::string> unlisted() const
    {
        std::vector<std::string> names;
        for (const auto& [owner, listed] : listed_) {
            if (owner.format == PackageFormat::apk && request_.before.has_apk)
                names.push_back(owner.package.name);
        }
        return names;
    }

private:
    void add_status(const InstalledPackage& package, Listed& listed, layers::Tree& tree)
    {
        if (listed.stanza.size() > kMaxStanza ||
            request_.before.packages.contains(identity(package)))
            return;
        const std::optional<std::string> text = status_file(listed.stanza);
        if (!text)
            return;
        for (const std::string& name :
             {package.name, package.name + "_" + package.version + "_" + package.arch}) {
            if (listed.name.empty() && is_file_name(name) && names_.insert(name).second)
                listed.name = name;
        }
        if (listed.name.empty())
            return;
        const std::string key = kStatusFolder + ("/" + listed.name);
        tree.emplace(key, layers::file_entry(*text));
        std::string sums;
        for (const auto& [place, sum] : listed.sums)
            sums += sum + "  " + place + "\n";
        if (!sums.empty())
            tree.emplace(key + std::string(kSumsEnding), layers::file_entry(sums));
    }

    // Of all packages so far, for it hides the file of a layer below.
    [[nodiscard]] std::string apk_text() const
    {
        std::string text;
        for (const auto& [owner, listed] : listed_) {
            if (owner.format != PackageFormat::apk || listed.stanza.size() > kMaxStanza)
                continue;
            text += listed.stanza;
            std::map<std::string, std::string> by_folder;
            for (const auto& [place, sum] : listed.sums) {
                const std::size_t slash = place.rfind('/');
                const bool at_top = slash == std::string::npos;
                std::string& lines = by_folder[at_top ? "" : place.substr(0, slash)];
                lines += "R:" + (at_top ? place : place.substr(slash + 1)) + "\n";
                if (!sum.empty())
                    lines += "Z:" + sum + "\n";
            }
            for (const auto& [folder, lines] : by_folder)
                text += "F:" + folder + "\n" + lines;
            text += "\n";
        }
        return text;
    }

    const PackageRequest& request_;
    std::set<std::string> names_;  // of files in status.d
    std::map<Owner, Listed> listed_;
    std::set<Owner> touched_;  // packages of the layer
};

const fs::path* host_file(const layers::Entry& entry)
{
    return entry.kind == layers::EntryKind::file ? std::get_if<fs::path>(&entry.content) : nullptr;
}

// Which distribution a root is, as far as it says so.
layers::Tree release_files(const fs::path& folder)
{
    layers::Tree tree;
    const Result<host::Root, Error> root = host::Root::open(folder.string());
    if (!root)
        return tree;
    for (const ReleaseFile& file : kReleaseFiles) {
        Result<host::Found, Error> found = root.value().find("/" + std::string(file.key));
        if (!found && file.other != nullptr)
            found = root.value().find(file.other);
        if (!found || found.value().kind != host::FoundKind::file)
            continue;
        Result<std::string, Error> text =
            host::read_file(root.value().on_host(found.value().path), kMaxRelease);
        if (text)
            tree.emplace(file.key, layers::file_entry(text.take()));
    }
    return tree;
}

}  // namespace

// A field that comes again is left out, for readers differ in which they take.
std::optional<std::string> status_file(std::string_view stanza)
{
    std::string text;
    std::set<std::string> seen;
    bool taken = false;
    while (!stanza.empty()) {
        const std::string_view line = take_line(stanza);
        if (line.starts_with(' ') || line.starts_with('\t')) {
            if (taken)
                (text += line) += '\n';
            continue;
        }
        const std::string field = lower(line.substr(0, line.find(':')));
        if (field == "status" && !is_installed(line))
            return std::nullopt;
        taken = !is_about_machine(field) && seen.insert(field).second;
        if (!taken)
            continue;
        (text += line) += '\n';
        if (field == "package") {
            text += "Status: install ok installed\n";
            taken = false;  // a name has one line
        }
    }
    return text;
}

ListedBefore listed_in(const view::Flattened& image)
{
    ListedBefore before;
    const auto add_status = [&](const std::string& text) {
        const auto stanzas = read_dpkg_status(text);
        for (const Stanza& stanza : stanzas.value_or(std::vector<Stanza>()))
            before.packages.insert(identity(stanza.package));
    };
    if (const view::Node* status = image.find(kStatusFile))
        add_status(status->entry.facts.text);
    const std::string folder = image.resolve(kStatusFolder).value_or(kStatusFolder) + "/";
    for (auto at = image.nodes().lower_bound(folder);
         at != image.nodes().end() && at->first.starts_with(folder); ++at) {
        before.names.insert(at->first.substr(folder.size()));
        if (!at->first.ends_with(kSumsEnding))
            add_status(at->second.entry.facts.text);
    }
    before.has_apk = image.find(kApkFile) != nullptr;
    return before;
}

PackageLists package_lists(std::span<const layers::Tree* const> layers,
                           const PackageRequest& request)
{
    PackageLists made;
    std::set<fs::path> files;
    for (const layers::Tree* layer : layers) {
        for (const auto& [key, entry] : *layer) {
            if (const fs::path* file = host_file(entry))
                files.insert(*file);
        }
    }
    std::vector<RootOwners> roots = owners_of(files, request.root);
    Lists lists(request);
    for (const layers::Tree* layer : layers) {
        for (const auto& [key, entry] : *layer) {
            const fs::path* file = host_file(entry);
            for (const RootOwners& root : roots) {
                const auto path = file == nullptr ? root.paths.end() : root.paths.find(*file);
                if (path != root.paths.end())
                    lists.add(key, *file, path->second, root.owners);
            }
        }
        made.trees.push_back(lists.end_layer());
    }
    for (RootOwners& root : roots)
        std::ranges::move(root.owners.notes, std::back_inserter(made.notes));
    if (const std::vector<std::string> names = lists.unlisted(); !names.empty())
        made.notes.push_back(
            "the image below has a database of apk, which stays as it is: the "
            "files of " +
            sandbox::quoted_list(names) +
            " are not in it; scanners find them in the bill of materials");
    const auto first =
        std::ranges::find_if(made.trees, [](const auto& tree) { return !tree.empty(); });
    const auto root = std::ranges::find_if(
        roots, [](const RootOwners& one) { return !one.owners.by_path.empty(); });
    if (request.release && first != made.trees.end() && root != roots.end())
        first->merge(release_files(root->root));
    return made;
}

}  // namespace outis::images::bill
