#include "init/unit/reading.h"

#include <utility>

#include <doctest/doctest.h>

#include "init/kernel/say.h"

namespace outis::tests {

using namespace init;

namespace {

void add(std::string& text, const std::string& part)
{
    text += (text.empty() ? "" : " ") + part;
}

std::string named(const char* what, const Named& value)
{
    return std::string(what) + (value.origin == Origin::environment ? "~" : "=") + value.text;
}

const char* task_name(Task task)
{
    switch (task) {
    case Task::supervise: return "";
    case Task::probe: return "probe";
    case Task::sleep: return "sleep";
    case Task::pause: return "pause";
    case Task::inspect: return "inspect";
    case Task::list_profiles: return "list";
    case Task::version: return "version";
    case Task::help: return "help";
    }
    return "?";
}

std::string describe(const Plan& plan)
{
    std::string text = task_name(plan.task);
    if (plan.subject != nullptr)
        add(text, std::string("of=") + plan.subject);
    if (plan.profile.text != nullptr)
        add(text, named("profile", plan.profile));
    if (plan.user.text != nullptr)
        add(text, named("user", plan.user));
    const std::pair<bool, const char*> flags[]{
        {plan.group, "group"},
        {plan.session, "session"},
        {!plan.subreaper, "no-subreaper"},
        {plan.keep_descriptors, "keep"},
        {plan.halt, "halt"},
        {plan.dry_run, "dry"},
        {plan.tell_reaped, "reaped"},
    };
    for (const auto& [on, name] : flags) {
        if (on)
            add(text, name);
    }
    if (plan.death_signal != 0)
        add(text, "death=" + std::to_string(plan.death_signal));
    if (plan.workdir != nullptr)
        add(text, std::string("in=") + plan.workdir);
    if (plan.drain)
        add(text, "drain=" + std::to_string(*plan.drain));
    if (plan.grace)
        add(text, "grace=" + std::to_string(*plan.grace));
    for (std::size_t i = 0; i < plan.rewrite.size(); ++i) {
        if (plan.rewrite[i] != i)
            add(text, std::to_string(i) + ">" + std::to_string(plan.rewrite[i]));
    }
    for (std::size_t i = 0; i < plan.map_exit.size(); ++i) {
        if (plan.map_exit[i] != i)
            add(text, std::to_string(i) + "=" + std::to_string(plan.map_exit[i]));
    }
    constexpr const char* kLevels[]{"quiet", "error", "", "info", "debug"};
    if (plan.voice.level != Level::warn)
        add(text, kLevels[static_cast<int>(plan.voice.level)]);
    if (plan.voice.format == LogFormat::json || plan.json)
        add(text, "json");
    for (char** word = plan.program; word != nullptr && *word != nullptr; ++word)
        add(text, "[" + std::string(*word) + "]");
    return text;
}

}  // namespace

std::string Reading::text() const
{
    if (read_)
        return describe(read_.value());
    Line line;
    describe(read_.error(), line);
    return "! " + std::string(line.text());
}

void check(const char* program, const std::vector<Case>& cases)
{
    for (const Case& c : cases) {
        CAPTURE(c.name);
        Words arguments{program};
        arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
        CHECK(Reading(arguments, c.environment).text() == c.want);
    }
}

}  // namespace outis::tests
