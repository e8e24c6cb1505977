# Sourced by the tests of tests/whole, with $root set: everything they share.
# OUTIS_BUILD names another build folder than build/dev.

. "$root/tests/support/workspace.sh"
. "$root/tests/support/report.sh"
. "$root/tests/support/install.sh"
. "$root/tests/support/engine.sh"
. "$root/tests/support/service.sh"

build=${OUTIS_BUILD:-$root/build/dev}
outis=$build/bin/outis
hello=$root/images/recipes/hello

[ -x "$outis" ] || {
    not_ok "$(basename "$0" .sh)" "'$outis' is not there; build the preset dev first"
    finish
}

# Bakes into $work/NAME.tar, tagged outis-test/NAME:1. Its failure ends the test.
bake() { # NAME APP [BAKE OPTION...]
    bake_name=$1
    bake_app=$2
    shift 2
    succeeds "bake $bake_name" "$outis" bake "$bake_app" -t "outis-test/$bake_name:1" \
        -o "$work/$bake_name.tar" "$@" || finish
}

# Sample service under a name of its own: run_service CONTAINER IMAGE [RUN OPTION...]; sets $port.
run_service() {
    run_container=$1
    run_image=$2
    shift 2
    at_exit "$engine rm --force $run_container > /dev/null 2>&1"
    "$engine" run --detach --name "$run_container" --network host --env ADDRESS=127.0.0.1 \
        --env PORT=0 "$@" "$run_image" > "$work/run.log" 2>&1 || {
        not_ok "$run_container: run" "$(cat "$work/run.log")"
        return 1
    }
    port=$(service_port "$run_container")
    matches "$run_container: listens" '^[0-9]+$' "$port" || true
    [ -n "$port" ] || {
        container_log "$run_container" >&2
        return 1
    }
}
