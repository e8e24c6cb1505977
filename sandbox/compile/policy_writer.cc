#include "sandbox/compile/policy_writer.h"

#include <algorithm>
#include <string>

#include <linux/securebits.h>

#include "outis/base/policy.h"
#include "sandbox/compile/grants.h"

namespace outis::sandbox::compile {
namespace {

class Writer {
public:
    template <typename Integer>
    void number(Integer value)
    {
        const std::size_t at = bytes_.size();
        bytes_.resize(at + sizeof(Integer));
        store_le(std::span(bytes_), at, value);
    }

    void zeros(std::size_t count) { bytes_.resize(bytes_.size() + count); }

    void append(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

    void text(std::string_view text) { append(std::as_bytes(std::span(text))); }

    [[nodiscard]] std::vector<std::byte>& bytes() { return bytes_; }

private:
    std::vector<std::byte> bytes_;
};

// Set and locked: uid 0 means nothing, and nobody can change that. KEEP_CAPS and its lock stay
// open: it gives nothing to a process that holds nothing, and BIND's named ends if it cannot set
// it.
constexpr std::uint32_t kSecurebits =
    SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED;
// Where something is kept, it is raised as ambient after the bits are locked; the app could raise
// nothing that it does not have already.
constexpr std::uint32_t kNoAmbient =
    SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
static_assert((kSecurebits | kNoAmbient) == 0xCF);

void write_process(Writer& out, const Profile& profile)
{
    std::uint32_t flags = policy::kNoNewPrivs;
    const auto add = [&flags](bool given, policy::ProcessFlag flag) {
        flags |= given ? std::uint32_t{flag} : 0;
    };
    add(profile.locked, policy::kLocked);
    add(profile.user_exact, policy::kUserExact);
    add(profile.hidden, policy::kHidden);
    add(profile.deny_write_execute, policy::kDenyWriteExecute);
    add(profile.umask.has_value(), policy::kUmaskGiven);
    add(profile.oom_score_adjust.has_value(), policy::kOomGiven);
    out.number(flags);
    out.number(profile.umask.value_or(0));
    out.number(static_cast<std::uint16_t>(profile.oom_score_adjust.value_or(0)));
    out.zeros(8);
}

void write_ids(Writer& out, const User& user, const std::vector<std::uint32_t>* groups)
{
    out.number(user.uid);
    out.number(user.gid);
    out.number(static_cast<std::uint8_t>(groups != nullptr));
    out.number(static_cast<std::uint8_t>(user.user_name.size()));
    out.number(static_cast<std::uint8_t>(user.group_name.size()));
    out.number(static_cast<std::uint8_t>(groups == nullptr ? 0 : groups->size()));
    if (groups != nullptr) {
        for (const std::uint32_t group : *groups)
            out.number(group);
    }
    out.text(user.user_name);
    out.text(user.group_name);
}

// A kept capability is in every set, ambient among them, since the app is started as a user for
// whom execve(2) would drop all others.
void write_capabilities(Writer& out, std::uint64_t kept)
{
    for (int set = 0; set < 5; ++set)
        out.number(kept);
    out.number(kept == 0 ? kSecurebits | kNoAmbient : kSecurebits);
    out.zeros(4);
}

void write_seccomp(Writer& out, const Seccomp& seccomp, const Program& program)
{
    out.number((seccomp.log ? policy::kSeccompLog : 0) |
               (seccomp.allow_speculation ? policy::kSeccompSpecAllow : 0));
    out.number(static_cast<std::uint16_t>(program.bytes.size() / filter::kInstructionSize));
    out.zeros(2);
    out.append(program.bytes);
}

void write_landlock(Writer& out, const Grants& grants)
{
    out.number(grants.minimum_abi);
    out.number(static_cast<std::uint8_t>(grants.best_effort));
    out.zeros(5);
    out.number(grants.files);
    out.number(grants.ports);
    out.number(grants.scopes);
    out.number(static_cast<std::uint16_t>(grants.path_grants.size()));
    out.number(static_cast<std::uint16_t>(grants.port_grants.size()));
    out.zeros(4);
    for (const PathGrant& grant : grants.path_grants) {
        out.number(grant.access);
        out.number(grant.flags);
        out.zeros(1);
        out.number(static_cast<std::uint16_t>(grant.path.size() + 1));
        out.text(grant.path);
        out.zeros(1);
    }
    for (const PortGrant& grant : grants.port_grants) {
        out.number(grant.access);
        out.number(grant.port);
        out.zeros(6);
    }
}

void write_limits(Writer& out, const std::vector<policy::Limit>& limits)
{
    out.number(static_cast<std::uint16_t>(limits.size()));
    out.zeros(6);
    for (const policy::Limit& limit : limits) {
        out.number(limit.resource);
        out.zeros(4);
        out.number(limit.soft);
        out.number(limit.hard);
    }
}

void write_environment(Writer& out, const std::vector<EnvironmentChange>& changes)
{
    out.number(static_cast<std::uint16_t>(changes.size()));
    out.zeros(6);
    for (const EnvironmentChange& change : changes) {
        out.number(change.operation);
        out.zeros(1);
        out.number(static_cast<std::uint16_t>(change.text.size() + 1));
        out.text(change.text);
        out.zeros(1);
    }
}

void write_signals(Writer& out, const Signals& signals)
{
    out.number(signals.stop);
    out.number(signals.grace);
    out.number(signals.drain);
    out.number(static_cast<std::uint8_t>(signals.group));
    out.number(static_cast<std::uint8_t>(signals.rewrites.size()));
    out.zeros(6);
    for (const SignalRewrite& rewrite : signals.rewrites) {
        out.number(rewrite.from);
        out.number(rewrite.to);
    }
}

void write_exec(Writer& out, const Program& program)
{
    out.number(std::uint32_t{1});
    out.number(static_cast<std::uint16_t>(program.cookie_low.size()));
    out.number(static_cast<std::uint16_t>(program.cookie_high.size()));
    for (const std::vector<std::uint16_t>* indexes : {&program.cookie_low, &program.cookie_high}) {
        for (const std::uint16_t index : *indexes)
            out.number(index);
    }
}

class Sections {
public:
    template <typename Write>
    void add(policy::Kind kind, Write write)
    {
        Writer payload;
        write(payload);
        const std::size_t size = payload.bytes().size();
        out_.number(static_cast<std::uint16_t>(kind));
        out_.zeros(2);
        out_.number(static_cast<std::uint32_t>(size));
        out_.append(payload.bytes());
        out_.zeros((size + 7) / 8 * 8 - size);
        ++count_;
    }

