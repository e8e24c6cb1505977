#!/bin/sh
# The main job in a real Docker engine: bake, load, run, look from outside, call, stop. Once as the
# image says (started as 65534 already) and once from root, where PID 1 gives everything up itself.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

engine=docker
tls_start
docker_start
bake hello "$hello" --ca-add "$work/tls/ca.pem"
bake hello-strict "$hello"
for image in hello hello-strict; do
    succeeds "docker load $image" docker load --quiet --input "$work/$image.tar" || finish
done

# What the kernel says about a process of the container, as `FIELD VALUE` rows.
expect_status() { # NAME PID, rows on standard input
    while read -r field value; do
        equal "$1: $field" "$value" "$(status_field "$2" "$field")"
    done
}

# The same for both starts. The bounding set can be emptied from root alone, and is checked there.
check_confinement() { # CONTAINER
    app=$(app_pid "$1")
    first=$(container_state "$1" Pid)
    equal "$1: PID 1 is ours" outis-init "$(cat "/proc/$first/comm")"
    equal "$1: the app is the app" app "$(cat "/proc/$app/comm")"
    for who in "$app app" "$first init"; do
        expect_status "$1 ${who#* }" "${who% *}" <<ROWS
Uid 65534 65534 65534 65534
Gid 65534 65534 65534 65534
CapInh 0000000000000000
CapPrm 0000000000000000
CapEff 0000000000000000
CapAmb 0000000000000000
NoNewPrivs 1
Seccomp 2
ROWS
    done
    equal "$1: the app has one thread group of its own" "$app" "$(status_field "$app" Tgid)"
}

check_calls() { # CONTAINER
    holds "$1: /" 'hello from uid 65534' "$(get "$port" /)"
    holds "$1: /healthz" ok "$(get "$port" /healthz)"
    matches "$1: /https" '^200 ' "$(get "$port" "/https?url=https://127.0.0.1:$tls_port/")"
    matches "$1: /time in Berlin" 'T[0-9:]+\+0[12]:00 Europe/Berlin$' \
        "$(get "$port" '/time?zone=Europe/Berlin')"
    matches "$1: /time in a legacy zone" 'T[0-9:]+-0[78]:00 US/Pacific$' \
        "$(get "$port" '/time?zone=US/Pacific')"
    holds "$1: /time in no zone" 'unknown time zone' "$(get "$port" '/time?zone=Nowhere')"
}

# `docker stop` sends TERM and would KILL after ten seconds.
check_stop() { # CONTAINER CODE
    began=$(date +%s%3N)
    docker stop "$1" > "$work/stop.log" 2>&1 || cat "$work/stop.log"
    took=$(($(date +%s%3N) - began))
    equal "$1: the app's own exit code" "$2" "$(container_state "$1" ExitCode)"
    if [ "$took" -lt 1000 ]; then
        ok "$1: stops within a second"
    else
        not_ok "$1: stops within a second" "took $took ms"
    fi
}

# Docker's own filter is switched off, so the one that is seen is ours.
if run_service as-nobody outis-test/hello:1 --env EXIT_CODE=7 \
    --security-opt seccomp=unconfined; then
    check_confinement as-nobody
    check_calls as-nobody
    check_stop as-nobody 7
fi

if run_service as-root outis-test/hello:1 --user 0:0 --env EXIT_CODE=23 \
    --security-opt seccomp=unconfined; then
    check_confinement as-root
    expect_status 'as-root app' "$app" <<ROWS
Groups
CapBnd 0000000000000000
ROWS
    check_calls as-root
    check_stop as-root 23
fi

# Without our authority the same call must fail: verification is on.
if run_service strict outis-test/hello-strict:1; then
    holds 'strict: /https refuses an unknown authority' \
        'certificate signed by unknown authority' \
        "$(get "$port" "/https?url=https://127.0.0.1:$tls_port/")"
    check_stop strict 0
fi

# A read-only root and no capability at all is how a careful engine runs it.
if run_service careful outis-test/hello:1 --read-only --cap-drop ALL \
    --security-opt no-new-privileges; then
    check_confinement careful
    expect_status 'careful app' "$app" <<ROWS
CapBnd 0000000000000000
ROWS
    check_stop careful 0
fi

# Exit codes: the app's own signal, and a program that is not there.
if run_service killed outis-test/hello:1; then
    kill -KILL "$(app_pid killed)"
    equal 'killed: 128 and the signal' 137 "$(docker wait killed)"
fi
missing=0
timeout -s KILL 300 docker run --rm --network none --entrypoint /outis-init outis-test/hello:1 \
    -- /nowhere > "$work/missing.log" 2>&1 || missing=$?
equal 'a missing program ends with 127' 127 "$missing"
holds 'a missing program is named' /nowhere "$(cat "$work/missing.log")"
finish
