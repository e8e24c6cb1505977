#include "bake/over.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "bake/accounts_over.h"
#include "bake/config_over.h"
#include "bake/lacking.h"
#include "bake/outcome.h"
#include "bake/placement.h"
#include "content/base.h"
#include "content/policy_choice.h"
#include "layers/chain.h"
#include "oci/json.h"
#include "oci/printable.h"
#include "oci/read_config.h"
#include "view/start.h"
#include "view/stop_signals.h"

namespace outis::images::bake {

namespace {

constexpr const char* kCreatedBy = "outis " OUTIS_VERSION ": ";

// Whom the image knows and runs as.
struct Person {
    content::Accounts accounts = {};
    content::ChosenPolicy policy = {};
    std::optional<content::UserId> user =
        {};  // none: root, for only root can do what the policy promises
};

Result<Person, Error> person_over(const AppOver& app, const BaseImage& base)
{
    Person person;
    person.accounts = OUTIS_TRY(accounts_over(base.files, app.plan.accounts));
    person.policy =
        OUTIS_TRY(content::choose_policy(app.data, app.plan.profile, base.arch, person.accounts));
    const std::string own = user_in(base.files, oci::read_run_config(base.config).user);
    const std::string user =
        OUTIS_TRY(content::run_user(app.options.user, own, person.accounts, person.policy));
    if (user.empty())
        return person;
    person.user = OUTIS_TRY(content::parse_user(user, person.accounts));
    person.accounts = content::with_user(person.accounts, *person.user);
    return person;
}

// `path` behind the links of its folders; what it is itself does not count.
std::string behind_folders(const view::Flattened& base, const std::filesystem::path& path)
{
    const std::optional<std::string> folder = base.resolve(path.parent_path().string());
    return (std::filesystem::path("/") / folder.value_or(path.parent_path().relative_path()) /
            path.filename())
        .relative_path();
}

// Whether the base has at `key` a link to where the link `entry` leads.
bool has_link(const view::Flattened& base, const std::string& key, const layers::Entry& entry)
{
    const auto there = base.nodes().find(behind_folders(base, key));
    if (there == base.nodes().end() || entry.kind != layers::EntryKind::symlink ||
        there->second.entry.member.entry.kind != layers::EntryKind::symlink)
        return false;
    const auto target = [&](const std::string& from, const std::string& to) {
        return behind_folders(base, std::filesystem::path(from).parent_path() / to);
    };
    return target(there->first, there->second.entry.member.entry.target) ==
           target(key, entry.target);
}

// What was asked for by name replaces what the base has, but no folder by a link. Certificates are
// one thing: every link to them, whichever the base's programs ask.
Result<layers::Tree, Error> asked_content(const AppOver& app, const BaseImage& base)
{
    Plan plan = app.plan;
    plan.base.certificates = false;
    layers::Tree asked = OUTIS_TRY(local_tree(plan, content::base_accounts(), app.data));
    const std::string& zone = app.plan.localtime;
    const std::string zone_file = content::kZonesKey + ("/" + zone);
    if (!zone.empty() && has_zones(base.files) && base.files.find(zone_file) == nullptr)
        OUTIS_TRY(content::add_zones(asked, app.data, std::vector<std::string>{zone}));
    std::erase_if(asked, [&](const auto& row) {
        const view::Node* there = base.files.find(row.first);
        return row.second.kind != layers::EntryKind::file && there != nullptr &&
               (there->entry.member.entry.kind == layers::EntryKind::directory ||
                has_link(base.files, row.first, row.second));
    });
    return asked;
}

// PID 1, and what an image from scratch has and this one lacks.
Result<layers::Tree, Error> content_over(const AppOver& app, const BaseImage& base,
                                         const Person& person)
{
    layers::Tree usual = OUTIS_TRY(content::base_tree(app.data, base.arch, app.plan.base));
    const layers::Tree init = OUTIS_TRY(content::init_tree(app.data, base.arch));
    for (const char* key : {content::kInitKey, content::kPasswdKey, content::kGroupKey})
        usual.erase(key);
    layers::Tree content = lacking(usual, base.files);
    for (const auto& [key, entry] : init) {
        const bool there = OUTIS_TRY(has_file(base.files, key, entry));
        if (!there)
            content.insert_or_assign(key, entry);
    }
    const layers::Tree asked = OUTIS_TRY(asked_content(app, base));
    for (const auto& [key, entry] : asked)
        content.insert_or_assign(key, entry);
    const layers::Tree accounts = OUTIS_TRY(account_files(base.files, person.accounts));
    for (const auto& [key, entry] : accounts)
        content.insert_or_assign(key, entry);
    return placed_on(content, base.files);
}

Result<Done, Error> check_places(const AppOver& app, const BaseImage& base)
{
    for (const programs::Program& program : app.programs) {
        const view::Node* there = base.files.find(program.path);
        if (there != nullptr && there->entry.member.entry.kind == layers::EntryKind::directory)
            return bad_input("'" + program.place + "' is a folder in image '" + app.options.from +
                             "', and would be the program; by --root it keeps a path of its own");
    }
    return Done{};
}

Result<layers::Tree, Error> programs_over(const AppOver& app, const BaseImage& base,
                                          const Person& person, const layers::Tree& libraries)
{
    OUTIS_TRY(check_places(app, base));
    const layers::Tree tree =
        OUTIS_TRY(app_tree(app.programs, person.policy, app.plan, person.user, libraries));
    layers::Tree placed = OUTIS_TRY(placed_on(tree, base.files));
    layers::Tree policy;
    policy.emplace(content::kPolicyKey, layers::file_entry(std::string()));
    const layers::Tree policy_place = OUTIS_TRY(placed_on(policy, base.files));
    OUTIS_TRY(check_reachable(policy_place, person.user ? content::user_text(*person.user) : ""));
    // A link on the way to a program, which the base has too.
    std::erase_if(placed, [&](const auto& row) {
        const auto there = base.files.nodes().find(row.first);
        return row.second.kind == layers::EntryKind::symlink && there != base.files.nodes().end() &&
               there->second.entry.member.entry.kind == layers::EntryKind::symlink &&
               there->second.entry.member.entry.target == row.second.target;
    });
    return placed;
}

Result<layers::Tree, Error> shell_over(const AppOver& app, const BaseImage& base,
                                       const layers::Tree& libraries, const layers::Tree& programs)
{
    layers::Tree below = libraries;
    below.insert(programs.begin(), programs.end());
    const layers::Tree shell = OUTIS_TRY(shell_tree(app.plan, base.arch, below));
    return placed_on(lacking(shell, base.files), base.files);
}

Result<std::vector<Layer>, Error> layers_over(const AppOver& app, const BaseImage& base,
                                              const Person& person)
{
    const layers::Tree content = OUTIS_TRY(content_over(app, base, person));
    const layers::Tree closure = OUTIS_TRY(library_tree(app.closure, app.data, base.arch));
    const std::string root = app.options.root.empty() ? "/" : app.options.root;
    const LibrariesOver asked{closure, base.arch, root, app.options.from};
    const layers::Tree libraries = OUTIS_TRY(libraries_over(asked, base.files));
    const layers::Tree programs = OUTIS_TRY(programs_over(app, base, person, closure));
    layers::Tree shell;
    if (app.flavour == Flavour::debug)
        shell = OUTIS_TRY(shell_over(app, base, closure, programs));
    // Every file has its place, and nothing lies where the base has it already.

    const std::pair<const layers::Tree&, const char*> rows[] = {
        {content, "PID 1 and what was missing"},
        {libraries, "libraries"},
        {programs, "app and policy"},
        {shell, "debug shell"}};
    std::vector<Layer> layers;
    for (const auto& [tree, name] : rows) {
        if (tree.empty())
            continue;
        Layer layer = OUTIS_TRY(
            layers::pack_layer(tree, kCreatedBy + std::string(name), app.pack, app.store));
        layers.push_back(std::move(layer));
    }
    return layers;
}

std::string joined_words(std::span<const std::string> words)
{
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : " ") + oci::printable(word);
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
Result<Done, Error> check_kept(const AppOver& app, const BaseImage& base, const Person& person,
                               std::span<const std::string> words)
{
    const std::string named = "the entrypoint of image '" + app.options.from + "'";
    const std::string remedy = "; leave out --keep-entrypoint";
    if (words.empty())
        return bad_input("image '" + app.options.from + "' has no entrypoint" + remedy);
    const std::string& first = words.front();
    const auto lies_there = [&](const programs::Program& program) {
        return program.place == first;
    };
    if (std::ranges::any_of(app.programs, lies_there))
        return bad_input(named + " is '" + oci::printable(first) + "', which the app replaces" +
                         remedy);
    if (first.starts_with('/') && base.files.find(first.substr(1)) == nullptr)
        return bad_input(named + ", '" + oci::printable(first) + "', is not there" + remedy);
    if (words.size() == 3 && words[1] == "-c" && first.ends_with("sh"))
        return bad_input(named + " is a line for a shell, which passes no arguments on" + remedy);
    if (person.policy.exec_once)
        return bad_input("profile '" + person.policy.name +
                         "' lets one program start, and that would be " + named + remedy +
                         ", or choose another profile");
    return Done{};
}

// How it runs. What OCI's labels say of the base is not true of what lies on it.
Result<std::string, Error> config_text_over(const AppOver& app, const BaseImage& base,
                                            const Person& person, std::span<const Layer> own)
{
    const oci::RunConfig own_run = oci::read_run_config(base.config);
    oci::RunConfig run = app.plan.run;
    run.entrypoint.back() = app.programs.front().place;
    if (app.options.keep_entrypoint) {
        run.entrypoint = OUTIS_TRY(behind_init(own_run.entrypoint));
        OUTIS_TRY(check_kept(app, base, person, behind_dashes(own_run.entrypoint)));
        run.arguments.insert(run.arguments.begin(), app.programs.front().place);
    }
    std::map<std::string, std::string> environment = run.environment;
    environment.insert(own_run.environment.begin(), own_run.environment.end());
    run.entrypoint = view::with_stop(
        std::move(run.entrypoint), view::stop_variable(environment), person.policy.stop_signals,
        run.stop_signal.empty() ? own_run.stop_signal : run.stop_signal);
    run.user = person.user ? content::user_text(*person.user) : "";
    run.labels.insert(app.labels.begin(), app.labels.end());
    run.labels.insert_or_assign(layers::kChainKey, layers::chain_of(base.layers));
    const BaseImage bare{
        .arch = base.arch, .config = without_standard_labels(base.config), .layers = base.layers};
    return config_over(bare, run, own, app.plan.time);
}

// The programs load in the image what was found for them in the root.
Result<Done, Error> check_libraries(const AppOver& app, const BaseImage& base, Image& image)
{
    if (app.closure.tree.empty())
        return Done{};
    const view::Flattened files = OUTIS_TRY(seen_files(image.layers));
    const boost::json::value config = OUTIS_TRY(
        oci::parse_json(std::get<std::string>(image.config.content), "the configuration"));
    const std::string root = app.options.root.empty() ? "/" : app.options.root;
    for (const programs::Program& program : app.programs)
        OUTIS_TRY(check_loads({.files = files,
                               .below = base.layers.size(),
                               .library_path = view::variable_of(config, "LD_LIBRARY_PATH"),
                               .closure = app.closure,
                               .root = root,
                               .image = app.options.from},
                              program.path));
    return Done{};
}

}  // namespace

Result<Image, Error> image_over(const AppOver& app, const BaseImage& base)
{
    const Person person = OUTIS_TRY(person_over(app, base));
    // The policy has been read back and is for this architecture; the user is a number.

    const std::vector<Layer> own = OUTIS_TRY(layers_over(app, base, person));
    Image image{.arch = base.arch, .layers = base.layers};
    if (person.user)
        image.user = content::user_text(*person.user);
    for (std::size_t i = 0; i < image.layers.size(); ++i)
        image.layers[i].created_by = "layer " + std::to_string(i + 1) + " of the base";
    image.layers.insert(image.layers.end(), own.begin(), own.end());
    image.config = oci::text_blob(OUTIS_TRY(config_text_over(app, base, person, own)));
    OUTIS_TRY(check_libraries(app, base, image));
    oci::Annotations annotations = app.plan.annotations;
    annotations.insert(app.labels.begin(), app.labels.end());
    say_base(annotations, app.base_name, base.digest);
    image.manifest = oci::text_blob(oci::manifest_json(image.config, image.layers, annotations));
    // The image is whole.

    image.notes = app.closure.notes;
    std::ranges::move(capability_notes(app.plan, person.policy), std::back_inserter(image.notes));
    const std::string note =
        command_note(oci::read_run_config(base.config), app.options.keep_entrypoint);
    if (!note.empty())
        image.notes.push_back(note);
    return image;
}

}  // namespace outis::images::bake
