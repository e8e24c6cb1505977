#!/bin/sh
# File capabilities in real engines: a program that binds port 80 as nobody because of them, where
# nothing else would let it; and what no_new_privs, which profiles set, makes of them.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

docker_start
podman_start
mkdir "$work/bind"
printf 'module example.com/bind\n\ngo 1.19\n' > "$work/bind/go.mod"
cat > "$work/bind/main.go" <<'TEXT'
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:80")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("bound", listener.Addr(), "by uid", os.Getuid())
}
TEXT
printf 'description = "x"\nextends = ["baseline"]\nhidden = true\n' > "$work/hidden.toml"

load() { # NAME BAKE OPTION...
    loaded=$1
    shift
    bake "$loaded" "$work/bind" --user 65534 "$@"
    succeeds "docker load $loaded" docker load --quiet --input "$work/$loaded.tar" || finish
    succeeds "podman load $loaded" podman_private load --quiet --input "$work/$loaded.tar" || finish
}

# run NAME CODE TEXT IMAGE [OPTION...]: in both engines, where low ports are protected.
run() {
    title=$1
    want=$2
    text=$3
    image=outis-test/$4:1
    shift 4
    for engine in docker podman_private; do
        limits=
        [ "$engine" = docker ] || limits=$podman_limits
        code=0
        # shellcheck disable=SC2086
        got=$("$engine" run --rm --network none $limits "$@" \
            --sysctl net.ipv4.ip_unprivileged_port_start=1024 "$image" 2>&1) || code=$?
        holds "$engine: $title" "$text" "$got"
        equal "$engine: $title: code" "$want" "$code"
    done
}

load plain --profile none
run 'no capability, no port' 1 'permission denied' plain
load given --profile none --cap app=cap_net_bind_service+ep
run 'the capability gives the port' 0 'bound 127.0.0.1:80 by uid 65534' given
run 'no-new-privileges of the engine takes it' 1 'permission denied' given \
    --security-opt no-new-privileges

noted=$("$outis" bake "$work/bind" -t outis-test/confined:1 -o "$work/confined.tar" --user 65534 \
    --cap app=cap_net_bind_service+ep 2>&1) || true
holds 'a bake says that a profile makes it useless' 'sets no_new_privs' "$noted"
load confined --cap app=cap_net_bind_service+ep
run 'under a profile it gives nothing' 1 'permission denied' confined
run 'under a profile, from root, it does not start' 126 'Operation not permitted' confined --user 0:0

load hidden --profile "$work/hidden.toml"
equal 'hidden: the app cannot be read' '---x--x--x' "$(
    skopeo copy --quiet "oci-archive:$work/hidden.tar" "oci:$work/layout:1" &&
        umoci unpack --image "$work/layout:1" "$work/bundle" > /dev/null &&
        stat -c %A "$work/bundle/rootfs/app"
)"
run 'a hidden program runs' 1 'permission denied' hidden
run 'a hidden program runs, from root' 1 'permission denied' hidden --user 0:0
finish
