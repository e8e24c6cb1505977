#!/bin/sh
# Filters in the hands of others: raw BPF as bwrap and setpriv take it, and exported profiles as runc
# compiles them. What the kernel then holds is read back and asked beside ours.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
cd "$work"

# shellcheck disable=SC2086
install_packages $packages_docker bubblewrap || finish

succeeds 'compile to BPF' "$outis" profile compile "$root/profiles/offline.toml" --emit bpf \
    -o offline.bpf || finish
succeeds 'bwrap --seccomp' sh -c 'exec 3< offline.bpf; exec "$@"' - "$build/bin/loaded_filter" \
    bwrap.bpf bwrap --dev-bind / / --seccomp 3 true || finish
succeeds 'bwrap: the kernel holds our instructions' cmp offline.bpf bwrap.bpf
refused=0
bwrap --dev-bind / / --seccomp 3 unshare --mount true 3< offline.bpf > bwrap.log 2>&1 || refused=$?
holds 'bwrap: the filter refuses' 'Operation not permitted' "$(cat bwrap.log)"

# util-linux 2.40 and later: Debian 12 has 2.38. $OUTIS_SETPRIV names another one, with words before it
# if it needs them. It sets capabilities behind the filter, which baseline lets it.
setpriv=${OUTIS_SETPRIV:-setpriv}
if $setpriv --help | grep -q -- --seccomp-filter; then
    succeeds 'compile baseline to BPF' "$outis" profile compile "$root/profiles/baseline.toml" \
        --emit bpf -o baseline.bpf
    # shellcheck disable=SC2086
    succeeds 'setpriv --seccomp-filter' "$build/bin/loaded_filter" setpriv.bpf \
        $setpriv --no-new-privs --seccomp-filter baseline.bpf true
    succeeds 'setpriv: the kernel holds our instructions' cmp baseline.bpf setpriv.bpf
    refused=0
    $setpriv --no-new-privs --seccomp-filter baseline.bpf unshare --mount true > setpriv.log 2>&1 ||
        refused=$?
    equal 'setpriv: the filter refuses' '1 unshare: unshare failed: Operation not permitted' \
        "$refused $(cat setpriv.log)"
else
    skip 'setpriv --seccomp-filter' "$($setpriv --version) has no such option"
fi

case $(uname -m) in
x86_64) native=x86_64 ;;
aarch64) native=aarch64 ;;
*) skip 'exported profiles' 'no runc for this architecture'; finish ;;
esac

# exported NAME PROFILE [ABI]...: through runc, and compared for the native ABI and those.
exported() {
    name=$1
    profile=$2
    shift 2
    but=
    if "$outis" profile explain "$profile" --json | grep -q '"exec once":"yes"'; then
        but=execve
    fi
    path=$profile
    [ -e "$path" ] || path=$root/profiles/$profile.toml
    succeeds "$name: BPF" "$outis" profile compile "$path" --emit bpf -o ours.bpf || return 0
    succeeds "$name: export" "$outis" profile export "$profile" -o exported.json || return 0
    if ! runc_filter exported.json theirs.bpf; then
        not_ok "$name: runc" "$(cat "$work/runc/log")"
        return 0
    fi
    succeeds "$name: import" "$outis" profile compile exported.json --mode exact --emit bpf \
        -o again.bpf || return 0
    for abi in "$native" "$@"; do
        succeeds "$name: imported again, on $abi" "$build/bin/same_filter" ours.bpf again.bpf \
            "$abi" $but || true
        succeeds "$name: runc's filter on $abi" "$build/bin/same_filter" ours.bpf theirs.bpf \
            "$abi" $but || true
    done
}

for profile in baseline service go worker offline; do
    exported "$profile" "$profile"
done

# rules NAME HEAD [CALL WHEN ACTION]...: writes NAME.toml
rules() {
    file=$1.toml
    printf '[seccomp]\n%s\n' "$2" > "$file"
    shift 2
    while [ $# -gt 0 ]; do
        printf '[[seccomp.rule]]\ncall = "%s"\nwhen = "%s"\naction = "%s"\n' "$1" "$2" "$3" >> "$file"
        shift 3
    done
}

rules bounds '' kill 'pid > 100 and pid < 200' allow
rules outside '' kill 'pid < 100 or pid > 200' EACCES
rules signed '' kill 'pid < -1' allow
rules unequal '' kill 'sig != 9' allow
rules several '' socket 'domain not in [AF_ALG, AF_VSOCK, AF_PACKET]' allow
rules pair '' socket 'domain == AF_INET and type & 15 == SOCK_RAW' refuse
rules overlap '' kill 'sig & 8 == 8' kill kill 'pid == 1' EACCES kill 'pid > 0' allow
rules wide '' lseek 'offset > 4294967296' EFBIG
rules ranges '' mmap 'length <= 1000000000 and offset <= 1000000000' allow
rules before '' pread64 'count > 4294967296 and fd & 4 == 4' EFBIG pread64 'offset >= 0' allow
rules flags '' clone 'flags & CLONE_NEWUSER|CLONE_NEWNS != 0' refuse
rules actions '' kill 'sig == 1' trap kill 'sig == 2' log kill 'sig == 3' kill-thread
rules killing 'default = "kill"' kill 'sig == 0' allow
rules success '' kill 'sig == 0' EPERM
for name in bounds outside signed unequal several pair overlap wide ranges before flags actions killing success; do
    exported "$name" "$work/$name.toml"
done
if [ "$native" = x86_64 ]; then
    rules carriers 'architectures = ["i386"]
allow = ["socketcall", "connect", "semget"]
refuse = ["ipc", "bind"]' socket 'domain == AF_UNIX' allow
    rules both 'architectures = ["i386", "x32"]
refuse = ["socketcall"]' socket 'domain == AF_UNIX' allow
    exported carriers "$work/carriers.toml" i386
    exported both "$work/both.toml" i386 x32
fi
finish
