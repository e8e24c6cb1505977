#include "sandbox/profile/sections.h"

#include <algorithm>
#include <limits>

#include "outis/sandbox/suggest.h"

namespace outis::sandbox::profile {
namespace {

constexpr std::size_t kMaxPathLength = 4095;
constexpr std::size_t kMaxPaths = 64;    // of one category
constexpr std::size_t kMaxPorts = 128;   // of one category
constexpr std::int64_t kNewestAbi = 10;  // of Landlock, whose rights compile/grants.cc knows

void read_paths(const Value& value, const language::Reader& reader,
                std::optional<std::vector<std::string>>& paths)
{
    if (!paths)
        paths.emplace();
    for (const language::Word& word : reader.words(value)) {
        if (word.text != "@program" && !word.text.starts_with('/'))
            reader.error(word.place, "'" + word.text + "' is not an absolute path",
                         "write '/...' or '@program'");
        else if (word.text.size() > kMaxPathLength)
            reader.error(word.place, "the path is longer than 4095 bytes");
        else if (paths->size() == kMaxPaths)
            reader.error(word.place, "more than 64 paths of one kind");
        else
            paths->push_back(word.text);
    }
}

void read_ports(const Value& value, const language::Reader& reader,
                std::optional<std::vector<std::uint16_t>>& ports)
{
    if (!ports)
        ports.emplace();
    if (value.kind != ValueKind::list) {
        reader.error(value.place, "ports are a list of numbers");
        return;
    }
    for (const Value& item : value.items) {
        if (ports->size() == kMaxPorts) {
            reader.error(item.place, "more than 128 ports of one kind");
            return;
        }
        if (const auto port = reader.integer(item, 0, 65535))
            ports->push_back(static_cast<std::uint16_t>(*port));
    }
}

std::optional<std::uint64_t> read_limit_value(const Value& value, const language::Reader& reader)
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

void read_limit(const Entry& entry, const language::Reader& reader, Profile& profile)
{
    const std::optional<std::uint32_t> resource =
        kernel::find_value(kernel::resources(), entry.key);
    if (!resource) {
        reader.unknown({.text = entry.key, .place = entry.place}, "limit",
                       names_in(kernel::resources()));
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
        reader.error(entry.value.place, "the soft limit is above the hard one",
                     "write [soft, hard]");
        return;
    }
    std::erase_if(profile.limits, [&](const policy::Limit& l) { return l.resource == *resource; });
    profile.limits.push_back({.resource = *resource, .soft = *soft, .hard = *hard});
    std::ranges::sort(profile.limits, {}, &policy::Limit::resource);
}

std::string_view variable_of(const EnvironmentChange& change)
{
    return std::string_view(change.text).substr(0, change.text.find('='));
}

// The last word on a variable counts. Rows of `keep` stay beside the others, for any of them means
// that what is not kept is dropped.
void add_environment(std::uint8_t operation, const language::Word& name, const std::string& text,
                     const language::Reader& reader, Profile& profile)
{
    std::erase_if(profile.environment, [&](const EnvironmentChange& earlier) {
        const bool same_kind = (earlier.operation == policy::kKeep) == (operation == policy::kKeep);
        return same_kind && variable_of(earlier) == name.text;
    });
    if (name.text.empty() || name.text.find('=') != std::string::npos)
        reader.error(name.place, "'" + name.text + "' is not a variable's name");
    else if (profile.environment.size() == policy::kMaxEnvironmentRows)
        reader.error(name.place, "more than 256 variables");
    else if (text.size() > kMaxPathLength)
        reader.error(name.place, "the variable has more than 4095 bytes");
    else
        profile.environment.push_back({.operation = operation, .text = text});
}

// A signal that PID 1 gets to see.
std::optional<std::uint8_t> read_caught_signal(const language::Word& word,
                                               const language::Reader& reader)
{
    constexpr std::uint8_t kill = 9;
    constexpr std::uint8_t stop = 19;
    const std::optional<std::uint8_t> number = reader.signal(word);
    if (number != kill && number != stop)
        return number;
    reader.error(word.place, "'" + word.text + "' never reaches PID 1, since nobody can catch it");
    return std::nullopt;
}

void read_rewrite(const Value& value, const language::Reader& reader, Signals& signals)
{
    if (value.kind != ValueKind::table) {
        reader.error(value.place, "'rewrite' is a table", "write { TERM = \"QUIT\" }");
        return;
    }
    for (const Entry& entry : value.entries) {
        const auto from = read_caught_signal({.text = entry.key, .place = entry.place}, reader);
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

}  // namespace

void read_landlock(const Value& value, const language::Reader& reader, Profile& profile)
{
    if (!profile.landlock)
        profile.landlock.emplace();
    Landlock& landlock = *profile.landlock;
    reader.table(
        value, "landlock",
        {{"read", [&](const Value& v) { read_paths(v, reader, landlock.read); }},
         {"write", [&](const Value& v) { read_paths(v, reader, landlock.write); }},
         {"execute", [&](const Value& v) { read_paths(v, reader, landlock.execute); }},
         {"ioctl", [&](const Value& v) { read_paths(v, reader, landlock.ioctl); }},
         {"bind", [&](const Value& v) { read_ports(v, reader, landlock.bind); }},
         {"connect", [&](const Value& v) { read_ports(v, reader, landlock.connect); }},
         {"bind-udp", [&](const Value& v) { read_ports(v, reader, landlock.bind_udp); }},
         {"connect-udp", [&](const Value& v) { read_ports(v, reader, landlock.connect_udp); }},
         {"scopes",
          [&](const Value& v) {
              for (const auto bit : reader.named(v, kernel::landlock_scopes(), "", "scope"))
                  landlock.scopes |= bit;
          }},
         {"minimum-abi",
          [&](const Value& v) {
              if (const auto abi = reader.integer(v, 1, kNewestAbi))
                  landlock.minimum_abi = static_cast<std::uint16_t>(*abi);
          }},
         {"enforce", [&](const Value& v) {
              if (const auto choice = reader.choice(v, {"required", "best-effort"}))
                  landlock.best_effort = *choice == 1;
          }}});
}

void read_limits(const Value& value, const language::Reader& reader, Profile& profile)
{
    if (value.kind != ValueKind::table) {
        reader.error(value.place, "'limits' is a table");
        return;
    }
    for (const Entry& entry : value.entries)
        read_limit(entry, reader, profile);
}

void read_environment(const Value& value, const language::Reader& reader, Profile& profile)
{
    const auto names = [&](std::uint8_t operation) {
        return [&, operation](const Value& v) {
            for (const language::Word& word : reader.words(v))
                add_environment(operation, word, word.text, reader, profile);
        };
    };
    reader.table(value, "environment",
                 {{"set",
                   [&](const Value& v) {
                       if (v.kind != ValueKind::table)
                           reader.error(v.place, "'set' is a table", "write { NAME = \"value\" }");
                       for (const Entry& entry : v.entries) {
                           if (const auto text = reader.text(entry.value))
                               add_environment(policy::kSet, {entry.key, entry.place},
                                               entry.key + "=" + *text, reader, profile);
                       }
                   }},
                  {"unset", names(policy::kUnset)},
                  {"keep", names(policy::kKeep)}});
}

void read_signals(const Value& value, const language::Reader& reader, Profile& profile)
{
    if (!profile.signals)
        profile.signals.emplace();
    Signals& signals = *profile.signals;
    reader.table(
        value, "signals",
        {{"stop",
          [&](const Value& v) {
              for (const language::Word& word : reader.words(v)) {
                  if (const auto number = read_caught_signal(word, reader))
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

}  // namespace outis::sandbox::profile
