#!/bin/sh
# Profiles on the host: programs under `outis run`, and what `outis inspect` says of processes and
# containers. Its capability sets are libcap-ng's word, a second opinion on PID 1.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

run() { # NAME WANT PROGRAM... : under the profile in $profile, as $user; output in $work/out
    title=$1
    want=$2
    shift 2
    got=0
    setpriv --reuid "$user" --regid "$user" --clear-groups timeout -s KILL 300 \
        "$outis" run "$profile" -- "$@" > "$work/out" 2> "$work/err" || got=$?
    equal "$title" "$want" "$got"
}

chmod 755 "$work"
cat > "$work/no-pipes.toml" <<'TEXT'
extends = ["baseline"]
[seccomp]
refuse = ["pipe", "pipe2"]
TEXT
for user in 0 65534 4321; do
    profile=baseline
    run "user $user: status" 7 /bin/sh -c 'exit 7'
    run "user $user: confined" 0 /bin/sh -c 'cat /proc/self/status'
    equal "user $user: uid" "$([ "$user" = 0 ] && echo 65534 || echo "$user")" \
        "$(awk '/^Uid:/ { print $2 }' "$work/out")"
    equal "user $user: filters" '2 1' \
        "$(awk '/^Seccomp:/ { mode = $2 } /^NoNewPrivs:/ { set = $2 }
            END { print mode, set }' "$work/out")"
    profile=$work/no-pipes.toml
    run "user $user: a profile of one's own" 2 /bin/sh -c 'echo piped | cat'
    holds "user $user: no pipes" 'Pipe call failed' "$(cat "$work/err")"
    run "user $user: not there" 127 /no/such
done
equal 'the mask is the one we got' 0000000000000000 \
    "$("$outis" run baseline -- /bin/cat /proc/self/status | awk '/^SigBlk:/ { print $2 }')"
user=0
printf 'extends = ["baseline"]\n[capabilities]\nkeep = ["NET_BIND_SERVICE"]\n' > "$work/keep.toml"
profile=$work/keep.toml
run 'a kept capability' 0 /bin/cat /proc/self/status
equal 'it is in every set' 'CapInh CapPrm CapEff CapBnd CapAmb' \
    "$(awk '$2 == "0000000000000400" { printf "%s%s", sep, substr($1, 1, 6); sep = " " }' "$work/out")"
profile=nonesuch
run 'no such profile' 2 /bin/true
holds 'it is named' "'nonesuch'" "$(cat "$work/err")"

"$outis" run worker -- /bin/sleep 1000 > /dev/null 2>&1 &
at_exit "kill $! 2> /dev/null || true"
first=$!
app() {
    child=$(cat "/proc/$first/task/$first/children") && [ -n "$child" ] &&
        [ "$(cat "/proc/${child% }/comm")" = sleep ]
}
until_true 600 app || not_ok 'the app is off'
"$outis" inspect "${child% }" > "$work/report" 2>&1 || true
said=$(cat "$work/report")
for row in 'uid          65534 65534 65534 65534' 'effective    none' 'bounding     none' \
    'ambient      none' 'no_new_privs yes' 'seccomp      filters: 1'; do
    holds "inspect: $row" "$row" "$said"
done
"$outis" inspect --json "${child% }" > "$work/report.json" || true
equal 'inspect --json' 'True 65534 []' "$(python3 -c '
import json, sys
seen = json.load(open(sys.argv[1]))
print(seen["no_new_privs"], seen["uid"][1], seen["capabilities"]["permitted"])' \
    "$work/report.json")"

engine=docker
docker_start
bake held "$hello"
succeeds 'docker load' docker load --input "$work/held.tar" || finish
at_exit 'docker rm --force held > /dev/null 2>&1'
succeeds 'docker run' docker run --detach --name held --network none outis-test/held:1 || finish
listens() { "$outis" inspect held 2> /dev/null | grep -q '(app)'; }
until_true 600 listens || true
said=$("$outis" inspect held 2>&1) || true
holds 'a container: the app, not PID 1' '(app)' "$said"
holds 'a container: nobody' 'uid          65534 65534 65534 65534' "$said"
holds 'a container: exposure' 'exposure     1.0 of 10' "$said"
inside=$(docker exec held /outis-init --inspect --json 2>&1) || true
equal 'from inside: the same' '1.0 app' "$(printf '%s' "$inside" | python3 -c '
import json, sys
seen = json.load(sys.stdin)
print(seen["exposure"], seen["name"])')"
status=0
"$outis" inspect nonesuch > /dev/null 2> "$work/err" || status=$?
equal 'no such container' '2 outis: there is no running container '"'nonesuch'" \
    "$status $(cat "$work/err")"
finish
