#include "init/plan/plan.h"

#include <algorithm>

#include <signal.h>

#include "init/kernel/text.h"
#include "init/plan/options.h"

namespace outis::init {
namespace {

Failure<Refusal> wrong(Reason reason, std::string_view subject = {}) noexcept
{
    return Failure{Refusal{.reason = reason, .subject = subject}};
}

Plan blank_plan(Manner manner) noexcept
{
    Plan plan;
    plan.manner = manner;
    for (std::size_t i = 0; i < plan.rewrite.size(); ++i)
        plan.rewrite[i] = static_cast<std::uint8_t>(i);
    for (std::size_t i = 0; i < plan.map_exit.size(); ++i)
        plan.map_exit[i] = static_cast<std::uint8_t>(i);
    plan.subreaper = manner == Manner::outis || manner == Manner::catatonit;
    plan.session = plan.group = manner == Manner::dumb_init;
    return plan;
}

using Adder = bool (*)(Plan&, std::string_view) noexcept;

// "A:B,C:D": what an option says once for each, the environment says in one list.
bool add_list(Plan& plan, std::string_view list, Adder add) noexcept
{
    for (;;) {
        const Split next = split(list, ',');
        if (!add(plan, next.before))
            return false;
        if (!next.found)
            return true;
        list = next.after;
    }
}

bool set_level(Plan& plan, std::string_view text) noexcept
{
    struct Row {
        char name[6];
        Level level;
    };

    static constexpr Row kLevels[]{
        {"quiet", Level::quiet},
        {"warn", Level::warn},
        {"info", Level::info},
        {"debug", Level::debug},
    };
    for (const Row& row : kLevels) {
        if (text == row.name) {
            plan.voice.level = row.level;
            return true;
        }
    }
    return false;
}

using Outcome = Result<Done, Refusal>;

constexpr std::string_view kOurs = "OUTIS_";
constexpr std::size_t kNear = 2;  // letters that may be wrong

// Which option a variable stands for; OUTIS_LOG has no option of its own.
struct Variable {
    char name[9];  // without OUTIS_
    Id id;
};

constexpr Variable kVariables[]{
    {"PROFILE", Id::profile}, {"USER", Id::user},         {"GROUP", Id::group},
    {"REWRITE", Id::rewrite}, {"MAP_EXIT", Id::map_exit}, {"DRAIN", Id::drain},
    {"GRACE", Id::grace},     {"STOP", Id::stop},         {"LOG", Id::verbose},
};

bool apply_variable(Plan& plan, Id id, const char* value) noexcept
{
    switch (id) {
    case Id::profile: plan.profile = {value, Origin::environment}; return true;
    case Id::user: plan.user = {value, Origin::environment}; return true;
    case Id::group: {
        const auto on = parse_number(value, 1);
        plan.group = plan.group || on == 1U;
        return on.has_value() || *value == 0;
    }
    case Id::rewrite: return add_list(plan, value, add_rewrite);
    case Id::map_exit: return add_list(plan, value, add_exit_mapping);
    case Id::verbose: return set_level(plan, value);
    default: return apply_option(plan, id, value);
    }
}

// What is wrong with a value that `id` does not take; `otherwise` where its kind has no words.
Reason wrong_kind(Id id, Reason otherwise) noexcept
{
    switch (id) {
    case Id::drain:
    case Id::grace:
    case Id::timeout:
    case Id::sleep: return Reason::bad_time;
    case Id::stop:
    case Id::death_signal: return Reason::bad_signal;
    case Id::verbose: return Reason::bad_log_level;
    default: return otherwise;
    }
}

Outcome read_own_variable(Plan& plan, std::string_view name, const char* value) noexcept
{
    for (const Variable& variable : kVariables) {
        if (name != variable.name || apply_variable(plan, variable.id, value))
            continue;
        return wrong(wrong_kind(variable.id, Reason::bad_variable), value);
    }
    return Done{};
}

// Whether at most two letters in a row differ: put in, left out, replaced, or in each other's
// places.
bool is_near(std::string_view one, std::string_view other) noexcept
{
    const std::size_t longest = std::max(one.size(), other.size());
    const std::size_t shortest = std::min(one.size(), other.size());
    std::size_t same = 0;
    while (same < shortest && one[same] == other[same])
        ++same;
    std::size_t at_end = 0;
    while (same + at_end < shortest &&
           one[one.size() - 1 - at_end] == other[other.size() - 1 - at_end])
        ++at_end;
    return same + at_end + kNear >= longest;
}

// Variables of the programs whose name we answer to.
void read_peer_variable(Plan& plan, std::string_view name, const char* value) noexcept
{
    if (plan.manner == Manner::tini) {
        if (name == "TINI_KILL_PROCESS_GROUP")
            plan.group = true;
        if (name == "TINI_SUBREAPER")
            plan.subreaper = true;
        // As atoi(3): what is no number is 0.
        if (name == "TINI_VERBOSITY") {
            const auto level = parse_number(value, 0x7FFFFFFF).value_or(0) + 1;
            plan.voice.level = level < 4 ? static_cast<Level>(level) : Level::debug;
        }
    }
    if (plan.manner == Manner::catatonit && name == "CATATONIT_DEBUG")
        plan.voice.level = Level::debug;
    if (plan.manner == Manner::dumb_init) {
        if (name == "DUMB_INIT_DEBUG" && std::string_view(value) == "1")
            plan.voice.level = Level::debug;
        if (name == "DUMB_INIT_SETSID" && std::string_view(value) == "0")
            apply_option(plan, Id::single_child, value);
    }
}

Outcome read_environment(Plan& plan, char* const* environment) noexcept
{
    for (char* const* row = environment; *row != nullptr; ++row) {
        const Split pair = split(*row, '=');
        if (!pair.found)
            continue;
        if (pair.before.starts_with(kOurs))
            OUTIS_TRY(read_own_variable(
                plan, {pair.before.data() + kOurs.size(), pair.before.size() - kOurs.size()},
                pair.after.data()));
        else
            read_peer_variable(plan, pair.before, pair.after.data());
    }
    return Done{};
}

// getopt_long(3), which two of the peers use, takes the beginning of a name if no other begins so.
const Option* find_word(std::span<const Option> options, std::string_view word,
                        bool shortened) noexcept
{
    const Option* found = nullptr;
    bool several = false;
    for (const Option& option : options) {
        const std::string_view name(option.word);
        if (!name.starts_with(word) || (!shortened && name.size() != word.size()))
            continue;
        several = found != nullptr;
        found = &option;
    }
    return several ? nullptr : found;
}

const Option* find_letter(std::span<const Option> options, char letter) noexcept
{
    for (const Option& option : options) {
        if (option.letter == letter && letter != 0)
            return &option;
    }
    return nullptr;
}

// What becomes of TSTP, TTIN and TTOU, unless something else was asked for: dumb-init(1) would
// leave its session stopped half-way and sends STOP; tini(1) and catatonit(8) keep them to
// themselves.
void settle_terminal_stops(Plan& plan) noexcept
{
    static_assert(SIGTSTP + 1 == SIGTTIN && SIGTTIN + 1 == SIGTTOU);
    if (plan.manner == Manner::outis || (plan.manner == Manner::dumb_init && !plan.session))
        return;
    std::size_t stop = plan.manner == Manner::tini ? SIGTTIN : SIGTSTP;
    for (; stop <= SIGTTOU; ++stop) {
        if ((plan.rewritten >> (stop - 1) & 1) == 0)
            plan.rewrite[stop] = plan.session ? SIGSTOP : 0;
    }
}

class OptionReader {
public:
    OptionReader(Plan& plan, char** arguments) noexcept
        : plan_(plan), options_(options_of(plan.manner)), next_(arguments)
    {
    }

