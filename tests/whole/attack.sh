#!/bin/sh
# tests/whole/attack.c runs as the app under profile baseline; every attempt must fail with the
# errno that a program can expect there. Docker's own filter is off, so what refuses is ours.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

musl-gcc -static -O2 -Wall -Wextra -Werror -o "$work/attack" "$root/tests/whole/attack.c"
docker_start
bake attack "$work/attack"
succeeds 'docker load attack' docker load --quiet --input "$work/attack.tar" || finish

# The kernel refuses for want of a capability or by permission bits, the filter by number or
# argument; ENOSYS is for calls that a libc replaces by older ones.
cat > "$work/expected" <<'ROWS'
mount EPERM
umount EPERM
unshare-user EPERM
unshare-mount EPERM
clone-user EPERM
clone3 ENOSYS
namespace-of-init EACCES
ptrace-attach-init EPERM
ptrace-seize-init EPERM
open-memory-of-init EACCES
read-memory-of-init EPERM
environment-of-init EACCES
setuid-root EPERM
setgid-root EPERM
setresuid-other EPERM
setgroups EPERM
overwrite-passwd EACCES
create-in-etc EACCES
remove-policy EACCES
overwrite-init EACCES
overwrite-app EACCES
chown-passwd EPERM
chroot EPERM
mknod-device EPERM
init-module EPERM
bpf EPERM
add-key EPERM
io-uring ENOSYS
reboot EPERM
sethostname EPERM
personality EPERM
raw-socket EPERM
terminal-input EPERM
no-new-privs-off EINVAL
ambient-raise EPERM
ROWS

attack() { # NAME RUN OPTION...
    title=$1
    shift
    timeout -s KILL 300 docker run --rm --network none "$@" outis-test/attack:1 \
        > "$work/rows" 2> "$work/errors" ||
        not_ok "$title: runs" "ended with $?: $(cat "$work/errors")"
    while read -r name want; do
        equal "$title: $name" "$want" "$(sed -n "s/^$name //p" "$work/rows")"
    done < "$work/expected"
    equal "$title: number of attempts" "$(wc -l < "$work/expected")" "$(wc -l < "$work/rows")"
}

attack 'as nobody' --security-opt seccomp=unconfined
attack 'as nobody, all rights on offer' --security-opt seccomp=unconfined --cap-add ALL
attack 'from root' --user 0:0 --security-opt seccomp=unconfined
attack 'from root, strong rights on offer' --user 0:0 --security-opt seccomp=unconfined \
    --cap-add SYS_ADMIN --cap-add SYS_PTRACE --cap-add SYS_MODULE --cap-add SYS_BOOT
attack 'as nobody, beneath the filter of Docker' --cap-drop ALL
finish
