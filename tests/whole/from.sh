#!/bin/sh
# `outis bake --from` and `outis rebase`: a program on top of images by `docker build`, of tars,
# layouts and a registry. Layers, environment and accounts of the base stay, nothing is added that
# is there, the app runs under its policy in Docker and Podman; the same on a new version of the
# base; what cannot be is one line, and nothing is written.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/registry.sh"
registry_home
docker_start || finish
podman_start
. "$root/tests/support/existing.sh"

lacks() { # NAME PART TEXT
    equal "$1" 0 "$(printf '%s\n' "$3" | grep -cF -- "$2" || true)"
}

# everywhere NAME TAR IMAGE WORDS: it is sound, and says the words in both engines.
everywhere() {
    ours "$1: verified" 0 "$outis" verify --strict "$2"
    docker load --quiet --input "$2" > load.log 2>&1 || true
    holds "$1: docker runs it" "$4" "$(run "$3")"
    podman_private load --quiet --input "$2" > load.log 2>&1 || true
    # shellcheck disable=SC2086
    holds "$1: podman runs it" "$4" \
        "$(podman_private run --rm --network none $podman_limits "$3" 2>&1 || true)"
}

inside() { # IMAGE FILE
    docker run --rm --network none --entrypoint /bin/cat "$1" "$2"
}

mkdir amd64 arm64
cat > look.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void)
{
    char line[256];
    printf("%d %s %s\n", (int)getuid(), getenv("GREETING"), getcwd(line, sizeof line));
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        fputs(line, stdout);
    return 0;
}
C
succeeds 'a static program' musl-gcc -static -O2 -o look look.c || finish

make_base() { # NAME VERSION
    make_image "$1" <<TEXT
RUN mkdir -p /etc/ssl/certs /usr/share/zoneinfo /work /tmp && chmod 1777 /tmp && \
    printf 'root:x:0:0::/:/bin/sh\nweb:x:33:33::/:/bin/sh\n' > /etc/passwd && \
    printf 'root:x:0:\nweb:x:33:\n' > /etc/group && \
    echo bundle > /etc/ssl/certs/ca-certificates.crt && echo TZif > /usr/share/zoneinfo/UTC && \
    echo $2 > /version
ENV GREETING=hello VERSION=$2
WORKDIR /work
STOPSIGNAL SIGINT
LABEL kind=plain org.opencontainers.image.version=$2
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["echo old"]
TEXT
}
make_base plain 1
ours 'bake' 0 "$outis" bake look --from docker-daemon:outis-test/plain --env MORE=x \
    -o docker-daemon:outis-test/look -- word
holds 'the old command is told' "the base's own command, '/bin/sh -c echo old', gives way" "$said"
equal 'the entrypoint' '["/outis-init","-p","/etc/outis/policy","--stop","INT,TERM","--","/app"]' \
    "$(field outis-test/look Entrypoint)"
equal 'the arguments' '["word"]' "$(field outis-test/look Cmd)"
holds 'the environment is merged' '"GREETING=hello","VERSION=1","MORE=x"' \
    "$(field outis-test/look Env)"
equal 'the folder stays' '"/work"' "$(field outis-test/look WorkingDir)"
equal 'the stop signal stays' '"SIGINT"' "$(field outis-test/look StopSignal)"
holds 'labels stay' '"kind":"plain"' "$(field outis-test/look Labels)"
lacks 'labels about the base do not' 'image.version' "$(field outis-test/look Labels)"
holds 'the layers begin with those of the base' "$(layers outis-test/plain)" \
    "$(layers outis-test/look)"
got=$(run outis-test/look)
holds 'it runs' '65534 hello /work' "$got"
holds 'no capability' 'CapEff:	0000000000000000' "$got"
holds 'no_new_privs' 'NoNewPrivs:	1' "$got"
holds 'a filter' 'Seccomp:	2' "$got"

