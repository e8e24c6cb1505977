#!/bin/sh
# Images into daemons and back by their sockets: Docker's and Podman's service; what is there is
# not sent again. A daemon that is absent, closed to us or elsewhere is one line, and nothing is written.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/said.sh"

export XDG_CACHE_HOME="$work/cache"
unset DOCKER_HOST CONTAINER_HOST XDG_RUNTIME_DIR
cd "$work"
chmod 755 .
cp "$build/share/outis/init/linux-amd64/outis-init" app
other=$build/share/outis/init/linux-arm64/outis-init
if [ -e "$other" ]; then
    mkdir arm64
    cp "$other" arm64/app
else
    skip 'two platforms' 'there is no PID 1 for arm64 in this build'
fi

config_of() { # TAR
    skopeo inspect --config --raw "oci-archive:$1" | sha256sum | cut -d ' ' -f 1
}

# both ENGINE COMMAND...: the rows that any engine answers; COMMAND asks it.
both() {
    both_engine=$1
    shift
    ours "$both_engine: a bake" 0 "$outis" bake app -t outis-test/hello:1 -o hello.tar \
        -o docker-daemon:outis-test/hello:1 -- --version
    want=$(config_of hello.tar)
    equal "$both_engine: the image is the tar's" "sha256:$want" \
        "sha256:$("$@" inspect --format '{{.Id}}' docker.io/outis-test/hello:1 | sed s/sha256://)"
    # shellcheck disable=SC2086
    matches "$both_engine: it runs" '^outis-init ' \
        "$("$@" run --rm --network none ${both_limits:-} docker.io/outis-test/hello:1 2>&1)"
    ours "$both_engine: the same again" 0 "$outis" bake app -t outis-test/hello:1 \
        -o docker-daemon:outis-test/hello:1 -- --version
    holds "$both_engine: the same again: not sent" 'already' "$said"
    ours "$both_engine: a copy" 0 "$outis" copy hello.tar docker-daemon:outis-test/copy:2
    holds "$both_engine: a copy: not sent" 'already under another name' "$said"
    equal "$both_engine: a copy: the same image" "sha256:$want" \
        "sha256:$("$@" inspect --format '{{.Id}}' docker.io/outis-test/copy:2 | sed s/sha256://)"
    ours "$both_engine: back again" 0 "$outis" copy docker-daemon:outis-test/copy:2 back.tar
    equal "$both_engine: back again: the same image" "$want" "$(config_of back.tar)"
    ours "$both_engine: verified" 0 "$outis" verify docker-daemon:outis-test/copy:2
    holds "$both_engine: verified: sound" '0 errors' "$said"
    ours "$both_engine: shown" 0 "$outis" image show docker-daemon:outis-test/copy:2
    holds "$both_engine: shown: how it starts" '/outis-init -p /etc/outis/policy -- /app' "$said"
    for id in "$want" "sha256:$want" "$(printf %.12s "$want")"; do
        ours "$both_engine: by the ID $id" 0 "$outis" verify "docker-daemon:$id"
    done
    ours "$both_engine: no such image" 3 "$outis" image ls docker-daemon:outis-test/none:1
    one_line "$both_engine: no such image" "has no image 'docker.io/outis-test/none:1'"
    ours "$both_engine: another under the name" 0 "$outis" bake app -t outis-test/hello:1 \
        -o other.tar -o docker-daemon:outis-test/hello:1 -- --help
    equal "$both_engine: another under the name: it is the new one" "sha256:$(config_of other.tar)" \
        "sha256:$("$@" inspect --format '{{.Id}}' docker.io/outis-test/hello:1 | sed s/sha256://)"
    [ -e arm64/app ] || return 0
    ours "$both_engine: two platforms" 0 "$outis" bake app arm64/app \
        -o docker-daemon:outis-test/two:1
    equal "$both_engine: two platforms: the daemon's" amd64 \
        "$("$@" inspect --format '{{.Architecture}}' docker.io/outis-test/two:1)"
}

docker_start || finish
export DOCKER_HOST
both docker docker
ours 'a debug image too' 0 "$outis" bake app --debug /bin/busybox -o docker-daemon:outis-test/d:1
equal 'a debug image too: it is there' 1 "$(docker images --quiet outis-test/d:1-debug | wc -l)"

