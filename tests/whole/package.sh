#!/bin/sh
# What `cmake --install` gives. The package, made by CPack, installed in a fresh minimal Debian and
# used there; the image of `outis` itself, baked by `outis` from that system, and its files in
# somebody's Dockerfile.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/tree.sh"

succeeds 'cpack' cpack --config "$build/CPackConfig.cmake" -B "$work/package" || finish
package=$(ls "$work"/package/*.deb)
matches 'its name' '^outis_[0-9.]*_(amd64|arm64)\.deb$' "$(basename "$package")"
equal 'it needs libc alone' yes \
    "$(dpkg-deb --field "$package" Depends | grep -Eqx 'libc6 \([^,]*\)' && echo yes || dpkg-deb --field "$package" Depends)"
if command -v lintian > /dev/null; then
    succeeds 'lintian' lintian --allow-root --fail-on error,warning "$package" || true
else
    skip 'lintian' 'it is not installed'
fi

# Without a package: anywhere, and without the tree that it was built in.
succeeds 'cmake --install' cmake --install "$build" --prefix "$work/prefix" || finish
succeeds 'a bake by what was installed' "$work/prefix/bin/outis" bake \
    "$work/prefix/bin/outis-init" -t outis-test/installed:1 -o "$work/installed.tar" || true
succeeds 'and it is sound' "$work/prefix/bin/outis" verify --strict "$work/installed.tar" || true

# A fresh system: the tree stays as it was, what is changed lies above it.
tree_ready fresh tzdata
system=$work/system
mkdir "$system" "$work/upper" "$work/scratch"
at_exit "release_mounts '$work'"
succeeds 'a fresh system' as_root mount -t overlay overlay \
    -o "lowerdir=$tree,upperdir=$work/upper,workdir=$work/scratch" "$system" || finish
as_root mount -t proc proc "$system/proc"
cp "$package" "$system/tmp/outis.deb"
inside() { # COMMAND...
    as_root chroot "$system" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
}
succeeds 'dpkg --install' inside dpkg --install /tmp/outis.deb || finish

holds 'outis runs' 'outis 0.1' "$(inside outis version 2>&1)"
holds 'outis-init runs' 'baseline' "$(inside outis-init --list-profiles 2>&1)"
for file in bin/outis bin/outis-init share/man/man1/outis-bake.1.gz \
    share/man/man1/outis-base.1.gz share/man/man1/outis-init.1.gz \
    share/man/man1/outis-copy.1.gz share/man/man1/outis-harden.1.gz \
    share/man/man1/outis-image.1.gz share/man/man1/outis-k8s.1.gz share/man/man1/outis-rebase.1.gz \
    share/man/man1/outis-verify.1.gz share/man/man1/outis.1.gz \
    share/man/man1/outis-profile.1.gz share/man/man5/outis-profile.5.gz share/outis/ca.pem \
    share/outis/profiles/service.toml share/bash-completion/completions/outis \
    share/doc/outis/copyright share/doc/outis/outis.spdx.json; do
    succeeds "/usr/$file" test -s "$system/usr/$file" || true
done
equal 'its bill of materials has what the tool says of itself' \
    "$(inside outis version --json | grep -o '"pkg:[^"]*"' | sort)" \
    "$(grep -o '"pkg:deb/[^"]*"' "$system/usr/share/doc/outis/outis.spdx.json" | sort)"
equal 'the completion is the tool'\''s' "$(inside outis completion bash)" \
    "$(cat "$system/usr/share/bash-completion/completions/outis")"
printf 'description = "mine"\nextends = ["service"]\n' > "$system/tmp/mine.toml"
succeeds 'profile check' inside outis profile check /tmp/mine.toml || true

printf '#include <stdio.h>\nint main(void) { puts("hello"); return 7; }\n' > "$work/app.c"
succeeds 'a static program' cc -static -o "$system/tmp/app" "$work/app.c" || finish
succeeds 'bake' inside outis bake /tmp/app -t outis-test/app:1 --profile /tmp/mine.toml \
    -o /tmp/app.tar || finish

# The tool from its own closure. Where it lies is where it looks for its data.
succeeds 'bake outis' inside outis bake --root / /usr/bin/outis -t outis:1 --profile none \
    --add /usr/share/outis:/usr/share/outis -o /tmp/outis.tar || finish
docker_start
docker_load() { # FILE
    docker load --quiet --input "$system/tmp/$1"
}
succeeds 'docker load app' docker_load app.tar || finish
app_code=0
app_said=$(docker run --rm --network none outis-test/app:1 2>&1) || app_code=$?
equal 'the app that it baked' 'hello, 7' "$app_said, $app_code"
succeeds 'docker load outis' docker_load outis.tar || finish
holds 'the image of outis' 'outis 0.1' "$(docker run --rm --network none outis:1 version 2>&1)"

mkdir "$work/context"
cp "$system/tmp/app" "$work/context"
as_root tar -C "$tree" -cf "$work/tree.tar" .
succeeds 'docker import' docker import "$work/tree.tar" outis-test/debian:1 || finish
cat > "$work/context/Dockerfile" <<'TEXT'
FROM outis-test/debian:1 AS build
COPY --from=outis:1 /usr/bin/outis /usr/bin/
COPY --from=outis:1 /usr/share/outis /usr/share/outis
COPY app /app
RUN ["outis", "bake", "/app", "-t", "inner:1", "-o", "oci:/out"]

FROM scratch
COPY --from=build /out /
TEXT
succeeds 'docker build with COPY --from=outis' docker build --quiet --network none \
    --tag outis-test/inner:1 "$work/context" || finish
copied=$(docker create outis-test/inner:1 none)
at_exit "docker rm --force $copied > /dev/null 2>&1"
succeeds 'docker cp' docker cp "$copied:/" "$work/inner" || finish
succeeds 'a sound image came out of it' skopeo copy --quiet "oci:$work/inner:1" "dir:$work/copy" || true

succeeds 'dpkg --purge' inside dpkg --purge outis || true
equal 'nothing is left behind' '' \
    "$(find "$system/usr" -name '*outis*' | head -n 3)"
finish