    // Options end at the first operand, after "--", or with a probe's program; what is behind a
    // wish for help or version does not count.
    Outcome read() noexcept
    {
        while (!ends_here() && *next_ != nullptr && (*next_)[0] == '-' && (*next_)[1] != 0) {
            char* argument = *next_++;
            if (argument[1] != '-')
                OUTIS_TRY(read_letters(argument + 1));
            else if (argument[2] == 0)
                break;
            else
                OUTIS_TRY(read_word(argument + 2));
        }
        plan_.program = next_;
        return Done{};
    }

private:
    bool ends_here() const noexcept
    {
        return plan_.task >= Task::version ||
               (plan_.task == Task::probe && std::string_view(plan_.subject).starts_with("exec:"));
    }

    Outcome read_word(char* text) noexcept
    {
        const Split pair = split(text, '=');
        const bool shortened = plan_.manner != Manner::outis && plan_.manner != Manner::tini;
        const Option* option = find_word(options_, pair.before, shortened);
        if (option == nullptr)
            return wrong(Reason::unknown_option, text);
        if (option->value == Value::none && pair.found)
            return wrong(Reason::option_takes_no_value, text);
        return apply(*option, text, pair.found ? pair.after.data() : nullptr);
    }

    Outcome read_letters(char* letters) noexcept
    {
        for (char* at = letters; *at != 0 && plan_.task < Task::version; ++at) {
            const std::string_view letter(at, 1);
            const Option* option = find_letter(options_, *at);
            if (option == nullptr)
                return wrong(Reason::unknown_option, letter);
            if (option->value == Value::needed)
                return apply(*option, letter, at[1] != 0 ? at + 1 : nullptr);
            OUTIS_TRY(apply(*option, letter, nullptr));
        }
        return Done{};
    }

