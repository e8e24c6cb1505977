#!/bin/sh
# The attacks on Debian's 6.1 kernel (Landlock ABI 2, no MDWE), on amd64 and arm64: every profile in
# containers of their own; `service` with outis-init as the machine's own PID 1; and with Landlock
# off on the kernel's command line. The answers are those of tests/attack/README.md.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/workspace.sh"
. "$root/tests/support/report.sh"
. "$root/tests/support/install.sh"
. "$root/tests/support/kernel.sh"
. "$root/tests/attack/suite.sh"

seconds=600

# fill ARCH FOLDER: what the machine needs.
fill() {
    mkdir -p "$2/bin" "$2/policies"
    case $1 in
    "$(dpkg --print-architecture)") cp "$attack" "$2/bin/attack" ;;
    *) cp "$build/guest/$1/attack" "$2/bin/attack" ;;
    esac
    cp "$build/share/outis/init/linux-$1/outis-init" "$2/outis-init"
    for fill_profile in $shipped $own; do
        cp "$(policy_of "$fill_profile" "$1")" "$2/policies/$fill_profile.policy"
    done
    cp "$2/policies/service.policy" "$2/policy"
    sed 's/^enforce.*/enforce = "required"/' "$root/tests/attack/profiles/paths.toml" > "$work/required.toml"
    "$build/bin/outis" profile compile --arch "$1" "$work/required.toml" \
        -o "$2/policies/required.policy"
}

conditions='$(attack where | busybox tr "\\n" " ")'

under() { # PROFILE...: a line of shell that runs the attacks under each
    printf 'echo "where: %s"; for p in %s; do echo "profile $p"; ' "$conditions" "$*"
    echo 'attack under /outis-init /policies/$p.policy; echo "profile -"; done'
}

# The `ROW ANSWER` lines that the console said under PROFILE.
rows_of() { # PROFILE CONSOLE
    awk -v profile="$1" '/^profile / { on = $2 == profile; next } on && NF == 2 && !/^\[/' "$2"
}

# compare_machine TITLE CONSOLE PROFILE[=COLUMN]...: COLUMN where another profile's answers are due.
compare_machine() {
    machine_title=$1
    machine_console=$2
    shift 2
    machine_where=$(sed -n 's/^where: //p' "$machine_console")
    for machine_profile in "$@"; do
        rows_of "${machine_profile%=*}" "$machine_console" > "$work/rows"
        # shellcheck disable=SC2086
        compare "${machine_profile#*=}" "$work/rows" $machine_where |
            sed "s/attacks:/attacks, $machine_title:/"
    done > "$work/verdicts"
    cat "$work/verdicts"
    failures=$((failures + $(grep -c '^not ok' "$work/verdicts" || true)))
}

run_machine() { # ARCH TITLE COMMAND: its console in $work/TITLE
    boot "$1" "$work/root-$1" "$3" "$seconds" > "$work/$2" && return
    not_ok "attacks, $2: the machine ends by itself" "$(tail -n 5 "$work/$2")"
}

on_kernel() { # ARCH
    if ! ready=$(kernel_ready "$1" 2>&1); then
        skip "kernels $1" "$(echo "$ready" | tail -n 1)"
        return
    fi
    [ -e "$build/share/outis/init/linux-$1/outis-init" ] || {
        skip "kernels $1" 'its cross compiler is not installed'
        return
    }
    fill "$1" "$work/root-$1"
    # shellcheck disable=SC2086
    run_machine "$1" "$1" "$(under $shipped $own required)"
    # shellcheck disable=SC2086
    compare_machine "$1" "$work/$1" $shipped $own
    equal "attacks, $1: Landlock that must be newer is refused" 'end 124' \
        "$(rows_of required "$work/$1")"
    holds "attacks, $1: and said so" 'older than the policy' "$(grep '^outis-init: ' "$work/$1")"

    boot_append='lsm=capability,yama'
    run_machine "$1" "$1-landlock-off" "$(under service paths required)"
    boot_append=
    compare_machine "$1-landlock-off" "$work/$1-landlock-off" service paths=service
    equal "attacks, $1: Landlock that is off is refused" 'end 124' \
        "$(rows_of required "$work/$1-landlock-off")"
    holds "attacks, $1: and said so" 'it is disabled' \
        "$(grep '^outis-init: ' "$work/$1-landlock-off")"

    boot_before="attack tree /; busybox mount -t tmpfs -o noexec,mode=777 none /noexec
        echo \"where: machine $conditions\"; echo 'profile service'"
    boot_options='-p /policy'
    boot_program='/attack inside'
    run_machine "$1" "$1-machine" ''
    boot_before=
    boot_options='-p none'
    boot_program='/bin/sh /command'
    grep -q 'reboot: Power down' "$work/$1-machine" && echo 'end 0' >> "$work/$1-machine"
    sed '/Power down/d' "$work/$1-machine" > "$work/machine"
    compare_machine "$1-machine" "$work/machine" service
}

on_kernel amd64
on_kernel arm64
finish
