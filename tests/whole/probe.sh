#!/bin/sh
# Health checks in an image without a shell: as Docker's HEALTHCHECK, and as an exec probe.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

engine=docker
docker_start
mkdir "$work/context"
cp "$build/bin/outis-init" "$work/context"
succeeds 'go build' env -C "$hello" CGO_ENABLED=0 go build -o "$work/context/app" . || finish

# The container has a loopback of its own, so the port is free.
image() { # TAG PATH
    cat > "$work/context/Dockerfile" <<TEXT
FROM scratch
COPY outis-init /
COPY app /app
HEALTHCHECK --interval=1s --timeout=60s --retries=5 \
    CMD ["/outis-init", "--probe", "http://:8080$2"]
ENTRYPOINT ["/outis-init", "--", "/app"]
TEXT
    succeeds "docker build $1" docker build --quiet --tag "outis-test/$1:1" "$work/context"
}

start() { # TAG
    at_exit "docker rm --force $1 > /dev/null 2>&1"
    succeeds "docker run $1" docker run --detach --name "$1" --network none "outis-test/$1:1"
}

health() { # CONTAINER
    docker inspect --format '{{.State.Health.Status}}' "$1"
}

judged() {
    [ "$(health "$1")" != starting ]
}

image healthy /healthz || finish
image sick /no-such-page || finish
start healthy || finish
start sick || finish
for container in healthy sick; do
    until_true 600 judged "$container" || true
done
equal 'a page that answers 200' healthy "$(health healthy)"
equal 'a page that answers 404' unhealthy "$(health sick)"

probe() { # NAME WANT EXEC-OPTIONS -- PROBE-ARGUMENT...
    title=$1
    want=$2
    user=$3
    shift 3
    got=0
    timeout -s KILL 300 docker exec --user "$user" healthy /outis-init "$@" \
        > "$work/probe.log" 2>&1 || got=$?
    equal "$title" "$want" "$got"
}

for user in 0 65534; do
    probe "user $user: http by number" 0 "$user" --probe http://127.0.0.1:8080/healthz
    probe "user $user: http by name" 0 "$user" --probe http://localhost:8080/
    probe "user $user: a wanted 404" 0 "$user" --probe http://:8080/no-such-page --status 404
    probe "user $user: tcp" 0 "$user" --probe tcp://127.0.0.1:8080
    probe "user $user: tcp on a closed port" 1 "$user" --probe tcp://127.0.0.1:9
    probe "user $user: a socket that is not there" 1 "$user" --probe unix:///no/socket
    probe "user $user: a program" 0 "$user" --probe exec:/outis-init --version
    probe "user $user: a program that is not there" 1 "$user" --probe exec:/nonesuch
    probe "user $user: no such kind" 125 "$user" --probe ftp://127.0.0.1/
    probe "user $user: sleep" 0 "$user" --sleep 10ms
done
first=$(container_state healthy Pid)
equal 'no zombie is left' 1 "$(wc -w < "/proc/$first/task/$first/children")"
finish
