#include "bill/contents.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include "bill/purl.h"
#include "bill/sources.h"
#include "bill/tool.h"
#include "host/input.h"
#include "outis/sandbox/arch.h"
#include "programs/elf.h"

namespace outis::images::bill {

namespace fs = std::filesystem;

namespace {

constexpr const char* kGoLicense = "BSD-3-Clause";
constexpr const char* kOwnLicense = "Apache-2.0";

void read_program(const fs::path& file, Findings& findings)
{
    const Result<host::MappedFile, Error> mapped = host::MappedFile::open(file);
    const Result<programs::Elf, Error> elf = mapped ? programs::read_elf(mapped.value().bytes(), "")
                                                    : Result<programs::Elf, Error>(bad_input(""));
    if (!elf)
        return;
    const std::optional<programs::GoInfo> info =
        programs::read_go_info(mapped.value().bytes(), elf.value());
    if (info)
        findings.go.emplace(file, *info);
    auto linked = programs::read_linked_libraries(mapped.value().bytes(), elf.value());
    if (!linked.empty())
        findings.linked.emplace(file, std::move(linked));
}

std::string owner_purl(const Owner& owner, const Owners& in)
{
    const bool deb = owner.format == PackageFormat::deb;
    const std::string fallback = deb ? "debian" : "alpine";
    const std::string distribution = in.distribution.empty() ? fallback : in.distribution;
    return purl_text(
        {.type = deb ? "deb" : "apk",
         .name = distribution + "/" + owner.package.name,
         .version = owner.package.version,
         .qualifiers = {{"arch", owner.package.arch},
                        {"distro", in.distribution_version.empty()
                                       ? ""
                                       : distribution + "-" + in.distribution_version}}});
}

// Puts `bill` together, element by element. Packages with one name and version are one.
class Writer {
public:
    Writer(const Findings& findings, Bill& bill) : findings_(findings), bill_(bill) {}

    Element package(BillPackage package)
    {
        const std::string key = package.purl.empty()
                                    ? package.name + " " + package.version + " " + package.sha256
                                    : package.purl;
        const auto [at, fresh] = known_.try_emplace(key, bill_.packages.size());
        if (fresh)
            bill_.packages.push_back(std::move(package));
        return {.kind = ElementKind::package, .index = at->second};
    }

    // Once, however often it is said.
    void relate(Element from, const char* type, Element to)
    {
        if (said_.emplace(key_of(from), type, key_of(to)).second)
            bill_.relations.push_back({.from = from, .type = type, .to = to});
    }

    void layer(const Layer& layer, Element image)
    {
        BillPackage row{.name = layer.created_by,
                        .version = layer.blob.digest,
                        .purpose = "ARCHIVE",
                        .sha256 = layer.blob.digest.substr(layer.blob.digest.find(':') + 1)};
        const std::size_t first = bill_.files.size();
        for (const PackedFile& file : layer.files) {
            row.files.push_back(bill_.files.size());
            bill_.files.push_back({.path = file.path, .sha256 = file.sha256, .sha1 = file.sha1});
        }
        const std::size_t count = bill_.packages.size();
        const Element element = package(std::move(row));
        relate(image, "CONTAINS", element);
        if (bill_.packages.size() == count) {
            bill_.files.resize(first);  // another platform has the same layer
            return;
        }
        for (std::size_t i = 0; i < layer.files.size(); ++i) {
            const Element file{.kind = ElementKind::file, .index = first + i};
            relate(element, "CONTAINS", file);
            origin(layer.files[i], file, image);
        }
    }