    Outcome apply(const Option& option, std::string_view name, const char* value) noexcept
    {
        if (option.value == Value::needed && value == nullptr) {
            if (*next_ == nullptr)
                return wrong(Reason::option_needs_value, name);
            value = *next_++;
        }
        // The one option whose value may be left out.
        if (option.id == Id::inspect && *next_ != nullptr && (*next_)[0] != '-')
            value = *next_++;
        if (!apply_option(plan_, option.id, value)) {
            const Reason reason = wrong_kind(option.id, Reason::option_refuses_value);
            return wrong(reason, reason == Reason::option_refuses_value ? name : value);
        }
        return Done{};
    }

    Plan& plan_;
    std::span<const Option> options_;
    char** next_;
};

}  // namespace

void warn_of_unknown_variables(const Voice& voice, char* const* environment) noexcept
{
    for (char* const* row = environment; *row != nullptr; ++row) {
        std::string_view name = split(*row, '=').before;
        if (!name.starts_with(kOurs))
            continue;
        name.remove_prefix(kOurs.size());
        const Variable* near = nullptr;
        // OUTIS_DATA is for `outis`, which may have started us.
        bool known = name == "DATA";
        for (const Variable& variable : kVariables) {
            known = known || name == variable.name;
            if (is_near(name, variable.name))
                near = &variable;
        }
        if (known)
            continue;
        Line line;
        line.add("unknown variable OUTIS_").add(name);
        if (near != nullptr)
            line.add("; did you mean OUTIS_").add(std::string_view(near->name)).add("?");
        voice.say(Level::warn, line);
    }
}

const char* environment_value(char* const* environment, std::string_view name) noexcept
{
    for (char* const* row = environment; *row != nullptr; ++row) {
        const std::string_view text(*row);
        if (text.size() > name.size() && text[name.size()] == '=' && text.starts_with(name))
            return *row + name.size() + 1;
    }
    return nullptr;
}

Manner manner_of(std::string_view path) noexcept
{
    for (std::size_t i = path.size(); i-- > 0;) {
        if (path[i] == '/') {
            path.remove_prefix(i + 1);
            break;
        }
    }

    struct Row {
        char name[12];
        Manner manner;
    };

    static constexpr Row kNames[]{
        {"tini", Manner::tini},
        {"tini-static", Manner::tini},
        {"docker-init", Manner::tini},
        {"catatonit", Manner::catatonit},
        {"podman-init", Manner::catatonit},
        {"dumb-init", Manner::dumb_init},
    };
    for (const Row& row : kNames) {
        if (path == row.name)
            return row.manner;
    }
    return Manner::outis;
}

int usage_code(Manner manner) noexcept
{
    return manner == Manner::outis ? 125 : 1;
}

int exec_failure_code(Manner manner, int ours) noexcept
{
    switch (manner) {
    case Manner::outis:
    case Manner::tini: return ours;
    case Manner::catatonit: return 1;
    case Manner::dumb_init: return 2;
    }
    return ours;
}

Result<Plan, Refusal> read_plan(char** argv, char** environment) noexcept
{
    const std::string_view name = argv[0] == nullptr ? std::string_view{} : argv[0];
    Plan plan = blank_plan(manner_of(name));
    if (auto read = read_environment(plan, environment); !read)
        return read.take_failure();
    OptionReader reader(plan, argv[0] == nullptr ? argv : argv + 1);
    if (auto read = reader.read(); !read)
        return read.take_failure();
    settle_terminal_stops(plan);
    if (plan.task == Task::supervise && plan.program[0] == nullptr)
        return wrong(Reason::no_program);
    return plan;
}

}  // namespace outis::init
