#!/bin/sh
# What a bake costs beside other builders, and how large its images are; README.md has a run.
#
#     sh tests/bench/bench_bake.sh [ROUNDS]      preset dev and benchmarks built; as root
#
# The subject is server/, a web service of 6.5 MB. Every builder puts the same files into the image:
# those that `outis bake` puts there by default.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

rounds=${1:-15}
bench=$build/bin/bench_bake
large=${OUTIS_BENCH_LARGE_MB:-500}
[ -x "$bench" ] || {
    echo "'$bench' is not there; cmake --build --preset release --target benchmarks" >&2
    exit 3
}
cd "$work"
export XDG_CACHE_HOME="$work/cache"
"$outis" bake "$root/tests/bench/server" --binary-only -q -o "$work/server"
echo "server: $(stat -c %s server) bytes, $(nproc) processors, kernel $(uname -r)"
echo

# The same files for everybody.
"$outis" bake server -q -t server:1 -o server.tar
mkdir layout
tar -xf server.tar -C layout
umoci unpack --image layout:1 bundle > /dev/null
mkdir context
mv bundle/rootfs context/rootfs
printf 'FROM scratch\nCOPY rootfs /\nUSER 65534:65534\nENTRYPOINT ["/outis-init","--","/app"]\n' \
    > context/Dockerfile

umoci_command='umoci init --layout u && umoci new --image u:1 &&
    umoci insert --image u:1 context/rootfs / &&
    umoci config --image u:1 --config.user 65534:65534 --config.entrypoint /app'
"$bench" measure "$rounds" \
    umoci 'rm -rf u' "$umoci_command" \
    'outis, nothing cached' 'rm -rf cache' "exec '$outis' bake server -q -o x.tar" \
    'outis, unchanged' ':' "exec '$outis' bake server -q -o x.tar" \
    'outis, no documents' 'rm -rf cache' \
    "exec '$outis' bake server -q --sbom none --provenance none -o x.tar" \
    'outis, nothing cached, oci:' 'rm -rf cache o' "exec '$outis' bake server -q -o oci:o"

docker_start > /dev/null
"$bench" measure 7 \
    'docker build' ':' 'docker build --no-cache --quiet --tag server:1 context > build.log 2>&1' \
    'outis, nothing cached' 'rm -rf cache' "exec '$outis' bake server -q -o x.tar"

# Sizes, of the layers that `skopeo inspect` names.
blob_sizes() { # TAR: of its layers, the app layer last
    skopeo inspect --raw "oci-archive:$1" | grep -o '"size":[0-9]*' | cut -d : -f 2 | tail -n +2
}
app_blob() {
    skopeo inspect --raw "oci-archive:$1" | grep -o '"digest":"sha256:[0-9a-f]*"' | tail -n 1 |
        cut -d '"' -f 4 | cut -d : -f 2
}
pulled() { # TAR: layers, configuration and manifest
    skopeo inspect --raw "oci-archive:$1" > manifest
    { grep -o '"size":[0-9]*' manifest | cut -d : -f 2; wc -c < manifest; } |
        awk '{ sum += $1 } END { print sum }'
}
rm -rf layout
mkdir layout
tar -xf server.tar -C layout
app=$(blob_sizes server.tar | tail -n 1)
fastest=$(gzip -dc "layout/blobs/sha256/$(app_blob server.tar)" |
    go run "$root/tests/bench/fastest_gzip.go")
"$outis" bake server -q -t server:1 --compress gzip:12 -o best.tar
all=$(pulled server.tar)
awk -v app="$app" -v fastest="$fastest" -v all="$all" -v best="$(pulled best.tar)" 'BEGIN {
    print "| pulled | bytes | ratio |\n|---|---|---|"
    printf "| app layer, gzip level 1 by Go | %d | 1.00 |\n", fastest
    printf "| app layer, default | %d | %.3f |\n", app, app / fastest
    printf "| everything but the app | %d | |\n", all - app
    printf "| whole image, default | %d | |\n", all
    printf "| whole image, gzip:12 | %d | |\n\n", best
}'

# Trees: many small files, and much, half of it text, half of it programs; the app is a small one.
mkdir many much
openssl enc -aes-128-ctr -nosalt -pass pass:outis -in /dev/zero 2> /dev/null |
    head -c 1000000 | od -An -tx1 > text || true
for n in $(seq 1000); do
    head -c "$((n * 60))" text > "many/$n"
done
copies=$((large * 1000000 / $(stat -c %s text) / 2))
for n in $(seq "$copies"); do
    { echo "$n"; cat text; } > "much/$n.text"
    { cat server; echo "$n"; } | head -c "$(stat -c %s text)" > "much/$n.program"
done
for tree in many much; do
    count=3
    [ "$tree" = much ] || count=$rounds
    echo "$tree: $(find "$tree" -type f | wc -l) files, $(du -sm --apparent-size "$tree" | cut -f 1) MB"
    echo
    "$bench" measure "$count" \
        floor ':' "exec '$bench' floor '$tree'" \
        'outis' 'rm -rf cache x.tar' "exec '$outis' bake '$build/bin/outis-init' -q --add '$tree:/srv' -o x.tar"
    rm -rf "$tree" x.tar
done