# A script that prepares and then becomes what it is given, as images of services have.
make_image script <<'TEXT'
RUN mkdir /tmp && chmod 1777 /tmp && \
    printf '#!/bin/sh\necho prepared by $(id -u)\nexec "$@"\n' > /entry && chmod 755 /entry
ENV GREETING=hello
ENTRYPOINT ["/entry"]
CMD ["/bin/echo", "old"]
TEXT
ours 'an entrypoint' 0 "$outis" bake look --from docker-daemon:outis-test/script \
    --keep-entrypoint -t outis-test/kept -o kept.tar
holds 'an entrypoint: it is told' "the base's entrypoint, '/entry', starts the app" "$said"
everywhere 'an entrypoint' kept.tar outis-test/kept 'prepared by 65534
65534 hello /'

# In tars: verified, compared, the same bytes.
ours 'the base as a tar' 0 "$outis" copy docker-daemon:outis-test/plain plain.tar
ours 'to a tar' 0 "$outis" bake look --from plain.tar -t outis-test/look -o look.tar -- word
ours 'again' 0 "$outis" bake look --from plain.tar -t outis-test/look -o again.tar -- word
succeeds 'the same bytes' cmp look.tar again.tar
everywhere 'a tar' look.tar outis-test/look '65534 hello /work'
ours 'compared' 1 "$outis" image diff plain.tar look.tar
added=$(printf '%s\n' "$said" | sed -n 's/^+ //p')
holds 'PID 1 is added' /outis-init "$added"
holds 'the app is added' /app "$added"
lacks 'no bundle is added' cert.pem "$added"
lacks 'no zone is added' zoneinfo "$added"
passwd=$(inside outis-test/look /etc/passwd)
holds 'accounts of the base stay' 'web:x:33:33::/:/bin/sh' "$passwd"
holds 'ours stand behind them' 'nobody:x:65534:65534' "$passwd"
equal 'root is there once' 1 "$(printf '%s\n' "$passwd" | grep -c '^root:')"
holds 'the bill tells of the base' DESCENDANT_OF "$(cat look.spdx.json)"
holds 'provenance tells of the base' 'base image outis-test/plain:latest' "$(cat look.provenance.json)"

# What is asked for replaces what is there, and a shell lies above all.
ours 'asked for' 0 "$outis" bake look --from plain.tar -t outis-test/asked -o asked.tar \
    --ca "$root/tests/data/images/authority.pem" --tz Europe/Berlin --debug /bin/busybox
everywhere 'asked for' asked.tar outis-test/asked '65534 hello /work'
equal 'asked for: the authority' "$(cat "$root/tests/data/images/authority.pem")" \
    "$(inside outis-test/asked /etc/ssl/certs/ca-certificates.crt)"
equal 'asked for: the zone' TZif "$(inside outis-test/asked /usr/share/zoneinfo/Europe/Berlin | head -c 4)"
equal 'asked for: zones of the base stay' TZif "$(inside outis-test/asked /usr/share/zoneinfo/UTC)"
everywhere 'a shell' asked-debug.tar outis-test/asked:latest-debug '65534 hello /work'
ours 'a shell: the base has one' 0 "$outis" image diff asked.tar asked-debug.tar
ours 'no shell: the base' 0 "$outis" base -t outis-test/bare -o bare.tar
ours 'no shell' 0 "$outis" bake look --from bare.tar -t outis-test/lone -o lone.tar \
    --debug /bin/busybox --no-package-database
ours 'no shell: compared' 1 "$outis" image diff lone.tar lone-debug.tar
equal 'no shell: it is added' '/bin
/bin/busybox
/bin/sh' "$(printf '%s\n' "$said" | sed -n 's/^+ //p')"

# Of an index every platform.
for platform in amd64 arm64; do
    cp "$build/share/outis/init/linux-$platform/outis-init" "$platform/app"
