#!/bin/sh
# `outis bake --from` and `outis rebase`: a program on top of images by `docker build`, of tars and
# of layouts. Layers, environment and accounts of the base stay, nothing is added that is
# there, the app runs under its policy; the same on a new version of the base; what cannot be is
# one line, and nothing is written.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
export XDG_CACHE_HOME="$work/cache"
cd "$work"
docker_start || finish
. "$root/tests/support/existing.sh"

lacks() { # NAME PART TEXT
    equal "$1" 0 "$(printf '%s\n' "$3" | grep -cF -- "$2" || true)"
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
equal 'the entrypoint' '["/outis-init","-p","/etc/outis/policy","--","/app"]' \
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

# In tars: verified, compared, the same bytes.
ours 'the base as a tar' 0 "$outis" copy docker-daemon:outis-test/plain plain.tar
ours 'to a tar' 0 "$outis" bake look --from plain.tar -o look.tar -- word
ours 'again' 0 "$outis" bake look --from plain.tar -o again.tar -- word
succeeds 'the same bytes' cmp look.tar again.tar
ours 'verified' 0 "$outis" verify --strict look.tar
ours 'compared' 1 "$outis" image diff plain.tar look.tar
added=$(printf '%s\n' "$said" | sed -n 's/^+ //p')
holds 'PID 1 is added' /outis-init "$added"
holds 'the app is added' /app "$added"
lacks 'no bundle is added' cert.pem "$added"
lacks 'no zone is added' zoneinfo "$added"
passwd=$(docker run --rm --network none --entrypoint /bin/cat outis-test/look /etc/passwd)
holds 'accounts of the base stay' 'web:x:33:33::/:/bin/sh' "$passwd"
holds 'ours stand behind them' 'nobody:x:65534:65534' "$passwd"
equal 'root is there once' 1 "$(printf '%s\n' "$passwd" | grep -c '^root:')"
holds 'the bill tells of the base' DESCENDANT_OF "$(cat look.spdx.json)"
holds 'provenance tells of the base' 'base image plain:latest' "$(cat look.provenance.json)"

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
ours 'dynamic: verified' 0 "$outis" verify --strict dynamic.tar
ours 'dynamic: compared' 1 "$outis" image diff libraries.tar dynamic.tar
equal 'dynamic: nothing is there twice' /app "$(printf '%s\n' "$said" | sed -n 's/^+ //p')"
docker load --quiet --input dynamic.tar > load.log 2>&1 || true
equal 'dynamic: it runs' dynamic "$(run outis-test/dynamic)"
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
equal 'rebase: the new version' 2 \
    "$(docker run --rm --network none --entrypoint /bin/cat outis-test/moved /version)"
ours 'rebase: to a tar' 0 "$outis" rebase look.tar --from docker-daemon:outis-test/newer -o moved.tar
ours 'rebase: verified' 0 "$outis" verify --strict moved.tar
refuses 'rebase: not on that base' 'does not say what it was made on' \
    "$outis" rebase plain.tar --from docker-daemon:outis-test/newer -o no.tar
make_image accounts <<'TEXT'
RUN mkdir -p /etc && echo root:x:0:0:::/bin/other > /etc/passwd
TEXT
refuses 'rebase: other accounts' "'/etc/passwd' of the image" \
    "$outis" rebase look.tar --from docker-daemon:outis-test/accounts -o no.tar

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
