#!/bin/sh
# Images by other builders, verified, shown, listed and compared: docker build and save, podman,
# buildah, skopeo and umoci, from a base that debootstrap made if there is one. Then images that are
# damaged, or made to exhaust whoever reads them.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/tree.sh"

# asks NAME CODE PART COMMAND...: the exit code, and what the output holds.
asks() {
    title=$1
    want=$2
    part=$3
    shift 3
    code=0
    "$@" > "$work/said" 2>&1 || code=$?
    equal "$title: exit code" "$want" "$code"
    holds "$title" "$part" "$(cat "$work/said")"
}

sound() { # NAME IMAGE: no error; what is foreign may have warnings
    asks "$1: verify" 0 ': 0 errors' "$outis" verify "$2"
    asks "$1: show" 0 'linux/amd64' "$outis" image show "$2"
    asks "$1: ls" 0 'app' "$outis" image ls -l "$2"
    asks "$1: the same" 0 '' "$outis" image diff "$2" "$2"
}

if [ "$(uname -m)" != x86_64 ]; then
    skip 'images by others' 'the expected platform is linux/amd64'
    finish
fi
cat > "$work/app.c" <<'TEXT'
int main(void)
{
    return 0;
}
TEXT
succeeds 'a static program' cc -static -o "$work/app" "$work/app.c" || finish

# Ours: not a word to say, in every form.
"$outis" bake "$work/app" -t outis-test/ours:1 -q -o "$work/ours.tar" -o "oci:$work/ours" \
    -o "oci-archive:$work/ours.oci" -o "docker-archive:$work/ours.docker"
gzip -k "$work/ours.tar"
"$outis" bake "$work/app" -t outis-test/ours:1 -q --compress zstd -o "$work/zstd.tar"
for image in "$work/ours.tar" "$work/ours.tar.gz" "$work/zstd.tar" "$work/ours" "oci:$work/ours:1" \
    "oci-archive:$work/ours.oci" "docker-archive:$work/ours.docker" \
    "docker-archive:$work/ours.tar" "oci-archive:$work/ours.tar"; do
    name="ours, $(basename "$image")"
    asks "$name" 0 ': 0 errors, 0 warnings' "$outis" verify --strict "$image"
    asks "$name: same files" 0 '' "$outis" image diff "$work/ours.tar" "$image"
done
asks 'no such tag' 2 'holds no image' "$outis" verify "oci:$work/ours:2"
asks 'no such platform' 2 "no image for 'linux/s390x'" "$outis" verify --platform linux/s390x "$work/ours.tar"
asks 'no such file' 2 'cannot read' "$outis" verify "$work/none.tar"
asks 'no image' 2 'ELF program' "$outis" verify "$work/app"

mkdir -p "$work/context/etc"
cp "$work/app" "$work/context/app"
printf 'root:x:0:0:root:/:/\n' > "$work/context/etc/passwd"
chmod 4755 "$work/context/app"
cat > "$work/context/Dockerfile" <<'TEXT'
FROM scratch
COPY etc /etc
COPY app /app
ENTRYPOINT ["/app"]
TEXT

docker_up=no
if docker_start; then
    docker_up=yes
    succeeds 'docker build' docker build --quiet -t outis-test/d:1 "$work/context" || true
    docker save outis-test/d:1 -o "$work/docker.tar"
    sound 'docker save' "$work/docker.tar"
    asks 'docker save: root' 0 'warning user-root' "$outis" verify "$work/docker.tar"
    asks 'docker save: strictly' 1 'warning user-root' "$outis" verify --strict "$work/docker.tar"
else
    skip 'docker save' 'no daemon starts here'
fi

podman_start
succeeds 'podman load' podman_private load --quiet --input "$work/ours.docker" || true
for format in docker-archive oci-archive; do
    podman_private save --quiet --format "$format" -o "$work/podman-$format.tar" outis-test/ours:1
    sound "podman save, $format" "$work/podman-$format.tar"
    asks "podman save, $format: same files" 0 '' \
        "$outis" image ls "$work/podman-$format.tar" etc/outis/policy
done

skopeo copy --quiet --dest-compress-format zstd "oci:$work/ours:1" "oci:$work/skopeo:1"
sound 'skopeo copy, zstd' "oci:$work/skopeo"
skopeo copy --quiet --format v2s2 "oci:$work/ours:1" "docker-archive:$work/skopeo.tar:x/y:1"
sound 'skopeo copy to a docker archive' "$work/skopeo.tar"

umoci init --layout "$work/umoci"
umoci new --image "$work/umoci:1"
# `umoci insert` of 0.4 leaves out what follows the bytes of the last file.
umoci insert --image "$work/umoci:1" "$work/context/app" /app 2> "$work/umoci.log"
umoci config --image "$work/umoci:1" --config.entrypoint /app --config.user 1:1
sound 'umoci' "$work/umoci"
asks 'umoci: set-user-ID' 1 'warning set-id' "$outis" verify --strict "$work/umoci"
asks 'umoci: no end mark' 0 'warning layer-end' "$outis" verify "$work/umoci"
umoci insert --image "$work/umoci:1" "$work/context" / 2> "$work/umoci.log"
sound "umoci with the root's own entry '/'" "$work/umoci"

