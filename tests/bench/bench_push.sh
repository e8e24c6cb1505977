#!/bin/sh
# What a push to a loopback registry costs beside skopeo, fresh and with everything there; README.md
# has a run.
#
#     sh tests/bench/bench_push.sh [ROUNDS]      preset dev and benchmarks built; as root
#
# The subject is the image of server/, a web service of 6.5 MB, as an OCI layout. Fresh means
# that the registry is empty.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/registry.sh"

rounds=${1:-15}
bench=$build/bin/bench_bake
[ -x "$bench" ] || {
    echo "'$bench' is not there; cmake --build --preset release --target benchmarks" >&2
    exit 3
}
cd "$work"
export XDG_CACHE_HOME="$work/cache"
"$outis" bake "$root/tests/bench/server" -q -t server:1 -o oci:server:1
echo "image: $(du -sb server | cut -f 1) bytes, $(nproc) processors, kernel $(uname -r)"
echo

# Without a cache of its own the registry has what lies in its folder, and forgets what is removed.
registry_start bench
forget="rm -rf '$registry_folder/data/docker'"
to="docker://$registry/bench/server"
"$bench" measure "$rounds" \
    'skopeo, fresh' "$forget" \
    "exec skopeo copy --quiet --dest-tls-verify=false oci:server:1 $to:1" \
    'outis, fresh' "$forget" "exec '$outis' copy --quiet oci:server:1 $to:1"
skopeo copy --quiet --dest-tls-verify=false oci:server:1 "$to:1"
"$bench" measure "$rounds" \
    'skopeo, present' ':' "exec skopeo copy --quiet --dest-tls-verify=false oci:server:1 $to:1" \
    'outis, present' ':' "exec '$outis' copy --quiet oci:server:1 $to:1"
"$bench" measure "$rounds" \
    'skopeo, pull' 'rm -rf back' "exec skopeo copy --quiet --src-tls-verify=false $to:1 oci:back:1" \
    'outis, pull' 'rm -rf back cache' "exec '$outis' copy --quiet $to:1 oci:back:1"
