// outis-init: PID 1 of a container. The passes of a supervised run are in run/serve.cc.
#include <span>

#include "init/kernel/say.h"
#include "init/kernel/sys.h"
#include "init/plan/plan.h"
#include "init/policy/load.h"
#include "init/run/serve.h"
#include "init/serve/inspect.h"
#include "init/serve/probe.h"
#include "init/start/enter.h"

namespace outis::init {
namespace {

int refuse_usage(Manner manner, const Refusal& refusal) noexcept
{
    Line line;
    describe(refusal, line);
    Voice{}.say(Level::error, line);
    leave_termination_message(line.text());
    return usage_code(manner);
}

// dumb-init says both on stderr, catatonit its help.
int answer(Manner manner, Manner first_on_errors,
           std::string_view (*text)(Manner) noexcept) noexcept
{
    const std::string_view line = text(manner);
    sys::write(manner >= first_on_errors ? 2 : 1, std::as_bytes(std::span(line)));
    return 0;
}

int list_profiles() noexcept
{
    for (const Builtin& builtin : builtin_policies())
        print(Line{}.add(std::string_view(builtin.name)).add("\n").text());
    return 0;
}

}  // namespace

int enter(char** argv, char** environment) noexcept
{
    // Before anything else: until a signal is blocked, PID 1 loses it.
    Received received;
    received.mask = sys::swap_mask(sys::kAllSignals);
    received.child_ignored = sys::ignore_signal(SIGCHLD, false);
    received.environment = environment;

    const auto plan = read_plan(argv, environment);
    if (!plan)
        return refuse_usage(manner_of(argv[0] == nullptr ? "" : argv[0]), plan.error());
    if (plan.value().task == Task::supervise)
        warn_of_unknown_variables(plan.value().voice, environment);
    switch (plan.value().task) {
    case Task::supervise: return run_supervised(plan.value(), received);
    case Task::list_profiles: return list_profiles();
    case Task::version: return answer(plan.value().manner, Manner::dumb_init, version_text);
    case Task::help: return answer(plan.value().manner, Manner::catatonit, help_text);
    case Task::probe: return run_probe(plan.value(), received);
    case Task::sleep: return run_sleep(plan.value(), received);
    case Task::pause: return run_pause(plan.value());
    case Task::inspect: return run_inspect(plan.value());
    }
    return 0;
}

}  // namespace outis::init
