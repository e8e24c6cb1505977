#include "outis/images/build.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "bake/assemble.h"
#include "bake/base_contents.h"
#include "bake/base_image.h"
#include "bake/binaries.h"
#include "bake/closure_of.h"
#include "bake/delivery.h"
#include "bake/inputs.h"
#include "bake/plan.h"
#include "bill/documents.h"
#include "content/labels.h"
#include "content/tool_data.h"
#include "host/digest.h"
#include "host/root.h"
#include "layers/platform.h"
#include "oci/manifest.h"
#include "outis/sandbox/arch.h"
#include "places/bundle.h"
#include "places/place.h"

namespace outis::images::bake {

namespace {

// What every step needs and none changes.
struct Bake {
    const Plan& plan;
    const content::ToolData& data;
    const layers::BlobStore& store;
    const BaseImages& base;
    const Progress& progress;
};

// Of the base, for the documents.
bill::Underneath underneath(const BaseImages& base)
{
    bill::Underneath under;
    if (base.list.front().is_scratch())
        return under;
    under.name = base.name.empty() ? base.called.familiar() : base.name;
    for (const BaseImage& image : base.list)
        under.digests.emplace(image.arch, image.digest);
    return under;
}

// What the images hold of this build's own data.
Result<bill::BaseFacts, Error> base_facts(const Bake& bake, const places::Bundle& bundle)
{
    const Plan& plan = bake.plan;
    const content::ContentVersions versions = content::content_versions(bake.data);
    bill::BaseFacts facts{.under = underneath(bake.base)};
    if (plan.base.certificates && plan.pinned_certificates)
        facts.certificates = versions.certificates;
    if (plan.product == Product::certificates)
        return facts;
    if (plan.own_zones && (plan.base.zones || !plan.zones.empty()))
        facts.zones = versions.zones;
    for (const Image& image : bundle.images) {
        const host::Digest digest = OUTIS_TRY(host::sha256_of_file(bake.data.init(image.arch)));
        facts.init.emplace(image.arch, digest.hex);
    }
    return facts;
}

Result<places::Bundle, Error> build_bundle(const Bake& bake, const std::vector<Part>& parts,
                                           Flavour flavour)
{
    const Plan& plan = bake.plan;
    places::Bundle bundle{.references = plan.references};
    for (oci::Reference& reference : bundle.references) {
        if (flavour == Flavour::debug)
            reference = OUTIS_TRY(oci::parse_reference(reference.full() + kDebugSuffix));
    }
    const Assembly assembly{plan, bake.data, bake.store, bake.base.name};
    for (const Part& part : parts) {
        bake.progress("packing the layers of " + layers::platform_name(part.arch));
        const auto base = std::ranges::find(bake.base.list, part.arch, &BaseImage::arch);
        bundle.images.push_back(OUTIS_TRY(assemble(assembly, part, *base, flavour)));
    }
    const content::Labels& labels = parts.front().labels;
    if (bundle.images.size() > 1) {
        oci::Annotations annotations = plan.annotations;
        annotations.insert(labels.begin(), labels.end());
        bundle.index = oci::text_blob(oci::index_json(bundle.images, annotations));
    }
    bill::BaseFacts facts = OUTIS_TRY(base_facts(bake, bundle));
    bill::BillDocuments documents = OUTIS_TRY(bill::documents_of(
        bundle,
        {.sbom = plan.sbom,
         .provenance = plan.provenance,
         .time = plan.time,
         .root = plan.sources.root,
         .base = std::move(facts),
         .facts = {.parameters = plan.parameters, .labels = labels, .profile = plan.profile}}));
    bundle.documents = std::move(documents.list);
    // What is wrong with a database the lists of packages have told.
    std::vector<std::string>& notes = bundle.images.front().notes;
    for (std::string& note : documents.notes) {
        if (std::ranges::find(notes, note) == notes.end())
            notes.push_back(std::move(note));
    }
    return bundle;
}

content::Labels labels_of(const programs::Origin& origin, const Plan& plan,
                          const std::string& title)
{
    return content::standard_labels({.created = oci::rfc3339(plan.time),
                                     .title = title,
                                     .version = origin.version,
                                     .revision = origin.revision,
                                     .source = origin.source,
                                     .go_module = origin.go_module,
                                     .go_toolchain = origin.go_toolchain,
                                     .certificates = plan.certificate_count,
                                     .certificates_date = plan.certificates_date});
}

// A base has a name, and sources only if their libraries are wanted.
Result<programs::Sources, Error> sources_of(Product product, const programs::SourceOptions& options,
                                            const host::Root& root, const Progress& progress)
{
    if (product == Product::app)
        return programs::open_sources(options, root, progress);
    programs::Sources sources;
    sources.platforms = {sandbox::host_arch()};
    if (!options.apps.empty())
        sources = OUTIS_TRY(programs::open_sources(options, root, progress));
    sources.name = product == Product::base ? "outis-base" : "ca-certificates";
    return sources;
}

Result<Part, Error> make_part(policy::Arch arch, const programs::Sources& sources,
                              const host::Root& root, const Plan& plan,
                              const view::Flattened& below, const Progress& progress)
{
    std::vector<programs::Program> programs;
    if (!plan.sources.apps.empty())
        programs = OUTIS_TRY(programs::programs_for(sources, arch, plan.sources, progress));
    Part part{.arch = arch};
    if (!programs.empty()) {
        part.started = programs.front().file;
        part.started_name = sources.go ? sources.go->import_path : part.started.string();
    }
    part.closure = OUTIS_TRY(closure_of(root, programs, arch, plan, below, progress));
    if (plan.product == Product::app)
        part.programs = std::move(programs);
    const programs::Origin origin =
        part.programs.empty() ? programs::Origin{}
                              : programs::origin_of(sources, part.programs, plan.sources.git);
    part.labels = labels_of(origin, plan, sources.name);
    return part;
}

}  // namespace

Result<Baked, Error> bake(const BakeOptions& options, const Progress& progress)
{
    if (!options.from.empty() && options.product != Product::app)
        return bad_input("--from is for an app; 'outis base' makes an image on nothing");
    if (options.keep_entrypoint && options.from.empty())
        return bad_input("--keep-entrypoint is about the image that --from names");
    const content::ToolData data = OUTIS_TRY(content::find_tool_data());
    Plan plan = OUTIS_TRY(make_plan(options, data));
    const std::vector<std::filesystem::path> inputs = input_files(options, plan.additions);
    OUTIS_TRY(check_destinations(plan, options.outputs, inputs, Documents::planned));
    // Every word has been understood, every small file it names read; each output has a place.

    const layers::BlobStore store = OUTIS_TRY(layers::BlobStore::open());
    const host::Root root = OUTIS_TRY(host::Root::open(options.root.empty() ? "/" : options.root));
    const programs::Sources sources =
        OUTIS_TRY(sources_of(plan.product, plan.sources, root, progress));
    if (plan.platforms.empty())
        plan.platforms = sources.platforms;
    if (plan.references.empty())
        plan.references.push_back(
            OUTIS_TRY(oci::parse_reference(oci::fit_path_component(sources.name))));
    use_auto_user(plan);
    std::vector<std::string> outputs = options.outputs;
    if (outputs.empty()) {
        outputs.push_back(oci::default_tar(plan.references.front().path));
        plan.destinations.push_back(OUTIS_TRY(places::parse_target(outputs.front())));
        OUTIS_TRY(check_destinations(plan, outputs, inputs, Documents::planned));
    }
    // The sources exist, and the platforms, the image's name and its places are known.

    BaseImages base = scratch(plan.platforms, plan.time);
    if (!plan.from.empty()) {
        progress("reading '" + plan.from + "'");
        base = OUTIS_TRY(open_base(plan.from, plan.platforms, plan.registries, store));
        plan = without_present(std::move(plan), base);
    }
    // What lies below is whole, and all that a container of it sees is known.

    std::vector<Part> parts;
    for (const policy::Arch arch : plan.platforms) {
        const auto below = std::ranges::find(base.list, arch, &BaseImage::arch);
        parts.push_back(OUTIS_TRY(make_part(arch, sources, root, plan, below->files, progress)));
    }
    // Each program is an ELF file for its platform, and all that it needs of the root is known.

    const Bake steps{plan, data, store, base, progress};
    const places::Bundle bundle = OUTIS_TRY(build_bundle(steps, parts, Flavour::plain));
    std::optional<places::Bundle> debug;
    if (!plan.shells.empty())
        debug = OUTIS_TRY(build_bundle(steps, parts, Flavour::debug));
    // The images and their documents are complete; nothing has been written where the user looks.

    Baked baked = OUTIS_TRY(put_images(bundle, debug ? &*debug : nullptr, plan, outputs, progress));
    // Each output has been read back and validated before it got its name.

    if (plan.product == Product::certificates)
        baked.profile.clear();
    baked.notes.insert(baked.notes.begin(), plan.notes.begin(), plan.notes.end());
    baked.notes.insert(baked.notes.begin(), base.notes.begin(), base.notes.end());
    return baked;
}

Result<std::vector<std::string>, Error> bake_binaries(const BakeOptions& options,
                                                      const Progress& progress)
{
    const host::Root root = OUTIS_TRY(host::Root::open("/"));
    const programs::SourceOptions named = OUTIS_TRY(source_options(options));
    const programs::Sources sources = OUTIS_TRY(programs::open_sources(named, root, progress));
    return write_binaries(sources, options, progress);
}

}  // namespace outis::images::bake