if command -v buildah > /dev/null; then
    built=$(buildah --root "$work/buildah" --runroot "$work/buildah-run" --storage-driver vfs \
        from scratch)
    for step in "copy $built $work/context/app /app" "config --user 1 --cmd /app $built" \
        "commit $built oci:$work/by-buildah:1"; do
        # shellcheck disable=SC2086
        succeeds "buildah ${step%% *}" buildah --root "$work/buildah" \
            --runroot "$work/buildah-run" --storage-driver vfs $step || true
    done
    sound 'buildah' "$work/by-buildah"
else
    skip 'buildah' 'it is not installed'
fi

# Cut off anywhere: refused, or found to be unsound; never sound, never a crash.
size=$(stat -c %s "$work/ours.tar")
for image in ours.tar zstd.tar ours.docker ours.tar.gz; do
    size=$(stat -c %s "$work/$image")
    codes=
    for part in 0 1 100 511 512 1000 5000 "$((size / 3))" "$((size / 2))" "$((size - 1))" \
        "$(od -An -N4 -tu4 /dev/urandom | awk -v size="$size" '{ print $1 % size }')"; do
        head -c "$part" "$work/$image" > "$work/cut.tar"
        code=0
        timeout 300 "$outis" verify -q "$work/cut.tar" 2> "$work/said" || code=$?
        case $code in
        1 | 2) ;;
        *) codes="$codes $part:$code" ;;
        esac
    done
    equal "$image, cut off" '' "$codes"
done

# A layer of zeros, a thousand times its size: read up to the limit, in little memory.
mkdir -p "$work/bomb/blobs/sha256"
printf '{"imageLayoutVersion":"1.0.0"}' > "$work/bomb/oci-layout"
blob() { # FILE: moves it among the blobs; prints its descriptor's digest and size
    blob_digest=$(sha256sum < "$1" | cut -d ' ' -f 1)
    printf '"digest":"sha256:%s","size":%s' "$blob_digest" "$(stat -c %s "$1")"
    mv "$1" "$work/bomb/blobs/sha256/$blob_digest"
}
truncate -s 2G "$work/zeros"
tar -C "$work" -cf - zeros | gzip -1 > "$work/layer"
rm "$work/zeros"
layer=$(blob "$work/layer")
printf '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:%064d"]}}' \
    0 > "$work/config"
config=$(blob "$work/config")
printf '{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json",%s},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip",%s}]}' \
    "$config" "$layer" > "$work/manifest"
manifest=$(blob "$work/manifest")
printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",%s}]}' \
    "$manifest" > "$work/bomb/index.json"
# The blob, 9 MB, is mapped; all else must fit into what is left.
# shellcheck disable=SC2016
asks 'a layer of 2 GiB of zeros' 1 'error diff-id' \
    sh -c 'ulimit -v 65536 && exec "$0" verify "$1"' "$outis" "$work/bomb"

# A base with everything: set-user-ID programs, links of all kinds, thousands of files.
[ "$docker_up" = yes ] || finish
tree_ready
as_root tar -C "$tree" --one-file-system -cf "$work/base.tar" .
docker import "$work/base.tar" outis-test/base:1 > "$work/import.log" 2>&1 || {
    not_ok 'docker import' "$(tail -n 3 "$work/import.log")"
    finish
}
rm "$work/base.tar"
cat > "$work/context/Dockerfile" <<'TEXT'
FROM outis-test/base:1
RUN ["/bin/rm", "-r", "/etc/profile.d", "/usr/bin/yes"]
COPY app /app
CMD ["/bin/sh"]
TEXT
succeeds 'docker build from a base' docker build --quiet --network none -t outis-test/based:1 \
    "$work/context" || finish
docker save outis-test/based:1 -o "$work/based.tar"
sound 'a Debian base' "$work/based.tar"
asks 'a Debian base: set-user-ID' 0 'warning set-id' "$outis" verify "$work/based.tar"
# shellcheck disable=SC2016
docker run --rm --network none outis-test/based:1 /bin/sh -c \
    'cd / && find app bin/ etc lib/ sbin/ usr var -xdev' | sed 's|/$||' |
    grep -vE '^etc/(hosts|hostname|resolv.conf|mtab)$' > "$work/seen"
for path in app bin etc lib sbin usr var; do
    "$outis" image ls "$work/based.tar" "$path"
done | grep -vE '^etc/(hosts|hostname|resolv.conf|mtab)$' | LC_ALL=C sort -u > "$work/listed"
sed -E 's,^(bin|lib|sbin)(/|$),usr/\1\2,' "$work/seen" | LC_ALL=C sort -u > "$work/expected"
equal 'a Debian base: what a container sees is what is listed' '' \
    "$(diff "$work/expected" "$work/listed" | head)"
finish
