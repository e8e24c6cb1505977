#!/bin/sh
# What the release preset made: PID 1 is one small static file without heap or libstdc++, and the
# tool needs nothing of a distribution but glibc.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/workspace.sh"
. "$root/tests/support/report.sh"
build=${OUTIS_BUILD:-$root/build/release}
limit=65536

check_init() { # PLATFORM
    program=$build/share/outis/init/linux-$1/outis-init
    if [ ! -e "$program" ]; then
        skip "outis-init for $1" 'its cross compiler or musl is not installed'
        return
    fi
    holds "outis-init for $1 is static" 'statically linked' "$(file "$program")"
    for forbidden in libstdc++ malloc.o free.o operator.new __cxa_throw; do
        equal "outis-init for $1: no $forbidden in the link map" 0 \
            "$(grep -cF -- "$forbidden" "$build/init/outis-init-$1.map")"
    done
}

check_init amd64
check_init arm64

size=$(stat -c %s "$build/bin/outis-init")
if [ "$(uname -m)" != x86_64 ]; then
    skip 'size of outis-init' 'the limit is for amd64'
elif [ "$size" -le "$limit" ]; then
    ok "outis-init is at most $limit bytes: $size"
else
    not_ok "outis-init is at most $limit bytes" "it has $size"
fi

if command -v strace > /dev/null; then
    strace -f -o "$work/trace" "$build/bin/outis-init" -p none -- /bin/true || true
    # PID 1 is the first process in the trace; what its child does is not ours.
    first=$(head -n 1 "$work/trace" | cut -d ' ' -f 1)
    equal 'outis-init allocates nothing' 0 "$(grep -cE "^$first +(brk|mmap)\(" "$work/trace")"
else
    skip 'outis-init allocates nothing' 'strace is not installed'
fi

libraries=$(ldd "$build/bin/outis" | sed 's/^[[:space:]]*//; s/ .*//; s|.*/||' |
    grep -vE '^(linux-vdso|libc|libm|ld-linux[a-z0-9-]*)\.so\.[0-9]+$' || true)
equal 'outis links everything but glibc statically' '' "$libraries"
finish
