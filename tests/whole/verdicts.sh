#!/bin/sh
# An error of `outis verify` is what an engine refuses, or what cannot start. For each error rule the
# image of the unit tests that breaks it is loaded and run by Docker, Podman and containerd; what
# they do is kept in tests/data/images/verdicts.txt.
#
#     sh tests/whole/verdicts.sh [survey]
#
#     survey    prints the lines of that table for these engines
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/registry.sh"

table=$root/tests/data/images/verdicts.txt
selection=${1:-}

[ "$(uname -m)" = x86_64 ] || {
    skip 'verdicts' 'the images are for linux/amd64'
    finish
}
loader=$(readlink -f /lib64/ld-linux-x86-64.so.2)
printf 'int main(void)\n{\n    return 0;\n}\n' > "$work/app.c"
cc -static -s -o "$work/app" "$work/app.c"
mkdir "$work/images"
"$build/bin/broken_images" "$work/images" "$work/app" "$loader" "$build/bin/outis-init" \
    > "$work/list"

# Each answers refuses, fails or starts: it does not take the image, takes it and cannot start it,
# or does both. What it said is in $work/said.ENGINE.NUMBER.
docker_verdict() { # NUMBER
    docker load --input "$work/images/$1.tar" > "$work/said.docker.$1" 2>&1 || {
        echo refuses
        return
    }
    docker_image=$(sed -n 's/^Loaded image\( ID\)\{0,1\}: //p' "$work/said.docker.$1" | tail -n 1)
    if docker run --rm --network none "$docker_image" > "$work/said.docker.$1" 2>&1; then
        echo starts
    else
        echo fails
    fi
    docker image rm --force "$docker_image" > /dev/null 2>&1 || true
}

podman_verdict() { # NUMBER
    podman_image=$(podman_private pull --quiet "oci-archive:$work/images/$1.tar" \
        2> "$work/said.podman.$1") || {
        echo refuses
        return
    }
    # shellcheck disable=SC2086
    if podman_private run --rm --network none $podman_limits "$podman_image" \
        > "$work/said.podman.$1" 2>&1; then
        echo starts
    else
        echo fails
    fi
    podman_private image rm --force "$podman_image" > /dev/null 2>&1 || true
}

namespace="outis-test"

private_ctr() {
    as_root ctr --address "$docker_directory/exec/containerd/containerd.sock" \
        --namespace "$namespace" "$@"
}

containerd_verdict() { # NUMBER
    private_ctr images import --digests --base-name "broken-$1" "$work/images/$1.tar" \
        > "$work/said.containerd.$1" 2>&1 || {
        echo refuses
        return
    }
    containerd_image=$(private_ctr images list --quiet | grep "^broken-$1@" | head -n 1)
    if private_ctr run --rm "$containerd_image" "broken-$1" \
        > "$work/said.containerd.$1" 2>&1; then
        echo starts
    else
        echo fails
    fi
}

# What a registry hands out: its blobs, then its manifest, then the index that names it wrongly.
registry_verdict() { # NUMBER
    mkdir -p "$work/members"
    tar -x -f "$work/images/$1.tar" -C "$work/members"
    for member in "$work"/members/blobs/sha256/*; do
        upload=$(curl -fsS -X POST -D - -o /dev/null "http://$registry/v2/broken/blobs/uploads/" |
            tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
        curl -fsS -X PUT --data-binary "@$member" -H 'Content-Type: application/octet-stream' \
            "$upload&digest=sha256:$(basename "$member")" || return
    done
    member=$(grep -l '"schemaVersion"' "$work"/members/blobs/sha256/*)
    put_manifest "$member" "sha256:$(basename "$member")" manifest || return
    put_manifest "$work/members/index.json" 1 index || return
    namespace="outis-pull" # where none of its blobs is known
    if private_ctr images pull --plain-http "$registry/broken:1" > "$work/said.registry.$1" 2>&1; then
        echo starts
    else
        echo refuses
    fi
}

put_manifest() { # FILE NAME manifest|index
    curl -fsS -X PUT --data-binary "@$1" -H "Content-Type: application/vnd.oci.image.$3.v1+json" \
        "http://$registry/v2/broken/manifests/$2"
}

verdicts() { # ENGINE: a line for each image
    while read -r number _; do
        "$1_verdict" "$number" < /dev/null
    done < "$work/list" > "$work/column.$1"
}

docker_start || {
    skip 'verdicts' 'no daemon starts here'
    finish
}
podman_start
for engine in docker containerd podman; do verdicts "$engine"; done
# rule, verdicts of Docker, containerd and Podman, image
paste "$work/list" "$work/column.docker" "$work/column.containerd" "$work/column.podman" |
    awk -F '\t' '{ printf "%-17s %-8s %-8s %-8s %s\n", $2, $4, $5, $6, $3 }' > "$work/table"
if [ -n "$selection" ]; then
    cat "$work/table"
    exit
fi

# What no engine refuses when it comes from a file may be refused from a registry, or be more than
# `verify` itself looks through.
while read -r rule docker containerd podman name; do
    number=$(awk -F '\t' -v name="$name" '$3 == name { print $1 }' "$work/list")
    case "$docker $containerd $podman, $rule" in
    'starts starts starts, blob-size')
        registry_start broken || continue
        equal "$name, pulled by containerd" refuses "$(registry_verdict "$number")"
        ;;
    'starts starts starts, document-size' | 'starts starts starts, too-many') ;;
    'starts starts starts, '*) not_ok "$name" "no engine minds '$rule': it is no error" ;;
    *) ok "$name: $rule is an error" ;;
    esac
done < "$work/table"

versions="docker $(docker version --format '{{.Server.Version}}'), \
containerd $(private_ctr version | sed -n '/Server/,$s/^ *Version: *//p'), \
podman $(podman --version | sed 's/.* //')"
known=$(sed -n 's/^# Seen with \(.*\)\.$/\1/p' "$table")
if [ "$versions" = "$known" ]; then
    equal 'the table of verdicts' "$(grep -v '^#' "$table")" "$(cat "$work/table")"
else
    skip 'the table of verdicts' "it was made with $known, not with $versions"
fi
finish
