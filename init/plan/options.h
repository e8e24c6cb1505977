// The option grammars: a table for each program whose name we answer to.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "init/plan/plan.h"

namespace outis::init {

enum class Id : std::uint8_t {
    profile,
    user,
    group,
    session,
    no_subreaper,
    subreaper,
    rewrite,
    map_exit,
    forgive_exit,  // tini's -e: this code becomes 0
    drain,
    grace,
    stop,
    death_signal,
    workdir,
    keep_descriptors,
    halt,
    dry_run,
    verbose,
    quiet,
    log_format,
    probe,
    timeout,
    status,
    sleep,
    pause,
    inspect,
    json,
    list_profiles,
    single_child,  // dumb-init's -c
    tell_reaped,
    version,
    help,
};

enum class Value : std::uint8_t { none, needed };

struct Option {
    char letter;    // or 0
    char word[14];  // or empty; inline, for a pointer is longer than most of them
    Value value;
    Id id;
};

std::span<const Option> options_of(Manner manner) noexcept;

// Applies one option. False if `value` is not what the option takes.
bool apply_option(Plan& plan, Id id, const char* value) noexcept;

// "TERM:QUIT" and "143:0" as the options and the environment write them.
bool add_rewrite(Plan& plan, std::string_view text) noexcept;
bool add_exit_mapping(Plan& plan, std::string_view text) noexcept;

}  // namespace outis::init
