#!/bin/sh
# Transfers that are ended from outside: we are killed, the registry is killed. A second run, or the
# same one when the registry is back, completes; nothing that is left over is corrupt; memory stays
# small however large a blob is.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/registry.sh"
registry_home

# Does not compress, so that it is as large in the registry.
head -c 250000000 /dev/urandom > big
succeeds 'bake' "$outis" bake app --add big:/big -t outis-test/big:1 --compress gzip:1 -q \
    -o big.tar || finish
rm -f big
digest=$(skopeo inspect --format '{{.Digest}}' oci-archive:big.tar)
registry_start open
data=$registry_folder/data

# Bytes of an unfinished upload have come.
uploading() { # REPOSITORY
    find "$data" -path "*$1*_uploads*" -name data -size +20000k 2> /dev/null | grep -q . ||
        gone "$pushed"
}

peak() { # PID: kB of memory of its own, as long as it runs
    sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$1/status" 2> /dev/null
}

small() { # NAME KB
    if [ -n "$2" ] && [ "$2" -lt 40000 ]; then ok "$1"; else not_ok "$1" "peak is '$2' kB"; fi
}

whole() { # NAME REFERENCE: all its blobs have their digests
    equal "$1: digest" "$digest" \
        "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$2")"
    succeeds "$1: blobs" skopeo copy --quiet --src-tls-verify=false "docker://$2" dir:copy || true
    rm -rf copy
}

# We are killed while we push.
"$outis" push big.tar "$registry/killed/app:1" > push.log 2>&1 &
pushed=$!
until_true 600 uploading killed || true
memory=$(peak "$pushed")
kill -KILL "$pushed" 2> /dev/null || true
code=0
wait "$pushed" 2> push.log || code=$?
equal 'push: killed in the middle' 137 "$code"
small 'push: memory' "$memory"
equal 'push: no name for half an image' '' "$(find "$data" -path '*killed*tags*')"
succeeds 'push: a second run' "$outis" push big.tar "$registry/killed/app:1" || true
whole 'push' "$registry/killed/app:1"

# The registry is killed while we push, and comes back: the same run completes.
"$outis" push big.tar "$registry/resumed/app:1" --tries 10 --json > push.log 2>&1 &
pushed=$!
until_true 600 uploading resumed || true
kill -KILL "$registry_pid"
wait "$registry_pid" 2> wait.log || true
succeeds 'registry: killed while we push' kill -0 "$pushed" || true
registry_start open
code=0
wait "$pushed" || code=$?
equal 'registry: the same push completes' 0 "$code"
[ "$code" = 0 ] || cat push.log >&2
# Docker's registry 2.8 forgets an upload of which it holds more than it has said, so this starts anew.
matches 'registry: it is asked what it holds' '"GET /v2/resumed/app/blobs/uploads/' \
    "$(cat "$registry_folder/log")"
whole 'registry' "$registry/resumed/app:1"

# We are killed while we pull.
rm -rf cache
"$outis" pull "$registry/killed/app:1" -o pulled.tar > pull.log 2>&1 &
pulled=$!
reading() {
    gone "$pulled" || [ "$(sed -n 's/^rchar: //p' "/proc/$pulled/io")" -gt 20000000 ]
}
until_true 600 reading || true
memory=$(peak "$pulled")
kill -KILL "$pulled" 2> /dev/null || true
code=0
wait "$pulled" 2> pull.log || code=$?
equal 'pull: killed in the middle' 137 "$code"
small 'pull: memory' "$memory"
succeeds 'pull: no half of a tar' test ! -e pulled.tar || true
wrong=
for blob in cache/outis/blobs/sha256/*; do
    [ -e "$blob" ] || continue
    [ "$(sha256sum < "$blob" | cut -d ' ' -f 1)" = "$(basename "$blob")" ] || wrong="$wrong $blob"
done
equal 'pull: the cache is sound' '' "$wrong"
succeeds 'pull: a second run' "$outis" pull "$registry/killed/app:1" -o pulled.tar || true
equal 'pull: digest' "$digest" "$(skopeo inspect --format '{{.Digest}}' oci-archive:pulled.tar)"

# A blob that is damaged in the cache is pulled again.
largest=$(find cache/outis/blobs -type f -size +100000k)
printf 'x' | dd of="$largest" bs=1 seek=1000 conv=notrunc 2> dd.log
succeeds 'cache: a damaged blob' "$outis" pull "$registry/killed/app:1" -o pulled.tar || true
succeeds 'cache: is not used' skopeo copy --quiet oci-archive:pulled.tar dir:copy || true
rm -rf copy

# One that is damaged in the registry is refused.
find "$data/docker/registry/v2/blobs" -name data -size +100000k > found
printf 'x' | dd of="$(cat found)" bs=1 seek=1000 conv=notrunc 2> dd.log
rm -rf cache pulled.tar
code=0
"$outis" pull "$registry/killed/app:1" -o pulled.tar > pull.log 2>&1 || code=$?
equal 'registry: a damaged blob: exit code' 3 "$code"
holds 'registry: a damaged blob: message' 'does not match its digest' "$(cat pull.log)"
succeeds 'registry: a damaged blob: nothing written' test ! -e pulled.tar || true
finish
