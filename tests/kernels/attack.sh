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
. "$root/tests/support/kernel_attack.sh"

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
    fill_required "$1" "$work/root-$1"
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
    say_not_judged "attacks, $1"
}

on_kernel amd64
on_kernel arm64
finish
