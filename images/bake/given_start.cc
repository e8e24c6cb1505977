#include "bake/given_start.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "host/words.h"
#include "oci/read_config.h"
#include "view/start.h"

namespace outis::images::bake {

namespace {

constexpr std::array kShells = std::to_array<std::string_view>(
    {"ash", "bash", "csh", "dash", "fish", "ksh", "mksh", "sh", "tcsh", "zsh"});

bool is_shell(std::string_view path)
{
    return std::ranges::binary_search(kShells, host::base_name_of(path));
}

// The program that a script names behind "#!", also by /usr/bin/env.
std::string interpreter_of(std::string_view script)
{
    constexpr std::string_view kBlanks = " \t";
    std::string word;
    while (!script.empty()) {
        script.remove_prefix(std::min(script.find_first_not_of(kBlanks), script.size()));
        const std::size_t end = std::min(script.find_first_of(kBlanks), script.size());
        word = script.substr(0, end);
        script.remove_prefix(end);
        if (host::base_name_of(word) != "env" && !word.starts_with('-'))
            break;
    }
    return word;
}

bool may_write(const layers::TarEntry& folder, const content::UserId& user)
{
    constexpr unsigned kOwner = 0200;
    constexpr unsigned kGroup = 0020;
    constexpr unsigned kOthers = 0002;
    const unsigned bit = folder.uid == user.uid   ? kOwner
                         : folder.gid == user.gid ? kGroup
                                                  : kOthers;
    return (folder.mode & bit) != 0;
}

}  // namespace

Result<Done, Error> check_start(const BaseImage& base, const content::ChosenPolicy& policy)
{
    const std::vector<std::string> programs = view::read_start(base.config).programs;
    const view::Node* node = programs.empty() ? nullptr : base.files.find(programs.back());
    if (node == nullptr)
        return Done{};
    const view::FileFacts& facts = node->entry.facts;
    const std::string which = "'" + programs.back() + "' is ";
    const std::string profile = ", and profile '" + policy.name + "' ";
    const bool by_shell = facts.script.empty()
                              ? is_shell(programs.back()) || is_shell(node->entry.member.entry.path)
                              : is_shell(interpreter_of(facts.script));
    if (policy.exec_once && by_shell)
        return bad_input(which + (facts.script.empty() ? "a shell" : "a shell's script") + profile +
                         "lets no second program start (exec.once); take another profile, or an "
                         "image that starts its program itself");
    if (!facts.elf)
        return Done{};
    if (!policy.runs_32_bit && facts.elf->bits == 32)
        return bad_input(which + "a 32-bit program" + profile +
                         "refuses every call of those; take a profile with architectures = [\"" +
                         (base.arch == policy::Arch::x86_64 ? "i386" : "arm") + "\"]");
    if (!policy.maps_code && !facts.elf->interpreter.empty())
        return bad_input(which + "a dynamic program" + profile +
                         "lets no loader map libraries; take 'service'");
    return Done{};
}

std::vector<std::string> unwritable_notes(const BaseImage& base, const content::UserId& user)
{
    const oci::RunConfig run = oci::read_run_config(base.config);
    std::set<std::string> folders = run.volumes;
    if (!run.workdir.empty() && run.workdir != "/")
        folders.insert(run.workdir);
    for (const char* folder : {"/run", "/tmp"}) {
        if (base.files.find(folder) != nullptr)
            folders.insert(folder);
    }
    std::vector<std::string> notes;
    for (const std::string& folder : folders) {
        const view::Node* node = base.files.find(folder);
        if (node == nullptr || !may_write(node->entry.member.entry, user))
            notes.push_back("user " + content::user_text(user) + " cannot write to '" + folder +
                            "'; give --user, or a volume or tmpfs that it owns");
    }
    return notes;
}

}  // namespace outis::images::bake
