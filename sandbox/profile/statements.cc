#include "sandbox/profile/statements.h"

#include <algorithm>
#include <charconv>

#include "outis/sandbox/suggest.h"
#include "sandbox/profile/absent_calls.h"
#include "sandbox/profile/implied_rules.h"
#include "sandbox/profile/sections.h"

namespace outis::sandbox::profile {
namespace {

constexpr std::uint32_t kNobody = 65534;
constexpr std::int64_t kMaxId = 0xFFFFFFFE;  // 0xFFFFFFFF means "leave it" to the kernel

// Digits alone are a number.
bool is_number(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint32_t> parse_id(std::string_view digits)
{
    std::uint32_t id = 0;
    const char* end = digits.data() + digits.size();
    const auto [rest, failed] = std::from_chars(digits.data(), end, id);
    if (failed != std::errc{} || rest != end || id > kMaxId)
        return std::nullopt;
    return id;
}

bool is_account_name(std::string_view name)
{
    return !name.empty() && name.size() <= policy::kMaxNameLength && name.front() != '-' &&
           std::ranges::all_of(name,
                               [](char c) { return c > ' ' && c < 127 && c != ':' && c != '/'; });
}

struct Id {
    std::uint32_t number = policy::kById;
    std::string name;
};

// Two names are known without /etc/passwd, which a scratch image lacks.
std::optional<Id> read_id(std::string_view text, const Place& place, const language::Reader& reader)
{
    if (is_number(text)) {
        const std::optional<std::uint32_t> id = parse_id(text);
        if (!id) {
            reader.error(place, "the id " + std::string(text) + " is above 4294967294");
            return std::nullopt;
        }
        return Id{.number = *id, .name = {}};
    }
    if (text == "nobody" || text == "nogroup")
        return Id{.number = kNobody, .name = {}};
    if (text == "root")
        return Id{.number = 0, .name = {}};
    if (!is_account_name(text)) {
        reader.error(place, in_quotes(text) + " is not a user or group name",
                     "write a name, a number, or both parted by ':'");
        return std::nullopt;
    }
    return Id{.number = policy::kById, .name = std::string(text)};
}

void read_user(const Value& value, const language::Reader& reader, Profile& profile)
{
    if (value.kind == ValueKind::integer) {
        if (const auto id = reader.integer(value, 0, kMaxId)) {
            const auto number = static_cast<std::uint32_t>(*id);
            profile.user = User{.uid = number, .gid = number, .user_name = {}, .group_name = {}};
        }
        return;
    }
    const std::optional<std::string> text = reader.text(value);
    if (!text)
        return;
    const std::size_t colon = text->find(':');
    const std::string_view user_part = std::string_view(*text).substr(0, colon);
    const std::optional<Id> user = read_id(user_part, value.place, reader);
    std::optional<Id> group = user;
    if (colon != std::string::npos)
        group = read_id(std::string_view(*text).substr(colon + 1), value.place, reader);
    if (!user || !group)
        return;
    profile.user = User{
        .uid = user->number,
        .gid = group->number,
        .user_name = user->name,
        .group_name = colon == std::string::npos ? "" : group->name,
    };
}

void read_groups(const Value& value, const language::Reader& reader, Profile& profile)
{
    std::vector<std::uint32_t> ids;
    if (value.kind != ValueKind::list) {
        reader.error(value.place, "'groups' is a list of numbers");
        return;
    }
    if (value.items.size() > policy::kMaxGroups) {
        reader.error(value.place, "more than 32 supplementary groups");
        return;
    }
    for (const Value& item : value.items) {
        if (const auto id = reader.integer(item, 0, kMaxId))
            ids.push_back(static_cast<std::uint32_t>(*id));
    }
    profile.groups = std::move(ids);
}

void read_capabilities(const Value& value, const language::Reader& reader, Profile& profile)
{
    reader.table(value, "capabilities",
                 {{"keep", [&](const Value& v) {
                       for (const std::uint32_t bit :
                            reader.named(v, kernel::capabilities(), "CAP_", "capability"))
                           profile.capabilities |= std::uint64_t{1} << bit;
                   }}});
}

bool says(const Value& root, std::string_view key)
{
    return std::ranges::find(root.entries, key, &Entry::key) != root.entries.end();
}

const Place& place_of_key(const Value& root, std::string_view key)
{
    static constexpr Place nowhere;
    const auto found = std::ranges::find(root.entries, key, &Entry::key);
    return found == root.entries.end() ? nowhere : found->place;
}

}  // namespace

Statements no_statements()
{
    Statements statements;
    statements.profile.user =
        User{.uid = kNobody, .gid = kNobody, .user_name = {}, .group_name = {}};
    return statements;
}

std::vector<language::Word> read_extends(const Value& root, const language::Reader& reader)
{
    const auto found = std::ranges::find(root.entries, "extends", &Entry::key);
    if (found == root.entries.end())
        return {};
    return reader.words(found->value);
}

void read_statements(const Value& root, const language::Reader& reader, Statements& statements)
{
    Profile& profile = statements.profile;
    statements.seccomp.named.clear();
    const auto flag = [&](bool& target) {
        return [&](const Value& v) {
            const bool given = reader.boolean(v).value_or(target);
            if (target && !given)
                reader.error(v.place, "an extended profile promises this, and false breaks it",
                             "remove it, or extend another profile");
            target = given;
        };
    };
    reader.table(
        root, "profile",
        {{"description",
          [&](const Value& v) {
              profile.description = reader.text(v).value_or("");
              if (profile.description.size() > kMaxDescription)
                  reader.error(v.place, "the description is longer than 1024 bytes");
          }},
         {"extends", [](const Value&) {}},
         {"user", [&](const Value& v) { read_user(v, reader, profile); }},
         {"groups", [&](const Value& v) { read_groups(v, reader, profile); }},
         {"user-exact", flag(profile.user_exact)},
         {"capabilities", [&](const Value& v) { read_capabilities(v, reader, profile); }},
         {"seccomp", [&](const Value& v) { read_seccomp(v, reader, statements.seccomp); }},
         {"landlock", [&](const Value& v) { read_landlock(v, reader, profile); }},
         {"exec",
          [&](const Value& v) {
              reader.table(v, "exec", {{"once", flag(profile.exec_once)}});
          }},
         {"memory",
          [&](const Value& v) {
              reader.table(v, "memory", {{"deny-write-execute", flag(profile.deny_write_execute)}});
          }},
         {"limits", [&](const Value& v) { read_limits(v, reader, profile); }},
         {"environment", [&](const Value& v) { read_environment(v, reader, profile); }},
         {"signals", [&](const Value& v) { read_signals(v, reader, profile); }},
         {"umask",
          [&](const Value& v) {
              if (const auto mask = reader.integer(v, 0, policy::kMaxUmask))
                  profile.umask = static_cast<std::uint16_t>(*mask);
          }},
         {"oom-score-adjust",
          [&](const Value& v) {
              const auto score = reader.integer(v, -policy::kMaxOomScore, policy::kMaxOomScore);
              if (score)
                  profile.oom_score_adjust = static_cast<std::int16_t>(*score);
          }},
         {"locked", flag(profile.locked)},
         {"hidden", flag(profile.hidden)},
         {"unsafe-keep-user",
          [&](const Value& v) {
              reader.unsafe(v, "unsafe-keep-user", {});
              profile.user.reset();
          }},
         {"unsafe-no-filter",
          [&](const Value& v) {
              reader.unsafe(v, "unsafe-no-filter", {});
              statements.no_filter = profile.name;
          }},
         {"unsafe-apply-nothing", [&](const Value& v) {
              reader.unsafe(v, "unsafe-apply-nothing", {});
              profile.applies_nothing = true;
          }}});
    if (says(root, "user") && says(root, "unsafe-keep-user"))
        reader.error(place_of_key(root, "unsafe-keep-user"),
                     "'unsafe-keep-user' contradicts 'user'");
}

Profile finish(Statements statements, const Value& root, const language::Reader& reader)
{
    Profile profile = std::move(statements.profile);
    if (profile.applies_nothing) {
        for (const Entry& entry : root.entries) {
            if (entry.key != "description" && entry.key != "unsafe-apply-nothing")
                reader.error(entry.place,
                             "'" + entry.key + "' beside or under 'unsafe-apply-nothing'",
                             "nothing else can be said in such a profile");
        }
        profile.user.reset();
        return profile;
    }
    if (statements.no_filter && statements.seccomp.present)
        reader.error(place_of_key(root, "unsafe-no-filter"),
                     "'unsafe-no-filter' contradicts [seccomp]");
    if (!profile.user && (profile.groups || profile.user_exact))
        reader.error(place_of_key(root, "unsafe-keep-user"),
                     "'unsafe-keep-user' contradicts 'groups' and 'user-exact'");
    const bool filtered = statements.no_filter || statements.seccomp.present;
    if (!filtered && !statements.incomplete)
        reader.error({}, "the profile allows no system calls",
                     "write extends = [\"baseline\"], or add a table [seccomp]");
    if (profile.exec_once && statements.no_filter)
        reader.error(place_of_key(root, "exec"), "'once' needs a filter, and there is none");
    if (profile.exec_once && statements.seccomp.seccomp.as_runc)
        reader.error(place_of_key(root, "exec"), "'once' contradicts 'unsafe-as-runc'");
    if (profile.deny_write_execute)
        deny_write_execute(statements.seccomp);
    if (profile.landlock)
        keep_to_ports(statements.seccomp, *profile.landlock);
    close_carriers(statements.seccomp);
    if (!statements.no_filter) {
        note_absent_calls(statements.seccomp.named, statements.seccomp.seccomp.architectures,
                          reader.complaints());
        profile.seccomp = finish_seccomp(std::move(statements.seccomp));
    }
    return profile;
}

}  // namespace outis::sandbox::profile
