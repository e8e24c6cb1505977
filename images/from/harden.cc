#include "outis/images/harden.h"

#include <utility>

#include "content/base.h"
#include "content/policy_choice.h"
#include "deliver/summary.h"
#include "files/tool_data.h"
#include "from/base_image.h"
#include "from/config_over.h"
#include "from/placement.h"
#include "layers/layer.h"
#include "oci/read_config.h"
#include "origin/place.h"
#include "pack/compress.h"
#include "plan/plan.h"
#include "transfer/transfer.h"

namespace outis::images {

namespace {

constexpr const char* kCreatedBy = "outis " OUTIS_VERSION ": PID 1 and policy";
constexpr std::uint32_t kOthersEnter = 0001;
constexpr const char* kSuffix = "-hardened";
constexpr const char* kBaseName = "org.opencontainers.image.base.name";
constexpr const char* kBaseDigest = "org.opencontainers.image.base.digest";

// What every platform's image needs and none changes.
struct Bench {
    const HardenOptions& options;
    const Plan& plan;
    const ToolData& data;
    const BlobStore& store;
    std::string base_name;
};

std::string id_text(const UserId& user)
{
    return std::to_string(user.uid) + ":" + std::to_string(user.gid);
}

// "", "0", "root", or an account that is root by another name.
bool is_root(const std::string& user, const Accounts& accounts)
{
    const Result<UserId, Error> id = parse_user(user, accounts);
    return user.empty() || user == "root" || user.starts_with("root:") ||
           (id && id.value().uid == 0);
}

// Whom the engine shall start PID 1 as. Who is not root in the image stays who it is: files
// belong to it.
Result<std::string, Error> user_of(const HardenOptions& options, const std::string& own,
                                   const Accounts& accounts, const ChosenPolicy& policy)
{
    if (!options.user.empty()) {
        const UserId asked = OUTIS_TRY(parse_user(options.user, accounts));
        if (policy.user_fixed && policy.user && asked != *policy.user)
            return bad_input("user '" + options.user + "' is refused: profile '" + policy.name +
                             "' fixes the user; choose another profile, or leave out --user");
        return id_text(asked);
    }
    if (policy.needs_root)
        return std::string();
    if (policy.user && (policy.user_fixed || is_root(own, accounts)))
        return id_text(*policy.user);
    return own;
}

// PID 1 opens its policy as whom the engine starts it.
Result<Done, Error> check_reachable(const Tree& tree, const std::string& user)
{
    for (const auto& [path, entry] : tree) {
        if (entry.kind == EntryKind::directory && (entry.mode & kOthersEnter) == 0 && !user.empty())
            return bad_input("'/" + path + "' of the image is closed to others, so user '" + user +
                             "' could not read the policy in it; open it with 'chmod o+x' where "
                             "the image is made");
    }
    return Done{};
}

Result<Layer, Error> init_layer(const BaseImage& base, const ChosenPolicy& policy,
                                const std::string& user, const Bench& bench)
{
    Tree tree = OUTIS_TRY(init_tree(bench.data, base.arch));
    tree.emplace(kPolicyKey, file_entry(policy.bytes));
    const Tree placed = OUTIS_TRY(placed_on(tree, base.files));
    OUTIS_TRY(check_reachable(placed, user));
    const PackOptions pack{.time = bench.plan.time,
                           .compression = bench.plan.compression,
                           .threads = compression_threads()};
    return pack_layer(placed, kCreatedBy, pack, bench.store);
}

Result<Image, Error> hardened(const BaseImage& base, const Bench& bench)
{
    const Accounts accounts = accounts_in(base.files);
    const ChosenPolicy policy =
        OUTIS_TRY(choose_policy(bench.data, bench.plan.profile, base.arch, accounts));
    const RunConfig own_run = read_run_config(base.config);
    RunConfig run{.arguments = own_run.arguments};  // what is not named stays as it is
    run.user = OUTIS_TRY(user_of(bench.options, own_run.user, accounts, policy));
    run.entrypoint = OUTIS_TRY(behind_init(own_run.entrypoint));
    // The policy has been read back and is for this architecture; the command is known.

    std::vector<Layer> own;
    own.push_back(OUTIS_TRY(init_layer(base, policy, run.user, bench)));
    Image image{.arch = base.arch, .layers = base.layers, .user = run.user};
    image.layers.insert(image.layers.end(), own.begin(), own.end());
    image.config = text_blob(OUTIS_TRY(config_over(base, run, own, bench.plan.time)));
    Annotations annotations = kept_annotations(base.annotations);
    annotations[kBaseDigest] = base.digest;
    annotations.erase(kBaseName);
    if (!bench.base_name.empty())
        annotations[kBaseName] = bench.base_name;
    image.manifest = text_blob(manifest_json(image.config, image.layers, annotations));
    if (run.entrypoint.back() == "--" && run.arguments.empty())
        image.notes.push_back("the image names no program; give one to 'docker run'");
    if (policy.hidden)
        image.notes.push_back("profile '" + policy.name +
                              "' hides the program, but its file is the image's own and can be "
                              "read");
    return image;
}

// The image's name with a suffix, and the places to put it.
Result<Done, Error> name_image(const HardenOptions& options, Plan& plan,
                               std::vector<std::string>& outputs)
{
    if (plan.references.empty()) {
        Reference reference = name_of(OUTIS_TRY(parse_source(options.image)));
        reference.tag += kSuffix;
        plan.references.push_back(std::move(reference));
    }
    if (!outputs.empty())
        return Done{};
    const std::string& path = plan.references.front().path;
    outputs.push_back(path.substr(path.rfind('/') + 1) + kSuffix + ".tar");
    plan.destinations.push_back(OUTIS_TRY(parse_destination(outputs.front())));
    return Done{};
}

}  // namespace

Result<Baked, Error> harden(const HardenOptions& options, const Progress& progress)
{
    const ToolData data = OUTIS_TRY(find_tool_data());
    Plan plan = OUTIS_TRY(make_plan({.tags = options.tags,
                                     .outputs = options.outputs,
                                     .platforms = options.platforms,
                                     .compress = options.compress,
                                     .profile = options.profile},
                                    data));
    std::vector<std::string> outputs = options.outputs;
    OUTIS_TRY(name_image(options, plan, outputs));
    // Every word has been understood.

    const BlobStore store = OUTIS_TRY(BlobStore::open());
    progress("reading '" + options.image + "'");
    const BaseImages base =
        OUTIS_TRY(open_base(options.image, plan.platforms, options.remote, store));
    // The image is whole, and all that a container of it sees is known.

    const Bench bench{options, plan, data, store, base.name};
    Bundle bundle{.references = plan.references};
    for (const BaseImage& image : base.list)
        bundle.images.push_back(OUTIS_TRY(hardened(image, bench)));
    if (bundle.images.size() > 1)
        bundle.index = text_blob(index_json(bundle.images, kept_annotations(base.annotations)));
    // The hardened images are complete; nothing has been written where the user looks.

    Baked baked = summary_of(bundle, plan.profile, outputs);
    baked.notes.insert(baked.notes.begin(), base.notes.begin(), base.notes.end());
    const TransferWatch watch{
        .note = [&](const std::string& note) { baked.notes.push_back(note); }};
    for (const Destination& destination : plan.destinations) {
        progress("writing " + destination.text());
        OUTIS_TRY(hand_over(bundle, destination, options.remote, watch));
    }
    // Each output has been read back and validated before it got its name.
    return baked;
}

}  // namespace outis::images
