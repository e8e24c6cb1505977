#!/bin/sh
# The arm64 half of an image for two platforms, booted: its layers are the root of a real arm64
# kernel (Debian's 6.1, in QEMU), its entrypoint is that machine's init, its app the only program.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/kernel.sh"

[ -e "$build/share/outis/init/linux-arm64/outis-init" ] || {
    skip 'arm64 image' 'there is no PID 1 for arm64 in this build'
    finish
}
if ! ready=$(kernel_ready arm64 2>&1); then
    skip 'arm64 image' "$(echo "$ready" | tail -n 1)"
    finish
fi

mkdir "$work/app"
printf 'module example.com/boot\n\ngo 1.19\n' > "$work/app/go.mod"
cat > "$work/app/main.go" <<'TEXT'
package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

func main() {
	zone, err := time.LoadLocation("US/Pacific")
	host, _ := os.ReadFile("/etc/hosts")
	fmt.Println("app:", runtime.GOARCH, "uid", os.Getuid(), zone, err, len(host) > 0, os.Args[1:])
	file, err := os.Create("/forbidden")
	fmt.Println("app: root:", file == nil, err)
	file, err = os.CreateTemp("", "x")
	fmt.Println("app: /tmp:", file != nil, err)
}
TEXT
succeeds 'bake for two platforms' "$outis" bake "$work/app" -t outis-test/boot:1 \
    --platform linux/amd64,linux/arm64 -o "oci:$work/both" -- one two || finish
succeeds 'take the arm64 half' skopeo --override-arch arm64 copy --quiet "oci:$work/both:1" \
    "oci:$work/layout:1" || finish
succeeds 'umoci unpack' umoci unpack --image "$work/layout:1" "$work/bundle" || finish
rootfs=$work/bundle/rootfs
as_root mknod "$rootfs/dev/console" c 5 1

# The entrypoint as the image has it, with --halt; a kernel takes a second '--' for the end.
boot_append='rdinit=/outis-init -- --halt -p /etc/outis/policy /app one two'
console=$(boot arm64 "$rootfs" : 500) || not_ok 'the machine halts' "$(tail -n 20 "$work/console")"
holds 'the app runs on arm64 as nobody' \
    'app: arm64 uid 65534 US/Pacific <nil> true [one two]' "$console"
holds 'the root is closed to it' 'app: root: true open /forbidden:' "$console"
holds '/tmp is open to it' 'app: /tmp: true <nil>' "$console"
holds 'the machine powers off' 'Power down' "$console"
finish
