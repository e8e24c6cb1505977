#include "outis/images/build.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "content/accounts.h"
#include "content/base.h"
#include "content/certificates.h"
#include "content/policy_choice.h"
#include "deliver/bundle.h"
#include "deliver/destination.h"
#include "files/input.h"
#include "files/new_file.h"
#include "files/tool_data.h"
#include "layers/base_layer.h"
#include "oci/config.h"
#include "oci/json.h"
#include "oci/manifest.h"
#include "oci/reference.h"
#include "outis/sandbox/arch.h"
#include "pack/compress.h"

#include "sources/program.h"

namespace outis::images {

namespace fs = std::filesystem;

namespace {

constexpr const char* kDefaultProfile = "baseline";
constexpr const char* kCreator = "outis " OUTIS_VERSION ": ";

// The words of the command line, understood.
struct Plan {
    std::vector<Reference> references = {};
    std::vector<Destination> destinations = {};
    std::vector<policy::Arch> platforms = {};  // empty: those of the programs
    std::string profile = {};
    Accounts accounts = {};
    std::string extra_certificates = {};
    RunConfig run = {};
    Compression compression;
    std::int64_t time = 0;
};

Result<std::int64_t, Error> source_date_epoch()
{
    const char* text = std::getenv("SOURCE_DATE_EPOCH");
    if (text == nullptr || *text == '\0')
        return std::int64_t{0};
    const std::string_view digits = text;
    constexpr std::int64_t kLastSecond = 253402300799;  // of the year 9999, RFC 3339's last
    std::int64_t seconds = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    if (error != std::errc() || end != digits.data() + digits.size() || seconds < 0 ||
        seconds > kLastSecond)
        return bad_input("SOURCE_DATE_EPOCH '" + std::string(digits) +
                         "' must be a number of seconds since 1970");
    return seconds;
}

Result<policy::Arch, Error> parse_platform(const std::string& text)
{
    constexpr std::string_view kSystem = "linux/";
    const std::string_view name = text;
    const auto arch =
        sandbox::parse_arch(name.starts_with(kSystem) ? name.substr(kSystem.size()) : name);
    if (!arch)
        return bad_input("unknown platform '" + text + "'; there are 'linux/amd64', 'linux/arm64'");
    return *arch;
}

Result<Done, Error> check_words(const std::map<std::string, std::string>& pairs,
                                const std::string& what)
{
    for (const auto& [name, value] : pairs) {
        if (name.empty())
            return bad_input(what + " '=" + value + "' has no name");
        if (!is_utf8(name) || !is_utf8(value))
            return bad_input(what + " '" + name + "' is not UTF-8");
    }
    return Done{};
}

Result<std::string, Error> read_extra_certificates(const std::vector<std::string>& files)
{
    std::string pem;
    for (const std::string& file : files) {
        const std::string text = OUTIS_TRY(read_file(file, kMaxBundleSize));
        const Certificates certificates = OUTIS_TRY(read_certificates(text, file));
        pem += certificates.pem;
    }
    return pem;
}

Result<Plan, Error> make_plan(const BakeOptions& options)
{
    Plan plan;
    for (const std::string& tag : options.tags)
        plan.references.push_back(OUTIS_TRY(parse_reference(tag)));
    for (const std::string& output : options.outputs)
        plan.destinations.push_back(OUTIS_TRY(parse_destination(output)));
    for (const std::string& platform : options.platforms) {
        const policy::Arch arch = OUTIS_TRY(parse_platform(platform));
        if (std::ranges::find(plan.platforms, arch) == plan.platforms.end())
            plan.platforms.push_back(arch);
    }
    plan.profile = options.profile.empty() ? kDefaultProfile : options.profile;
    plan.accounts = base_accounts();
    for (const std::string& text : options.accounts) {
        Account account = OUTIS_TRY(parse_account(text));
        OUTIS_TRY(add_account(plan.accounts, std::move(account)));
    }
    plan.extra_certificates = OUTIS_TRY(read_extra_certificates(options.ca_add));
    OUTIS_TRY(check_words(options.environment, "environment variable"));
    OUTIS_TRY(check_words(options.labels, "label"));
    for (const std::string& argument : options.arguments) {
        if (!is_utf8(argument))
            return bad_input("argument '" + argument + "' is not UTF-8");
    }
    plan.run.entrypoint = {"/outis-init", "-p", "/etc/outis/policy", "--", "/app"};
    plan.run.arguments = options.arguments;
    plan.run.environment = options.environment;
    plan.run.labels = options.labels;
    for (const std::string& port : options.ports)
        plan.run.ports.insert(OUTIS_TRY(parse_port(port)));
    plan.time = OUTIS_TRY(source_date_epoch());
    return plan;
}

// What this image has that not every image of this build has, besides the app: nothing, usually.
Result<Tree, Error> local_tree(const Plan& plan, const Accounts& accounts, const ToolData& data)
{
    Tree tree;
    if (!plan.extra_certificates.empty()) {
        const std::string pinned = OUTIS_TRY(read_file(data.certificates(), kMaxBundleSize));
        tree.emplace(kBundleKey, file_entry(pinned + plan.extra_certificates));
    }
    if (passwd_text(accounts) != passwd_text(base_accounts())) {
        tree.emplace(kPasswdKey, file_entry(passwd_text(accounts)));
        tree.emplace(kGroupKey, file_entry(group_text(accounts)));
    }
    OUTIS_TRY(add_parents(tree));
    return tree;
}

Result<Tree, Error> app_tree(const std::vector<Program>& programs, const ChosenPolicy& policy)
{
    Tree tree;
    tree.emplace(kPolicyKey, file_entry(policy.bytes));
    for (const Program& program : programs) {
        const std::string key = OUTIS_TRY(tree_key(program.place));
        if (!tree.emplace(key, file_entry(program.file, kProgramMode)).second)
            return bad_input("two programs would be '" + program.place + "' in the image");
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
    const Tree app = OUTIS_TRY(app_tree(programs, policy));
    // Every file has its place, and no two have the same.

    Image image{.arch = arch};
    image.layers.push_back(OUTIS_TRY(base_layer(data, arch, {}, store)));
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
    image.manifest = text_blob(manifest_json(image.config, image.layers, {}));
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
                .user = bundle.images.front().user};
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
    Plan plan = OUTIS_TRY(make_plan(options));
    // Every word of the command line has been understood, every small file it names read.

    const ToolData data = OUTIS_TRY(find_tool_data());
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
        bundle.index = text_blob(index_json(bundle.images, {}));
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