    [[nodiscard]] Bytes bytes() { return out_.bytes(); }

    [[nodiscard]] std::uint16_t count() const { return count_; }

private:
    Writer out_;
    std::uint16_t count_ = 0;
};

void add_sections(Sections& sections, const Profile& profile, const Program& program)
{
    using policy::Kind;
    sections.add(Kind::process, [&](Writer& out) { write_process(out, profile); });
    if (profile.user)
        sections.add(Kind::ids, [&](Writer& out) {
            write_ids(out, *profile.user, profile.groups ? &*profile.groups : nullptr);
        });
    sections.add(Kind::capabilities,
                 [&](Writer& out) { write_capabilities(out, profile.capabilities); });
    if (profile.seccomp)
        sections.add(Kind::seccomp,
                     [&](Writer& out) { write_seccomp(out, *profile.seccomp, program); });
    if (const auto grants = grants_of(profile))
        sections.add(Kind::landlock, [&](Writer& out) { write_landlock(out, *grants); });
    if (!profile.limits.empty())
        sections.add(Kind::limits, [&](Writer& out) { write_limits(out, profile.limits); });
    if (!profile.environment.empty())
        sections.add(Kind::environment,
                     [&](Writer& out) { write_environment(out, profile.environment); });
    if (profile.signals)
        sections.add(Kind::signals, [&](Writer& out) { write_signals(out, *profile.signals); });
    if (profile.exec_once)
        sections.add(Kind::exec, [&](Writer& out) { write_exec(out, program); });
}

}  // namespace

Result<std::vector<std::byte>, Error> write_policy(const Profile& profile, policy::Arch arch,
                                                   const Program& program)
{
    Sections sections;
    if (!profile.applies_nothing)
        add_sections(sections, profile, program);

    const std::size_t size = policy::kHeaderSize + sections.bytes().size();
    if (size > policy::kMaxSize)
        return bad_input("the policy has " + std::to_string(size) +
                         " bytes and may have 65536; shorten its paths and environment");
    Writer out;
    out.append(std::as_bytes(std::span(policy::kMagic)));
    out.number(policy::kVersion);
    out.number(static_cast<std::uint16_t>(arch));
    out.number(static_cast<std::uint32_t>(size));
    out.number(std::uint32_t{0});
    out.number(sections.count());
    out.zeros(2);
    const std::string_view name = std::string_view(profile.name).substr(0, policy::kNameSize - 1);
    out.text(name);
    out.zeros(policy::kNameSize - name.size() + 8);
    out.append(sections.bytes());
    store_le(std::span(out.bytes()), policy::kChecksumOffset, policy::checksum_of(out.bytes()));
    return std::move(out.bytes());
}

}  // namespace outis::sandbox::compile
