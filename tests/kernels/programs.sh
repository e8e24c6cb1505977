#!/bin/sh
# Programs of their kind under the shipped profiles on Debian's 6.1 kernel, which has Landlock's ABI 2
# and no MDWE: a web server under `service`, a Go server under `go`, a client under `worker`, a filter
# under `offline`; and what PID 1 says is missing there.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/kernel.sh"

seconds=500

# Lines of shell for the machine; what a program says has its profile in front.
exercise() {
    cat << 'TEXT'
export PATH=/bin
cd /
busybox mkdir /srv
echo 'a page' > /srv/page
say() { while read -r line; do echo "$1: $line"; done; }
/outis-init -v -p service -- /bin/busybox httpd -f -p 127.0.0.1:8081 -h /srv 2>&1 | say service &
(cd /srv; ADDRESS=127.0.0.1 PORT=8082 exec /outis-init -v -p go -- /hello) 2>&1 | say go &
probe() { /outis-init -q -p none --timeout 60s --probe "$1"; }
until probe tcp://127.0.0.1:8081 && probe tcp://127.0.0.1:8082; do busybox usleep 100000; done
probe http://127.0.0.1:8081/page && echo 'service: answers'
probe http://127.0.0.1:8082/healthz && echo 'go: answers'
fetch() { /outis-init -v -p "$1" -- /bin/busybox wget -q -O - "http://127.0.0.1:$2" 2>&1 | say "$1"; }
fetch worker 8081/page
fetch offline 8081/page
echo b > /tmp/text
echo a >> /tmp/text
/outis-init -v -p offline -- /bin/busybox sort /tmp/text 2>&1 | say offline
TEXT
}

on_kernel() { # ARCH
    if ! ready=$(kernel_ready "$1" 2>&1); then
        skip "programs $1" "$(echo "$ready" | tail -n 1)"
        return
    fi
    [ -e "$build/share/outis/init/linux-$1/outis-init" ] || {
        skip "programs $1" 'its cross compiler is not installed'
        return
    }
    folder=$work/root-$1
    mkdir "$folder"
    cp "$build/share/outis/init/linux-$1/outis-init" "$folder/"
    succeeds "$1: go build" env -C "$hello" CGO_ENABLED=0 GOARCH="$1" go build -o "$folder/hello" . ||
        return
    console=$(boot "$1" "$folder" "$(exercise)" "$seconds") ||
        not_ok "$1: the machine halts" "$(tail -n 20 "$work/console")"
    for line in 'service: answers' 'go: answers' 'worker: a page' 'offline: a' 'offline: b'; do
        holds "$1: $line" "$line" "$console"
    done
    equal "$1: nothing comes over the network under offline" '' \
        "$(printf '%s\n' "$console" | grep '^offline: a page' || true)"
    for profile in service go worker offline; do
        holds "$1: $profile says what this kernel lacks" 'Landlock ABI 2 lacks' \
            "$(printf '%s\n' "$console" | grep "^$profile: outis-init: policy" || true)"
    done
    holds "$1: so for memory" 'this kernel has no MDWE' \
        "$(printf '%s\n' "$console" | grep '^go: outis-init: policy' || true)"
}

on_kernel amd64
on_kernel arm64
finish
