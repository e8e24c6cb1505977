#!/bin/sh
# PID 1's own tests (tests/init) on Debian's 6.1 kernel, on amd64 and arm64, in a machine whose
# PID 1 is outis-init --halt.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/workspace.sh"
. "$root/tests/support/report.sh"
. "$root/tests/support/install.sh"
. "$root/tests/support/kernel.sh"

build=${OUTIS_BUILD:-$root/build/dev}
seconds=750

# Left out, and why.
left_out='peers: *,terminal: an interactive shell*,ending: 20 000*,calls: a run with a policy'
echo 'skip kernels: peers, bash: they are not in the machine'
echo 'skip kernels: 20 000 orphans: takes more than its 60 s in software'
echo 'skip kernels: calls: a run with a policy: counts the capabilities that the machine left us'

# The programs, where the tests look for them.
fill_native() { # FOLDER
    mkdir -p "$1/test" "$1$build/bin"
    cp "$build/bin/actor" "$build/bin/outis-init" "$1$build/bin"
    cp "$build/bin/test_init" "$1/test"
    for library in $(ldd "$build/bin/test_init" | grep -o '/[^ ]*'); do
        mkdir -p "$1$(dirname "$library")"
        cp "$library" "$1$library"
    done
}

fill_foreign() { # ARCH FOLDER
    ninja -C "$build" "guest_$1" > "$work/ninja" 2>&1 || {
        not_ok "kernels $1: its tests can be built" "$(grep -m 3 -E 'error|FAILED' "$work/ninja")"
        return 1
    }
    mkdir -p "$2/test"
    cp "$build/guest/$1/actor" "$build/guest/$1/test_init" "$2/outis-init" "$2/test"
}

fill() { # ARCH FOLDER
    mkdir -p "$2/etc" "$2/usr/bin" "$2/bin"
    cp "$build/share/outis/init/linux-$1/outis-init" "$2/outis-init"
    printf 'root:x:0:0::/:\nnobody:x:65534:65534::/nonexistent:\n' > "$2/etc/passwd"
    printf 'root:x:0:\nnogroup:x:65534:\n' > "$2/etc/group"
    for applet in true false sleep cat echo; do
        ln -s busybox "$2/bin/$applet"
    done
    if [ "$1" = "$(dpkg --print-architecture)" ]; then
        fill_native "$2"
    else
        fill_foreign "$1" "$2"
    fi
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
    machine=$work/root-$1
    fill "$1" "$machine" || return 0
    command="cd /; /test/test_init --no-colors '-tce=$left_out' > /tmp/log 2>&1; echo; cat /tmp/log"
    boot "$1" "$machine" "$command" "$seconds" > "$work/console" ||
        not_ok "PID 1 on $1: the machine ends by itself" "$(tail -n 5 "$work/console")"
    matches "PID 1 on $1: the machine powers off" 'reboot: Power down' "$(cat "$work/console")"
    summary=$(grep 'doctest\] test cases:' "$work/console" || echo 'no summary')
    matches "PID 1 on $1: $summary" ' [1-9][0-9]* passed *[|] *0 failed' "$summary"
    [ "$failures" = 0 ] || cat "$work/console"
}

on_kernel amd64
on_kernel arm64
finish
