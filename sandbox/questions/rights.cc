#include "sandbox/questions/rights.h"

#include <array>
#include <limits>
#include <string_view>

#include "outis/sandbox/explain.h"
#include "sandbox/kernel/names.h"

namespace outis::sandbox::questions {
namespace {

// linux/landlock.h: LANDLOCK_ACCESS_FS_* and LANDLOCK_ACCESS_NET_* by bit.
constexpr std::array<std::string_view, 17> kFileRights{
    "execute",   "write-file", "read-file", "read-dir",  "remove-dir",  "remove-file",
    "make-char", "make-dir",   "make-reg",  "make-sock", "make-fifo",   "make-block",
    "make-sym",  "refer",      "truncate",  "ioctl-dev", "resolve-unix"};
constexpr std::array<std::string_view, 4> kPortRights{"bind", "connect", "bind-udp", "connect-udp"};

std::string text_of(Bytes bytes)
{
    std::string text;
    for (const std::byte byte : bytes) {
        if (byte != std::byte{0})
            text += std::to_integer<char>(byte);
    }
    return text;
}

std::string names_of(std::uint64_t set, std::span<const std::string_view> names)
{
    std::string text;
    for (std::size_t bit = 0; bit < names.size(); ++bit) {
        if ((set >> bit & 1) != 0)
            text += (text.empty() ? "" : " ") + std::string(names[bit]);
    }
    return text.empty() ? "nothing" : text;
}

void add_process(const policy::Process& process, Rights& rights)
{
    struct Flag {
        policy::ProcessFlag flag;
        const char* name;
    };

    constexpr std::array flags = std::to_array<Flag>({
        {policy::kNoNewPrivs, "no-new-privileges"},
        {policy::kLocked, "locked"},
        {policy::kUserExact, "user-exact"},
        {policy::kHidden, "hidden"},
        {policy::kDenyWriteExecute, "memory deny-write-execute"},
    });
    for (const Flag& row : flags) {
        if (process.has(row.flag))
            rights[row.name] = "yes";
    }
    if (process.has(policy::kUmaskGiven)) {
        constexpr std::uint16_t octal = 7;
        const auto digit = [&](int shift) {
            return std::to_string(process.umask >> shift & octal);
        };
        rights["umask"] = "0o" + digit(6) + digit(3) + digit(0);
    }
    if (process.has(policy::kOomGiven))
        rights["oom-score-adjust"] = std::to_string(process.oom);
}

void add_ids(const policy::Ids& ids, Rights& rights)
{
    const auto id = [](std::uint32_t number, Bytes name) {
        return number == policy::kById ? text_of(name) : std::to_string(number);
    };
    const std::string group = id(ids.gid, ids.group_name);
    rights["user"] = id(ids.uid, ids.user_name) + (group.empty() ? "" : ":" + group);
    if (!ids.replace_groups)
        return;
    std::string& groups = rights["groups"];
    for (std::size_t i = 0; i < ids.group_count(); ++i)
        groups += (groups.empty() ? "" : " ") + std::to_string(ids.group(i));
    if (groups.empty())
        groups = "none";
}

void add_capabilities(const policy::Capabilities& sets, Rights& rights)
{
    for (const std::string& name : capability_names(sets.permitted | sets.ambient | sets.bounding))
        rights["capability " + name] = "kept";
    rights["capabilities of others"] = "dropped";
    rights["securebits"] = std::to_string(sets.securebits);
}

std::string subject_of(const policy::PathRule& rule)
{
    if ((rule.flags & policy::kPathProgram) != 0)
        return "@program";
    if ((rule.flags & policy::kPathRootEntries) != 0)
        return "/* except /proc";
    return text_of(rule.path);
}

void add_landlock(const policy::Landlock& landlock, Rights& rights)
{
    rights["landlock files handled"] = names_of(landlock.files, kFileRights);
    rights["landlock ports handled"] = names_of(landlock.ports, kPortRights);
    rights["landlock minimum-abi"] = std::to_string(landlock.minimum_abi);
    rights["landlock enforce"] = landlock.best_effort ? "best-effort" : "required";
    for (const kernel::Name& scope : kernel::landlock_scopes()) {
        if ((landlock.scopes & scope.value) != 0)
            rights["landlock scope " + std::string(scope.name)] = "yes";
    }
    Bytes rows = landlock.path_rules;
    for (std::size_t i = 0; i < landlock.path_count; ++i) {
        const policy::PathRule rule = policy::next_path_rule(rows);
        const bool optional = (rule.flags & policy::kPathOptional) != 0;
        rights["landlock " + subject_of(rule)] =
            names_of(rule.access, kFileRights) + (optional ? " if it exists" : "");
    }
    for (std::size_t i = 0; i < landlock.port_count; ++i) {
        const policy::PortRule rule = policy::port_rule(landlock, i);
        rights["landlock port " + std::to_string(rule.port)] = names_of(rule.access, kPortRights);
    }
}

void add_limits(const policy::Limits& limits, Rights& rights)
{
    const auto shown = [](std::uint64_t value) {
        return value == std::numeric_limits<std::uint64_t>::max() ? "unlimited"
                                                                  : std::to_string(value);
    };
    for (std::size_t i = 0; i < limits.count(); ++i) {
        const policy::Limit limit = limits.at(i);
        rights["limit " + std::string(kernel::name_of(kernel::resources(), limit.resource))] =
            shown(limit.soft) + " " + shown(limit.hard);
    }
}

void add_environment(const policy::Environment& environment, Rights& rights)
{
    Bytes rows = environment.rows;
    for (std::size_t i = 0; i < environment.count; ++i) {
        const policy::EnvironmentRow row = policy::next_environment_row(rows);
        const std::string text = text_of(row.text);
        const std::size_t equals = text.find('=');
        rights["variable " + text.substr(0, equals)] = row.operation == policy::kKeep ? "kept"
                                                       : row.operation == policy::kUnset
                                                           ? "unset"
                                                           : text.substr(equals + 1);
    }
}

void add_signals(const policy::Signals& signals, Rights& rights)
{
    const auto name = [](std::uint32_t number) {
        const std::string_view known = kernel::name_of(kernel::signals(), number);
        return known.empty() ? std::to_string(number) : std::string(known);
    };
    for (std::uint32_t number = 1; number <= 64; ++number) {
        if ((signals.stop >> (number - 1) & 1) != 0)
            rights["signal " + name(number)] = "stops";
    }
    if (signals.grace != policy::kNotGiven)
        rights["grace"] = std::to_string(signals.grace) + "ms";
    if (signals.drain != policy::kNotGiven)
        rights["drain"] = std::to_string(signals.drain) + "ms";
    rights["signal target"] = signals.group ? "group" : "child";
    for (std::size_t i = 0; i + 1 < signals.rewrites.size(); i += 2) {
        const std::uint8_t to = load_8(signals.rewrites, i + 1);
        rights["rewrite " + name(load_8(signals.rewrites, i))] = to == 0 ? "dropped" : name(to);
    }
}

}  // namespace

Rights rights_of(const policy::View& policy)
{
    Rights rights;
    if (policy.process)
        add_process(*policy.process, rights);
    if (policy.ids)
        add_ids(*policy.ids, rights);
    if (policy.capabilities)
        add_capabilities(*policy.capabilities, rights);
    if (policy.seccomp) {
        if ((policy.seccomp->flags & policy::kSeccompLog) != 0)
            rights["seccomp audit"] = "yes";
        rights["seccomp speculation"] =
            (policy.seccomp->flags & policy::kSeccompSpecAllow) != 0 ? "allow" : "mitigate";
    }
    if (policy.landlock)
        add_landlock(*policy.landlock, rights);
    if (policy.limits)
        add_limits(*policy.limits, rights);
    if (policy.environment)
        add_environment(*policy.environment, rights);
    if (policy.signals)
        add_signals(*policy.signals, rights);
    if (policy.exec && policy.exec->once)
        rights["exec once"] = "yes";
    return rights;
}

}  // namespace outis::sandbox::questions
