#!/bin/sh
# The one tar as others read it: skopeo, umoci and Podman; Podman also runs it.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

bake hello "$hello"
tar=$work/hello.tar

for transport in oci-archive docker-archive; do
    got=$(skopeo inspect "$transport:$tar" 2>&1) || true
    holds "skopeo inspect $transport" '"Architecture": "' "$got"
    holds "skopeo inspect $transport: layers" '"sha256:' "$got"
done
config=$(skopeo inspect --config "oci-archive:$tar" 2>&1) || true
holds 'config: user' '"User": "65534:65534"' "$config"
equal 'config: entrypoint' '"Entrypoint":["/outis-init","-p","/etc/outis/policy","--","/app"]' \
    "$(printf '%s' "$config" | tr -d ' \n\t' | grep -o '"Entrypoint":\[[^]]*\]')"

mkdir "$work/layout"
tar -xf "$tar" -C "$work/layout"
reference=$(grep -o '"org.opencontainers.image.ref.name":"[^"]*"' "$work/layout/index.json" |
    cut -d '"' -f 4)
succeeds 'umoci unpack' umoci unpack --image "$work/layout:$reference" "$work/bundle" || finish
rootfs=$work/bundle/rootfs
succeeds 'unpacked: PID 1' cmp "$build/bin/outis-init" "$rootfs/outis-init" || true
equal 'unpacked: modes' '/outis-init 755 0:0
/app 755 0:0
/etc/outis/policy 644 0:0
/tmp 1777 0:0
/etc/passwd 644 0:0' "$(
    for file in /outis-init /app /etc/outis/policy /tmp /etc/passwd; do
        stat -c "$file %a %u:%g" "$rootfs$file"
    done
)"
holds 'unpacked: accounts' 'nobody:x:65534:65534:' "$(cat "$rootfs/etc/passwd")"
for file in etc/group etc/nsswitch.conf etc/hosts etc/ssl/certs/ca-certificates.crt \
    usr/share/zoneinfo/Europe/Berlin usr/share/zoneinfo/US/Pacific; do
    succeeds "unpacked: /$file" test -s "$rootfs/$file" || true
done
for directory in proc sys dev; do
    equal "unpacked: /$directory is empty" '' "$(ls -A "$rootfs/$directory")"
done

engine=podman_private
podman_start
succeeds 'podman load' podman_private load --quiet --input "$tar" || finish
holds 'podman knows the name' 'outis-test/hello:1' \
    "$(podman_private images --format '{{.Repository}}:{{.Tag}}')"
# shellcheck disable=SC2086
if run_service in-podman outis-test/hello:1 $podman_limits; then
    app=$(app_pid in-podman)
    equal 'podman: uid' '65534 65534 65534 65534' "$(status_field "$app" Uid)"
    equal 'podman: filter' 2 "$(status_field "$app" Seccomp)"
    holds 'podman: /' 'hello from uid 65534' "$(get "$port" /)"
fi
finish
