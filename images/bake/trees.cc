#include "bake/trees.h"

#include <algorithm>
#include <string>
#include <utility>

#include "content/base.h"
#include "host/root.h"
#include "outis/sandbox/arch.h"
#include "outis/sandbox/suggest.h"

namespace outis::images {

namespace {

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

// The file that --cap means: by its path in the image, or as a program by its name.
Result<std::string, Error> capable_key(const std::string& file,
                                       const std::vector<Program>& programs)
{
    if (file.starts_with('/'))
        return tree_key(file);
    std::vector<std::string> names;
    for (const Program& program : programs) {
        names.push_back(program.place.substr(program.place.rfind('/') + 1));
        if (names.back() == file)
            return tree_key(program.path);
    }
    return bad_input("there is no program '" + file + "' to give capabilities to (there are " +
                     sandbox::quoted_list(names) + "; other files need their path in the image)");
}

// What stands in the program's way to its file: /bin, if that is a link to usr/bin.
void add_links(Tree& tree, const Program& program)
{
    for (const FollowedLink& link : program.links) {
        const auto [place, is_new] =
            tree.try_emplace(link.path.substr(1), symlink_entry(link.target));
        // What else is put into the folder goes behind the link.
        if (!is_new && place->second.kind == EntryKind::directory)
            place->second = symlink_entry(link.target);
    }
}

}  // namespace

Result<Tree, Error> local_tree(const Plan& plan, const Accounts& accounts, const ToolData& data)
{
    Tree tree;
    if (!plan.bundle.empty() && plan.base.certificates)
        tree.emplace(kBundleKey, file_entry(plan.bundle));
    else if (!plan.bundle.empty())
        add_certificates(tree, plan.bundle);
    OUTIS_TRY(add_zones(tree, data, plan.zones));
    if (!plan.localtime.empty())
        OUTIS_TRY(add_localtime(tree, data, plan.localtime));
    if (passwd_text(accounts) != passwd_text(base_accounts())) {
        tree.emplace(kPasswdKey, file_entry(passwd_text(accounts)));
        tree.emplace(kGroupKey, file_entry(group_text(accounts)));
    }
    OUTIS_TRY(add_parents(tree));
    return tree;
}

Result<Tree, Error> certificates_tree(const Plan& plan, const ToolData& data)
{
    Tree tree;
    if (plan.bundle.empty())
        add_certificates(tree, data.certificates());
    else
        add_certificates(tree, plan.bundle);
    OUTIS_TRY(add_parents(tree));
    return tree;
}

Result<Tree, Error> library_tree(const Closure& closure, const ToolData& data, policy::Arch arch)
{
    Tree tree = closure.tree;
    if (tree.empty())
        return tree;
    const Tree base = OUTIS_TRY(base_tree(data, arch, {}));
    for (const auto& [key, entry] : base) {
        const auto found = tree.find(key);
        if (found == tree.end() || found->second.kind == EntryKind::directory)
            continue;
        if (entry.kind == EntryKind::directory)
            return bad_input("'/" + key + "' is no directory in the root, and one in every image");
        tree.erase(found);
    }
    return tree;
}

Result<Tree, Error> app_tree(const std::vector<Program>& programs, const ChosenPolicy& policy,
                             const Plan& plan, const std::optional<UserId>& user,
                             const Tree& libraries)
{
    Tree tree = plan.additions;
    OUTIS_TRY(add_working_directories(tree, plan.run, user));
    tree.emplace(kPolicyKey, file_entry(policy.bytes));
    for (const Program& program : programs) {
        const std::string key = OUTIS_TRY(tree_key(program.path));
        const std::uint32_t mode = policy.hidden ? kHiddenProgramMode : kProgramMode;
        add_links(tree, program);
        if (!tree.emplace(key, file_entry(program.file, mode)).second)
            return bad_input("two files would be '" + program.place + "' in the image");
    }
    for (const GivenCapability& given : plan.capabilities) {
        const std::string key = OUTIS_TRY(capable_key(given.file, programs));
        OUTIS_TRY(give_capability(tree, key, given.capability));
    }
    Tree placed = OUTIS_TRY(behind_links(tree, libraries));
    for (const auto& [key, entry] : libraries) {
        const auto same = placed.find(key);
        if (same != placed.end() && same->second.kind == EntryKind::symlink &&
            entry.kind == EntryKind::symlink)
            placed.erase(same);
    }
    OUTIS_TRY(add_parents(placed));
    return placed;
}

std::vector<std::string> capability_notes(const Plan& plan, const ChosenPolicy& policy)
{
    if (plan.capabilities.empty() || !policy.no_new_privileges)
        return {};
    return {"profile '" + policy.name +
            "' sets no_new_privs, under which the kernel ignores file capabilities; keep the "
            "capability in a profile of yours, or take --profile none"};
}

Result<Tree, Error> shell_tree(const Plan& plan, policy::Arch arch, const Tree& below)
{
    const auto shell = std::ranges::find(plan.shells, arch, &ElfSource::arch);
    if (shell == plan.shells.end())
        return bad_input("--debug names no shell for linux/" +
                         std::string(sandbox::arch_name(arch)));
    Tree tree;
    tree.emplace("bin/busybox", file_entry(shell->file, kProgramMode));
    tree.emplace("bin/sh", symlink_entry("busybox"));
    Tree placed = OUTIS_TRY(behind_links(tree, below));
    OUTIS_TRY(add_parents(placed));
    return placed;
}

}  // namespace outis::images
