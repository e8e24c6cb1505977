#include "bake/image_layers.h"

#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "bake/base_contents.h"
#include "bake/listed_packages.h"
#include "bake/merged_accounts.h"
#include "bake/placement.h"
#include "content/base.h"
#include "content/base_layer.h"
#include "layers/compress.h"
#include "layers/layer.h"

namespace outis::images::bake {

namespace {

constexpr const char* kCreatedBy = "outis " OUTIS_VERSION ": ";

// A layer that is not packed yet.
struct NamedTree {
    layers::Tree tree = {};
    const char* name = "";
};

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
Result<layers::Tree, Error> asked_content(const Assembly& assembly, const BaseImage& base)
{
    Plan plan = assembly.plan;
    plan.base.certificates = false;
    layers::Tree asked = OUTIS_TRY(local_tree(plan, content::base_accounts(), assembly.data));
    const std::string& zone = assembly.plan.localtime;
    const std::string zone_file = content::kZonesKey + ("/" + zone);
    if (!zone.empty() && has_zones(base.files) && base.files.find(zone_file) == nullptr)
        OUTIS_TRY(content::add_zones(asked, assembly.data, std::vector<std::string>{zone}));
    std::erase_if(asked, [&](const auto& row) {
        const view::Node* there = base.files.find(row.first);
        return row.second.kind != layers::EntryKind::file && there != nullptr &&
               (there->entry.member.entry.kind == layers::EntryKind::directory ||
                has_link(base.files, row.first, row.second));
    });
    return asked;
}

// PID 1, and what an image from scratch has and this one lacks.
Result<layers::Tree, Error> missing_content(const Assembly& assembly, const BaseImage& base,
                                            const Identity& identity)
{
    layers::Tree usual =
        OUTIS_TRY(content::base_tree(assembly.data, base.arch, assembly.plan.base));
    const layers::Tree init = OUTIS_TRY(content::init_tree(assembly.data, base.arch));
    for (const char* key : {content::kInitKey, content::kPasswdKey, content::kGroupKey})
        usual.erase(key);
    layers::Tree content = missing_entries(usual, base.files);
    for (const auto& [key, entry] : init) {
        const bool there = OUTIS_TRY(has_file(base.files, key, entry));
        if (!there)
            content.insert_or_assign(key, entry);
    }
    const layers::Tree asked = OUTIS_TRY(asked_content(assembly, base));
    for (const auto& [key, entry] : asked)
        content.insert_or_assign(key, entry);
    const layers::Tree accounts = OUTIS_TRY(account_files(base.files, identity.accounts));
    for (const auto& [key, entry] : accounts)
        content.insert_or_assign(key, entry);
    return placed_on(content, base.files);
}

Result<Done, Error> check_places(const Part& part, const BaseImage& base, const std::string& image)
{
    for (const programs::Program& program : part.programs) {
        const view::Node* there = base.files.find(program.path);
        if (there != nullptr && there->entry.member.entry.kind == layers::EntryKind::directory)
            return bad_input("'" + program.place + "' is a folder in image '" + image +
                             "', and would be the program; by --root it keeps a path of its own");
    }
    return Done{};
}

// PID 1 opens its policy as whom the engine starts it.
Result<Done, Error> check_policy_place(const BaseImage& base, const std::string& user)
{
    layers::Tree policy;
    policy.emplace(content::kPolicyKey, layers::file_entry(std::string()));
    return check_reachable(OUTIS_TRY(placed_on(policy, base.files)), user);
}

Result<layers::Tree, Error> program_files(const Assembly& assembly, const Part& part,
                                          const BaseImage& base, const Identity& identity,
                                          const layers::Tree& libraries)
{
    OUTIS_TRY(check_places(part, base, assembly.plan.from));
    const layers::Tree tree =
        OUTIS_TRY(app_tree(part.programs, identity.policy, assembly.plan, identity.id, libraries));
    layers::Tree placed = OUTIS_TRY(placed_on(tree, base.files));
    OUTIS_TRY(check_policy_place(base, identity.user));
    // A link on the way to a program, which the base has too.
    std::erase_if(placed, [&](const auto& row) {
        const auto there = base.files.nodes().find(row.first);
        return row.second.kind == layers::EntryKind::symlink && there != base.files.nodes().end() &&
               there->second.entry.member.entry.kind == layers::EntryKind::symlink &&
               there->second.entry.member.entry.target == row.second.target;
    });
    return placed;
}

Result<layers::Tree, Error> shell_files(const Assembly& assembly, const BaseImage& base,
                                        const layers::Tree& libraries, const layers::Tree& programs)
{
    layers::Tree below = libraries;
    below.insert(programs.begin(), programs.end());
    const layers::Tree shell = OUTIS_TRY(shell_tree(assembly.plan, base.arch, below));
    return placed_on(missing_entries(shell, base.files), base.files);
}

// The libraries, placed on the base.
Result<layers::Tree, Error> library_files(const Assembly& assembly, const BaseImage& base,
                                          const layers::Tree& libraries)
{
    if (base.is_scratch())
        return libraries;
    const std::string root = assembly.plan.sources.root.empty() ? "/" : assembly.plan.sources.root;
    return missing_libraries({libraries, base.arch, root, assembly.plan.from}, base.files);
}

// PID 1 and the policy, which is all that a hardened image adds.
Result<std::vector<NamedTree>, Error> hardening(const Assembly& assembly, const BaseImage& base,
                                                const Identity& identity)
{
    layers::Tree tree = OUTIS_TRY(content::init_tree(assembly.data, base.arch));
    tree.emplace(content::kPolicyKey, layers::file_entry(identity.policy.bytes));
    layers::Tree placed = OUTIS_TRY(placed_on(tree, base.files));
    OUTIS_TRY(check_reachable(placed, identity.user));
    return std::vector<NamedTree>{{std::move(placed), "PID 1 and policy"}};
}

Result<std::vector<NamedTree>, Error> contents(const Assembly& assembly, const Part& part,
                                               const BaseImage& base, const Identity& identity,
                                               Flavour flavour)
{
    const Plan& plan = assembly.plan;
    std::vector<NamedTree> rows;
    if (base.is_scratch())
        rows.push_back(
            {OUTIS_TRY(local_tree(plan, identity.accounts, assembly.data)), "local files"});
    else
        rows.push_back(
            {OUTIS_TRY(missing_content(assembly, base, identity)), "PID 1 and what was missing"});
    const layers::Tree libraries = OUTIS_TRY(library_tree(part.closure, assembly.data, base.arch));
    rows.push_back({OUTIS_TRY(library_files(assembly, base, libraries)), "libraries"});
    const layers::Tree programs =
        OUTIS_TRY(program_files(assembly, part, base, identity, libraries));
    rows.push_back({programs, part.programs.empty() ? "policy" : "app and policy"});
    if (flavour == Flavour::debug)
        rows.push_back(
            {OUTIS_TRY(shell_files(assembly, base, libraries, programs)), "debug shell"});
    return rows;
}

// The first of `rows` holds what is ours.
Result<std::vector<std::string>, Error> list_packages(const Plan& plan, const BaseImage& base,
                                                      std::vector<NamedTree>& rows)
{
    std::vector<layers::Tree*> trees;
    for (std::size_t i = 1; i < rows.size(); ++i)
        trees.push_back(&rows[i].tree);
    return add_package_lists(trees, plan, base);
}

}  // namespace

Result<OwnLayers, Error> own_layers(const Assembly& assembly, const Part& part,
                                    const BaseImage& base, const Identity& identity,
                                    Flavour flavour)
{
    const Plan& plan = assembly.plan;
    OwnLayers own;
    std::vector<NamedTree> rows;
    if (plan.product == Product::certificates)
        rows.push_back({OUTIS_TRY(certificates_tree(plan, assembly.data)), "certificates"});
    else if (plan.product == Product::hardened)
        rows = OUTIS_TRY(hardening(assembly, base, identity));
    else
        rows = OUTIS_TRY(contents(assembly, part, base, identity, flavour));
    if (plan.package_lists)
        own.notes = OUTIS_TRY(list_packages(plan, base, rows));
    // Every file has its place, and nothing lies where the base has it already.

    if (base.is_scratch() && plan.product != Product::certificates)
        own.list.push_back(
            OUTIS_TRY(content::base_layer(assembly.data, base.arch, plan.base, assembly.store)));
    const layers::PackOptions pack{
        .time = plan.time,
        .compression = plan.compression,
        .threads = layers::compression_threads(),
        .files = plan.sbom || plan.provenance ? layers::TellFiles::yes : layers::TellFiles::no};
    for (const auto& [tree, name] : rows) {
        if (tree.empty())
            continue;
        Layer layer = OUTIS_TRY(
            layers::pack_layer(tree, kCreatedBy + std::string(name), pack, assembly.store));
        own.list.push_back(std::move(layer));
    }
    return own;
}

}  // namespace outis::images::bake
