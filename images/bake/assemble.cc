#include "bake/assemble.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <span>
#include <utility>

#include "bake/delivery.h"
#include "bake/given_start.h"
#include "bake/image_layers.h"
#include "bake/merged_accounts.h"
#include "bake/merged_config.h"
#include "bake/placement.h"
#include "layers/chain.h"
#include "layers/platform.h"
#include "oci/json.h"
#include "oci/read_config.h"
#include "outis/utf8.h"
#include "view/libraries.h"
#include "view/rules.h"
#include "view/start.h"
#include "view/stop_signals.h"

namespace outis::images::bake {

namespace {

Result<Identity, Error> identity_on(const Assembly& assembly, const Part& part,
                                    const BaseImage& base)
{
    const Plan& plan = assembly.plan;
    Identity identity;
    if (plan.product == Product::certificates) {
        identity.user = content::user_text(content::kNobody);
        return identity;
    }
    const bool hardens = plan.product == Product::hardened;
    std::string own = oci::read_run_config(base.config).user;
    if (!hardens)
        own = user_in(base.files, own);
    identity.accounts =
        hardens ? accounts_in(base.files) : OUTIS_TRY(merged_accounts(base.files, plan.accounts));
    identity.policy = OUTIS_TRY(
        content::choose_policy(assembly.data, plan.profile, base.arch, identity.accounts));
    OUTIS_TRY(check_loader(part.started, part.started_name, identity.policy));
    if (hardens)
        OUTIS_TRY(check_start(base, identity.policy));
    identity.user =
        OUTIS_TRY(content::run_user(plan.user, own, identity.accounts, identity.policy));
    if (hardens || identity.user.empty())
        return identity;
    identity.id = OUTIS_TRY(content::parse_user(identity.user, identity.accounts));
    identity.user = content::user_text(*identity.id);
    identity.accounts = content::with_user(identity.accounts, *identity.id);
    return identity;
}

std::string joined_words(std::span<const std::string> words)
{
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : " ") + printable(word);
    return text;
}

// An entrypoint without a PID 1 of ours before it.
std::span<const std::string> behind_dashes(std::span<const std::string> entrypoint)
{
    const auto dashes = std::ranges::find(entrypoint, "--");
    const bool by_init =
        !entrypoint.empty() && entrypoint.front() == "/outis-init" && dashes != entrypoint.end();
    return by_init ? std::span(dashes + 1, entrypoint.end()) : entrypoint;
}

// What becomes of the base's own command; empty if it has none.
std::string command_note(const oci::RunConfig& own, bool keeps_entrypoint)
{
    const std::span<const std::string> entry(own.entrypoint);
    if (keeps_entrypoint)
        return "the base's entrypoint, '" + joined_words(entry) + "', starts the app";
    const std::span<const std::string> own_words = behind_dashes(entry);
    std::vector<std::string> words(own_words.begin(), own_words.end());
    const bool has_entrypoint = !words.empty();
    words.insert(words.end(), own.arguments.begin(), own.arguments.end());
    if (words.empty())
        return {};
    return "the base's own command, '" + joined_words(words) + "', gives way to the app" +
           (has_entrypoint ? "; --keep-entrypoint has its entrypoint start the app" : "");
}

// Whether the entrypoint, less a PID 1 of ours before it, can start the app at all.
Result<Done, Error> check_kept(const Assembly& assembly, const Part& part, const BaseImage& base,
                               const Identity& identity, std::span<const std::string> words)
{
    const std::string named = "the entrypoint of image '" + assembly.plan.from + "'";
    const std::string remedy = "; leave out --keep-entrypoint";
    if (words.empty())
        return bad_input("image '" + assembly.plan.from + "' has no entrypoint" + remedy);
    const std::string& first = words.front();
    const auto lies_there = [&](const programs::Program& program) {
        return program.place == first;
    };
    if (std::ranges::any_of(part.programs, lies_there))
        return bad_input(named + " is '" + printable(first) + "', which the app replaces" + remedy);
    if (first.starts_with('/') && base.files.find(first.substr(1)) == nullptr)
        return bad_input(named + ", '" + printable(first) + "', is not there" + remedy);
    if (words.size() == 3 && words[1] == "-c" && first.ends_with("sh"))
        return bad_input(named + " is a line for a shell, which passes no arguments on" + remedy);
    if (identity.policy.exec_once)
        return bad_input("profile '" + identity.policy.name +
                         "' lets one program start, and that would be " + named + remedy +
                         ", or choose another profile");
    return Done{};
}

// Entrypoint and arguments.
Result<Done, Error> set_command(const Assembly& assembly, const Part& part, const BaseImage& base,
                                const Identity& identity, oci::RunConfig& run)
{
    const Plan& plan = assembly.plan;
    const oci::RunConfig own = oci::read_run_config(base.config);
    const std::string program = part.programs.empty() ? "" : part.programs.front().place;
    if (plan.product == Product::hardened || plan.keep_entrypoint)
        run.entrypoint = OUTIS_TRY(behind_init(own.entrypoint));
    else if (!plan.entrypoint.empty())
        run.entrypoint.insert(run.entrypoint.end(), plan.entrypoint.begin(), plan.entrypoint.end());
    else if (!program.empty())
        run.entrypoint.push_back(program);
    if (plan.product == Product::hardened)
        run.arguments = own.arguments;
    if (plan.keep_entrypoint) {
        OUTIS_TRY(check_kept(assembly, part, base, identity, behind_dashes(own.entrypoint)));
        run.arguments.insert(run.arguments.begin(), program);
    }
    std::map<std::string, std::string> environment = run.environment;
    environment.insert(own.environment.begin(), own.environment.end());
    run.entrypoint = view::with_stop(std::move(run.entrypoint), view::stop_variable(environment),
                                     identity.policy.stop_signals,
                                     run.stop_signal.empty() ? own.stop_signal : run.stop_signal);
    return Done{};
}

// How it runs. What OCI's labels say of the base is not true of what lies on it; what is built FROM
// a base of ours has its labels, so those that describe the base itself are annotations alone.
Result<std::string, Error> config_text(const Assembly& assembly, const Part& part,
                                       const BaseImage& base, const Identity& identity,
                                       std::span<const Layer> own)
{
    const Plan& plan = assembly.plan;
    oci::RunConfig run = plan.run;
    run.user = identity.user;
    if (plan.product == Product::certificates)
        run.entrypoint.clear();
    else
        OUTIS_TRY(set_command(assembly, part, base, identity, run));
    for (const auto& [key, value] : part.labels) {
        if (plan.product == Product::app || !key.starts_with(content::kStandardPrefix))
            run.labels.emplace(key, value);
    }
    if (plan.product == Product::hardened)
        return merged_config(base, run, own, plan.time);
    if (!base.is_scratch())
        run.labels.insert_or_assign(layers::kChainKey, layers::chain_of(base.layers));
    const BaseImage bare{
        .arch = base.arch, .config = without_standard_labels(base.config), .layers = base.layers};
    return merged_config(bare, run, own, plan.time);
}

oci::Annotations annotations_of(const Assembly& assembly, const Part& part, const BaseImage& base)
{
    oci::Annotations annotations = assembly.plan.product == Product::hardened
                                       ? kept_annotations(base.annotations)
                                       : assembly.plan.annotations;
    annotations.insert(part.labels.begin(), part.labels.end());
    if (!base.is_scratch())
        set_base(annotations, assembly.base_name, base.digest);
    return annotations;
}

// The programs load in the image what was found for them in the root.
Result<Done, Error> check_libraries(const Plan& plan, const Part& part, const BaseImage& base,
                                    const view::Flattened& files, const std::string& library_path)
{
    const std::string root = plan.sources.root.empty() ? "/" : plan.sources.root;
    for (const programs::Program& program : part.programs)
        OUTIS_TRY(check_loads({.files = files,
                               .below = base.layers.size(),
                               .library_path = library_path,
                               .closure = part.closure,
                               .root = root,
                               .image = plan.from},
                              program.path));
    return Done{};
}

// What PID 1 is told to start besides the app itself is in the image, as `verify` asks.
Result<Done, Error> check_started(const Plan& plan, const BaseImage& base,
                                  const view::Flattened& files, const boost::json::value& config,
                                  const std::string& library_path)
{
    view::LibrarySearch libraries(files, library_path);
    const view::Findings findings =
        view::check_start(files, config, layers::platform_name(base.arch), libraries).findings;
    const auto missing =
        std::ranges::find(findings, view::Rule::start_missing, &view::Finding::rule);
    if (missing == findings.end())
        return Done{};
    const bool blank =
        plan.entrypoint.size() == 1 && plan.entrypoint.front().find(' ') != std::string::npos;
    return bad_input("the image would not start: " + missing->text +
                     (plan.keep_entrypoint ? "; leave out --keep-entrypoint"
                      : blank ? "; --entrypoint takes it for one word: write several as "
                                "'[\"/app\", \"-w\"]'"
                              : "; --entrypoint names a path in the image, such as '/app'"));
}

// What can be told only of the image as a container sees it.
Result<Done, Error> check_whole(const Plan& plan, const Part& part, const BaseImage& base,
                                Image& image)
{
    const bool loads = !part.closure.tree.empty() && !base.is_scratch();
    const bool starts = !plan.entrypoint.empty() || plan.keep_entrypoint;
    if (!loads && !starts)
        return Done{};
    const view::Flattened files = OUTIS_TRY(seen_files(image.layers));
    const boost::json::value config = OUTIS_TRY(
        oci::parse_json(std::get<std::string>(image.config.content), "the configuration"));
    const std::string library_path = view::variable_of(config, "LD_LIBRARY_PATH");
    if (loads)
        OUTIS_TRY(check_libraries(plan, part, base, files, library_path));
    return starts ? check_started(plan, base, files, config, library_path)
                  : Result<Done, Error>(Done{});
}

std::vector<std::string> hardening_notes(const BaseImage& base, const Identity& identity)
{
    const content::ChosenPolicy& policy = identity.policy;
    std::vector<std::string> notes;
    const oci::RunConfig own = oci::read_run_config(base.config);
    if (own.arguments.empty() && (own.entrypoint.empty() || own.entrypoint.back() == "--"))
        notes.push_back("the image names no program; give one to 'docker run'");
    if (policy.hidden)
        notes.push_back("profile '" + policy.name +
                        "' hides the program, but its file is the image's own and can be read");
    const auto user = content::parse_user(identity.user, identity.accounts);
    if (user && user.value().uid != 0) {
        for (std::string note : unwritable_notes(base, user.value()))
            notes.push_back(std::move(note));
    }
    return notes;
}

// What the user should know of the image, a clause each.
std::vector<std::string> notes_of(const Assembly& assembly, const Part& part, const BaseImage& base,
                                  const Identity& identity)
{
    if (assembly.plan.product == Product::hardened)
        return hardening_notes(base, identity);
    std::vector<std::string> notes = part.closure.notes;
    std::ranges::move(capability_notes(assembly.plan, identity.policy), std::back_inserter(notes));
    std::string note =
        command_note(oci::read_run_config(base.config), assembly.plan.keep_entrypoint);
    if (!note.empty())
        notes.push_back(std::move(note));
    return notes;
}

}  // namespace

