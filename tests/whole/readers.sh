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

# Every image that others can write has a name here: a layout's ref.name may be a whole name, or
# missing, or there several times; an archive may hold several images.
bake other "$hello" -l other=1
many=$work/many
for name in reg.example/team/x:1.0 plain; do
    succeeds "skopeo writes oci:DIR:$name" skopeo copy --quiet "docker-archive:$tar" \
        "oci:$many:$name" || true
done
succeeds 'skopeo writes an image without a name' skopeo copy --quiet \
    "docker-archive:$work/other.tar" "oci:$many" || true
digest=$(tr '{' '\n' < "$many/index.json" | grep -o 'sha256:[0-9a-f]*' | sort | uniq -u)
named() { # IMAGE: what 'image show' and a copy say of its digest
    got=0
    "$outis" verify -q "$1" 2> "$work/err" || got=$?
    equal "verify $1" 0 "$got"
    "$outis" copy -q "$1" "oci:$work/named:1" 2>> "$work/err" || cat "$work/err"
    skopeo inspect --raw "oci:$work/named:1" | sha256sum | cut -d ' ' -f 1
}
first=$(named "oci:$many:plain" | tail -n 1)
equal 'a whole name in a layout' "$first" "$(named "oci:$many:reg.example/team/x:1.0" | tail -n 1)"
equal 'an image by its digest' "${digest#sha256:}" "$(named "oci:$many@$digest" | tail -n 1)"
"$outis" verify "oci:$many:nothing" > "$work/out" 2>&1 || true
holds 'no such name: what lists them' "outis image show oci:$many'" "$(cat "$work/out")"
"$outis" copy "oci:$many" "oci:$work/named:1" > "$work/out" 2>&1 || true
holds 'several images: what there is' "@$digest" "$(cat "$work/out")"
for word in - docker-archive:- oci-archive:- /dev/stdin; do
    succeeds "an archive on standard input as $word" \
        sh -c "gzip -c '$tar' | '$outis' copy -q '$word' 'oci:$work/named:1'" || true
    equal "an archive on standard input as $word: copied" "$(named "oci-archive:$tar" | tail -n 1)" \
        "$(skopeo inspect --raw "oci:$work/named:1" | sha256sum | cut -d ' ' -f 1)"
done
got=0
"$outis" verify - < /dev/null > "$work/out" 2>&1 || got=$?
equal 'nothing on standard input' 2 "$got"
mkdir "$work/twice"
tar -xf "$tar" -C "$work/twice"
row=$(sed 's/^{"manifests":\[//; s/\],"mediaType".*//; s/,"annotations":{[^}]*}//; s/"annotations":{[^}]*},//' \
    "$work/twice/index.json")
printf '{"manifests":[%s,%s],"schemaVersion":2}' "$row" "$row" > "$work/twice/index.json"
succeeds 'one image listed twice' "$outis" copy -q "oci:$work/twice" "oci:$work/named:1" || true
engine=podman_private
podman_start
succeeds 'podman load' podman_private load --quiet --input "$tar" || finish
holds 'podman knows the name' 'outis-test/hello:1' \
    "$(podman_private images --format '{{.Repository}}:{{.Tag}}')"
podman_private load --quiet --input "$work/other.tar" > /dev/null
succeeds 'podman saves two' podman_private save --quiet -m -o "$work/two.tar" \
    outis-test/hello:1 outis-test/other:1 || true
for name in hello other; do
    succeeds "docker-archive:FILE:$name" "$outis" copy -q \
        "docker-archive:$work/two.tar:outis-test/$name:1" "oci:$work/two-$name:1" || true
    succeeds "verify docker-archive:FILE:$name" "$outis" verify -q \
        "docker-archive:$work/two.tar:outis-test/$name:1" || true
done
equal 'the one that was named' '"other": "1"' "$(skopeo inspect --config "oci:$work/two-other:1" |
    grep -o '"other": "1"')"
"$outis" copy "docker-archive:$work/two.tar" "oci:$work/named:1" > "$work/out" 2>&1 || true
holds 'several images in an archive: what there is' outis-test/other:1 "$(cat "$work/out")"

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

# shellcheck disable=SC2086
if run_service in-podman outis-test/hello:1 $podman_limits; then
    app=$(app_pid in-podman)
    equal 'podman: uid' '65534 65534 65534 65534' "$(status_field "$app" Uid)"
    equal 'podman: filter' 2 "$(status_field "$app" Seccomp)"
    holds 'podman: /' 'hello from uid 65534' "$(get "$port" /)"
fi
finish