    // Where a file is from: a package of the distribution, modules of Go, libraries, or
    // several of them.
    void origin(const PackedFile& packed, Element file, Element image)
    {
        const auto owner = findings_.owners.find(packed.source);
        if (owner != findings_.owners.end()) {
            const Element from = owning_package(owner->second.first, owner->second.second);
            relate(image, "CONTAINS", from);
            relate(file, "EXPANDED_FROM_ARCHIVE", from);
        }
        const auto go = findings_.go.find(packed.source);
        if (go != findings_.go.end())
            go_program(go->second, packed, file, image);
        const auto linked = findings_.linked.find(packed.source);
        if (linked == findings_.linked.end())
            return;
        for (const programs::LinkedLibrary& library : linked->second) {
            const Element element = package(library_package(library));
            relate(image, "CONTAINS", element);
            relate(file, "STATIC_LINK", element);
        }
    }

private:
    using Key = std::pair<ElementKind, std::size_t>;

    static Key key_of(Element element) { return {element.kind, element.index}; }

    Element owning_package(const std::string& purl, const Owner& owner)
    {
        const InstalledPackage& installed = owner.package;
        return package(
            {.name = installed.name,
             .version = installed.version,
             .purl = purl,
             .source = installed.source.empty() ? "" : "built from " + installed.source});
    }

    void go_program(const programs::GoInfo& info, const PackedFile& packed, Element file,
                    Element image)
    {
        const std::string name = !info.module.empty()    ? info.module
                                 : !info.package.empty() ? info.package
                                                         : packed.path;
        const Element main =
            package({.name = name,
                     .version = info.version.empty() ? info.revision : info.version,
                     .purl = info.module.empty() ? "" : go_purl(info.module, info.version),
                     .purpose = "APPLICATION",
                     .source = info.revision.empty() ? "" : "revision " + info.revision});
        relate(image, "CONTAINS", main);
        relate(file, "GENERATED_FROM", main);
        const std::string version =
            info.toolchain.starts_with("go") ? info.toolchain.substr(2) : info.toolchain;
        depend(main, image,
               {.name = "stdlib",
                .version = version,
                .purl = go_purl("stdlib", version),
                .purpose = "LIBRARY",
                .license = kGoLicense,
                .comment = "the standard library of Go"});
        for (const programs::GoModule& module : info.dependencies)
            depend(main, image, module_package(module));
    }

    static BillPackage module_package(const programs::GoModule& module)
    {
        BillPackage row{.name = module.path,
                        .version = module.version,
                        .purl = go_purl(module.path, module.version),
                        .purpose = "LIBRARY",
                        .go_sum = module.sum};
        if (!module.replaces.empty())
            row.source = module.version.empty() ? "a folder in place of " + module.replaces
                                                : "in place of " + module.replaces;
        return row;
    }

    void depend(Element main, Element image, BillPackage library)
    {
        const Element element = package(std::move(library));
        relate(image, "CONTAINS", element);
        relate(main, "DEPENDS_ON", element);
    }

