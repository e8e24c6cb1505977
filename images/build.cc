#include "outis/images/build.h"

#include <algorithm>
#include <utility>

#include "content/accounts.h"
#include "content/base.h"
#include "content/policy_choice.h"
#include "deliver/bundle.h"
#include "deliver/destination.h"
#include "files/tool_data.h"
#include "layers/base_layer.h"
#include "oci/config.h"
#include "oci/manifest.h"
#include "oci/reference.h"
#include "outis/sandbox/arch.h"
#include "pack/compress.h"
#include "plan/plan.h"
#include "sources/program.h"

namespace outis::images {

namespace {

constexpr const char* kCreator = "outis " OUTIS_VERSION ": ";

// What this image has that not every image of this build has, besides the app: nothing, usually.
Result<Tree, Error> local_tree(const Plan& plan, const Accounts& accounts, const ToolData& data)
{
    Tree tree;
    if (!plan.bundle.empty() && plan.base.certificates)
        tree.emplace(kBundleKey, file_entry(plan.bundle));
    else if (!plan.bundle.empty())
        add_certificates(tree, plan.bundle);
    OUTIS_TRY(add_zones(tree, data, plan.zones));
    if (passwd_text(accounts) != passwd_text(base_accounts())) {
        tree.emplace(kPasswdKey, file_entry(passwd_text(accounts)));
        tree.emplace(kGroupKey, file_entry(group_text(accounts)));
    }
    OUTIS_TRY(add_parents(tree));
    return tree;
}

// Volumes belong to whom the image runs as, so that it can write there. What is there stays.
Result<Done, Error> add_working_directories(Tree& tree, const RunConfig& run,
                                            const std::optional<UserId>& user)
{
    for (const std::string& volume : run.volumes) {
        const std::string key = OUTIS_TRY(tree_key(volume));
        Entry entry = directory_entry();
        entry.uid = user ? user->uid : 0;
        entry.gid = user ? user->gid : 0;
        if (key != kTemporaryKey)
            tree.try_emplace(key, std::move(entry));
    }
    if (run.workdir.empty() || run.workdir == "/")
        return Done{};
    const std::string key = OUTIS_TRY(tree_key(run.workdir));
    if (key != kTemporaryKey)
        tree.try_emplace(key, directory_entry());
    return Done{};
}

Result<Tree, Error> app_tree(const std::vector<Program>& programs, const ChosenPolicy& policy,
                             const Plan& plan, const std::optional<UserId>& user)
{
    Tree tree = plan.additions;
    OUTIS_TRY(add_working_directories(tree, plan.run, user));
    tree.emplace(kPolicyKey, file_entry(policy.bytes));
    for (const Program& program : programs) {
        const std::string key = OUTIS_TRY(tree_key(program.place));
        if (!tree.emplace(key, file_entry(program.file, kProgramMode)).second)
            return bad_input("two files would be '" + program.place + "' in the image");
    }
    OUTIS_TRY(add_parents(tree));
    return tree;
}

// Whom the engine shall start PID 1 as: the user asked for, else the policy's, unless only root
// can do what the policy promises.
Result<std::optional<UserId>, Error> run_user(const BakeOptions& options, const Accounts& accounts,
                                              const ChosenPolicy& policy)
{
    if (options.user.empty())
        return policy.needs_root ? std::nullopt : policy.user;
    const UserId asked = OUTIS_TRY(parse_user(options.user, accounts));
    if (policy.user_fixed && policy.user && asked != *policy.user)
        return bad_input("user '" + options.user + "' is refused: profile '" + policy.name +
                         "' fixes the user; choose another profile, or leave out --user");
    return std::optional<UserId>(asked);
}

Result<Image, Error> build_image(policy::Arch arch, const std::vector<Program>& programs,
                                 const BakeOptions& options, const Plan& plan, const ToolData& data,
                                 const BlobStore& store)
{
    const ChosenPolicy policy = OUTIS_TRY(choose_policy(data, plan.profile, arch, plan.accounts));
    const std::optional<UserId> user = OUTIS_TRY(run_user(options, plan.accounts, policy));
    const Accounts accounts = user ? with_user(plan.accounts, *user) : plan.accounts;
    // The policy has been read back and is for this architecture; the user is a number.

    const Tree local = OUTIS_TRY(local_tree(plan, accounts, data));
    const Tree app = OUTIS_TRY(app_tree(programs, policy, plan, user));
    // Every file has its place, and no two have the same.

    Image image{.arch = arch};
    image.layers.push_back(OUTIS_TRY(base_layer(data, arch, plan.base, store)));
    const PackOptions pack{
        .time = plan.time, .compression = plan.compression, .threads = compression_threads()};
    if (!local.empty())
        image.layers.push_back(
            OUTIS_TRY(pack_layer(local, kCreator + std::string("local files"), pack, store)));
    image.layers.push_back(
        OUTIS_TRY(pack_layer(app, kCreator + std::string("app and policy"), pack, store)));
    // The layers are blobs in the store, named by what they hold.

    RunConfig run = plan.run;
    if (user)
        run.user = std::to_string(user->uid) + ":" + std::to_string(user->gid);
    image.user = run.user;
    image.config = text_blob(config_json(run, arch, image.layers, plan.time));
    image.manifest = text_blob(manifest_json(image.config, image.layers, plan.annotations));
    return image;
}

std::string default_output(const Reference& reference)
{
    return reference.path.substr(reference.path.rfind('/') + 1) + ".tar";
}

Baked summary(const Bundle& bundle, const Plan& plan, std::vector<std::string> outputs)
{
    Baked baked{.name = bundle.references.front().familiar(),
                .outputs = std::move(outputs),
                .digest = bundle.top().digest,
                .profile = plan.profile,
                .user = bundle.images.front().user,
                .notes = plan.notes};
    for (const Image& image : bundle.images)
        baked.platforms.push_back("linux/" + std::string(sandbox::arch_name(image.arch)));
    const Image& first = bundle.images.front();
    baked.pulled_size = first.config.size + first.manifest.size;
    for (const Layer& layer : first.layers) {
        baked.unpacked_size += layer.unpacked_size;
        baked.pulled_size += layer.blob.size;
    }
    return baked;
}

}  // namespace

Result<Baked, Error> bake(const BakeOptions& options, const Progress& progress)
{
    const ToolData data = OUTIS_TRY(find_tool_data());
    Plan plan = OUTIS_TRY(make_plan(options, data));
    // Every word has been understood, every small file it names read.

    const BlobStore store = OUTIS_TRY(BlobStore::open());
    const Sources sources = OUTIS_TRY(open_sources(options));
    if (plan.platforms.empty())
        plan.platforms = sources.platforms;
    if (plan.references.empty())
        plan.references.push_back(OUTIS_TRY(parse_reference(fit_path_component(sources.name))));
    // The sources exist, and both the platforms and the image's name are known.

    Bundle bundle{.references = plan.references};
    for (const policy::Arch arch : plan.platforms) {
        const std::vector<Program> programs =
            OUTIS_TRY(programs_for(sources, arch, options, progress));
        // Each program is a static ELF file for this platform.
        bundle.images.push_back(OUTIS_TRY(build_image(arch, programs, options, plan, data, store)));
    }
    if (bundle.images.size() > 1)
        bundle.index = text_blob(index_json(bundle.images, plan.annotations));
    // The images are complete; nothing has been written where the user looks.

    std::vector<std::string> outputs = options.outputs;
    if (outputs.empty()) {
        outputs.push_back(default_output(plan.references.front()));
        plan.destinations.push_back(OUTIS_TRY(parse_destination(outputs.front())));
    }
    for (const Destination& destination : plan.destinations)
        OUTIS_TRY(deliver(bundle, destination));
    // Each output has been read back and validated before it got its name.

    return summary(bundle, plan, std::move(outputs));
}

}  // namespace outis::images