# A layer that is not what the configuration says.
"$outis" bake app --quiet --add hello.tar:/more -o wrong.tar
mkdir wrong
tar -xf wrong.tar -C wrong
config=$(config_of wrong.tar)
layers=$(grep -o '"Layers":\[[^]]*\]' wrong/manifest.json)
printf '[{"Config":"blobs/sha256/%s","RepoTags":["x:1"],%s}]' "$config" \
    "$(printf '%s' "$layers" | sed 's/\["\([^"]*\)","\([^"]*\)"/["\2","\1"/')" > manifest.json
mv manifest.json wrong/manifest.json
tar -C wrong -cf wrong-order.tar manifest.json blobs
ours 'layers in wrong order' 2 "$outis" copy docker-archive:wrong-order.tar \
    docker-daemon:outis-test/no:1
holds 'layers in wrong order: why' 'unpacks to' "$said"

# A layer that is no tar: refused under status 200.
mkdir odd
head -c 2000 hello.tar | tr '\000' x > odd/layer.tar
printf '{"architecture":"%s","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
    "$(dpkg --print-architecture)" "$(sha256sum odd/layer.tar | cut -d ' ' -f 1)" > odd/config.json
printf '[{"Config":"config.json","RepoTags":["x:1"],"Layers":["layer.tar"]}]' > odd/manifest.json
tar -C odd -cf odd.tar manifest.json config.json layer.tar
ours 'the daemon refuses' 3 "$outis" copy docker-archive:odd.tar docker-daemon:outis-test/no:1
holds 'the daemon refuses: its words' 'loading the image' "$said"

socket=${DOCKER_HOST#unix://}
ours 'no permission' 3 setpriv --reuid 65534 --regid 65534 --clear-groups \
    env XDG_CACHE_HOME=/nonexistent "$outis" copy "$work/hello.tar" docker-daemon:outis-test/x:1
one_line 'no permission' 'may not be opened by this user'
unset DOCKER_HOST

CONTAINER_HOST=unix://$work/podman.sock
podman_start
podman_private system service --time 0 "$CONTAINER_HOST" > service.log 2>&1 &
service=$!
until_true 600 test -S podman.sock || cat service.log >&2
# The shell that runs podman_private is no more than its parent.
at_exit "end $(cat "/proc/$service/task/$service/children")"
both_limits=$podman_limits
export CONTAINER_HOST
podman_local() { (unset CONTAINER_HOST; podman_private "$@"); }
both podman podman_local
unset CONTAINER_HOST

# Where no daemon is.
: > empty
ours 'no socket' 3 env DOCKER_HOST="unix://$work/nowhere" "$outis" copy hello.tar docker-daemon:x:1
one_line 'no socket' "there is no daemon at '$work/nowhere'"
ours 'no socket but a file' 3 env DOCKER_HOST="unix://$work/empty" "$outis" copy hello.tar \
    docker-daemon:x:1
one_line 'no socket but a file' 'Connection refused'
ours 'nobody listens' 3 env DOCKER_HOST=tcp://127.0.0.1:1 "$outis" copy hello.tar docker-daemon:x:1
one_line 'nobody listens' 'is the daemon running?'
ours 'ssh' 2 env DOCKER_HOST=ssh://me@host "$outis" copy hello.tar docker-daemon:x:1
one_line 'ssh' 'ssh -L'
ours 'another host' 2 env DOCKER_HOST=tcp://10.1.1.1:2375 "$outis" copy hello.tar docker-daemon:x:1
one_line 'another host' 'ssh -L'
ours 'a registry that is not there' 3 "$outis" image show docker://127.0.0.1:1/x
one_line 'a registry that is not there' '127.0.0.1:1'
ours 'a bare name' 2 "$outis" verify outis-test/one:1
one_line 'a bare name' "'docker-daemon:outis-test/one:1'"
ours 'a name' 2 env DOCKER_HOST="unix://$socket" "$outis" copy hello.tar docker-daemon:Hello
one_line 'a name' "'Hello'"
finish
