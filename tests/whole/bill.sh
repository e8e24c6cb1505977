#!/bin/sh
# Bills of materials and provenance of real programs, and layouts with referrers as others read them.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/listed.sh"

# Values of a member of a document, one a line: values MEMBER FILE
values() {
    grep -o "\"$1\":\"[^\"]*\"" "$2" | cut -d '"' -f 4
}
blob() { # DIGEST
    echo "$work/layout/blobs/sha256/${1#sha256:}"
}

bake hello "$hello"
for document in spdx provenance; do
    succeeds "hello.$document.json is JSON" python3 -m json.tool "$work/hello.$document.json" || finish
done
purls=$(values referenceLocator "$work/hello.spdx.json")
holds 'the main module' 'pkg:golang/example.com/hello' "$purls"
holds 'the standard library' "pkg:golang/stdlib@$(go env GOVERSION | sed 's/^go//')" "$purls"
holds 'certificates' 'pkg:deb/debian/ca-certificates@' "$purls"
init=$build/share/outis/init/linux-$(dpkg --print-architecture)/outis-init
sum=$(sha256sum "$init" | cut -d ' ' -f 1)
holds 'PID 1 by its digest' "\"$sum\"" "$(cat "$work/hello.spdx.json")"

# A program of the host, whose package dpkg knows.
program=/bin/busybox
package=$(dpkg-query --show --showformat '${Package} ${Version} ${Architecture}' busybox-static \
    2> /dev/null) || package=
if [ -z "$package" ]; then
    echo "skip bill: packages of the host: busybox-static is not installed"
else
    bake shell "$program" -- sh
    # shellcheck disable=SC2086
    set -- $package
    version=$(printf '%s' "$2" | sed 's/+/%2B/g')
    holds 'the owner of a file of the host' "/$1@$version?arch=$3" \
        "$(values referenceLocator "$work/shell.spdx.json")"
fi

# A dynamic program of the host: the list of packages inside the image, as dpkg itself reads it.
program=$(command -v openssl)
bake listed "$program"
succeeds 'skopeo reads the image' skopeo copy --quiet "oci-archive:$work/listed.tar" \
    "oci:$work/listed:1" || finish
succeeds 'umoci unpacks it' umoci unpack --rootless --image "$work/listed:1" "$work/listed.d" || finish
rootfs=$work/listed.d/rootfs
listed_agrees 'a program of the host' "$rootfs" ''
matches 'the program, the C library and the library of TLS are listed' 'libc6 .*libssl3 .*openssl ' \
    "$listed"
holds 'a library by its place' "$(md5sum < "$(realpath /lib/*/libssl.so.3)" | cut -d ' ' -f 1)  " \
    "$(cat "$work/listed.sums")"
equal 'the distribution is that of this machine' \
    "$(cat /etc/os-release /etc/debian_version)" "$(cat "$rootfs/etc/os-release" "$rootfs/etc/debian_version")"
equal 'every package of the list is in the bill' '' \
    "$(for name in $listed; do
        values referenceLocator "$work/listed.spdx.json" | grep -qF "/$name@" || echo "$name"
    done)"
succeeds 'verify finds nothing' "$outis" verify --strict "$work/listed.tar" || true
XDG_CACHE_HOME=$work/no-cache "$outis" bake "$program" -q -t outis-test/listed:1 -o "$work/again.tar"
succeeds 'the same bytes again' cmp "$work/again.tar" "$work/listed.tar" || true

# The tool itself: what is linked into it is in no package of the image.
bake tool "$outis" --root /
succeeds 'tool.spdx.json is JSON' python3 -m json.tool "$work/tool.spdx.json" || true
linked=$("$outis" version --json | grep -o '"pkg:[^"]*"')
for library in openssl zlib libzstd libdeflate libcap2 libcap-ng boost tomlplusplus cli11 gcc; do
    matches "version --json: $library" "/${library}[0-9.-]*@[0-9]" "$linked"
done
equal 'the bill has every library of the tool' "$(echo "$linked" | sort)" \
    "$(grep -oF "$linked" "$work/tool.spdx.json" | sort)"
equal 'and says that they are linked statically' "$(echo "$linked" | wc -l)" \
    "$(grep -o '"STATIC_LINK"' "$work/tool.spdx.json" | wc -l)"

"$outis" bake "$hello" -q -t outis-test/hello:1 -o "oci:$work/layout"
equal 'the layout lists the image and two referrers' \
    'application/spdx+json application/vnd.in-toto+json ' \
    "$(values artifactType "$work/layout/index.json" | tr '\n' ' ')"
equal 'skopeo finds the image' 1 "$(skopeo inspect "oci:$work/layout:1" | grep -c '"Digest"')"
subject=$(skopeo inspect "oci:$work/layout:1" | grep -m 1 '"Digest"' | cut -d '"' -f 4)
for manifest in $(grep -o '"artifactType":"[^"]*","digest":"[^"]*"' "$work/layout/index.json" |
    cut -d '"' -f 8); do
    holds "$manifest: its subject" "\"subject\":{\"digest\":\"$subject\"" "$(cat "$(blob "$manifest")")"
    content=$(grep -o '"layers":\[{"digest":"[^"]*"' "$(blob "$manifest")" | cut -d '"' -f 6)
    equal "$manifest: its content" "${content#sha256:}" \
        "$(sha256sum "$(blob "$content")" | cut -d ' ' -f 1)"
done
succeeds 'skopeo copies the image' skopeo copy --quiet "oci:$work/layout:1" "oci:$work/copy:1" || true
succeeds 'umoci unpacks the image' umoci unpack --image "$work/layout:1" "$work/bundle" || true
engine=podman_private
podman_start
cd "$work"
succeeds 'podman pulls the image' podman_private pull --quiet oci:layout:1 || true

# Elsewhere, in another folder and without cache: the same documents.
cp -a "$hello" "$work/elsewhere"
mv elsewhere hello
XDG_CACHE_HOME=$work/no-cache "$outis" bake hello -q -t outis-test/hello:1 -o again.tar
succeeds 'the same bill' cmp "$work/hello.spdx.json" "$work/again.spdx.json" || true
succeeds 'the same provenance' cmp "$work/hello.provenance.json" "$work/again.provenance.json" || true
finish
