#include "sandbox/profile/statements.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "sandbox/language/suggest.h"

namespace outis::sandbox {
namespace {

constexpr std::uint32_t kNobody = 65534;
constexpr std::int64_t kMaxId = 0xFFFFFFFE;  // 0xFFFFFFFF means "leave it" to the kernel
constexpr std::size_t kMaxPathLength = 4095;
constexpr std::size_t kMaxPaths = 128;  // of one category

void error(const Reader& reader, const Place& place, std::string message, std::string hint = {})
{
    reader.complaints().error(place, std::move(message), std::move(hint));
}

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
std::optional<Id> read_id(std::string_view text, const Place& place, const Reader& reader)
{
    if (is_number(text)) {
        const std::optional<std::uint32_t> id = parse_id(text);
        if (!id) {
            error(reader, place, "the id " + std::string(text) + " is above 4294967294");
            return std::nullopt;
        }
        return Id{.number = *id, .name = {}};
    }
    if (text == "nobody" || text == "nogroup")
        return Id{.number = kNobody, .name = {}};
    if (text == "root")
        return Id{.number = 0, .name = {}};
    if (!is_account_name(text)) {
        error(reader, place, in_quotes(text) + " is not a user or group name",
              "write a name, a number, or both parted by ':'");
        return std::nullopt;
    }
    return Id{.number = policy::kById, .name = std::string(text)};
}

void read_user(const Value& value, const Reader& reader, Profile& profile)
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

void read_groups(const Value& value, const Reader& reader, Profile& profile)
{
    std::vector<std::uint32_t> ids;
    if (value.kind != ValueKind::list) {
        error(reader, value.place, "'groups' is a list of numbers");
        return;
    }
    if (value.items.size() > policy::kMaxGroups) {
        error(reader, value.place, "more than 32 supplementary groups");
        return;
    }
    for (const Value& item : value.items) {
        if (const auto id = reader.integer(item, 0, kMaxId))
            ids.push_back(static_cast<std::uint32_t>(*id));
    }
    profile.groups = std::move(ids);
}

void read_capabilities(const Value& value, const Reader& reader, Profile& profile)
{
    reader.table(value, "capabilities", {{"keep", [&](const Value& v) {
                                              for (const std::uint32_t bit : reader.named(
                                                       v, capabilities(), "CAP_", "capability"))
                                                  profile.capabilities |= std::uint64_t{1} << bit;
                                          }}});
}

void read_paths(const Value& value, const Reader& reader,
                std::optional<std::vector<std::string>>& paths)
{
    if (!paths)
        paths.emplace();
    for (const Word& word : reader.words(value)) {
        if (word.text != "@program" && !word.text.starts_with('/'))
            error(reader, word.place, "'" + word.text + "' is not an absolute path",
                  "write '/...' or '@program'");
        else if (word.text.size() > kMaxPathLength)
            error(reader, word.place, "the path is longer than 4095 bytes");
        else if (paths->size() == kMaxPaths)
            error(reader, word.place, "more than 128 paths of one kind");
        else
            paths->push_back(word.text);
    }
}

void read_ports(const Value& value, const Reader& reader,
                std::optional<std::vector<std::uint16_t>>& ports)
{
    if (!ports)
        ports.emplace();
    if (value.kind != ValueKind::list) {
        error(reader, value.place, "ports are a list of numbers");
        return;
    }
    for (const Value& item : value.items) {
        if (ports->size() == policy::kMaxPortRules / 2) {
            error(reader, item.place, "more than 256 ports of one kind");
            return;
        }
        if (const auto port = reader.integer(item, 0, 65535))
            ports->push_back(static_cast<std::uint16_t>(*port));
    }
}

void read_landlock(const Value& value, const Reader& reader, Profile& profile)
{
    if (!profile.landlock)
        profile.landlock.emplace();
    Landlock& landlock = *profile.landlock;
    reader.table(value, "landlock",
                 {{"read", [&](const Value& v) { read_paths(v, reader, landlock.read); }},
                  {"write", [&](const Value& v) { read_paths(v, reader, landlock.write); }},
                  {"execute", [&](const Value& v) { read_paths(v, reader, landlock.execute); }},
                  {"ioctl", [&](const Value& v) { read_paths(v, reader, landlock.ioctl); }},
                  {"bind", [&](const Value& v) { read_ports(v, reader, landlock.bind); }},
                  {"connect", [&](const Value& v) { read_ports(v, reader, landlock.connect); }},
                  {"scopes",
                   [&](const Value& v) {
                       for (const auto bit : reader.named(v, landlock_scopes(), "", "scope"))
                           landlock.scopes |= bit;
                   }},
                  {"minimum-abi",
                   [&](const Value& v) {
                       if (const auto abi = reader.integer(v, 0, 255))
                           landlock.minimum_abi = static_cast<std::uint16_t>(*abi);
                   }},
                  {"enforce", [&](const Value& v) {
                       if (const auto choice = reader.choice(v, {"required", "best-effort"}))
                           landlock.best_effort = *choice == 1;
                   }}});
}

std::optional<std::uint64_t> read_limit_value(const Value& value, const Reader& reader)
{
    if (value.kind == ValueKind::text) {
        if (reader.choice(value, {"unlimited"}))
            return std::numeric_limits<std::uint64_t>::max();
        return std::nullopt;
    }
    const auto number = reader.integer(value, 0, std::numeric_limits<std::int64_t>::max());
    if (!number)
        return std::nullopt;
    return static_cast<std::uint64_t>(*number);
}

void read_limit(const Entry& entry, const Reader& reader, Profile& profile)
{
    const std::optional<std::uint32_t> resource = find_value(resources(), entry.key);
    if (!resource) {
        std::vector<std::string_view> right;
        for (const Name& known : resources())
            right.push_back(known.name);
        reader.unknown({.text = entry.key, .place = entry.place}, "limit", right);
        return;
    }
    const bool pair = entry.value.kind == ValueKind::list && entry.value.items.size() == 2;
    const Value& soft_value = pair ? entry.value.items[0] : entry.value;
    const Value& hard_value = pair ? entry.value.items[1] : entry.value;
    const auto soft = read_limit_value(soft_value, reader);
    const auto hard = pair ? read_limit_value(hard_value, reader) : soft;
    if (!soft || !hard)
        return;
    if (*soft > *hard) {
        error(reader, entry.value.place, "the soft limit is above the hard one",
              "write [soft, hard]");
        return;
    }
    std::erase_if(profile.limits, [&](const policy::Limit& l) { return l.resource == *resource; });
    profile.limits.push_back({.resource = *resource, .soft = *soft, .hard = *hard});
    std::ranges::sort(profile.limits, {}, &policy::Limit::resource);
}

void read_limits(const Value& value, const Reader& reader, Profile& profile)
{
    if (value.kind != ValueKind::table) {
        error(reader, value.place, "'limits' is a table");
        return;
    }
    for (const Entry& entry : value.entries)
        read_limit(entry, reader, profile);
}

void add_environment(std::uint8_t operation, const Word& name, const std::string& text,
                     const Reader& reader, Profile& profile)
{
    if (name.text.empty() || name.text.find('=') != std::string::npos)
        error(reader, name.place, "'" + name.text + "' is not a variable's name");
    else if (profile.environment.size() == policy::kMaxEnvironmentRows)
        error(reader, name.place, "more than 256 variables");
    else if (text.size() > kMaxPathLength)
        error(reader, name.place, "the variable has more than 4095 bytes");
    else
        profile.environment.push_back({.operation = operation, .text = text});
}

void read_environment(const Value& value, const Reader& reader, Profile& profile)
{
    const auto names = [&](std::uint8_t operation) {
        return [&, operation](const Value& v) {
            for (const Word& word : reader.words(v))
                add_environment(operation, word, word.text, reader, profile);
        };
    };
    reader.table(value, "environment",
                 {{"set",
                   [&](const Value& v) {
                       if (v.kind != ValueKind::table)
                           error(reader, v.place, "'set' is a table", "write { NAME = \"value\" }");
                       for (const Entry& entry : v.entries) {
                           if (const auto text = reader.text(entry.value))
                               add_environment(policy::kSet, {entry.key, entry.place},
                                               entry.key + "=" + *text, reader, profile);
                       }
                   }},
                  {"unset", names(policy::kUnset)},
                  {"keep", names(policy::kKeep)}});
}

void read_rewrite(const Value& value, const Reader& reader, Signals& signals)
{
    if (value.kind != ValueKind::table) {
        error(reader, value.place, "'rewrite' is a table", "write { TERM = \"QUIT\" }");
        return;
    }
    for (const Entry& entry : value.entries) {
        const auto from = reader.signal({.text = entry.key, .place = entry.place});
        const auto text = reader.text(entry.value);
        if (!from || !text)
            continue;
        const std::optional<std::uint8_t> to =
            *text == "0" ? 0 : reader.signal({.text = *text, .place = entry.value.place});
        if (!to)
            continue;
        std::erase_if(signals.rewrites, [&](const SignalRewrite& r) { return r.from == *from; });
        signals.rewrites.push_back({.from = *from, .to = *to});
    }
}

void read_signals(const Value& value, const Reader& reader, Profile& profile)
{
    if (!profile.signals)
        profile.signals.emplace();
    Signals& signals = *profile.signals;
    reader.table(
        value, "signals",
        {{"stop",
          [&](const Value& v) {
              for (const Word& word : reader.words(v)) {
                  if (const auto number = reader.signal(word))
                      signals.stop |= std::uint64_t{1} << (*number - 1);
              }
          }},
         {"rewrite", [&](const Value& v) { read_rewrite(v, reader, signals); }},
         {"grace", [&](const Value& v) { signals.grace = reader.time(v).value_or(signals.grace); }},
         {"drain", [&](const Value& v) { signals.drain = reader.time(v).value_or(signals.drain); }},
         {"target", [&](const Value& v) {
              if (const auto choice = reader.choice(v, {"child", "group"}))
                  signals.group = *choice == 1;
          }}});
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

std::vector<Word> read_extends(const Value& root, const Reader& reader)
{
    const auto found = std::ranges::find(root.entries, "extends", &Entry::key);
    if (found == root.entries.end())
        return {};
    return reader.words(found->value);
}

void read_statements(const Value& root, const Reader& reader, Statements& statements)
{
    Profile& profile = statements.profile;
    const auto flag = [&](bool& target) {
        return [&](const Value& v) { target = reader.boolean(v).value_or(target); };
    };
    reader.table(
        root, "profile",
        {{"description",
          [&](const Value& v) {
              profile.description = reader.text(v).value_or("");
              if (profile.description.size() > kMaxDescription)
                  error(reader, v.place, "the description is longer than 1024 bytes");
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
}

Profile finish(Statements statements, const Value& root, const Reader& reader)
{
    Profile profile = std::move(statements.profile);
    if (profile.applies_nothing) {
        for (const Entry& entry : root.entries) {
            if (entry.key != "description" && entry.key != "unsafe-apply-nothing")
                error(reader, entry.place,
                      "'" + entry.key + "' beside or under 'unsafe-apply-nothing'",
                      "nothing else can be said in such a profile");
        }
        profile.user.reset();
        return profile;
    }
    if (statements.no_filter && statements.seccomp.present)
        error(reader, place_of_key(root, "unsafe-no-filter"),
              "'unsafe-no-filter' contradicts [seccomp]");
    if (!statements.no_filter && !statements.seccomp.present)
        error(reader, {}, "the profile allows no system calls",
              "write extends = [\"baseline\"], or add a table [seccomp]");
    if (profile.exec_once && statements.no_filter)
        error(reader, place_of_key(root, "exec"), "'once' needs a filter, and there is none");
    if (profile.deny_write_execute)
        deny_write_execute(statements.seccomp);
    if (!statements.no_filter)
        profile.seccomp = finish_seccomp(std::move(statements.seccomp));
    return profile;
}

}  // namespace outis::sandbox
