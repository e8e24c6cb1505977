#!/bin/sh
# The engines' own inits replaced by ours: `dockerd --init-path` and `podman run --init-path`.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

engine=docker
# The version line and the manner follow the name, so the names are the engines' own.
for name in docker-init podman-init; do
    ln -s "$build/bin/outis-init" "$work/$name"
done
docker_options="--init-path $work/docker-init"
docker_start
mkdir "$work/context"
succeeds 'go build' env -C "$hello" CGO_ENABLED=0 go build -o "$work/context/app" . || finish
printf 'FROM scratch\nCOPY app /app\nENTRYPOINT ["/app"]\n' > "$work/context/Dockerfile"
succeeds 'docker build' docker build --quiet --tag outis-test/plain:1 "$work/context" || finish

succeeds 'docker info' docker info || finish
equal 'docker info: no complaint about the version' '' \
    "$(grep -i 'parse.*init' "$work/dockerd.log" || true)"

stop() { # CONTAINER WANT
    equal "$1: docker stop" "$1" "$(docker stop "$1")"
    equal "$1: exit code" "$2" "$(container_state "$1" ExitCode)"
}

if run_service plain outis-test/plain:1 --init --env EXIT_CODE=7; then
    first=$(container_state plain Pid)
    equal 'plain: PID 1' docker-init "$(cat "/proc/$first/comm")"
    equal 'plain: user is kept' '0 0 0 0' "$(status_field "$(app_pid plain)" Uid)"
    equal 'plain: no filter of ours on the app' \
        "$(status_field "$$" Seccomp_filters | grep -x never || echo 1)" \
        "$(status_field "$(app_pid plain)" Seccomp_filters)"
    stop plain 7
fi

if run_service hardened outis-test/plain:1 --init --env OUTIS_PROFILE=baseline; then
    app=$(app_pid hardened)
    equal 'hardened: uid' '65534 65534 65534 65534' "$(status_field "$app" Uid)"
    equal 'hardened: bounding set' 0000000000000000 "$(status_field "$app" CapBnd)"
    equal 'hardened: no new privileges' 1 "$(status_field "$app" NoNewPrivs)"
    equal 'hardened: two filters, the engine'"'"'s and ours' 2 "$(status_field "$app" Seccomp_filters)"
    stop hardened 0
fi

got=0
docker run --rm --init --network none --entrypoint /nonesuch outis-test/plain:1 \
    > "$work/missing.log" 2>&1 || got=$?
equal 'a missing program: exit code' 127 "$got"
holds 'a missing program: message' "cannot execute '/nonesuch'" "$(cat "$work/missing.log")"

docker save --output "$work/plain.tar" outis-test/plain:1
podman_start
succeeds 'podman load' podman_private load --quiet --input "$work/plain.tar" || finish
# shellcheck disable=SC2086
succeeds 'podman run --init' timeout -s KILL 300 env PODMAN_IGNORE_CGROUPSV1_WARNING=1 \
    podman --root "$work/podman/root" --runroot "$work/podman/run" --tmpdir "$work/podman/tmp" \
    --storage-driver vfs --cgroup-manager cgroupfs --runtime runc \
    run --rm --init --init-path "$work/podman-init" $podman_limits --network none \
    --entrypoint '["/run/podman-init", "--version"]' outis-test/plain:1 || true
holds 'podman run --init: the version line' 'tini version' "$succeeds_output"
finish
