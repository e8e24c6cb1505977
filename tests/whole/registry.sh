#!/bin/sh
# Push, pull and copy with Docker's registry: open, with passwords, with TLS of a private authority,
# with tokens. What was pushed is pulled by skopeo, Podman and Docker and compared by digest; no
# output of ours ever holds a password.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/registry.sh"
. "$root/tests/support/said.sh"
registry_home
password=correct-horse-battery

digest_of() { # REFERENCE [SKOPEO OPTION...]
    digest_reference=$1
    shift
    skopeo inspect --raw "$@" "docker://$digest_reference" | sha256sum | cut -d ' ' -f 1
}

raw() { # REFERENCE
    skopeo inspect --raw --tls-verify=false "docker://$1"
}

digests_in() { # JSON BEFORE: the digest that stands first behind those words
    printf '%s' "$1" | grep -o "$2.*" | grep -o 'sha256:[0-9a-f]\{64\}' | head -n 1 | cut -c 8-
}

# A bake straight into the registry, and the same image by its tar.
registry_start open
open=$registry
ours 'bake to a registry' 0 "$outis" bake app -t outis-test/app:1 -o app.tar \
    -o "docker://$registry/team/app:1" --json
digest=$(printf '%s' "$said" | grep -o '"digest":"sha256:[0-9a-f]*' | tail -c 65)
equal 'baked: skopeo sees the digest' "$digest" "$(digest_of "$registry/team/app:1" --tls-verify=false)"
ours 'push of what is there' 0 "$outis" push app.tar "$registry/team/app:2" --json
holds 'push of what is there: nothing moves' '"moved":0,"present":3' "$said"
equal 'push: skopeo sees the digest' "$digest" "$(digest_of "$registry/team/app:2" --tls-verify=false)"
ours 'push into a fresh repository' 0 "$outis" push app.tar "$registry/fresh/app:1" --json
holds 'push: all moves' '"moved":3,"present":0' "$said"
ours 'copy within the registry' 0 "$outis" copy "docker://$registry/team/app:1" \
    "docker://$registry/other/app:1" --json
holds 'copy: blobs are mounted' '"mounted":3,"moved":0' "$said"
for look in verify 'image show' 'image ls'; do
    # shellcheck disable=SC2086
    ours "$look of a registry" 0 "$outis" $look "docker://$registry/team/app:1"
done
ours 'k8s of a registry' 0 "$outis" k8s pod "docker://$registry/team/app@sha256:$digest"
holds 'k8s of a registry: the digest that was read' "$registry/team/app@sha256:$digest" "$said"

# Everybody pulls it back; copying to a folder checks every digest.
pulled_back() { # NAME DIGEST MANIFEST-DIGEST: of an index those of one platform's manifest
    pulled=$registry/$1
    config=$(digests_in "$(raw "${pulled%:*}@sha256:$3")" '"config":{')
    succeeds "$1: skopeo copies all" skopeo copy --quiet --all --src-tls-verify=false \
        "docker://$pulled" "dir:skopeo-$(basename "${1%:*}")" || true
    succeeds "$1: podman pulls" podman_private pull --quiet --tls-verify=false "$pulled" || true
    equal "$1: podman has the configuration" "$config" \
        "$(podman_private image inspect --format '{{.Id}}' "$pulled")"
    holds "$1: podman has the digest" "${pulled%:*}@sha256:$2" \
        "$(podman_private image inspect --format '{{.RepoDigests}}' "$pulled")"
    succeeds "$1: docker pulls" docker pull --quiet "$pulled" || true
    equal "$1: docker has the configuration" "sha256:$config" \
        "$(docker image inspect --format '{{.Id}}' "$pulled")"
    holds "$1: docker has the digest" "${pulled%:*}@sha256:$2" \
        "$(docker image inspect --format '{{.RepoDigests}}' "$pulled")"
}
podman_start
docker_start
pulled_back team/app:1 "$digest" "$digest"

