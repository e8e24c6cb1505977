#include "outis/images/build.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "bake/base_image.h"
#include "bake/binaries.h"
#include "bake/closure_of.h"
#include "bake/lacking.h"
#include "bake/over.h"
#include "bake/plan.h"
#include "bake/provenance_words.h"
#include "bake/summary.h"
#include "bake/trees.h"
#include "bill/documents.h"
#include "content/accounts.h"
#include "content/base.h"
#include "content/base_layer.h"
#include "content/labels.h"
#include "content/policy_choice.h"
#include "host/root.h"
#include "host/tool_data.h"
#include "layers/compress.h"
#include "layers/platform.h"
#include "oci/config.h"
#include "oci/manifest.h"
#include "oci/reference.h"
#include "outis/sandbox/arch.h"
#include "places/bundle.h"
#include "places/destination.h"
#include "places/transfer.h"
#include "programs/closure.h"
#include "programs/program.h"
#include "view/stop_signals.h"

namespace outis::images::bake {

namespace {

constexpr const char* kCreator = "outis " OUTIS_VERSION ": ";
constexpr const char* kDebugSuffix = "-debug";

// What is compiled and known of one platform before its image is made.
struct Part {
    policy::Arch arch = policy::Arch::x86_64;
    std::vector<programs::Program> programs = {};
    programs::Closure closure = {};
    content::Labels labels = {};  // that nobody gave
};

// What every step needs and none changes.
struct Workshop {
    const BakeOptions& options;
    const Plan& plan;
    const host::ToolData& data;
    const layers::BlobStore& store;
    const Progress& progress;
    const BaseImages* under;  // of an image on top of another; else null
};

layers::PackOptions pack_options(const Plan& plan)
{
    return {.time = plan.time,
            .compression = plan.compression,
            .threads = layers::compression_threads(),
            .files = plan.sbom || plan.provenance ? layers::TellFiles::yes : layers::TellFiles::no};
}

// The image's documents, when its layers are packed. What is built FROM an image has its labels,
// so those that tell of this image are annotations of a base.
void add_documents(const Workshop& shop, const Part& part, oci::RunConfig run, Image& image)
{
    for (const auto& [key, value] : part.labels) {
        if (shop.options.product == Product::app || !key.starts_with(content::kStandardPrefix))
            run.labels.emplace(key, value);
    }
    oci::Annotations annotations = shop.plan.annotations;
    annotations.insert(part.labels.begin(), part.labels.end());
    image.user = run.user;
    image.config = oci::text_blob(oci::config_json(run, part.arch, image.layers, shop.plan.time));
    image.manifest = oci::text_blob(oci::manifest_json(image.config, image.layers, annotations));
}

// The bundle, and a user who is not root for what is put above it.
Result<Image, Error> build_certificates(const Workshop& shop, const Part& part)
{
    const layers::Tree tree = OUTIS_TRY(certificates_tree(shop.plan, shop.data));
    Image image{.arch = part.arch};
    image.layers.push_back(OUTIS_TRY(layers::pack_layer(
        tree, kCreator + std::string("certificates"), pack_options(shop.plan), shop.store)));
    oci::RunConfig run = shop.plan.run;
    run.entrypoint.clear();
    run.user = content::user_text(content::kNobody);
    add_documents(shop, part, std::move(run), image);
    return image;
}

Result<Image, Error> build_image(const Workshop& shop, const Part& part, Flavour flavour)
{
    const Plan& plan = shop.plan;
    const content::ChosenPolicy policy =
        OUTIS_TRY(content::choose_policy(shop.data, plan.profile, part.arch, plan.accounts));
    if (!policy.maps_code && !part.programs.empty() &&
        !programs::require_static_file(part.programs.front().file))
        return bad_input("'" + part.programs.front().file.string() +
                         "' is a dynamic program, and profile '" + policy.name +
                         "' lets no loader map libraries; link it statically, or take 'service'");
    const std::string starts_as =
        OUTIS_TRY(content::run_user(shop.options.user, "", plan.accounts, policy));
    std::optional<content::UserId> user;  // none: root
    if (!starts_as.empty())
        user = OUTIS_TRY(content::parse_user(starts_as, plan.accounts));
    const content::Accounts accounts =
        user ? content::with_user(plan.accounts, *user) : plan.accounts;
    // The policy has been read back and is for this architecture; the user is a number.

    const layers::Tree local = OUTIS_TRY(local_tree(plan, accounts, shop.data));
    const layers::Tree libraries = OUTIS_TRY(library_tree(part.closure, shop.data, part.arch));
    const layers::Tree app = OUTIS_TRY(app_tree(part.programs, policy, plan, user, libraries));
    // Every file has its place, and no two have the same.

    shop.progress("packing the layers of " + layers::platform_name(part.arch));
    Image image{.arch = part.arch};
    image.layers.push_back(
        OUTIS_TRY(content::base_layer(shop.data, part.arch, plan.base, shop.store)));
    const layers::PackOptions pack = pack_options(plan);
    if (!local.empty())
        image.layers.push_back(OUTIS_TRY(
            layers::pack_layer(local, kCreator + std::string("local files"), pack, shop.store)));
    if (!libraries.empty())
        image.layers.push_back(OUTIS_TRY(
            layers::pack_layer(libraries, kCreator + std::string("libraries"), pack, shop.store)));
    const char* const kept = part.programs.empty() ? "policy" : "app and policy";
    image.layers.push_back(
        OUTIS_TRY(layers::pack_layer(app, kCreator + std::string(kept), pack, shop.store)));
    if (flavour == Flavour::debug) {
        layers::Tree below = libraries;
        below.insert(app.begin(), app.end());
        const layers::Tree shell = OUTIS_TRY(shell_tree(plan, part.arch, below));
        image.layers.push_back(OUTIS_TRY(
            layers::pack_layer(shell, kCreator + std::string("debug shell"), pack, shop.store)));
    }
    // The layers are blobs in the store, named by what they hold.

    oci::RunConfig run = plan.run;
    run.entrypoint.pop_back();
    if (!part.programs.empty())
        run.entrypoint.push_back(part.programs.front().place);
    run.entrypoint =
        view::with_stop(std::move(run.entrypoint), view::stop_variable(run.environment),
                        policy.stop_signals, run.stop_signal);
    if (user)
        run.user = content::user_text(*user);
    add_documents(shop, part, std::move(run), image);
    image.notes = part.closure.notes;
    std::ranges::move(capability_notes(plan, policy), std::back_inserter(image.notes));
    return image;
}

// On top of an image that is there, which has one for every platform.
Result<Image, Error> build_over(const Workshop& shop, const Part& part, Flavour flavour)
{
    shop.progress("packing the layers of " + layers::platform_name(part.arch));
    const auto base = std::ranges::find(shop.under->list, part.arch, &BaseImage::arch);
    return image_over({.options = shop.options,
                       .plan = shop.plan,
                       .data = shop.data,
                       .store = shop.store,
                       .programs = part.programs,
                       .closure = part.closure,
                       .labels = part.labels,
                       .base_name = shop.under->name,
                       .pack = pack_options(shop.plan),
                       .flavour = flavour},
                      *base);
}

Result<Image, Error> build_one(const Workshop& shop, const Part& part, Flavour flavour)
{
    if (shop.options.product == Product::certificates)
        return build_certificates(shop, part);
    return shop.under == nullptr ? build_image(shop, part, flavour)
                                 : build_over(shop, part, flavour);
}

// Of the base, for the documents.
bill::Underneath underneath(const Workshop& shop)
{
    bill::Underneath under;
    if (shop.under == nullptr)
        return under;
    const BaseImages& images = *shop.under;
    under.name = images.name.empty() ? images.called.familiar() : images.name;
    for (const BaseImage& base : shop.under->list)
        under.digests.emplace(base.arch, base.digest);
    return under;
}

// What the images hold of this build's own data.
Result<bill::BaseFacts, Error> base_facts(const Workshop& shop, const places::Bundle& bundle)
{
    const Plan& plan = shop.plan;
    const host::ContentVersions versions = host::content_versions(shop.data);
    bill::BaseFacts facts{.under = underneath(shop)};
    if (plan.base.certificates && (shop.options.ca.empty() || shop.options.ca == "pinned"))
        facts.certificates = versions.certificates;
    if (shop.options.product == Product::certificates)
        return facts;
    const bool own_zones = plan.base.zones || !plan.zones.empty();
    if (own_zones && shop.options.zones != "none")
        facts.zones = versions.zones;
    for (const Image& image : bundle.images) {
        const host::Digest digest = OUTIS_TRY(host::sha256_of_file(shop.data.init(image.arch)));
        facts.init.emplace(image.arch, digest.hex);
    }
    return facts;
}

Result<places::Bundle, Error> build_bundle(const Workshop& shop, const std::vector<Part>& parts,
                                           Flavour flavour)
{
    places::Bundle bundle{.references = shop.plan.references};
    for (oci::Reference& reference : bundle.references) {
        if (flavour == Flavour::debug)
            reference = OUTIS_TRY(oci::parse_reference(reference.full() + kDebugSuffix));
    }
    for (const Part& part : parts)
        bundle.images.push_back(OUTIS_TRY(build_one(shop, part, flavour)));
    if (bundle.images.size() > 1) {
        oci::Annotations annotations = shop.plan.annotations;
        annotations.insert(parts.front().labels.begin(), parts.front().labels.end());
        bundle.index = oci::text_blob(oci::index_json(bundle.images, annotations));
    }
    bill::BaseFacts base = OUTIS_TRY(base_facts(shop, bundle));
    bill::BillDocuments documents = OUTIS_TRY(bill::documents_of(
        bundle, {.sbom = shop.plan.sbom,
                 .provenance = shop.plan.provenance,
                 .time = shop.plan.time,
                 .root = shop.options.root,
                 .base = std::move(base),
                 .facts = {.parameters = told_parameters(shop.options, shop.plan.time),
                           .labels = parts.front().labels,
                           .profile = shop.plan.profile}}));
    bundle.documents = std::move(documents.list);
    std::ranges::move(documents.notes, std::back_inserter(bundle.images.front().notes));
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

std::string default_output(const oci::Reference& reference)
{
    return reference.path.substr(reference.path.rfind('/') + 1) + ".tar";
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
                              const host::Root& root, const BakeOptions& options, const Plan& plan,
                              const Progress& progress)
{
    std::vector<programs::Program> programs;
    if (!options.apps.empty())
        programs = OUTIS_TRY(programs::programs_for(sources, arch, plan.sources, progress));
    Part part{.arch = arch};
    part.closure = OUTIS_TRY(closure_of(root, programs, arch, options, plan, progress));
    if (options.product == Product::app)
        part.programs = std::move(programs);
    const programs::Origin origin =
        part.programs.empty() ? programs::Origin{} : programs::origin_of(sources, part.programs);
    part.labels = labels_of(origin, plan, sources.name);
    return part;
}

}  // namespace

Result<Baked, Error> bake(const BakeOptions& asked, const Progress& progress)
{
    BakeOptions options = asked;
    if (!options.from.empty() && options.product != Product::app)
        return bad_input("--from is for an app; 'outis base' makes an image on nothing");
    if (options.keep_entrypoint && options.from.empty())
        return bad_input("--keep-entrypoint is about the image that --from names");
    const host::ToolData data = OUTIS_TRY(host::find_tool_data());
    Plan plan = OUTIS_TRY(make_plan(options, data));
    // Every word has been understood, every small file it names read.

    const layers::BlobStore store = OUTIS_TRY(layers::BlobStore::open());
    const host::Root root = OUTIS_TRY(host::Root::open(options.root.empty() ? "/" : options.root));
    const programs::Sources sources =
        OUTIS_TRY(sources_of(options.product, plan.sources, root, progress));
    if (plan.platforms.empty())
        plan.platforms = sources.platforms;
    if (plan.references.empty())
        plan.references.push_back(
            OUTIS_TRY(oci::parse_reference(oci::fit_path_component(sources.name))));
    use_auto_user(options, plan);
    std::vector<std::string> outputs = options.outputs;
    if (outputs.empty()) {
        outputs.push_back(default_output(plan.references.front()));
        plan.destinations.push_back(OUTIS_TRY(places::parse_destination(outputs.front())));
    }
    // The sources exist, and the platforms, the image's name and its places are known.

    std::optional<BaseImages> under;
    if (!options.from.empty()) {
        progress("reading '" + options.from + "'");
        under = OUTIS_TRY(open_base(options.from, plan.platforms, plan.registries, store));
        plan = without_present(std::move(plan), *under);
    }
    // What lies below is whole, and all that a container of it sees is known.

    std::vector<Part> parts;
    for (const policy::Arch arch : plan.platforms)
        parts.push_back(OUTIS_TRY(make_part(arch, sources, root, options, plan, progress)));
    // Each program is an ELF file for its platform, and all that it needs of the root is known.

    const Workshop shop{options, plan, data, store, progress, under ? &*under : nullptr};
    const places::Bundle bundle = OUTIS_TRY(build_bundle(shop, parts, Flavour::plain));
    std::optional<places::Bundle> debug;
    if (!plan.shells.empty())
        debug = OUTIS_TRY(build_bundle(shop, parts, Flavour::debug));
    // The images and their documents are complete; nothing has been written where the user looks.

    std::vector<std::string> notes;
    const places::TransferWatch watch{
        .note = places::said_once([&](const std::string& note) { notes.push_back(note); })};
    const auto give = [&](const places::Bundle& made, const places::Destination& destination) {
        if (!places::is_file(destination.transport))
            progress("pushing to " + destination.text());
        return places::hand_over(made, destination, plan.registries, watch);
    };
    std::vector<std::string> documents;
    for (const places::Destination& destination : plan.destinations) {
        std::ranges::move(OUTIS_TRY(give(bundle, destination)), std::back_inserter(documents));
        if (debug) {
            const places::Destination beside =
                OUTIS_TRY(places::with_suffix(destination, kDebugSuffix));
            std::ranges::move(OUTIS_TRY(give(*debug, beside)), std::back_inserter(documents));
            outputs.push_back(beside.text());
        }
    }
    // Each output has been read back and validated before it got its name.

    const std::string profile = options.product == Product::certificates ? "" : plan.profile;
    Baked baked = summary_of(bundle, profile, std::move(outputs));
    baked.notes.insert(baked.notes.begin(), plan.notes.begin(), plan.notes.end());
    if (under)
        baked.notes.insert(baked.notes.begin(), under->notes.begin(), under->notes.end());
    baked.documents = std::move(documents);
    baked.notes.insert(baked.notes.end(), notes.begin(), notes.end());
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
