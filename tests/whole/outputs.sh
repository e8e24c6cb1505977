#!/bin/sh
# Every output in every compression, loaded and run by Docker, Podman and runc, and read by skopeo,
# umoci and oci-image-tool. What an engine of Debian 12 is known not to read is not asked of it:
# Docker 20.10 loads no plain OCI archive; it, umoci 0.4 and oci-image-tool know no zstd.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

docker_start
podman_start
cat > "$work/app.c" <<'TEXT'
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    printf("run by uid %u\n", getuid());
    return 7;
}
TEXT
succeeds 'a static program' cc -static -o "$work/app" "$work/app.c" || finish
succeeds 'a static-pie program' cc -static-pie -o "$work/pie" "$work/app.c" || finish

said() { # NAME COMMAND...: what the image prints, and its exit code
    said_name=$1
    shift
    said_code=0
    "$@" > "$work/said" 2>&1 || said_code=$?
    equal "$said_name" 'run by uid 65534, 7' "$(cat "$work/said"), $said_code"
}

in_docker() { # NAME
    said "$1" docker run --rm --network none outis-test/out:1
    docker rmi --force outis-test/out:1 > /dev/null 2>&1
}

in_podman() { # NAME IMAGE
    # shellcheck disable=SC2086
    said "$1" podman_private run --rm --network none $podman_limits "$2"
    podman_private rmi --all --force > /dev/null 2>&1
}

# umoci's bundle, without the terminal that it asks for.
in_runc() { # NAME LAYOUT
    rm -rf "$work/bundle"
    succeeds "$1: umoci unpack" umoci unpack --image "$2:1" "$work/bundle" || return 0
    sed -i 's/"terminal": *true/"terminal": false/' "$work/bundle/config.json"
    said "$1: runc" runc --root "$work/runc" run --bundle "$work/bundle" outis-out
}

# oci-image-tool wants every row of an index to be the image: it is given a layout without documents.
check_other_readers() { # NAME LAYOUT PLAIN_LAYOUT
    in_runc "$1" "$2"
    succeeds "$1: oci-image-tool" oci-image-tool validate --type image --ref name=1 "$3" || true
}

pull_layout() {
    (cd "$work/out" && podman_private pull --quiet oci:layout:1)
}

check() { # COMPRESSION APP
    name=$1
    case $1 in
    zstd*) docker_files= ;;
    *) docker_files='u d' ;;
    esac
    rm -rf "$work/out"
    mkdir "$work/out"
    succeeds "bake $name" "$outis" bake "$work/$2" -t outis-test/out:1 --compress "$1" \
        -o "$work/out/u.tar" -o "oci-archive:$work/out/o.tar" -o "docker-archive:$work/out/d.tar" \
        -o "oci:$work/out/layout" || return 0
    for file in $docker_files; do
        succeeds "$name: docker load $file" docker load --quiet --input "$work/out/$file.tar" || continue
        in_docker "$name: docker runs $file"
    done
    for file in u o d; do
        succeeds "$name: podman load $file" podman_private load --quiet \
            --input "$work/out/$file.tar" || continue
        in_podman "$name: podman runs $file" outis-test/out:1
    done
    # Podman 4.3 takes the path for a name, which has no capitals.
    succeeds "$name: podman pull oci:" pull_layout &&
        in_podman "$name: podman runs oci:" "$(podman_private images --quiet | head -n 1)"
    for source in "oci-archive:$work/out/u.tar" "docker-archive:$work/out/u.tar" \
        "oci-archive:$work/out/o.tar" "docker-archive:$work/out/d.tar" "oci:$work/out/layout:1"; do
        # Copying to a folder checks every digest.
        succeeds "$name: skopeo copy ${source%%:*} $(basename "$source")" \
            skopeo copy --quiet "$source" "dir:$work/out/copy" || true
        rm -rf "$work/out/copy"
    done
    [ -n "$docker_files" ] || return 0
    succeeds "$name: skopeo copy to docker" skopeo copy --quiet "oci:$work/out/layout:1" \
        --dest-daemon-host "$DOCKER_HOST" docker-daemon:outis-test/out:1 &&
        in_docker "$name: docker runs oci: by skopeo"
    succeeds "$name: bake without documents" "$outis" bake "$work/$2" -t outis-test/out:1 \
        --compress "$1" --sbom none --provenance none -o "oci:$work/out/plain" || return 0
    check_other_readers "$name" "$work/out/layout" "$work/out/plain"
}

check gzip app
check gzip:12 pie
check zstd:19 app
check none app

# The debug image: the same program beside a shell.
if [ -x /bin/busybox ] && file -L /bin/busybox | grep -q 'statically linked'; then
    succeeds 'bake with a shell' "$outis" bake "$work/app" -t outis-test/out:1 \
        --debug /bin/busybox -o "$work/out/u.tar" || finish
    succeeds 'docker load with a shell' docker load --quiet --input "$work/out/u-debug.tar" || finish
    equal 'the shell runs and finds its commands' "shell 65534 $(printf 'app\nbin')" "$(
        docker run --rm --network none --entrypoint /bin/sh outis-test/out:1-debug \
            -c 'echo shell $(id -u) "$(ls / | grep -E "^(app|bin)$")"'
    )"
    said 'the app runs as before' docker run --rm --network none outis-test/out:1-debug
else
    skip 'debug image' 'there is no static /bin/busybox'
fi
finish