# Of its own bytes, so that nobody has them from another image.
{ cat app; tail -c 1000000 "$outis"; } > pieces
ours 'bake of an image for chunks' 0 "$outis" bake pieces -t pieces:1 -o pieces.tar
ours 'push in chunks' 0 "$outis" push pieces.tar "$registry/chunks/pieces:1" --chunk 64K
succeeds 'chunks: several requests a blob' \
    test "$(grep -c 'http.request.method=PATCH' "$registry_folder/log")" -ge 8 || true
pieces=$(digest_of "$registry/chunks/pieces:1" --tls-verify=false)
equal 'chunks: the digest of the tar' "sha256:$pieces" \
    "$(skopeo inspect --format '{{.Digest}}' oci-archive:pieces.tar)"
pulled_back chunks/pieces:1 "$pieces" "$pieces"

for output in back.tar oci-archive:back-oci.tar oci:back; do
    ours "pull to $output" 0 "$outis" pull "$registry/team/app:2" -o "$output" --json
    holds "pull to $output: digest" "sha256:$digest" "$said"
done
equal 'pull: skopeo reads the tar' "sha256:$digest" \
    "$(skopeo inspect --format '{{.Digest}}' oci-archive:back.tar)"
equal 'pull: skopeo reads the layout' "sha256:$digest" \
    "$(skopeo inspect --format '{{.Digest}}' oci:back:2)"
succeeds 'pull: docker loads the tar' docker load --quiet --input back.tar || true
ours 'pull by digest' 0 "$outis" pull "$registry/team/app@sha256:$digest" -o docker-archive:d.tar
succeeds 'pull by digest: docker loads it' docker load --quiet --input d.tar || true
ours 'no such tag' 3 "$outis" pull "$registry/team/app:9" -o no.tar
holds 'no such tag: message' "has no 'team/app' at '9'" "$said"
ours 'no such registry' 3 "$outis" pull 127.0.0.1:1/team/app:1 -o no.tar
holds 'no such registry: message' 'Connection refused' "$said"
succeeds 'nothing was written' test ! -e no.tar || true

# What `docker save` wrote, with layers that are not compressed.
succeeds 'docker save' docker save --output saved.tar "$registry/team/app:1" || finish
ours 'push of what docker saved' 0 "$outis" push saved.tar "$registry/team/saved:1" --json
ours 'push of what docker saved, again' 0 "$outis" push saved.tar "$registry/team/saved:1" --json
holds 'push of what docker saved, again: nothing moves' '"moved":0,"present":3' "$said"
succeeds 'what docker saved: docker pulls it' docker pull --quiet "$registry/team/saved:1" || true
equal 'what docker saved: it is the same image' \
    "$(docker image inspect --format '{{.Id}}' "$registry/team/app:1")" \
    "$(docker image inspect --format '{{.Id}}' "$registry/team/saved:1")"

# What others made comes and goes with its digest: Docker's types, and an index.
succeeds "docker's own image" skopeo copy --quiet --format v2s2 --dest-tls-verify=false \
    oci:back:2 "docker://$registry/team/docker:1" || finish
docker_digest=$(digest_of "$registry/team/docker:1" --tls-verify=false)
ours "copy of docker's types" 0 "$outis" copy "docker://$registry/team/docker:1" \
    "docker://$registry/team/docker-copy:1"
equal "copy of docker's types: digest" "$docker_digest" \
    "$(digest_of "$registry/team/docker-copy:1" --tls-verify=false)"
