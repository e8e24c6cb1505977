#!/bin/sh
# The Dockerfiles of images/recipes, built by `docker build` as people build them, and run; and
# those that `outis dockerfile` prints, whose images hold what a bake of the same words holds.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/tree.sh"
. "$root/tests/support/recipes.sh"

tree_ready
programs=$tree
golang_tree
engine=docker
docker_start
succeeds 'the image of Go' import_tree "$tree" golang:1 || finish
succeeds 'the image of the tool' tool_image || finish
for profile in service go offline; do
    "$outis" base --profile "$profile" -q -t "base-$profile:1" -o - | docker load --quiet \
        > "$work/load.log"
done

# build NAME [OPTION...]: images/recipes/NAME, without a network.
build() {
    name=$1
    shift
    succeeds "$name: docker build" docker build --quiet --network none \
        --tag "outis-test/$name:1" "$@" "$root/images/recipes/$name" || return 1
    docker save --output "$work/$name.tar" "outis-test/$name:1"
    succeeds "$name: verify" "$outis" verify "docker-archive:$work/$name.tar" || true
}
said() { # NAME [ARGUMENT...]: how its container ends, and what it prints
    said_name=$1
    shift
    said_code=0
    timeout -s KILL 300 docker run --rm --interactive --network none "outis-test/$said_name:1" "$@" \
        > "$work/said" 2>&1 || said_code=$?
    echo "$said_code: $(cat "$work/said")"
}
confined() { # CONTAINER: Docker's own filter is off, so the one that is seen is ours
    app=$(app_pid "$1")
    equal "$1: is filtered, as nobody" '2 65534' \
        "$(status_field "$app" Seccomp) $(status_field "$app" Uid | cut -d ' ' -f 1)"
}
# serve NAME CHECK RUN-WORD...: until CHECK, a function that asks $port, is true.
serve() {
    name=$1
    check=$2
    shift 2
    at_exit "docker rm --force $name > /dev/null 2>&1"
    docker run --detach --name "$name" --network host --security-opt seccomp=unconfined "$@" \
        > "$work/run.log" 2>&1 || true
    if until_true 600 "$check"; then
        ok "$name: answers"
        confined "$name"
    else
        not_ok "$name: answers" "$(cat "$work/run.log") $(container_log "$name")"
    fi
}

if build hello --build-arg BASE=base-service:1 &&
    run_service hello outis-test/hello:1 --security-opt seccomp=unconfined; then
    confined hello
    holds 'hello: /' 'hello from uid 65534' "$(get "$port" /)"
    matches 'hello: /time' 'Europe/Berlin$' "$(get "$port" '/time?zone=Europe/Berlin')"
fi
if build vendored --build-arg BASE=base-go:1; then
    equal 'vendored: its words' '0: hello, world' "$(said vendored)"
    equal 'vendored: others' '0: hello, Odysseus' "$(said vendored /app Odysseus)"
fi
if build cpp --build-arg BASE=base-offline:1 --build-arg CXX=golang:1; then
    equal 'cpp: counts' '0: 2 lines, 3 words' "$(printf 'a b\nc\n' | said cpp)"
fi

tls_start
"$outis" base --ca-only --ca-add "$work/tls/ca.pem" -q -t base-certificates:1 -o - |
    docker load --quiet > "$work/load.log"
if build ca-certs --build-arg BASE=base-certificates:1; then
    equal 'ca-certs: a page over TLS' '200 ok' "$(timeout -s KILL 300 docker run --rm \
        --network host outis-test/ca-certs:1 "https://127.0.0.1:$tls_port/" 2>&1)"
fi

lua_answers() {
    [ "$(get "$port" /lua --data-binary 'return 6 * 7')" = 42 ]
}
if build lua; then
    port=$(free_port "$programs")
    serve lua lua_answers --env ADDRESS=127.0.0.1 --env PORT="$port" outis-test/lua:1
fi

redis_answers() {
    chroot "$programs" redis-cli -p "$port" PING | grep -q PONG
}
succeeds 'an image that exists' import_tree "$programs" redis:7 './usr/bin/caddy' \
    './usr/bin/etcd*' || finish
if build existing --build-arg BASE=base-service:1; then
    port=$(free_port "$programs")
    serve existing redis_answers outis-test/existing:1 redis-server --save '' --bind 127.0.0.1 \
        --port "$port"
fi

# What `outis dockerfile` prints makes the files and the configuration that a bake makes: the two
# commands in its head, as they stand there. Docker adds fields of its own and a PATH; labels that
# tell of the program's origin are a bake's alone, and so is the sum of the program in its package's
# list: the base of such a Dockerfile has not got it.
different='^~ config (created|layers|container|container_config|docker_version|Attach[A-Za-z]*):
^~ config (Domainname|Env|Hostname|Image|Labels|OpenStdin|StdinOnce|Tty|WorkingDir: none -> ""$)
^- /var/lib/dpkg/status[.]d/openssl[.]md5sums$'
same() { # NAME APP BAKE_OPTION...
    name=$1
    app=$2
    shift 2
    succeeds "$name: bake" "$outis" bake "$app" -t "outis-test/$name:1" -o "$work/$name.tar" "$@" ||
        return 0
    if ! "$outis" dockerfile "$app" -t "outis-test/$name:1" "$@" > "$work/Dockerfile"; then
        not_ok "$name: outis dockerfile" 'see above'
        return 0
    fi
    sed -n 's/^#     //p' "$work/Dockerfile" | sed 's/docker build/docker build --network none/' \
        > "$work/commands"
    succeeds "$name: its two commands" env -C "$work" PATH="$build/bin:$PATH" sh -e commands ||
        return 0
    docker save --output "$work/$name-built.tar" "outis-test/$name:1"
    "$outis" image diff "$work/$name.tar" "docker-archive:$work/$name-built.tar" \
        > "$work/diff" 2>&1 || true
    equal "$name: the same" '' "$(grep -vE "$different" "$work/diff")"
}
docker tag golang:1 golang:1.19 # which the sample's go.mod asks for
mkdir "$work/programs"
printf 'int main(void) { return 0; }\n' > "$work/nothing.c"
succeeds 'cc' cc -static -o "$work/programs/nothing" "$work/nothing.c" || finish
# shellcheck disable=SC2016
same go-source "$hello" --profile go --port 8080 --env 'A=$b "c"' --label 'k=v w' \
    --health http://:8080/healthz --health-interval 5s -- --flag 'two words'
holds 'go-source: its variable' '"A=$b \"c\""' \
    "$(docker inspect --format '{{json .Config.Env}}' outis-test/go-source:1 2>&1)"
holds 'go-source: its label' '"k":"v w"' \
    "$(docker inspect --format '{{json .Config.Labels}}' outis-test/go-source:1 2>&1)"
same static "$work/programs/nothing" --entrypoint '["/app", "first"]' --volume /data --dir /srv:0700:65534:65534 --tz none \
    --workdir /srv --account web:33 --stop-signal INT
same dynamic /usr/bin/openssl --root "$tree"
finish