    const Findings& findings_;
    Bill& bill_;
    std::map<std::string, std::size_t> known_;  // packages
    std::set<std::tuple<Key, std::string, Key>> said_;
};

std::string version_or_none(const std::string& version)
{
    return version == "unknown" ? "" : version;
}

BillPackage debian_content(const char* name, const std::string& version, const char* comment)
{
    const std::string known = version_or_none(version);
    return {.name = name,
            .version = known,
            .purl = purl_text({.type = "deb",
                               .name = std::string("debian/") + name,
                               .version = known,
                               .qualifiers = {{"arch", "all"}}}),
            .comment = comment};
}

void add_base(const BaseFacts& base, policy::Arch arch, Element image, Writer& writer)
{
    const std::string name(sandbox::arch_name(arch));
    if (const auto init = base.init.find(arch); init != base.init.end())
        writer.relate(
            image, "CONTAINS",
            writer.package(
                {.name = "outis-init",
                 .version = OUTIS_VERSION,
                 .purl = purl_text({.type = "generic",
                                    .name = "outis-init",
                                    .version = OUTIS_VERSION,
                                    .qualifiers = {{"arch", name}}}),
                 .purpose = "APPLICATION",
                 .license = kOwnLicense,
                 .comment = base.under.name.empty() ? "PID 1, in the base layer" : "PID 1",
                 .file_name = "/outis-init",
                 .sha256 = init->second}));
    if (base.certificates)
        writer.relate(image, "CONTAINS",
                      writer.package(debian_content("ca-certificates", *base.certificates,
                                                    "the certificate authorities of Mozilla")));
    if (base.zones)
        writer.relate(
            image, "CONTAINS",
            writer.package(debian_content("tzdata", *base.zones, "compiled by zic, slim")));
}

// The image below, without what is in it.
void add_underneath(const Underneath& under, policy::Arch arch, Element image, Writer& writer)
{
    const auto digest = under.digests.find(arch);
    if (digest == under.digests.end())
        return;
    const std::string last = under.name.substr(under.name.rfind('/') + 1);
    writer.relate(
        image, "DESCENDANT_OF",
        writer.package(
            {.name = under.name,
             .version = digest->second,
             .purl = purl_text({.type = "oci",
                                .name = last.substr(0, last.find(':')),
                                .version = digest->second,
                                .qualifiers = {{"arch", std::string(sandbox::arch_name(arch))}}}),
             .purpose = "CONTAINER",
             .comment = "the image below; what is in it is not told here",
             .sha256 = digest->second.substr(digest->second.find(':') + 1)}));
}

std::string image_name(const places::Bundle& bundle)
{
    const std::string& path = bundle.references.front().path;
    return path.substr(path.rfind('/') + 1);
}

BillPackage container(const places::Bundle& bundle, const Blob& top, const std::string& arch)
{
    return {
        .name = bundle.references.front().familiar(),
        .version = top.digest,
        .purl = purl_text({.type = "oci",
                           .name = image_name(bundle),
                           .version = top.digest,
                           .qualifiers = {{"arch", arch}, {"tag", bundle.references.front().tag}}}),
        .purpose = "CONTAINER",
        .sha256 = top.digest.substr(top.digest.find(':') + 1)};
}

}  // namespace

Findings look_into(const places::Bundle& bundle, const fs::path& root)
{
    Findings findings;
    std::set<fs::path> sources;
    for (const Image& image : bundle.images) {
        for (const Layer& layer : image.layers) {
            for (const PackedFile& file : layer.files) {
                if (file.source.empty())
                    continue;
                if (file.executable)
                    read_program(file.source, findings);
                sources.insert(file.source);
            }
        }
    }
    for (RootOwners& from : owners_of(sources, root)) {
        for (const auto& [source, path] : from.paths) {
            const auto owner = from.owners.by_path.find(path);
            if (owner != from.owners.by_path.end())
                findings.owners.emplace(
                    source, std::pair(owner_purl(owner->second, from.owners), owner->second));
        }
        std::ranges::move(from.owners.notes, std::back_inserter(findings.notes));
    }
    return findings;
}

Bill bill_of(const places::Bundle& bundle, const Findings& findings, const BaseFacts& base,
             const std::string& created)
{
    Bill bill{.name = bundle.references.front().familiar(),
              .created = created,
              .creator = bill_creator()};
    Writer writer(findings, bill);
    const Element document{};
    std::optional<Element> index;
    if (bundle.index) {
        index = writer.package(container(bundle, *bundle.index, ""));
        writer.relate(document, "DESCRIBES", *index);
    }
    for (const Image& image : bundle.images) {
        const Element element = writer.package(
            container(bundle, image.manifest, std::string(sandbox::arch_name(image.arch))));
        writer.relate(index ? *index : document, index ? "CONTAINS" : "DESCRIBES", element);
        for (const Layer& layer : image.layers)
            writer.layer(layer, element);
        add_base(base, image.arch, element, writer);
        add_underneath(base.under, image.arch, element, writer);
        writer.relate(writer.package(tool_package()), "BUILD_TOOL_OF", element);
    }
    return bill;
}

}  // namespace outis::images::bill
