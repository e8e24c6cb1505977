#include "outis/images/rebase.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <utility>

#include "bake/base_contents.h"
#include "bake/base_image.h"
#include "bake/delivery.h"
#include "bake/inputs.h"
#include "bake/merged_config.h"
#include "bake/plan.h"
#include "content/base.h"
#include "content/tool_data.h"
#include "layers/chain.h"
#include "oci/read_config.h"
#include "view/start.h"
#include "view/stop_signals.h"

namespace outis::images::bake {

namespace {

constexpr const char* kRebasedSuffix = "-rebased";
constexpr const char* kLibrariesKey = "etc/ld.so.cache";

// What every platform's image needs and none changes.
struct RebaseSteps {
    const registry::RegistrySettings& registries;
    const layers::BlobStore& store;
    const std::string& base_name;
};

std::string text_in(const std::map<std::string, std::string>& pairs, const std::string& key)
{
    const auto found = pairs.find(key);
    return found == pairs.end() ? "" : found->second;
}

// The old base of an image that names it in its annotations alone, from the registry it is in.
Result<std::vector<Layer>, Error> named_base(const BaseImage& image, const RebaseSteps& bench)
{
    const std::string name = text_in(image.annotations, kBaseNameKey);
    const std::string digest = text_in(image.annotations, kBaseDigestKey);
    if (name.empty() || digest.empty())
        return bad_input(
            "the image does not say what it was made on; 'outis bake --from' makes one that does");
    BaseImages old = OUTIS_TRY(
        open_base("docker://" + name + "@" + digest, {image.arch}, bench.registries, bench.store));
    return std::move(old.list.front().layers);
}

// How many layers of `image` are the base's it says it was made on.
Result<std::size_t, Error> layers_of_base(const BaseImage& image, const RebaseSteps& bench)
{
    std::string chain = text_in(oci::read_run_config(image.config).labels, layers::kChainKey);
    if (chain.empty()) {
        const std::vector<Layer> old = OUTIS_TRY(named_base(image, bench));
        chain = layers::chain_of(old);
    }
    const std::size_t count = layers::layers_of_chain(image.layers, chain);
    if (count == 0 || count == image.layers.size())
        return bad_input("the image does not begin with the base that it was made on (" + chain +
                         "), or ends with it; bake it anew with --from");
    return count;
}

// An image by what it was made on and what it shall lie on.
struct Move {
    const BaseImage& image;
    std::size_t count = 0;       // of its layers that are the old base's
    const view::Flattened& old;  // what these show
    const BaseImage& base;       // the new one
};

// Lines of ours stand behind the old base's in one file, which would hide the new base's.
Result<Done, Error> check_lists(const Move& move)
{
    const auto digest_in = [](const view::Flattened& files, const char* key) {
        const view::Node* node = files.find(key);
        return node == nullptr ? std::string() : node->entry.facts.digest;
    };
    for (const char* key : {content::kPasswdKey, content::kGroupKey, kLibrariesKey}) {
        const view::Node* node = move.image.files.find(key);
        if (node != nullptr && node->layer >= move.count &&
            digest_in(move.old, key) != digest_in(move.base.files, key))
            return bad_input(std::string("'/") + key +
                             "' of the image is the old base's with more in it, and the new base "
                             "has another; bake it anew with --from");
    }
    return Done{};
}

bool shows_folder(const view::Node& node)
{
    return node.entry.member.entry.kind == layers::EntryKind::directory;
}

// What lies above must not turn a folder of the new base into something else, or the other way.
Result<Done, Error> check_places(const Move& move)
{
    for (const auto& [path, node] : move.image.files.nodes()) {
        const auto below = move.base.files.nodes().find(path);
        if (node.layer >= move.count && below != move.base.files.nodes().end() &&
            shows_folder(node) != shows_folder(below->second))
            return bad_input("'/" + path + "' is a folder in one of the image and its new base, " +
                             "and none in the other; bake it anew with --from");
    }
    return Done{};
}

// Where a bake puts its own whatever the base has: PID 1, the policy, and the program that PID 1
// starts. A base that was baked too has others there in each of its versions, and no container of
// the image could mean them.
std::set<std::string> own_places(const BaseImage& image)
{
    std::vector<std::string> names{content::kInitKey, content::kPolicyKey};
    const view::Start start = view::read_start(image.config);
    if (start.by_outis)
        names.insert(names.end(), start.programs.begin(), start.programs.end());
    std::set<std::string> places;
    for (const std::string& name : names)
        places.insert(image.files.resolve(name).value_or(name));
    return places;
}

// The new base has the same there as the image has, or what the old base had, over which the
// image's was put on purpose.
bool may_hide(const Move& move, const std::string& path, const view::Node& node,
              const view::Node& below)
{
    const std::string ours = description(node);
    const view::Node* led = move.base.files.find(path);
    if (description(below) == ours || (led != nullptr && description(*led) == ours))
        return true;
    // A bake puts the root's in the place of one of ours.
    if (path == content::kOsReleaseKey && content::is_own_release(below.entry.facts.text))
        return true;
    const auto before = move.old.nodes().find(path);
    return before != move.old.nodes().end() && description(before->second) == description(below);
}

// A file of the image's own layers, say a library that the old base lacked, must not hide another
// one of the new base, which may be newer.
Result<Done, Error> check_hidden(const Move& move)
{
    const std::set<std::string> own = own_places(move.image);
    for (const auto& [path, node] : move.image.files.nodes()) {
        const auto below = move.base.files.nodes().find(path);
        if (node.layer < move.count || below == move.base.files.nodes().end() ||
            shows_folder(node) || own.contains(path) || may_hide(move, path, node, below->second))
            continue;
        return bad_input("'/" + path + "' of the image (" + description(node) +
                         ") would hide that of its new base (" + description(below->second) +
                         "); bake it anew with --from");
    }
    return Done{};
}

// What the old base had for the start, PID 1 or a library, the new one must have too.
Result<Done, Error> check_start_on(const view::Flattened& files, const BaseImage& image)
{
    const std::vector<std::string> before = start_problems(image.config, image.arch, image.files);
    for (const std::string& problem : start_problems(image.config, image.arch, files)) {
        if (std::ranges::find(before, problem) == before.end())
            return bad_input("the image would not start on its new base: " + problem +
                             "; bake it anew with --from");
    }
    return Done{};
}

// PID 1 is the image's own and may be older than --stop, which it would refuse; a variable that it
// does not know it leaves alone. One that has the option takes a longer list.
void tell_stop(const view::Flattened& files, const oci::RunConfig& run, Rebase& rebase)
{
    const view::StopSignals taken = view::stop_signals_of(files, rebase.config);
    const auto missing = view::missing_stop(taken, run.stop_signal);
    if (!view::read_start(rebase.config).by_outis || !missing)
        return;
    if (taken.by_option)
        rebase.entrypoint = view::with_stop(run.entrypoint, "", 0, run.stop_signal);
    else if (taken.words.empty())
        rebase.stop = view::signal_list(*missing);
}

Result<Image, Error> rebased(const BaseImage& image, const BaseImage& base,
                             const RebaseSteps& bench)
{
    const std::size_t count = OUTIS_TRY(layers_of_base(image, bench));
    std::vector<Layer> below(image.layers.begin(),
                             image.layers.begin() + static_cast<std::ptrdiff_t>(count));
    const view::Flattened old = OUTIS_TRY(seen_files(below));
    const Move move{.image = image, .count = count, .old = old, .base = base};
    OUTIS_TRY(check_lists(move));
    OUTIS_TRY(check_places(move));
    OUTIS_TRY(check_hidden(move));
    // The image begins with its base, and its own layers fit the new one and hide nothing of it.

    Image made{.arch = image.arch, .layers = base.layers};
    made.layers.insert(made.layers.end(), image.layers.begin() + static_cast<std::ptrdiff_t>(count),
                       image.layers.end());
    const view::Flattened files = OUTIS_TRY(seen_files(made.layers));
    OUTIS_TRY(check_start_on(files, image));
    // Nothing is missing that the old base had for its start.

    const oci::RunConfig run = oci::read_run_config(image.config);
    made.user = run.user;
    Rebase rebase{.config = image.config,
                  .layers = image.layers,
                  .first = count,
                  .base = base,
                  .label = {layers::kChainKey, layers::chain_of(base.layers)}};
    tell_stop(files, run, rebase);
    made.config = oci::text_blob(rebased_config(rebase));
    oci::Annotations annotations = kept_annotations(image.annotations);
    set_base(annotations, bench.base_name, base.digest);
    made.manifest = oci::text_blob(oci::manifest_json(made.config, made.layers, annotations));
    return made;
}

std::vector<policy::Arch> platforms_of(const BaseImages& images)
{
    std::vector<policy::Arch> platforms;
    for (const BaseImage& image : images.list)
        platforms.push_back(image.arch);
    return platforms;
}

}  // namespace

Result<Baked, Error> rebase(const RebaseOptions& options, const Progress& progress)
{
    const content::ToolData data = OUTIS_TRY(content::find_tool_data());
    Plan plan = OUTIS_TRY(make_plan({.tags = options.tags,
                                     .outputs = options.outputs,
                                     .platforms = options.platforms,
                                     .tls_ca = options.remote.tls_ca,
                                     .authfile = options.remote.authfile,
                                     .plain_http = options.remote.plain_http},
                                    data));
    plan.profile.clear();
    std::vector<std::string> outputs = options.outputs;
    // Every word has been understood.

    const layers::BlobStore store = OUTIS_TRY(layers::BlobStore::open());
    progress("reading '" + options.image + "'");
    const BaseImages image =
        OUTIS_TRY(open_base(options.image, plan.platforms, plan.registries, store));
    progress("reading '" + options.from + "'");
    const BaseImages base =
        OUTIS_TRY(open_base(options.from, platforms_of(image), plan.registries, store));
    std::vector<std::filesystem::path> inputs = input_files({.from = options.image}, {});
    std::ranges::move(input_files({.from = options.from}, {}), std::back_inserter(inputs));
    OUTIS_TRY(name_image(image.called, kRebasedSuffix, plan, outputs, inputs));
    // Both are whole, and the new base has every platform of the image.

    const RebaseSteps bench{plan.registries, store, base.name};
    places::Bundle bundle{.references = plan.references};
    for (const BaseImage& one : image.list) {
        const auto below = std::ranges::find(base.list, one.arch, &BaseImage::arch);
        Result<Image, Error> made = rebased(one, *below, bench);
        if (!made)
            return during("image '" + options.image + "'", made.take_failure());
        bundle.images.push_back(made.take());
    }
    if (bundle.images.size() > 1)
        bundle.index =
            oci::text_blob(oci::index_json(bundle.images, kept_annotations(image.annotations)));
    // The images are complete; nothing has been written where the user looks.

    Baked baked = OUTIS_TRY(put_images(bundle, nullptr, plan, outputs, progress));
    baked.notes.insert(baked.notes.begin(), base.notes.begin(), base.notes.end());
    baked.notes.insert(baked.notes.begin(), image.notes.begin(), image.notes.end());
    // Each output has been read back and validated before it got its name.
    return baked;
}

}  // namespace outis::images::bake
