#include "outis/images/harden.h"

#include <utility>

#include "bake/base_image.h"
#include "bake/config_over.h"
#include "bake/outcome.h"
#include "bake/placement.h"
#include "bake/plan.h"
#include "content/base.h"
#include "content/policy_choice.h"
#include "host/tool_data.h"
#include "layers/compress.h"
#include "layers/layer.h"
#include "oci/read_config.h"
#include "programs/elf.h"
#include "view/start.h"
#include "view/stop_signals.h"

namespace outis::images::bake {

namespace {

constexpr const char* kHardenedBy = "outis " OUTIS_VERSION ": PID 1 and policy";
constexpr const char* kHardenedSuffix = "-hardened";

// What every platform's image needs and none changes.
struct HardenSteps {
    const HardenOptions& options;
    const Plan& plan;
    const host::ToolData& data;
    const layers::BlobStore& store;
    std::string base_name;
};

Result<Layer, Error> init_layer(const BaseImage& base, const content::ChosenPolicy& policy,
                                const std::string& user, const HardenSteps& bench)
{
    layers::Tree tree = OUTIS_TRY(content::init_tree(bench.data, base.arch));
    tree.emplace(content::kPolicyKey, layers::file_entry(policy.bytes));
    const layers::Tree placed = OUTIS_TRY(placed_on(tree, base.files));
    OUTIS_TRY(check_reachable(placed, user));
    const layers::PackOptions pack{.time = bench.plan.time,
                                   .compression = bench.plan.compression,
                                   .threads = layers::compression_threads()};
    return layers::pack_layer(placed, kHardenedBy, pack, bench.store);
}

// Under a policy that does not accept its ABI a program's every call answers ENOSYS.
std::string note_of_32_bit(const BaseImage& base, const content::ChosenPolicy& policy)
{
    const std::vector<std::string> programs = view::read_start(base.config).programs;
    const view::Node* node = programs.empty() ? nullptr : base.files.find(programs.back());
    if (policy.runs_32_bit || node == nullptr || !node->entry.facts.elf ||
        node->entry.facts.elf->bits != 32)
        return {};
    const char* const abi = base.arch == policy::Arch::x86_64 ? "i386" : "arm";
    return "'" + programs.back() + "' is a 32-bit program, and profile '" + policy.name +
           "' refuses every call of those; take a profile with architectures = [\"" + abi + "\"]";
}

std::string note_of_dynamic(const BaseImage& base, const content::ChosenPolicy& policy)
{
    const std::vector<std::string> programs = view::read_start(base.config).programs;
    const view::Node* node = programs.empty() ? nullptr : base.files.find(programs.back());
    if (policy.maps_code || node == nullptr || !node->entry.facts.elf ||
        node->entry.facts.elf->interpreter.empty())
        return {};
    return "'" + programs.back() + "' is a dynamic program, and profile '" + policy.name +
           "' lets no loader map libraries: it will not start; take 'service'";
}

Result<Image, Error> hardened(const BaseImage& base, const HardenSteps& bench)
{
    const content::Accounts accounts = accounts_in(base.files);
    const content::ChosenPolicy policy =
        OUTIS_TRY(content::choose_policy(bench.data, bench.plan.profile, base.arch, accounts));
    const oci::RunConfig own_run = oci::read_run_config(base.config);
    oci::RunConfig run{.arguments = own_run.arguments};  // what is not named stays as it is
    run.user = OUTIS_TRY(content::run_user(bench.options.user, own_run.user, accounts, policy));
    run.entrypoint = view::with_stop(OUTIS_TRY(behind_init(own_run.entrypoint)),
                                     view::stop_variable(own_run.environment), policy.stop_signals,
                                     own_run.stop_signal);
    // The policy has been read back and is for this architecture; the command is known.

    std::vector<Layer> own;
    own.push_back(OUTIS_TRY(init_layer(base, policy, run.user, bench)));
    Image image{.arch = base.arch, .layers = base.layers, .user = run.user};
    image.layers.insert(image.layers.end(), own.begin(), own.end());
    image.config = oci::text_blob(OUTIS_TRY(config_over(base, run, own, bench.plan.time)));
    oci::Annotations annotations = kept_annotations(base.annotations);
    say_base(annotations, bench.base_name, base.digest);
    image.manifest = oci::text_blob(oci::manifest_json(image.config, image.layers, annotations));
    if (run.entrypoint.back() == "--" && run.arguments.empty())
        image.notes.push_back("the image names no program; give one to 'docker run'");
    if (std::string note = note_of_32_bit(base, policy); !note.empty())
        image.notes.push_back(std::move(note));
    if (std::string note = note_of_dynamic(base, policy); !note.empty())
        image.notes.push_back(std::move(note));
    if (policy.hidden)
        image.notes.push_back("profile '" + policy.name +
                              "' hides the program, but its file is the image's own and can be "
                              "read");
    return image;
}

}  // namespace

Result<Baked, Error> harden(const HardenOptions& options, const Progress& progress)
{
    const host::ToolData data = OUTIS_TRY(host::find_tool_data());
    Plan plan = OUTIS_TRY(make_plan({.tags = options.tags,
                                     .outputs = options.outputs,
                                     .platforms = options.platforms,
                                     .compress = options.compress,
                                     .tls_ca = options.remote.tls_ca,
                                     .authfile = options.remote.authfile,
                                     .plain_http = options.remote.plain_http,
                                     .profile = options.profile},
                                    data));
    std::vector<std::string> outputs = options.outputs;
    // Every word has been understood.

    const layers::BlobStore store = OUTIS_TRY(layers::BlobStore::open());
    progress("reading '" + options.image + "'");
    const BaseImages base =
        OUTIS_TRY(open_base(options.image, plan.platforms, plan.registries, store));
    OUTIS_TRY(name_image(base.called, kHardenedSuffix, plan, outputs));
    // The image is whole, and all that a container of it sees is known.

    const HardenSteps bench{options, plan, data, store, base.name};
    places::Bundle bundle{.references = plan.references};
    for (const BaseImage& image : base.list)
        bundle.images.push_back(OUTIS_TRY(hardened(image, bench)));
    if (bundle.images.size() > 1)
        bundle.index =
            oci::text_blob(oci::index_json(bundle.images, kept_annotations(base.annotations)));
    // The hardened images are complete; nothing has been written where the user looks.

    Baked baked = OUTIS_TRY(hand_out(bundle, plan, outputs, progress));
    baked.notes.insert(baked.notes.begin(), base.notes.begin(), base.notes.end());
    // Each output has been read back and validated before it got its name.
    return baked;
}

}  // namespace outis::images::bake
