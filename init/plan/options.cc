#include "init/plan/options.h"

#include <array>

#include <signal.h>

#include "init/kernel/text.h"

namespace outis::init {
namespace {

constexpr Option kOutisOptions[]{
    {'p', "profile", Value::needed, Id::profile},
    {'u', "user", Value::needed, Id::user},
    {'g', "group", Value::none, Id::group},
    {0, "session", Value::none, Id::session},
    {0, "no-subreaper", Value::none, Id::no_subreaper},
    {'r', "rewrite", Value::needed, Id::rewrite},
    {'e', "map-exit", Value::needed, Id::map_exit},
    {0, "drain", Value::needed, Id::drain},
    {'k', "grace", Value::needed, Id::grace},
    {0, "stop", Value::needed, Id::stop},
    {'d', "death-signal", Value::needed, Id::death_signal},
    {'w', "workdir", Value::needed, Id::workdir},
    {0, "keep-fds", Value::none, Id::keep_descriptors},
    {0, "halt", Value::none, Id::halt},
    {'n', "dry-run", Value::none, Id::dry_run},
    {'v', "verbose", Value::none, Id::verbose},
    {'q', "quiet", Value::none, Id::quiet},
    {0, "log-format", Value::needed, Id::log_format},
    {0, "probe", Value::needed, Id::probe},
    {0, "timeout", Value::needed, Id::timeout},
    {0, "status", Value::needed, Id::status},
    {0, "sleep", Value::needed, Id::sleep},
    {0, "pause", Value::none, Id::pause},
    {0, "inspect", Value::none, Id::inspect},
    {0, "json", Value::none, Id::json},
    {0, "list-profiles", Value::none, Id::list_profiles},
    {'V', "version", Value::none, Id::version},
    {'h', "help", Value::none, Id::help},
};

// tini(1) 0.19.
constexpr Option kTiniOptions[]{
    {'h', "", Value::none, Id::help},           {'s', "", Value::none, Id::subreaper},
    {'p', "", Value::needed, Id::death_signal}, {'v', "", Value::none, Id::verbose},
    {'w', "", Value::none, Id::tell_reaped},    {'g', "", Value::none, Id::group},
    {'e', "", Value::needed, Id::forgive_exit}, {'l', "", Value::none, Id::version},
    {0, "version", Value::none, Id::version},
};

// catatonit(8) 0.2.
constexpr Option kCatatonitOptions[]{
    {'g', "", Value::none, Id::group},          {'h', "help", Value::none, Id::help},
    {'L', "", Value::none, Id::version},        {'P', "", Value::none, Id::pause},
    {'V', "version", Value::none, Id::version},
};

// dumb-init(1) 1.2.5.
constexpr Option kDumbInitOptions[]{
    {'c', "single-child", Value::none, Id::single_child},
    {'r', "rewrite", Value::needed, Id::rewrite},
    {'v', "verbose", Value::none, Id::verbose},
    {'h', "help", Value::none, Id::help},
    {'V', "version", Value::none, Id::version},
};

bool set_time(std::optional<std::uint32_t>& field, std::string_view text) noexcept
{
    field = parse_time(text);
    return field.has_value();
}

bool set_task(Plan& plan, Task task, const char* subject = nullptr) noexcept
{
    plan.task = task;
    plan.subject = subject;
    return true;
}

bool set_status(Plan& plan, std::string_view text) noexcept
{
    const Split range = split(text, '-');
    const auto first = parse_number(range.before, 999);
    const auto last = range.found ? parse_number(range.after, 999) : first;
    if (!first || !last || *first > *last)
        return false;
    plan.probe_status = StatusRange{
        .first = static_cast<std::uint16_t>(*first),
        .last = static_cast<std::uint16_t>(*last),
    };
    return true;
}

bool set_log_format(Plan& plan, std::string_view text) noexcept
{
    if (text != "json" && text != "text")
        return false;
    plan.voice.format = text == "json" ? LogFormat::json : LogFormat::text;
    return true;
}

bool set_death_signal(Plan& plan, std::string_view text) noexcept
{
    const auto signal = parse_signal(text);
    if (!signal || *signal == 0)
        return false;
    plan.death_signal = *signal;
    return true;
}

// "QUIT,TERM": all that are stop signals, in the place of what was said before.
bool set_stop(Plan& plan, std::string_view list) noexcept
{
    std::uint64_t set = 0;
    for (;;) {
        const Split next = split(list, ',');
        const auto signal = parse_signal(next.before);
        // Those two reach nobody who could wait.
        if (!signal || *signal == 0 || *signal == SIGKILL || *signal == SIGSTOP)
            return false;
        set |= std::uint64_t{1} << (*signal - 1);
        if (!next.found)
            break;
        list = next.after;
    }
    plan.stop = set;
    return true;
}

bool raise_level(Plan& plan) noexcept
{
    if (plan.voice.level < Level::debug)
        plan.voice.level = static_cast<Level>(static_cast<int>(plan.voice.level) + 1);
    return true;
}

bool turn(bool& field, bool value) noexcept
{
    field = value;
    return true;
}

}  // namespace

std::span<const Option> options_of(Manner manner) noexcept
{
    switch (manner) {
    case Manner::outis: return kOutisOptions;
    case Manner::tini: return kTiniOptions;
    case Manner::catatonit: return kCatatonitOptions;
    case Manner::dumb_init: return kDumbInitOptions;
    }
    return kOutisOptions;
}

bool add_rewrite(Plan& plan, std::string_view text) noexcept
{
    const Split pair = split(text, ':');
    const auto from = parse_signal(pair.before);
    const auto to = parse_signal(pair.after);
    if (!pair.found || !from || !to || *from == 0)
        return false;
    plan.rewrite[static_cast<std::size_t>(*from)] = static_cast<std::uint8_t>(*to);
    plan.rewritten |= std::uint64_t{1} << (*from - 1);
    return true;
}

bool add_exit_mapping(Plan& plan, std::string_view text) noexcept
{
    const Split pair = split(text, ':');
    const auto from = parse_number(pair.before, 255);
    const auto to = parse_number(pair.after, 255);
    if (!pair.found || !from || !to)
        return false;
    plan.map_exit[*from] = static_cast<std::uint8_t>(*to);
    return true;
}

bool apply_option(Plan& plan, Id id, const char* value) noexcept
{
    switch (id) {
    case Id::profile: plan.profile = {value, Origin::option}; return *value != 0;
    case Id::user: plan.user = {value, Origin::option}; return *value != 0;
    case Id::group: return turn(plan.group, true);
    case Id::session: return turn(plan.session, true);
    case Id::no_subreaper: return turn(plan.subreaper, false);
    case Id::subreaper: return turn(plan.subreaper, true);
    case Id::rewrite: return add_rewrite(plan, value);
    case Id::map_exit: return add_exit_mapping(plan, value);
    case Id::forgive_exit: {
        const auto code = parse_number(value, 255);
        if (code)
            plan.map_exit[*code] = 0;
        return code.has_value();
    }
    case Id::drain: return set_time(plan.drain, value);
    case Id::grace: return set_time(plan.grace, value);
    case Id::stop: return set_stop(plan, value);
    case Id::death_signal: return set_death_signal(plan, value);
    case Id::workdir: plan.workdir = value; return *value != 0;
    case Id::keep_descriptors: return turn(plan.keep_descriptors, true);
    case Id::halt: return turn(plan.halt, true);
    case Id::dry_run: return turn(plan.dry_run, true);
    case Id::verbose: return raise_level(plan);
    case Id::quiet: plan.voice.level = Level::quiet; return true;
    case Id::log_format: return set_log_format(plan, value);
    case Id::probe: return set_task(plan, Task::probe, value);
    case Id::timeout: {
        const auto time = parse_time(value);
        plan.probe_timeout = time.value_or(0);
        return plan.probe_timeout != 0;
    }
    case Id::status: return set_status(plan, value);
    case Id::sleep: return set_task(plan, Task::sleep, value) && parse_time(value);
    case Id::pause: return set_task(plan, Task::pause);
    case Id::inspect: return set_task(plan, Task::inspect, value);
    case Id::json: return turn(plan.json, true);
    case Id::list_profiles: return set_task(plan, Task::list_profiles);
    case Id::single_child:
        plan.session = false;
        plan.group = false;
        return true;
    case Id::tell_reaped: return turn(plan.tell_reaped, true);
    case Id::version: return set_task(plan, Task::version);
    case Id::help: return set_task(plan, Task::help);
    }
    return false;
}

}  // namespace outis::init
