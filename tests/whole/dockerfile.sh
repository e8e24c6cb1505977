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

# Go without cgo knows its user in an image without /etc/passwd, whoever made it nobody: PID 1, the
# image, or who starts it.
mkdir "$work/who"
cat > "$work/who/main.go" <<'TEXT'
package main

import (
	"fmt"
	"os"
	"os/user"
)

func main() {
	if me, err := user.Current(); err != nil {
		fmt.Println(err)
	} else {
		fmt.Printf("%s %s %s\n", me.Uid, me.Username, me.HomeDir)
	}
	_, logname := os.LookupEnv("LOGNAME")
	fmt.Println(os.Getenv("USER"), logname)
}
TEXT
printf 'module example.com/who\n\ngo 1.19\n' > "$work/who/go.mod"
succeeds 'go build of the user' env -C "$work/who" CGO_ENABLED=0 go build -o "$work/context/app" . ||
    finish
echo 'USER 65534' >> "$work/context/Dockerfile"
succeeds 'docker build as nobody' docker build --quiet --tag outis-test/who:1 "$work/context" ||
    finish
who() { # NAME LINES RUN-WORD...
    title=$1
    want=$2
    shift 2
    equal "$title: who it is" "$want" \
        "$("$engine" run --rm --network none "$@" outis-test/who:1 2>&1)"
}
both() { # ENGINE
    engine=$1
    as_nobody='65534 nobody /
nobody true'
    # shellcheck disable=SC2086
    {
        who "$1: root" "$as_nobody" --user 0 $limits
        who "$1: USER 65534" "$as_nobody" $limits
        who "$1: --user 65534:65534" "$as_nobody" --user 65534:65534 $limits
        who "$1: USER is set" '65534 app /
app true' --env USER=app $limits
        who "$1: a user that no file has" 'user: Current requires cgo or $USER set in environment
 false' --user 1000 $limits
    }
}
limits=
both docker
podman_start
docker save --output "$work/who.tar" outis-test/who:1
succeeds 'podman load' podman_private load --quiet --input "$work/who.tar" || finish
limits=$podman_limits
both podman_private
engine=docker

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