if [ -e "$build/share/outis/init/linux-arm64/outis-init" ]; then
    cp "$build/share/outis/init/linux-arm64/outis-init" app-arm64
    ours 'bake of two platforms' 0 "$outis" bake app app-arm64 -t app:1 -o two.tar \
        -o "docker://$registry/team/two:1" --json
    two=$(printf '%s' "$said" | grep -o '"digest":"sha256:[0-9a-f]*' | tail -c 65)
    equal 'index: digest' "$two" "$(digest_of "$registry/team/two:1" --tls-verify=false)"
    own=$(dpkg --print-architecture)
    one=$(raw "$registry/team/two:1" | tr '{' '\n' | grep -B 1 "\"architecture\":\"$own\"")
    pulled_back team/two:1 "$two" "$(digests_in "$one" '"digest":')"
    ours 'index: pull all' 0 "$outis" pull "$registry/team/two:1" --platform all -o oci:two-back --json
    holds 'index: pulled digest' "sha256:$two" "$said"
    for arch in amd64 arm64; do
        ours "index: pull $arch" 0 "$outis" pull "$registry/team/two:1" \
            --platform "linux/$arch" -o "oci:one-$arch"
        holds "index: $arch alone" "\"$arch\"" \
            "$(skopeo inspect --override-arch "$arch" "oci:one-$arch:1" | grep Architecture)"
    done
    for look in verify 'image show'; do
        # shellcheck disable=SC2086
        ours "index: $look" 0 "$outis" $look "docker://$registry/team/two:1"
        holds "index: $look sees amd64" linux/amd64 "$said"
        holds "index: $look sees arm64" linux/arm64 "$said"
    done
    ours 'index: no such platform' 2 "$outis" pull "$registry/team/two:1" --platform linux/mips
    holds 'index: no such platform: message' "there are 'linux/amd64', 'linux/arm64'" "$said"
    ours "index: pull all with documents" 0 "$outis" pull "$registry/team/two:1" --platform all \
        --referrers -o oci:two-billed --json
    holds 'index: documents' '"referrers":2' "$said"
    ours 'index: verify' 0 "$outis" verify oci:two-billed:1
    ours 'index: push of the tar' 0 "$outis" push two.tar "$registry/fresh/two:1" --json
    holds 'index: pushed digest' "sha256:$two" "$said"
else
    skip 'index of two platforms' 'there is no PID 1 for arm64 in this build'
fi

