#include "bake/trees.h"

#include <algorithm>
#include <string>
#include <utility>

#include "content/base.h"
#include "host/root.h"
#include "layers/merge.h"
#include "outis/sandbox/arch.h"
#include "outis/sandbox/suggest.h"

namespace outis::images::bake {

namespace {

// Volumes belong to whom the image runs as, so that it can write there. What is there stays.
Result<Done, Error> add_working_directories(layers::Tree& tree, const oci::RunConfig& run,
                                            const std::optional<content::UserId>& user)
{
    for (const std::string& volume : run.volumes) {
        const std::string key = OUTIS_TRY(layers::tree_key(volume));
        layers::Entry entry = layers::directory_entry();
        entry.uid = user ? user->uid : 0;
        entry.gid = user ? user->gid : 0;
        if (key != content::kTemporaryKey)
            tree.try_emplace(key, std::move(entry));
    }
    if (run.workdir.empty() || run.workdir == "/")
        return Done{};
    const std::string key = OUTIS_TRY(layers::tree_key(run.workdir));
    if (key != content::kTemporaryKey)
        tree.try_emplace(key, layers::directory_entry());
    return Done{};
}

// The file that --cap means: by its path in the image, or as a program by its name.
Result<std::string, Error> capable_key(const std::string& file,
                                       const std::vector<programs::Program>& programs)
{
    if (file.starts_with('/'))
        return layers::tree_key(file);
    std::vector<std::string> names;
    for (const programs::Program& program : programs) {
        names.push_back(program.place.substr(program.place.rfind('/') + 1));
        if (names.back() == file)
            return layers::tree_key(program.path);
    }
    return bad_input("there is no program '" + file + "' to give capabilities to (there are " +
                     sandbox::quoted_list(names) + "; other files need their path in the image)");
}

// What stands in the program's way to its file: /bin, if that is a link to usr/bin.
void add_links(layers::Tree& tree, const programs::Program& program)
{
    for (const host::FollowedLink& link : program.links) {
        const auto [place, is_new] =
            tree.try_emplace(link.path.substr(1), layers::symlink_entry(link.target));
        // What else is put into the folder goes behind the link.
        if (!is_new && place->second.kind == layers::EntryKind::directory)
            place->second = layers::symlink_entry(link.target);
    }
}

// What was added to the program's place may be the program itself, as it was before --pack.
Result<Done, Error> add_program(layers::Tree& tree, const std::string& key,
                                const programs::Program& program, std::uint32_t mode)
{
    const auto known = tree.find(key);
    layers::Tree own;
    own.emplace(key, layers::file_entry(program.unpacked, mode));
    own.begin()->second.is_program = true;
    if (known != tree.end()) {
        const bool same =
            OUTIS_TRY(layers::same_content(tree, known->second, own, own.begin()->second));
        if (!same)
            return bad_input("two files would be '" + program.place + "' in the image");
    }
    OUTIS_TRY(layers::merge_over(tree, own));
    tree.at(key).content = program.file;
    return Done{};
}

}  // namespace

Result<layers::Tree, Error> local_tree(const Plan& plan, const content::Accounts& accounts,
                                       const content::ToolData& data)
{
    layers::Tree tree;
    if (!plan.bundle.empty() && plan.base.certificates)
        tree.emplace(content::kBundleKey, layers::file_entry(plan.bundle));
    else if (!plan.bundle.empty())
        content::add_certificates(tree, plan.bundle);
    OUTIS_TRY(content::add_zones(tree, data, plan.zones));
    if (!plan.localtime.empty())
        OUTIS_TRY(content::add_localtime(tree, data, plan.localtime));
    if (content::passwd_text(accounts) != content::passwd_text(content::base_accounts())) {
        tree.emplace(content::kPasswdKey, layers::file_entry(content::passwd_text(accounts)));
        tree.emplace(content::kGroupKey, layers::file_entry(content::group_text(accounts)));
    }
    OUTIS_TRY(layers::add_parents(tree));
    return tree;
}

Result<layers::Tree, Error> certificates_tree(const Plan& plan, const content::ToolData& data)
{
    layers::Tree tree;
    if (plan.bundle.empty())
        content::add_certificates(tree, data.certificates());
    else
        content::add_certificates(tree, plan.bundle);
    OUTIS_TRY(layers::add_parents(tree));
    return tree;
}

Result<layers::Tree, Error> library_tree(const programs::Closure& closure,
                                         const content::ToolData& data, policy::Arch arch)
{
    layers::Tree tree = closure.tree;
    if (tree.empty())
        return tree;
    const layers::Tree base = OUTIS_TRY(content::base_tree(data, arch, {}));
    for (const auto& [key, entry] : base) {
        const auto found = tree.find(key);
        if (found == tree.end() || found->second.kind == layers::EntryKind::directory)
            continue;
        if (entry.kind == layers::EntryKind::directory)
            return bad_input("'/" + key + "' is no directory in the root, and one in every image");
        tree.erase(found);
    }
    return tree;
}

Result<layers::Tree, Error> app_tree(const std::vector<programs::Program>& programs,
                                     const content::ChosenPolicy& policy, const Plan& plan,
                                     const std::optional<content::UserId>& user,
                                     const layers::Tree& libraries)
{
    layers::Tree tree = plan.additions;
    OUTIS_TRY(add_working_directories(tree, plan.run, user));
    tree.emplace(content::kPolicyKey, layers::file_entry(policy.bytes));
    for (const programs::Program& program : programs) {
        const std::string key = OUTIS_TRY(layers::tree_key(program.path));
        const std::uint32_t mode =
            policy.hidden ? layers::kHiddenProgramMode : layers::kProgramMode;
        add_links(tree, program);
        OUTIS_TRY(add_program(tree, key, program, mode));
    }
    for (const GivenCapability& given : plan.capabilities) {
        const std::string key = OUTIS_TRY(capable_key(given.file, programs));
        OUTIS_TRY(content::give_capability(tree, key, given.capability));
    }
    layers::Tree placed = OUTIS_TRY(layers::behind_links(tree, libraries));
    for (const auto& [key, entry] : libraries) {
        const auto same = placed.find(key);
        if (same != placed.end() && same->second.kind == layers::EntryKind::symlink &&
            entry.kind == layers::EntryKind::symlink)
            placed.erase(same);
    }
    OUTIS_TRY(layers::add_parents(placed));
    return placed;
}

std::vector<std::string> capability_notes(const Plan& plan, const content::ChosenPolicy& policy)
{
    if (plan.capabilities.empty() || !policy.no_new_privileges)
        return {};
    return {"profile '" + policy.name +
            "' sets no_new_privs, under which the kernel ignores file capabilities; keep the "
            "capability in a profile of yours, or take --profile none"};
}

Result<layers::Tree, Error> shell_tree(const Plan& plan, policy::Arch arch,
                                       const layers::Tree& below)
{
    const auto shell = std::ranges::find(plan.shells, arch, &programs::ElfSource::arch);
    if (shell == plan.shells.end())
        return bad_input("--debug names no shell for linux/" +
                         std::string(sandbox::arch_name(arch)));
    layers::Tree tree;
    tree.emplace("bin/busybox", layers::file_entry(shell->file, layers::kProgramMode));
    tree.emplace("bin/sh", layers::symlink_entry("busybox"));
    layers::Tree placed = OUTIS_TRY(layers::behind_links(tree, below));
    OUTIS_TRY(layers::add_parents(placed));
    return placed;
}

}  // namespace outis::images::bake