done
ours 'an index below' 0 "$outis" bake amd64/app arm64/app -o oci:index:1
ours 'an index' 0 "$outis" bake amd64/app arm64/app --from oci:index:1 -o oci:over:1
ours 'an index: verified' 0 "$outis" verify --strict oci:over:1
ours 'an index: one platform' 0 "$outis" bake arm64/app --from oci:index:1 -o oci:over:arm64

# A dynamic program, on a base that has its libraries.
printf '#include <stdio.h>\nint main(void) { puts("dynamic"); return 0; }\n' > dynamic.c
succeeds 'a dynamic program' cc -o dynamic dynamic.c || finish
ours 'libraries below' 0 "$outis" base --for ./dynamic -t outis-test/libraries -o libraries.tar
ours 'dynamic' 0 "$outis" bake dynamic --from libraries.tar -t outis-test/dynamic -o dynamic.tar
everywhere dynamic dynamic.tar outis-test/dynamic dynamic
ours 'dynamic: compared' 1 "$outis" image diff libraries.tar dynamic.tar
equal 'dynamic: nothing is there twice' /app "$(printf '%s\n' "$said" | sed -n 's/^+ //p')"
docker load --quiet --input libraries.tar > load.log 2>&1 || true
libc=$(ldd dynamic | sed -n 's/.*=> \(.*libc\.so\.6\) .*/\1/p')
libc=$(realpath "$libc")
mkdir other
echo other > other/libc
printf 'FROM outis-test/libraries\nCOPY libc %s\n' "$libc" > other/Dockerfile
docker build --quiet --tag outis-test/other other > build.log 2>&1 || not_ok 'build other' "$(cat build.log)"
refuses 'dynamic: another libc' 'is another than that of image' \
    "$outis" bake dynamic --from docker-daemon:outis-test/other -o no.tar

# A new version of the base.
make_base newer 2
ours 'rebase' 0 "$outis" rebase docker-daemon:outis-test/look \
    --from docker-daemon:outis-test/newer -o docker-daemon:outis-test/moved
holds 'rebase: the layers begin with those of the new base' "$(layers outis-test/newer)" \
    "$(layers outis-test/moved)"
equal 'rebase: the own layers stay' "$(layers outis-test/look | awk '{ print $NF }')" \
    "$(layers outis-test/moved | awk '{ print $NF }')"
holds 'rebase: it runs' '65534 hello /work' "$(run outis-test/moved)"
equal 'rebase: the new version' 2 "$(inside outis-test/moved /version)"
ours 'rebase: to a tar' 0 "$outis" rebase look.tar --from docker-daemon:outis-test/newer \
    -t outis-test/moved -o moved.tar
everywhere 'rebase: to a tar' moved.tar outis-test/moved '65534 hello /work'
refuses 'rebase: not on that base' 'does not say what it was made on' \
    "$outis" rebase plain.tar --from docker-daemon:outis-test/newer -o no.tar
make_image accounts <<'TEXT'
RUN mkdir -p /etc && echo root:x:0:0:::/bin/other > /etc/passwd
TEXT
refuses 'rebase: other accounts' "'/etc/passwd' of the image" \
    "$outis" rebase look.tar --from docker-daemon:outis-test/accounts -o no.tar

# In a registry: by name and by digest, known by the label, or by what the annotations name.
registry_start bases || finish
manifest() { # NAME
    skopeo inspect --raw --tls-verify=false "docker://$registry/$1"
}
digest_in() { # NAME
    printf 'sha256:%s' "$(manifest "$1" | sha256sum | cut -d ' ' -f 1)"
}
says_base() { # NAME IMAGE BASE DIGEST
    holds "$1: the base's name" "\"org.opencontainers.image.base.name\":\"$3\"" "$(manifest "$2")"
    holds "$1: the base's digest" "\"org.opencontainers.image.base.digest\":\"$4\"" "$(manifest "$2")"
}
ours 'registry: the base' 0 "$outis" push plain.tar "$registry/base:1"
ours 'registry: the new base' 0 "$outis" copy docker-daemon:outis-test/newer "docker://$registry/base:2"
old=$(digest_in base:1)
new=$(digest_in base:2)
ours 'registry: bake' 0 "$outis" bake look --from "docker://$registry/base:1" \
    -o "docker://$registry/look:1" -- word
