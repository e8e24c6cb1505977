#!/bin/sh
# What goes wrong around a bake: a full disk, files that may not be read, an interruption in the
# middle, two bakes at once in one cache. One clear line, nothing half-written, the cache sound.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

export XDG_CACHE_HOME="$work/cache"
cd "$work"
mkdir here temporary
cp "$build/bin/outis-init" app
# 24 MB that do not compress, so that a bake lasts.
head -c 24000000 /dev/urandom > big
chmod 644 app big

# refused NAME CODE TEXT COMMAND...: one line that holds TEXT.
refused() {
    title=$1
    want=$2
    text=$3
    shift 3
    got=0
    "$@" > out 2> err < /dev/null || got=$?
    equal "$title: exit code" "$want" "$got"
    holds "$title: message" "$text" "$(cat err)"
    equal "$title: one line" 1 "$(wc -l < err)"
}

# Blobs of a cache that have not the bytes of their names.
wrong_blobs() { # FOLDER
    for blob in "$1"/outis/blobs/sha256/*; do
        [ -e "$blob" ] || continue
        [ "$(sha256sum < "$blob" | cut -d ' ' -f 1)" = "$(basename "$blob")" ] || echo "$blob"
    done
}

# The cache is sound: whatever lies in it has the bytes of its name, and a bake from it validates.
sound() { # NAME
    equal "$1: every blob has the bytes of its name" '' "$(wrong_blobs cache)"
    equal "$1: no leftovers" '' "$(find here temporary -mindepth 1)"
    succeeds "$1: the next bake works" "$outis" bake app --add big:/big -o after.tar || return 0
    succeeds "$1: and its digests hold" skopeo copy --quiet oci-archive:after.tar dir:copy || true
    rm -rf copy after.tar
}

refused 'a full device' 3 'No space left on device' "$outis" bake app -o /dev/full
refused 'a full device as an archive' 3 'No space left on device' \
    "$outis" bake app -o oci-archive:/dev/full
refused 'a full standard output' 3 'No space left on device' \
    sh -c '"$1" bake app -o - > /dev/full' sh "$outis"
sound 'full devices'

small_disk() { # DIRECTORY
    mkdir -p "$1"
    as_root mount -t tmpfs -o size=4m tmpfs "$1" 2> /dev/null || return 1
    at_exit "as_root umount -l '$1'"
}
if small_disk "$work/small"; then
    refused 'a small disk for the tar' 3 'No space left on device' \
        "$outis" bake app --add big:/big -o small/x.tar
    equal 'a small disk for the tar: nothing is left' '' "$(ls -A small)"
    refused 'a small disk for the layout' 3 'No space left on device' \
        "$outis" bake app --add big:/big -o oci:small/layout
    equal 'a small disk for the layout: no index' '' \
        "$(find small -name index.json -o -name '.*.????????????????')"
    rm -rf small/layout
    succeeds 'a small disk for the cache is left alone' env XDG_CACHE_HOME="$work/small" "$outis" \
        bake app --add big:/big -o here/x.tar || true
    equal 'a small disk for the cache: no half of a blob' '' "$(wrong_blobs small)"
    equal 'a small disk for the cache: no blob of the big file' '' "$(find small -size +1000k)"
    rm -rf small/outis here/x.*
    succeeds 'a small disk for small things' "$outis" bake app -o small/x.tar || true
else
    skip 'a small disk' 'no tmpfs can be mounted here'
fi
sound 'small disks'

if [ "$(id -u)" = 0 ] && setpriv --reuid 65534 --clear-groups test -x "$outis"; then
    chmod 755 "$work"
    mkdir nobody secret
    : > secret/file
    chmod 700 secret
    chown 65534:65534 nobody
    install -m 600 app unreadable
    as_nobody() {
        setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$work/nobody" \
            XDG_CACHE_HOME="$work/nobody/cache" TMPDIR="$work/nobody" "$@"
    }
    refused 'a program that may not be read' 2 "cannot read 'unreadable': Permission denied" \
        as_nobody "$outis" bake unreadable -o nobody/x.tar
    refused 'a file that may not be read' 2 "cannot read 'unreadable': Permission denied" \
        as_nobody "$outis" bake app --add unreadable:/x -o nobody/x.tar
    refused 'a folder that may not be read' 2 "cannot read 'secret': Permission denied" \
        as_nobody "$outis" bake app --add secret:/x -o nobody/x.tar
    refused 'a folder that may not be written' 3 "cannot write 'here/x." \
        as_nobody "$outis" bake app -o here/x.tar
    equal 'what may not be read leaves nothing' '' "$(find nobody -name '*.tar')"
    succeeds 'a local image' "$outis" bake app -o here/local.tar -o oci:here/local:1 || true
    for local in here/local.tar oci:here/local:1; do
        succeeds "nothing temporary is written to look at $local" as_nobody env TMPDIR=/ \
            XDG_CACHE_HOME=/ HOME=/ "$outis" verify --quiet "$local" || true
    done
    rm -r here/local*
else
    skip 'files that may not be read' "only root can become somebody else, who must reach '$outis'"
fi

# The moment is not chosen: whenever a signal comes, a bake ends whole or not at all.
interrupted=0
for delay in 0.02 0.05 0.1 0.2 0.3 0.5; do
    rm -rf cache
    code=0
    TMPDIR=$work/temporary timeout -s INT "$delay" "$outis" bake app --add big:/big \
        -o here/x.tar > out 2> err || code=$?
    case $(cat err) in
    'outis: interrupted') interrupted=$((interrupted + 1)) ;;
    '') ;;
    *) not_ok "INT after $delay s" "code $code, '$(cat err)'" ;;
    esac
    if [ -e here/x.tar ]; then
        succeeds "INT after $delay s: a whole tar" tar -tf here/x.tar || true
        rm here/x.tar here/x.spdx.json here/x.provenance.json
    fi
    sound "INT after $delay s"
done
if [ "$interrupted" -gt 0 ]; then
    ok 'some bake was interrupted in the middle'
else
    not_ok 'some bake was interrupted in the middle' 'all of them ended first'
fi

rm -rf cache
for round in 1 2 3; do
    rm -rf cache
    pids=
    for n in 1 2 3; do
        "$outis" bake app --add big:/big -t outis-test/at-once:1 -o "here/$n.tar" \
            > "out$n" 2> "err$n" &
        pids="$pids $!"
    done
    failed=
    for pid in $pids; do
        wait "$pid" || failed="$failed $pid"
    done
    equal "bakes at once, round $round: all work" '' "$failed$(cat err1 err2 err3)"
    equal "bakes at once, round $round: one content" 1 \
        "$(sha256sum here/?.tar | cut -d ' ' -f 1 | sort -u | wc -l)"
    rm -f here/?.tar here/?.*.json
done
sound 'bakes at once'
pids=
for n in 1 2 3; do
    "$outis" bake app -q -t "outis-test/at-once:$n" -o "oci:$work/shared" 2> "err$n" &
    pids="$pids $!"
done
for pid in $pids; do
    wait "$pid" || true
done
equal 'bakes at once into one layout: all are kept' 3 \
    "$(grep -o '"org.opencontainers.image.ref.name":"[123]"' shared/index.json | sort -u | wc -l)"
finish