Result<Done, Error> check_loader(const std::filesystem::path& program, const std::string& name,
                                 const content::ChosenPolicy& policy)
{
    if (policy.maps_code || program.empty() || programs::require_static_file(program))
        return Done{};
    return bad_input("'" + name + "' is a dynamic program, and profile '" + policy.name +
                     "' lets no loader map libraries; link it statically, or take 'service'");
}

Result<Image, Error> assemble(const Assembly& assembly, const Part& part, const BaseImage& base,
                              Flavour flavour)
{
    const Identity identity = OUTIS_TRY(identity_on(assembly, part, base));
    // The policy has been read back and is for this architecture; the user is known.

    const OwnLayers own = OUTIS_TRY(own_layers(assembly, part, base, identity, flavour));
    Image image{.arch = base.arch, .layers = base.layers, .user = identity.user};
    for (std::size_t i = 0; i < image.layers.size(); ++i)
        image.layers[i].created_by = "layer " + std::to_string(i + 1) + " of the base";
    image.layers.insert(image.layers.end(), own.list.begin(), own.list.end());
    // The layers are blobs in the store, named by what they hold.

    image.config = oci::text_blob(OUTIS_TRY(config_text(assembly, part, base, identity, own.list)));
    OUTIS_TRY(check_whole(assembly.plan, part, base, image));
    image.manifest = oci::text_blob(
        oci::manifest_json(image.config, image.layers, annotations_of(assembly, part, base)));
    image.notes = notes_of(assembly, part, base, identity);
    image.notes.insert(image.notes.end(), own.notes.begin(), own.notes.end());
    return image;
}

}  // namespace outis::images::bake
