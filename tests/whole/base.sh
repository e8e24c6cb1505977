#!/bin/sh
# Images to build others FROM: `outis base`, whole and of certificates alone, in a Dockerfile of
# somebody who adds a program and nothing else.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

engine=docker
tls_start
mkdir "$work/one" "$work/other"

# made NAME BASE_OPTION...: sound, and the same from two folders, umasks and caches.
made() {
    name=$1
    shift
    succeeds "$name: made" "$outis" base -t "outis-test/$name:1" -o "$work/one/$name.tar" "$@" ||
        finish
    succeeds "$name: made elsewhere" env -C "$work/other" XDG_CACHE_HOME="$work/other/cache" \
        sh -c 'umask 077 && exec "$@"' sh "$outis" base -t "outis-test/$name:1" \
        -o "$name.tar" "$@" || finish
    succeeds "$name: the same bytes" cmp "$work/one/$name.tar" "$work/other/$name.tar" || true
    succeeds "$name: verify" "$outis" verify --strict "$work/one/$name.tar" || true
}
authority="--ca-add $work/tls/ca.pem"
both='--platform linux/amd64,linux/arm64'
if [ -e "$build/share/outis/init/linux-arm64/outis-init" ]; then
    # shellcheck disable=SC2086
    made base-both $both
    # shellcheck disable=SC2086
    made certificates-both --ca-only $both
    holds 'both platforms' 'linux/arm64' "$("$outis" image show "$work/one/base-both.tar")"
else
    skip 'both platforms' 'the cross compiler for arm64 is not installed'
fi
# shellcheck disable=SC2086
made base --profile service $authority
# shellcheck disable=SC2086
made certificates --ca-only $authority
size=$("$outis" base --ca-only --json -o "$work/plain.tar" |
    sed 's/.*"unpacked_size":\([0-9]*\).*/\1/')
beside=$((size - $(stat -c %s "$build/share/outis/ca.pem")))
succeeds "certificates: and $beside bytes beside them" test "$beside" -ge 0 -a "$beside" -le 16384 ||
    true

holds 'base: a label about its content' 'outis.ca.count=' \
    "$("$outis" image show "$work/one/base.tar")"

docker_start
for name in base certificates; do
    succeeds "$name: docker load" docker load --quiet --input "$work/one/$name.tar" || finish
done
mkdir "$work/context"
succeeds 'go build' env -C "$hello" CGO_ENABLED=0 go build -o "$work/context/hello" . || finish

build_from() { # NAME, a Dockerfile on standard input
    succeeds "$1: docker build" docker build --quiet --network none --tag "outis-test/$1:1" \
        --file - "$work/context" || finish
}
build_from on-base <<'TEXT'
FROM outis-test/base:1
COPY hello /
CMD ["/hello"]
TEXT
build_from on-base-as-go <<'TEXT'
FROM outis-test/base:1
COPY hello /
ENTRYPOINT ["/outis-init", "-p", "go", "--", "/hello"]
TEXT
build_from on-certificates <<'TEXT'
FROM outis-test/certificates:1
COPY hello /
ENTRYPOINT ["/hello"]
TEXT
build_from on-scratch <<'TEXT'
FROM scratch
COPY hello /
ENTRYPOINT ["/hello"]
TEXT

for name in on-base on-certificates; do
    docker save --output "$work/$name.tar" "outis-test/$name:1"
    succeeds "$name: verify" "$outis" verify "docker-archive:$work/$name.tar" || true
done

# Docker's own filter is off, so the one that is seen is ours.
confined() { # CONTAINER
    app=$(app_pid "$1")
    equal "$1: uid" '65534 65534 65534 65534' "$(status_field "$app" Uid)"
    equal "$1: no new privileges" 1 "$(status_field "$app" NoNewPrivs)"
    equal "$1: filter" 2 "$(status_field "$app" Seccomp)"
    equal "$1: PID 1" outis-init "$(cat "/proc/$(container_state "$1" Pid)/comm")"
}
calls="/https?url=https://127.0.0.1:$tls_port/"
for name in on-base on-base-as-go; do
    run_service "$name" "outis-test/$name:1" --security-opt seccomp=unconfined || continue
    confined "$name"
    matches "$name: /https" '^200 ' "$(get "$port" "$calls")"
    matches "$name: /time" 'Europe/Berlin$' "$(get "$port" '/time?zone=Europe/Berlin')"
    docker stop "$name" > "$work/stop.log"
    equal "$name: ends" 0 "$(container_state "$name" ExitCode)"
done
if run_service on-certificates outis-test/on-certificates:1; then
    matches 'on-certificates: /https' '^200 ' "$(get "$port" "$calls")"
    holds 'on-certificates: whom it runs as' 'hello from uid 65534' "$(get "$port" /)"
fi
if run_service on-scratch outis-test/on-scratch:1; then
    holds 'on-scratch: /https' 'certificate signed by unknown authority' "$(get "$port" "$calls")"
fi

# A base alone has nothing to start, and says so.
refused() { # NAME CODE TEXT COMMAND...
    title=$1
    want=$2
    text=$3
    shift 3
    got=0
    timeout -s KILL 300 "$@" > "$work/refused.log" 2>&1 || got=$?
    equal "$title: exit code" "$want" "$got"
    holds "$title: message" "$text" "$(cat "$work/refused.log")"
}
mkdir "$work/data"
for part in profiles policies ca.pem zones; do
    cp -R "$build/share/outis/$part" "$work/data"
done
echo 'no certificate' > "$work/broken.pem"
refused 'a base alone' 125 'no program' docker run --rm --network none outis-test/base:1
refused 'an unknown profile' 2 "'sevrice'; did you mean 'service'?" \
    "$outis" base --profile sevrice -o "$work/x.tar"
refused 'a platform without PID 1' 3 'there is no PID 1 for linux/arm64' \
    env OUTIS_DATA="$work/data" "$outis" base --platform arm64 -o "$work/x.tar"
refused 'certificates that are none' 2 'broken.pem' \
    "$outis" base --ca-only --ca "$work/broken.pem" -o "$work/x.tar"
finish
