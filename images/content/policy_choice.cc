#include "content/policy_choice.h"

#include <array>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "content/profile_source.h"
#include "host/input.h"
#include "outis/base/filter.h"
#include "outis/base/policy.h"
#include "outis/sandbox/arch.h"
#include "outis/sandbox/compile.h"
#include "outis/sandbox/diagnostic.h"
#include "outis/sandbox/explain.h"
#include "outis/sandbox/import.h"
#include "outis/sandbox/profile.h"

namespace outis::images::content {

namespace fs = std::filesystem;

namespace {

Result<std::string, Error> compile(const fs::path& file, const ToolData& data, policy::Arch arch)
{
    const std::array search{data.profiles()};
    const auto profile = sandbox::load_profile(file, search);
    if (!profile)
        return sandbox::failure_of(profile.error());
    const std::vector<std::byte> policy = OUTIS_TRY(sandbox::compile_policy(profile.value(), arch));
    return std::string(host::as_text(policy));
}

// JSON of other tools, hardened; `outis profile compile` has the choices.
Result<std::string, Error> import(const fs::path& file, policy::Arch arch)
{
    const std::string text = OUTIS_TRY(host::read_file(file, sandbox::kMaxProfileBytes));
    const auto imported = sandbox::import_profile({.file = file.string(), .text = text},
                                                  sandbox::ImportOptions{.arch = arch});
    if (!imported)
        return sandbox::failure_of(imported.error());
    const std::vector<std::byte> policy =
        OUTIS_TRY(sandbox::compile_policy(imported.value().profile, arch));
    return std::string(host::as_text(policy));
}

Result<std::string, Error> policy_bytes(const ToolData& data, const std::string& profile,
                                        policy::Arch arch)
{
    const ProfileSource source = OUTIS_TRY(find_profile(profile, {data.profiles()}));
    if (!source.name.empty()) {
        Result<std::string, Error> compiled =
            host::read_file(data.policies(arch) / (source.name + ".policy"), policy::kMaxSize);
        if (!compiled)
            return unavailable("profile '" + source.name + "' is not compiled: " +
                               compiled.error().text + "; install Outis again");
        return compiled;
    }
    switch (source.form) {
    case ProfileForm::toml: return compile(source.file, data, arch);
    case ProfileForm::json: return import(source.file, arch);
    case ProfileForm::policy: break;
    }
    return host::read_file(source.file, policy::kMaxSize);
}

// The id that the policy gives as a number, or by a name that the image must then know.
Result<UserId, Error> policy_user(const policy::Ids& ids, const Accounts& accounts)
{
    const std::string user = ids.uid == policy::kById ? std::string(host::as_text(ids.user_name))
                                                      : std::to_string(ids.uid);
    UserId id = OUTIS_TRY(parse_user(user, accounts));
    if (ids.gid != policy::kById)
        id.gid = ids.gid;
    else if (!ids.group_name.empty())
        return parse_user(user + ":" + std::string(host::as_text(ids.group_name)), accounts);
    return id;
}

// "", "0", "root", or an account that is root by another name.
bool is_root(const std::string& user, const Accounts& accounts)
{
    const std::string name = user.substr(0, user.find(':'));
    const Result<UserId, Error> id = parse_user(name, accounts);
    return name.empty() || name == "root" || (id && id.value().uid == 0);
}

// Every profile allows exit_group of the ABIs that it accepts.
bool accepts_32_bit(const policy::Seccomp& seccomp, policy::Arch arch)
{
    constexpr sandbox::CallData kOfI386{.number = 252, .arch = 0x40000003};  // AUDIT_ARCH_I386
    constexpr sandbox::CallData kOfArm{.number = 248, .arch = 0x40000028};   // AUDIT_ARCH_ARM
    const auto answer =
        sandbox::interpret(seccomp.program, arch == policy::Arch::x86_64 ? kOfI386 : kOfArm);
    return answer.verdict == filter::kAllow;
}

bool lets_map_code(const policy::Seccomp& seccomp, policy::Arch arch)
{
    constexpr std::uint64_t kReadExecute = 5;  // PROT_READ | PROT_EXEC
    constexpr std::uint64_t kPrivate = 2;      // MAP_PRIVATE
    const bool amd64 = arch == policy::Arch::x86_64;
    const sandbox::CallData map{.number = amd64 ? 9U : 222U,
                                .arch = amd64 ? 0xC000003EU : 0xC00000B7U,  // AUDIT_ARCH_*
                                .arguments = {0, 4096, kReadExecute, kPrivate, 3, 0}};
    return sandbox::interpret(seccomp.program, map).verdict == filter::kAllow;
}

// Whom the policy decides on, without anybody's word.
std::string policy_or(const std::string& own, const ChosenPolicy& policy)
{
    if (policy.needs_root)
        return {};
    return policy.user ? user_text(*policy.user) : own;
}

// Only root hands capabilities on, so PID 1 must become who is wanted by itself.
Result<std::string, Error> user_by_root(const std::string& wanted,
                                        const Result<UserId, Error>& user,
                                        const ChosenPolicy& policy)
{
    if (user && policy.user && user.value() == *policy.user)
        return std::string();
    if (user && user.value().uid == 0)
        return user_text(user.value());
    return bad_input("profile '" + policy.name +
                     "' keeps capabilities, which only root hands on; "
                     "name '" +
                     wanted + "' as the profile's user");
}

}  // namespace

Result<ChosenPolicy, Error> choose_policy(const ToolData& data, const std::string& profile,
                                          policy::Arch arch, const Accounts& accounts)
{
    ChosenPolicy chosen;
    chosen.bytes = OUTIS_TRY(policy_bytes(data, profile, arch));
    const auto view = policy::read(host::as_bytes(chosen.bytes));
    if (!view)
        return bad_input("policy '" + profile + "': " + policy::text(view.error()) +
                         "; compile it again with 'outis profile compile'");
    const policy::View& policy = view.value();
    if (policy.arch != arch)
        return bad_input("policy '" + profile + "' is for " +
                         std::string(sandbox::arch_name(policy.arch)) + ", the image for " +
                         std::string(sandbox::arch_name(arch)) +
                         "; compile it with --arch, or name the profile's .toml");
    chosen.name = policy.name.data();
    if (policy.ids)
        chosen.user = OUTIS_TRY(policy_user(*policy.ids, accounts));
    chosen.user_fixed = policy.process && (policy.process->has(policy::kUserExact) ||
                                           policy.process->has(policy::kLocked));
    chosen.hidden = policy.process && policy.process->has(policy::kHidden);
    chosen.exec_once = policy.exec && policy.exec->once;
    chosen.no_new_privileges = policy.process && policy.process->has(policy::kNoNewPrivs);
    chosen.runs_32_bit = !policy.seccomp || accepts_32_bit(*policy.seccomp, arch);
    chosen.maps_code = !policy.seccomp || lets_map_code(*policy.seccomp, arch);
    chosen.stop_signals = policy.signals ? policy.signals->stop : 0;
    // Capabilities cannot be had by a user that starts without them.
    chosen.needs_root = policy.capabilities &&
                        (policy.capabilities->permitted != 0 || policy.capabilities->ambient != 0);
    return chosen;
}

Result<std::string, Error> run_user(const std::string& asked, const std::string& own,
                                    const Accounts& accounts, const ChosenPolicy& policy)
{
    const bool fixed = policy.user_fixed && policy.user;
    if (asked.empty() && (fixed || is_root(own, accounts)))
        return policy_or(own, policy);
    if (asked.empty()) {
        if (!policy.needs_root)
            return own;
        return user_by_root(own, parse_user(own, accounts), policy);
    }
    const UserId user = OUTIS_TRY(parse_user(asked, accounts));
    if (fixed && user != *policy.user)
        return bad_input("user '" + asked + "' is refused: profile '" + policy.name +
                         "' fixes the user; choose another profile, or leave out --user");
    if (policy.needs_root)
        return user_by_root(asked, user, policy);
    return user_text(user);
}

}  // namespace outis::images::content
