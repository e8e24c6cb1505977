#!/bin/sh
# From a fresh Debian 12 to a running container: installs what is missing, builds Outis, bakes the
# sample service (or APP), runs it in a real engine and shows what the kernel says about it.
#
#     sh images/quickstart.sh [APP]        APP: an ELF file, or a directory with a Go main package
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -le 1 ] || { echo 'usage: sh images/quickstart.sh [APP]' >&2; exit 2; }
app=${1:-$root/images/recipes/hello}
if [ ! -e "$app" ]; then
    echo "no such file or directory: '$app'; name an ELF file or a Go package" >&2
    exit 2
fi

. "$root/tests/support/workspace.sh"
. "$root/tests/support/install.sh"
. "$root/tests/support/engine.sh"
. "$root/tests/support/service.sh"

[ ! -d "$app" ] || app=$(cd "$app" && pwd)
name=$(basename "$app" | tr '[:upper:]' '[:lower:]' | tr -c 'a-z0-9\n' '-')
tag=outis/$name:quickstart
tar=$root/build/quickstart/$name.tar
container=outis-quickstart-$$

fail() { # CODE TEXT
    echo "$2" >&2
    exit "$1"
}

step() { # TEXT COMMAND...: says what begins, does it, and says how long it took
    echo "$1"
    step_began=$(date +%s)
    shift
    "$@"
    echo "  done in $(($(date +%s) - step_began)) s"
}

# A terminal shows ninja's counter; elsewhere only a failure has output.
build() {
    if [ -t 1 ]; then
        (cd "$root" && cmake --preset release > "$work/build.log" 2>&1 &&
            : > "$work/build.log" && cmake --build --preset release) && return
    else
        (cd "$root" && cmake --workflow --preset release) > "$work/build.log" 2>&1 && return
    fi
    cat "$work/build.log" >&2
    fail 1 "the build failed; its output is above"
}

bake() { # BAKE OPTION...
    mkdir -p "$(dirname "$tar")"
    "$root/build/release/bin/outis" bake "$app" -t "$tag" -o "$tar" "$@" > "$work/bake.log" ||
        exit $?
}

# Sets $engine: a Docker daemon that answers; else Podman, if a container runs; else a dockerd of
# our own.
choose_engine() {
    engine=docker
    if docker version > /dev/null 2>&1; then
        where='the Docker daemon that runs here'
    elif podman_runs; then
        engine=podman
        where=Podman
    else
        step 'starting a private dockerd, because no engine runs here' start_engine
        where='a private dockerd'
    fi
}

start_engine() {
    # shellcheck disable=SC2086
    install_engines $packages_docker
    docker_start
}

podman_runs() {
    command -v podman > /dev/null || return 1
    podman load --quiet --input "$tar" > "$work/podman.log" 2>&1 || return
    podman run --rm --network host --entrypoint /outis-init "$tag" --version \
        >> "$work/podman.log" 2>&1 && return
    podman rmi "$tag" >> "$work/podman.log" 2>&1
    return 1
}

run() {
    "$engine" load --quiet --input "$tar" > "$work/load.log" 2>&1 || {
        cat "$work/load.log" >&2
        fail 3 "'$engine load' refused '$tar'"
    }
    at_exit "$engine rm --force $container > /dev/null 2>&1"
    "$engine" run --detach --name "$container" --network host \
        --env ADDRESS=127.0.0.1 --env PORT=0 "$tag" > "$work/run.log" 2>&1 || {
        cat "$work/run.log" >&2
        fail 3 "'$engine run' failed; its output is above"
    }
    until_true 100 settled || true
    started || {
        container_log "$container" >&2
        fail 1 "'$tag' did not start, or ended at once; its output is above"
    }
}

settled() {
    started || [ "$(container_state "$container" Running)" != true ]
}

# PID 1 has a child, and the child has become the app.
started() {
    first=$(container_state "$container" Pid)
    child=$(app_pid "$container" 2> /dev/null) && [ -n "$child" ] &&
        [ "$(cat "/proc/$child/comm")" != "$(cat "/proc/$first/comm")" ]
}

call() {
    port=$(service_port "$container")
    for path in "/https?url=https://127.0.0.1:$tls_port/" '/time?zone=Europe/Berlin'; do
        answer=$(get "$port" "$path" --fail-with-body) ||
            fail 1 "$path failed: $answer"
        printf '  %-40s %s\n' "$path" "$(printf '%s\n' "$answer" | head -n 1)"
    done
}

row() { # LABEL VALUE
    printf '  %-16s %s\n' "$1" "$2"
}

summary() {
    pid=$(app_pid "$container")
    echo
    row image "$tag"
    row tar "$tar"
    row size "$(image_sizes)"
    row digest "$(manifest_digest)"
    row 'app: uid' "$(status_field "$pid" Uid | cut -d ' ' -f 1)"
    for field in CapEff CapBnd NoNewPrivs Seccomp; do
        row "app: $field" "$(status_field "$pid" "$field")"
    done
    echo '  CapBnd is the most that a program could gain; with NoNewPrivs 1 no program gains any of it.'
    row 'PID 1' "$(cat "/proc/$(container_state "$container" Pid)/comm")"
}

image_sizes() {
    printf '%s bytes unpacked and %s bytes pulled\n' \
        "$("$engine" image inspect --format '{{.Size}}' "$tag")" "$(pulled_size)"
}

# A registry serves the blobs of the tar, so their sizes add up to what is pulled.
pulled_size() {
    tar -tvf "$tar" | awk '$NF ~ /^blobs\/sha256\/./ { sum += $3 } END { print sum }'
}

manifest_digest() {
    tar -xOf "$tar" index.json | grep -o 'sha256:[0-9a-f]*' | head -n 1
}

install() {
    # shellcheck disable=SC2086
    install_packages $packages_build $packages_sample
    install_cross
}

step 'installing missing packages' install
step "building the programs and their data in 'build/release'" build
if [ $# = 0 ]; then
    tls_start
    step "baking '$app'" bake --ca-add "$work/tls/ca.pem"
else
    step "baking '$app'" bake
fi
choose_engine
step "running '$tag' in $where" run
[ $# = 1 ] || call
summary
