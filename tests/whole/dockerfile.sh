#!/bin/sh
# `COPY outis-init /` is enough: an image that `docker build` makes from scratch, without a policy
# in it, runs under the built-in baseline.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

engine=docker
docker_start
mkdir "$work/context"
cp "$build/bin/outis-init" "$work/context"
succeeds 'go build' env -C "$hello" CGO_ENABLED=0 go build -o "$work/context/app" . || finish
cat > "$work/context/Dockerfile" <<'TEXT'
FROM scratch
COPY outis-init /
COPY app /app
ENTRYPOINT ["/outis-init", "--", "/app"]
TEXT
succeeds 'docker build' docker build --quiet --tag outis-test/scratch:1 "$work/context" || finish

if run_service scratch outis-test/scratch:1; then
    app=$(app_pid scratch)
    equal 'scratch: uid' '65534 65534 65534 65534' "$(status_field "$app" Uid)"
    equal 'scratch: capabilities' 0000000000000000 "$(status_field "$app" CapEff)"
    equal 'scratch: bounding set' 0000000000000000 "$(status_field "$app" CapBnd)"
    equal 'scratch: no new privileges' 1 "$(status_field "$app" NoNewPrivs)"
    equal 'scratch: filter' 2 "$(status_field "$app" Seccomp)"
    holds 'scratch: /' 'hello from uid 65534' "$(get "$port" /)"
fi

# Nothing runs unconfined by accident.
refused() { # NAME CODE TEXT RUN OPTION... -- ARGUMENT...
    title=$1
    want=$2
    text=$3
    shift 3
    got=0
    timeout -s KILL 300 docker run --rm --network none "$@" > "$work/refused.log" 2>&1 || got=$?
    equal "$title: exit code" "$want" "$got"
    holds "$title: message" "$text" "$(cat "$work/refused.log")"
}
refused 'an unknown profile' 125 nonesuch \
    --entrypoint /outis-init outis-test/scratch:1 -p nonesuch -- /app
refused 'a policy that is not there' 125 /etc/outis/policy \
    --entrypoint /outis-init outis-test/scratch:1 -p /etc/outis/policy -- /app
refused 'a policy that is none' 125 /app \
    --entrypoint /outis-init outis-test/scratch:1 -p /app -- /app
refused 'root without the right to change its uid' 124 runAsUser \
    --cap-drop ALL outis-test/scratch:1
finish