says_base 'registry: bake' look:1 "$registry/base:1" "$old"
ours 'registry: by digest' 0 "$outis" bake look --from "docker://$registry/base@$old" \
    -o "docker://$registry/look:2" -- word
holds 'registry: by digest: the digest' "\"org.opencontainers.image.base.digest\":\"$old\"" \
    "$(manifest look:2)"
ours 'registry: rebase' 0 "$outis" rebase "docker://$registry/look:1" \
    --from "docker://$registry/base@$new" -o "docker://$registry/moved:1"
holds 'registry: rebase: the digest' "\"org.opencontainers.image.base.digest\":\"$new\"" \
    "$(manifest moved:1)"
ours 'registry: harden' 0 "$outis" harden "docker://$registry/base:1" -o "docker://$registry/hard:1"
says_base 'registry: harden' hard:1 "$registry/base:1" "$old"
ours 'registry: rebase by annotations' 0 "$outis" rebase "docker://$registry/hard:1" \
    --from "docker://$registry/base:2" -o "docker://$registry/harder:1"
says_base 'registry: rebase by annotations' harder:1 "$registry/base:2" "$new"
for name in look:1 moved:1 harder:1; do
    ours "registry: $name: pulled" 0 "$outis" pull "$registry/$name" -o "${name%:1}.back.tar"
    case $name in
    harder:1) words=old ;;
    *) words='65534 hello /work' ;;
    esac
    everywhere "registry: $name" "${name%:1}.back.tar" "$registry/$name" "$words"
done
equal 'registry: rebase: the new version' 2 "$(inside "$registry/moved:1" /version)"
equal 'registry: rebase by annotations: the new version' 2 "$(inside "$registry/harder:1" /version)"
ours 'registry: an index' 0 "$outis" copy oci:index:1 "docker://$registry/index:1"
ours 'registry: an index: baked' 0 "$outis" bake amd64/app arm64/app \
    --from "docker://$registry/index:1" -o "docker://$registry/over:1"
ours 'registry: an index: pulled' 0 "$outis" pull "$registry/over:1" --platform all -o oci:pulled:1
ours 'registry: an index: verified' 0 "$outis" verify --strict oci:pulled:1
holds 'registry: an index: amd64' 'linux/amd64' "$said"
holds 'registry: an index: arm64' 'linux/arm64' "$said"
for row in $(manifest over:1 | grep -o '"digest":"sha256:[0-9a-f]*' | cut -d '"' -f 4); do
    below=$(manifest "over@$row" | sed -n 's/.*image.base.digest":"\(sha256:[0-9a-f]*\)".*/\1/p')
    holds 'registry: an index: each on its own platform' "${below:-none}" "$(manifest index:1)"
done
ours 'registry: no such base' 3 "$outis" rebase "docker://$registry/look:1" \
    --from "docker://$registry/base:9" -o no.tar
one_line 'registry: no such base' "has no 'base' at '9'"

# What cannot be.
make_image folder <<'TEXT'
WORKDIR /app
TEXT
refuses 'a folder' "'/app' is a folder in image" \
    "$outis" bake look --from docker-daemon:outis-test/folder -o no.tar
make_image link <<'TEXT'
RUN mkdir -p /etc && echo root:x:0:0::: > /etc/accounts && ln -s accounts /etc/passwd
TEXT
refuses 'accounts behind a link' 'behind a symbolic link' \
    "$outis" bake look --from docker-daemon:outis-test/link -o no.tar
refuses 'a platform' "no image for 'linux/arm64'" \
    "$outis" bake arm64/app --from plain.tar -o no.tar
finish