# What refers to an image goes along; this registry has no referrers API, so by the fallback tag.
put_blob() { # TEXT: into the layout; sets $blob to its digest
    blob=$(printf '%s' "$1" | sha256sum | cut -d ' ' -f 1)
    printf '%s' "$1" > "back/blobs/sha256/$blob"
}
manifest_type=application/vnd.oci.image.manifest.v1+json
put_blob '{}'
empty='{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:'$blob'","size":2}'
size=$(stat -c %s "back/blobs/sha256/$digest")
note='{"schemaVersion":2,"mediaType":"'$manifest_type'","artifactType":"application/x-note","config":'$empty',"layers":['$empty'],"subject":{"mediaType":"'$manifest_type'","digest":"sha256:'$digest'","size":'$size'},"annotations":{"note":"yes"}}'
put_blob "$note"
row='{"mediaType":"'$manifest_type'","artifactType":"application/x-note","digest":"sha256:'$blob'","size":'${#note}'}'
sed -i "s|}\],\"mediaType\"|},$row],\"mediaType\"|" back/index.json
ours 'referrers: push' 0 "$outis" copy --referrers oci:back:2 "docker://$registry/team/noted:1"
ours 'referrers: copy' 0 "$outis" copy --referrers "docker://$registry/team/noted:1" \
    "docker://$registry/team/noted-copy:1"
for name in noted noted-copy; do
    noted=$(curl --silent --noproxy '*' -H 'Accept: application/vnd.oci.image.index.v1+json' \
        "http://$registry/v2/team/$name/manifests/sha256-$digest")
    holds "referrers: $name has them under the fallback tag" "sha256:$blob" "$noted"
    holds "referrers: $name has their kind" '"artifactType":"application/x-note"' "$noted"
    holds "referrers: $name has their annotations" '"annotations":{"note":"yes"}' "$noted"
done

# Docker's format, for registries that take no other.
docker_type=application/vnd.docker.distribution.manifest.v2+json
ours 'docker format: push' 0 "$outis" push --format docker app.tar "$registry/team/docker:1" --json
holds 'docker format: its type' "\"media_type\":\"$docker_type\"" "$said"
equal 'docker format: no word of OCI' 0 "$(raw "$registry/team/docker:1" | grep -c '\.oci\.')"
ours 'docker format: verify' 0 "$outis" verify "docker://$registry/team/docker:1"
succeeds 'docker format: podman pulls' podman_private pull --quiet --tls-verify=false \
    "$registry/team/docker:1" || true
ours 'docker format: twice the same' 0 "$outis" copy --format docker \
    "docker://$registry/team/docker:1" "docker://$registry/team/docker:2" --json
equal 'docker format: twice the same digest' \
    "$(digest_of "$registry/team/docker:1" --tls-verify=false)" \
    "$(digest_of "$registry/team/docker:2" --tls-verify=false)"
skopeo copy --quiet --src-tls-verify=false "docker://$registry/team/app:1" oci:one:1
rows=$(grep -o '"digest":"[^"]*","size":[0-9]*' one/index.json | head -n 1)
printf '{"schemaVersion":2,"mediaType":"%s","manifests":[{"mediaType":"%s",%s,"platform":%s}]}' \
    application/vnd.oci.image.index.v1+json application/vnd.oci.image.manifest.v1+json "$rows" \
    '{"os":"linux","architecture":"amd64"}' > index.of-one
index=$(sha256sum < index.of-one | cut -d ' ' -f 1)
cp index.of-one "one/blobs/sha256/$index"
printf '{"schemaVersion":2,"manifests":[{"mediaType":"%s","digest":"sha256:%s","size":%s,%s}]}' \
    application/vnd.oci.image.index.v1+json "$index" "$(wc -c < index.of-one)" \
    '"annotations":{"org.opencontainers.image.ref.name":"1"}' > one/index.json
ours 'docker format: an index' 0 "$outis" push --format docker oci:one:1 "$registry/team/list:1"
list=$(raw "$registry/team/list:1")
holds 'docker format: a list' 'vnd.docker.distribution.manifest.list.v2+json' "$list"
holds 'docker format: of what is there already' \
    "$(digest_of "$registry/team/docker:1" --tls-verify=false)" "$list"
ours 'docker format: zstd: bake' 0 "$outis" bake app --compress zstd:1 -o zstd.tar -q
for row in "zstd.tar $registry/x/y:1" "--referrers app.tar $registry/x/y:1"; do
    # shellcheck disable=SC2086
    refuses "docker format: $row" format "$outis" push --format docker $row
done
ours 'docker format: not for a file' 2 "$outis" copy --format docker app.tar oci:no:1

# cosign up to 2 keeps a signature under a tag.
signed=sha256-$(digest_of "$registry/team/noted:1" --tls-verify=false)
for end in sig att; do
    ours "cosign: a $end" 0 "$outis" push app.tar "$registry/team/noted:$signed.$end"
done
ours 'cosign: copy' 0 "$outis" copy --referrers "docker://$registry/team/noted:1" \
    "docker://$registry/team/cosigned:1" --json
holds 'cosign: copy: counted' '"referrers":3' "$said"
for end in sig att; do
    equal "cosign: the $end came along" "$digest" \
        "$(digest_of "$registry/team/cosigned:$signed.$end" --tls-verify=false)"
done
ours 'referrers: pull' 0 "$outis" pull --referrers "$registry/team/noted-copy:1" -o oci:noted
holds 'referrers: the layout lists them' "sha256:$blob" "$(cat noted/index.json)"
ours 'referrers: pull again' 0 "$outis" pull --referrers "$registry/team/noted-copy:1" -o oci:noted
equal 'referrers: the layout lists them once' 1 "$(grep -o "sha256:$blob" noted/index.json | wc -l)"

# So do the documents of a bake: into the registry, to another repository, to a folder, and back.
bill=$(sha256sum < app.spdx.json | cut -d ' ' -f 1)
ours "a bake's documents: copy" 0 "$outis" copy --referrers "docker://$registry/team/app:1" \
    "docker://$registry/team/billed:1" --json
holds "a bake's documents: both are copied" '"referrers":2' "$said"
ours "a bake's documents: pull" 0 "$outis" pull --referrers "$registry/team/billed:1" -o oci:billed
succeeds "a bake's documents: the bill is the same" cmp app.spdx.json "billed/blobs/sha256/$bill" || true
ours "a bake's documents: verify" 0 "$outis" verify oci:billed:1
ours "a bake's documents: push of the folder" 0 "$outis" push --referrers oci:billed:1 \
    "$registry/fresh/billed:1" --json
holds "a bake's documents: both are pushed" '"referrers":2' "$said"
for name in team/app team/billed fresh/billed; do
    rows=$(curl --silent --noproxy '*' -H 'Accept: application/vnd.oci.image.index.v1+json' \
        "http://$registry/v2/$name/manifests/sha256-$digest")
    equal "a bake's documents: $name lists them" 'application/spdx+json application/vnd.in-toto+json' \
        "$(printf '%s' "$rows" | grep -o '"artifactType":"[^"]*' | cut -d '"' -f 4 | sort | xargs)"
done
ours "a bake's documents: not into a tar" 2 "$outis" pull --referrers "$registry/team/app:1" -o no.tar
succeeds "a bake's documents: no tar" test ! -e no.tar || true

# Passwords, from every place they are looked for.
hash=$(perl -e 'print crypt($ARGV[0], "\$2y\$05\$abcdefghijklmnopqrstuu")' "$password")
printf 'me:%s\n' "$hash" > htpasswd
registry_start basic "auth:
  htpasswd:
    realm: basic
    path: $work/htpasswd"
login=$(printf 'me:%s' "$password" | base64 -w 0)
entry="{\"auths\": {\"$registry\": {\"auth\": \"$login\"}}}"
mkdir -p docker run/containers config/containers bin
ours 'no credentials' 3 "$outis" push app.tar "$registry/team/app:1"
holds 'no credentials: message' 'wants credentials' "$said"
echo "$entry" > file.json
ours 'credentials: --authfile' 0 "$outis" push app.tar "$registry/team/app:1" --authfile file.json
ours 'credentials: REGISTRY_AUTH_FILE' 0 \
    env REGISTRY_AUTH_FILE="$work/file.json" "$outis" push app.tar "$registry/team/app:2"
echo "$entry" > docker/config.json
ours 'credentials: DOCKER_CONFIG' 0 \
    env DOCKER_CONFIG="$work/docker" "$outis" bake app -o "docker://$registry/team/app:3"
echo "$entry" > run/containers/auth.json
ours "credentials: Podman's" 0 \
    env DOCKER_CONFIG=/none XDG_RUNTIME_DIR="$work/run" "$outis" pull "$registry/team/app:1" -o p.tar
echo "$entry" > config/containers/auth.json
ours "credentials: Podman's, of the configuration" 0 env DOCKER_CONFIG=/none XDG_RUNTIME_DIR=/none \
    XDG_CONFIG_HOME="$work/config" "$outis" pull "$registry/team/app:1" -o c.tar
echo '{"credHelpers": {"'"$registry"'": "outis-test"}}' > helper.json
ours 'a missing helper' 3 "$outis" push app.tar "$registry/team/app:4" --authfile helper.json
holds 'a missing helper: message' "'docker-credential-outis-test'" "$said"
cat > bin/docker-credential-outis-test <<TEXT
#!/bin/sh
read -r server
[ "\$1 \$server" = "get $registry" ] || exit 1
printf '{"ServerURL": "%s", "Username": "me", "Secret": "$password"}' "\$server"
TEXT
chmod 755 bin/docker-credential-outis-test
ours 'credentials: a helper' 0 env PATH="$work/bin:$PATH" \
    "$outis" push app.tar "$registry/team/app:4" --authfile helper.json
wrong=$(printf 'me:not-%s' "$password" | base64 -w 0)
echo "{\"auths\": {\"$registry\": {\"auth\": \"$wrong\"}}}" > wrong.json
ours 'wrong credentials' 3 "$outis" push app.tar "$registry/team/app:5" --authfile wrong.json
holds 'wrong credentials: message' 'refuses the credentials' "$said"
ours 'a missing file' 2 "$outis" push app.tar "$registry/team/app:5" --authfile nowhere.json
equal 'basic: skopeo sees the digest' "$digest" \
    "$(digest_of "$registry/team/app:4" --tls-verify=false --creds "me:$password")"

# TLS: a private authority, and nobody else.
mkdir tls
tls_certificates > tls/log 2>&1
registry_start tls "  tls:
    certificate: $work/tls/server.pem
    key: $work/tls/server.key"
ours 'TLS: unknown authority' 3 "$outis" push app.tar "$registry/team/app:1"
holds 'TLS: unknown authority: message' 'is not trusted' "$said"
holds 'TLS: unknown authority: remedy' '--tls-ca' "$said"
ours 'TLS: its authority' 0 "$outis" push app.tar "$registry/team/app:1" --tls-ca tls/ca.pem
equal 'TLS: skopeo sees the digest' "$digest" "$(digest_of "$registry/team/app:1" --tls-verify=false)"
ours 'TLS: pull' 0 "$outis" pull "$registry/team/app:1" --tls-ca tls/ca.pem -o t.tar
ours 'TLS: another host' 3 "$outis" pull "localhost:$registry_port/team/app:1" --tls-ca tls/ca.pem
holds 'TLS: another host: message' 'is for other names' "$said"
ours 'TLS: plain HTTP asked of it' 3 "$outis" pull "$registry/team/app:1" --plain-http -o no.tar
ours 'TLS: no certificate in the file' 2 "$outis" pull "$registry/team/app:1" --tls-ca app.tar

# Tokens, with a scope for each repository.
token_service_start "$password" || finish
registry_start token "$token_lines"
echo "{\"auths\": {\"$registry\": {\"auth\": \"$login\"}}}" > token.json
ours 'tokens: push' 0 "$outis" push app.tar "$registry/team/app:1" --authfile token.json
ours 'tokens: mount' 0 "$outis" copy "docker://$registry/team/app:1" \
    "docker://$registry/other/app:1" --authfile token.json --json
holds 'tokens: mounted' '"mounted":3' "$said"
granted=$(cat "$token_folder/granted")
holds 'tokens: scope of a push' 'repository:team/app:pull,push' "$granted"
holds 'tokens: scopes of a mount' 'repository:other/app:pull,push
repository:team/app:pull' "$granted"
ours 'tokens: nobody' 3 "$outis" pull "$registry/team/app:1" -o no.tar
echo "{\"auths\": {\"$registry\": {\"auth\": \"$wrong\"}}}" > wrong.json
ours 'tokens: wrong credentials' 3 "$outis" pull "$registry/team/app:1" --authfile wrong.json

# On a terminal a line for each blob; in a pipe none.
TERM=xterm script --quiet --return --command \
    "'$outis' push app.tar $open/terminal/app:1" terminal.log > script.log 2>&1 || true
equal 'a terminal sees each blob' 3 "$(grep -c 'MB  pushed' terminal.log)"
ours 'a pipe' 0 "$outis" push app.tar "$open/pipe/app:1"
equal 'a pipe sees none' '' "$(printf '%s' "$said" | grep MB || true)"
ours 'quiet' 0 "$outis" push app.tar "$open/pipe/app:2" --quiet
equal 'quiet is quiet' '' "$said"

equal 'no output held a secret' '' \
    "$(grep -F -e "$password" -e "$login" -e "$wrong" everything.log terminal.log || true)"
finish
