# Sourced. $work: a temporary folder on the disk (engines cannot keep layers in memory-backed ones).
# Whatever is registered with at_exit runs at the end, last first, also after a signal.

work=$(mktemp -d "${OUTIS_TMPDIR:-/var/tmp}/outis.XXXXXX")
at_exit_commands="rm -rf '$work'"

at_exit() { # COMMAND, as one shell word
    at_exit_commands="$1; $at_exit_commands"
}

leave() { # STATUS
    trap - EXIT
    trap '' HUP INT TERM
    set +e
    eval "$at_exit_commands"
    exit "$1"
}

trap 'leave $?' EXIT
trap 'leave 129' HUP
trap 'leave 130' INT
trap 'leave 143' TERM

# until_true TENTHS COMMAND...: asks ten times a second, at most TENTHS times.
until_true() {
    until_true_left=$1
    shift
    while ! "$@" > "$work/until_true.log" 2>&1; do
        until_true_left=$((until_true_left - 1))
        [ "$until_true_left" -gt 0 ] || return 1
        sleep 0.1
    done
}

gone() { # PID: no such process, or only its entry, not yet waited for
    gone_state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2> /dev/null)
    [ -z "$gone_state" ] || [ "$gone_state" = Z ]
}

# end PID: TERM, then KILL after half a minute; returns when it is gone.
end() {
    kill -TERM "$1" 2> /dev/null || return 0
    until_true 300 gone "$1" || kill -KILL "$1" 2> /dev/null || true
    until_true 300 gone "$1"
}
