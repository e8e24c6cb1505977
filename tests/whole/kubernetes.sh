#!/bin/sh
# A pod from `outis k8s`, run by a real containerd through its CRI under exactly the settings that
# the manifest asks for: from its start over probes to its end. The sandbox is our --pause.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/cri/containerd.sh"

# The pods share the node's network: a port that is free now.
port=$(/usr/bin/python3 -c 'import socket
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    print(free.getsockname()[1])')
bake hello "$hello" --port "$port" --health "http://:$port/healthz" --env ADDRESS=127.0.0.1 \
    --env "PORT=$port" --env EXIT_CODE=7

manifest() { # NAME WORDS...: $work/NAME.json for the sample's image
    manifest_name=$1
    shift
    "$outis" k8s pod "$work/hello.tar" --format json --name "$manifest_name" "$@" \
        > "$work/$manifest_name.json" 2> "$work/notes" || {
        not_ok "k8s pod for $manifest_name" "$(cat "$work/notes")"
        finish
    }
}

# What people apply is YAML; it must say the same to a YAML 1.1 reader of others.
for kind in pod deployment; do
    "$outis" k8s "$kind" "$work/hello.tar" > "$work/k8s.yaml"
    "$outis" k8s "$kind" "$work/hello.tar" --format json > "$work/k8s.json"
    equal "$kind: YAML and JSON agree" True "$(/usr/bin/python3 -c 'import json, sys, yaml
print(yaml.safe_load(open(sys.argv[1])) == json.load(open(sys.argv[2])))' \
        "$work/k8s.yaml" "$work/k8s.json")"
done

containerd_start localhost/pause:1 || finish
pause_image() {
    umoci init --layout "$work/pause" &&
        umoci new --image "$work/pause:1" &&
        umoci insert --rootless --image "$work/pause:1" "$build/bin/outis-init" /outis-init &&
        umoci config --image "$work/pause:1" --config.entrypoint /outis-init \
            --config.entrypoint --pause &&
        tar -C "$work/pause" -cf "$work/pause.tar" . &&
        containerd_ctr images import --base-name localhost/pause "$work/pause.tar"
}
succeeds 'the pause image' pause_image || finish
succeeds 'import of the app' containerd_ctr images import "$work/hello.tar" || finish

container_field() { # FIELD of $container, as the runtime says it
    pod status "$container" | /usr/bin/python3 -c \
        'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

# start_pod NAME: sets $sandbox and $container, from the manifest $work/NAME.json.
start_pod() {
    mkdir "$work/$1"
    succeeds "$1: start" pod start "$work/$1.json" "$work/$1" || {
        tail -n 5 "$containerd_directory/log" >&2
        finish
    }
    sandbox=$(printf '%s\n' "$succeeds_output" | sed -n 1p)
    container=$(printf '%s\n' "$succeeds_output" | sed -n 2p)
}

exited() {
    [ "$(container_field state)" = CONTAINER_EXITED ]
}

listens() { # NAME
    until_true 600 grep -q 'listening on' "$work/$1/log" || true
    holds "$1: listens" "listening on 127.0.0.1:$port" "$(cat "$work/$1/log")"
}

# stop_pod NAME SECONDS CODE: the app ends by itself within the grace, with that code.
stop_pod() {
    stop_began=$(date +%s)
    succeeds "$1: stop" pod stop "$work/$1.json" "$container"
    stop_took=$(($(date +%s) - stop_began))
    equal "$1: stopped after $2 s at least, $2 + 5 at most" yes \
        "$([ "$stop_took" -ge "$2" ] && [ "$stop_took" -le "$(($2 + 5))" ] && echo yes || echo "$stop_took")"
    equal "$1: state" CONTAINER_EXITED "$(container_field state)"
    equal "$1: exit code" "$3" "$(container_field exit_code)"
    equal "$1: nothing in the termination log" '' "$(cat "$work/$1/termination-log")"
    succeeds "$1: remove" pod remove "$sandbox"
}

# The usual pod: the kubelet waits in preStop.
manifest usual --pre-stop 2s
start_pod usual
listens usual
first=$(container_field pid)
app=$(cut -d ' ' -f 1 "/proc/$first/task/$first/children")
equal 'PID 1 is process 1 of its namespace' 1 "$(status_field "$first" NSpid | sed 's/.* //')"
for field in 'Uid 65534 65534 65534 65534' 'Gid 65534 65534 65534 65534' 'CapBnd 0000000000000000' \
    'CapEff 0000000000000000' 'NoNewPrivs 1' 'Seccomp 2' 'Seccomp_filters 2'; do
    equal "app: ${field%% *}" "${field#* }" "$(status_field "$app" "${field%% *}")"
done
matches 'the root is read-only' '^[^ ]+ / [^ ]+ ro,' "$(cat "/proc/$first/mounts")"
matches '/tmp is writable' '^[^ ]+ /tmp [^ ]+ rw,' "$(cat "/proc/$first/mounts")"
for probe in readinessProbe livenessProbe; do
    succeeds "$probe of the manifest, as the kubelet asks it" pod probe "$work/usual.json" \
        "$container" "$probe"
done
succeeds 'ExecSync: a probe by PID 1' pod exec "$container" /outis-init --probe \
    "http://127.0.0.1:$port/healthz"
probe_code=0
pod exec "$container" /outis-init --probe tcp://127.0.0.1:9 > "$work/probe.log" 2>&1 ||
    probe_code=$?
equal 'ExecSync: a probe that fails' 1 "$probe_code"
probe_code=0
pod exec "$container" /outis-init --probe nonsense > "$work/probe.log" 2>&1 || probe_code=$?
equal 'ExecSync: a probe that makes no sense' 125 "$probe_code"
pause=$(containerd_ctr tasks list | awk -v sandbox="$sandbox" '$1 == sandbox { print $2 }')
equal 'the sandbox runs our pause' '/outis-init --pause' \
    "$(tr '\0' ' ' < "/proc/$pause/cmdline" | sed 's/ $//')"
equal 'the pause has the user of the pod' '65534 65534 65534 65534' \
    "$(status_field "$pause" Uid)"
stop_pod usual 2 7

# PID 1 waits instead, and the probe is one that only it can ask.
manifest draining --drain 3s --grace 10s --health "http://127.0.0.1:$port/healthz"
start_pod draining
listens draining
holds 'exec probe' '"exec"' "$(cat "$work/draining.json")"
succeeds 'exec probe of the manifest' pod probe "$work/draining.json" "$container" livenessProbe
stop_pod draining 3 7

# One PID namespace for the pod: the pause is its process 1 and reaps.
manifest shared --pre-stop 0
/usr/bin/python3 - "$work/shared.json" <<'TEXT'
import json, sys
with open(sys.argv[1]) as file:
    pod = json.load(file)
pod['spec']['shareProcessNamespace'] = True
with open(sys.argv[1], 'w') as file:
    json.dump(pod, file)
TEXT
start_pod shared
listens shared
first=$(container_field pid)
differs=$(status_field "$first" NSpid | sed 's/.* //')
equal 'shared: outis-init is not process 1' yes "$([ "$differs" -gt 1 ] && echo yes || echo "$differs")"
app=$(cut -d ' ' -f 1 "/proc/$first/task/$first/children")
equal 'shared: the app is under the policy' '2' "$(status_field "$app" Seccomp_filters)"
stop_pod shared 0 7

# What cannot be kept is said where Kubernetes shows it. The note of `outis k8s` foretells it.
manifest wrong --pre-stop 0 --writable /etc
holds 'a volume over the policy is noted' "the empty volume at '/etc' hides" \
    "$("$outis" k8s pod "$work/hello.tar" --writable /etc 2>&1 > "$work/out")"
start_pod wrong
until_true 600 exited || true
equal 'wrong: exit code' 125 "$(container_field exit_code)"
holds 'wrong: termination log' "the policy's folder '/etc/' can be changed by others" \
    "$(cat "$work/wrong/termination-log")"
succeeds 'wrong: remove' pod remove "$sandbox"

umoci init --layout "$work/empty"
umoci new --image "$work/empty:1"
for bad in 'none.tar:none.tar' 'empty:instead of outis-init' 'usual:no image'; do
    bad_code=0
    "$outis" k8s pod "$work/${bad%%:*}" > "$work/out" 2> "$work/bad" || bad_code=$?
    equal "${bad%%:*}: exit code" 2 "$bad_code"
    holds "${bad%%:*}: the line" "${bad#*:}" "$(cat "$work/bad")"
    equal "${bad%%:*}: nothing else" '1 0' "$(wc -l < "$work/bad") $(wc -c < "$work/out")"
done
finish
