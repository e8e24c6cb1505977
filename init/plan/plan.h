// What was asked of us: the command line and the environment as one value.
//
// Under the names of tini, dumb-init and catatonit we take those programs' options and variables.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "init/kernel/say.h"
#include "init/kernel/signals.h"
#include "init/refusal.h"
#include "outis/base/result.h"

namespace outis::init {

// Whose command line, targets and exit codes we follow.
enum class Manner : std::uint8_t { outis, tini, catatonit, dumb_init };

enum class Task : std::uint8_t {
    supervise,
    probe,
    sleep,
    pause,
    inspect,
    list_profiles,
    version,  // it and what follows: nothing is started, and no more options are read
    help,
};

// From where a setting came, for a locked policy refuses both.
enum class Origin : std::uint8_t { none, environment, option };

struct Named {
    const char* text = nullptr;  // NUL-terminated, from argv or the environment
    Origin origin = Origin::none;
};

struct StatusRange {
    std::uint16_t first = 200;
    std::uint16_t last = 399;
};

struct Plan {
    Manner manner = Manner::outis;
    Task task = Task::supervise;
    Voice voice;
    Named profile;
    Named user;
    bool group = false;     // signal the child's process group
    bool session = false;   // the child leads a session of its own
    bool subreaper = true;  // adopt orphans when not PID 1
    bool keep_descriptors = false;
    bool halt = false;
    bool dry_run = false;
    bool json = false;         // of --inspect
    bool tell_reaped = false;  // tini's -w
    int death_signal = 0;
    const char* workdir = nullptr;
    std::optional<std::uint32_t> drain;       // milliseconds
    std::optional<std::uint32_t> grace;       // milliseconds
    std::optional<std::uint32_t> time_limit;  // milliseconds; of a probe's program
    std::uint64_t stop = 0;       // bit n - 1: signal n is a stop signal; 0: the policy says which
    std::uint64_t rewritten = 0;  // bit n - 1: signal n was given a rewrite, maybe to itself
    std::array<std::uint8_t, kSignalLast + 1> rewrite{};  // 0 drops; filled with identity
    std::array<std::uint8_t, 256> map_exit{};             // filled with identity
    const char* subject = nullptr;  // --probe's URL, --sleep's TIME, --inspect's PID or nullptr
    std::uint32_t probe_timeout = 5000;  // milliseconds
    StatusRange probe_status;
    char** program = nullptr;  // NULL-terminated; its first element is the program's name
};

// `argv` and `environment` are NULL-terminated and outlive the plan. A refusal carries no exit
// code: see usage_code().
Result<Plan, Refusal> read_plan(char** argv, char** environment) noexcept;

// Which program's manner goes with the name we were started under.
Manner manner_of(std::string_view path) noexcept;

// Exit code for wrong usage, in that program's manner.
int usage_code(Manner manner) noexcept;

// Exit code when the program cannot be executed: `ours` is 126 or 127.
int exec_failure_code(Manner manner, int ours) noexcept;

// Warns of each OUTIS_ variable that we do not know, with the name that was probably meant.
void warn_of_unknown_variables(const Voice& voice, char* const* environment) noexcept;

std::string_view help_text(Manner manner) noexcept;
std::string_view version_text(Manner manner) noexcept;

// The value of NAME in `environment`, or nullptr.
const char* environment_value(char* const* environment, std::string_view name) noexcept;

}  // namespace outis::init
