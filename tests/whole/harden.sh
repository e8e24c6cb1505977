#!/bin/sh
# `outis harden`: images by `docker build` under a policy. Commands, user, folder, signals and
# health check are what they were, the attacks of attack.c fail inside, layers keep their bytes;
# what cannot be hardened is one line, and nothing is written.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
export XDG_CACHE_HOME="$work/cache"
cd "$work"
docker_start || finish
. "$root/tests/support/existing.sh"
musl-gcc -static -O2 -o context/bin/attack "$root/tests/whole/attack.c"

harden() { # NAME [OPTION...]: outis-test/NAME as outis-test/NAME-hard, by the daemon's socket
    harden_name=$1
    shift
    ours "harden $harden_name" 0 "$outis" harden "docker-daemon:outis-test/$harden_name" "$@" \
        -o "docker-daemon:outis-test/$harden_name-hard"
}

is_healthy() { [ "$(docker inspect --format '{{.State.Health.Status}}' healthy)" = healthy ]; }

# A service of root's, as Dockerfiles make them.
make_image plain <<'TEXT'
RUN mkdir -p /etc /work /tmp && chmod 1777 /tmp && \
    printf 'root:x:0:0::/:/bin/sh\nweb:x:33:33::/:/bin/sh\n' > /etc/passwd
ENV GREETING=hello
WORKDIR /work
STOPSIGNAL SIGINT
EXPOSE 8080
HEALTHCHECK --interval=1s CMD /bin/true
LABEL kind=plain
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["echo $(id -u):$(id -g) $GREETING $(pwd); grep -E '^(CapEff|CapPrm|NoNewPrivs|Seccomp):' /proc/self/status"]
TEXT
harden plain
for name in Cmd Env WorkingDir StopSignal Healthcheck Labels ExposedPorts; do
    equal "plain: $name is kept" "$(field outis-test/plain "$name")" \
        "$(field outis-test/plain-hard "$name")"
done
equal 'plain: the entrypoint is wrapped' \
    '["/outis-init","-p","/etc/outis/policy","--stop","INT,TERM","--","/bin/sh","-c"]' \
    "$(field outis-test/plain-hard Entrypoint)"
equal 'plain: the user is the policy'"'"'s' '"65534:65534"' "$(field outis-test/plain-hard User)"
got=$(run outis-test/plain-hard)
holds 'plain: it runs' '65534:65534 hello /work' "$got"
holds 'plain: no capability' 'CapEff:	0000000000000000' "$got"
holds 'plain: none to be had' 'CapPrm:	0000000000000000' "$got"
holds 'plain: no_new_privs' 'NoNewPrivs:	1' "$got"
holds 'plain: a filter' 'Seccomp:	2' "$got"
equal 'plain: the arguments are replaced as ever' other "$(run outis-test/plain-hard 'echo other')"
equal 'plain: one layer more' \
    "$(docker inspect --format '{{range .RootFS.Layers}}{{.}} {{end}}' outis-test/plain)" \
    "$(docker inspect --format '{{range .RootFS.Layers}}{{.}} {{end}}' outis-test/plain-hard |
        sed 's/[^ ]* $//')"
ours 'plain: to a tar' 0 "$outis" harden docker-daemon:outis-test/plain -o plain.tar
ours 'plain: verified' 0 "$outis" verify plain.tar
ours 'plain: compared' 1 "$outis" image diff docker-daemon:outis-test/plain plain.tar
equal 'plain: what was added' '+ /etc/outis
+ /etc/outis/policy
+ /outis-init' "$(printf '%s\n' "$said" | grep '^[+-]')"
at_exit 'docker rm --force healthy > /dev/null 2>&1'
docker run --detach --name healthy --network none outis-test/plain-hard 'trap "exit 7" INT; while :; do sleep 0.1; done' \
    > run.log 2>&1 || true
succeeds 'plain: its health check works' until_true 600 is_healthy
docker stop healthy > stop.log 2>&1 || true
equal 'plain: its stop signal arrives' 7 "$(docker inspect --format '{{.State.ExitCode}}' healthy)"

# The attacks, under the image's own entrypoint.
make_image attack <<'TEXT'
RUN mkdir -p /etc && echo root:x:0:0::/: > /etc/passwd && echo attack > /app
ENTRYPOINT ["/bin/attack"]
TEXT
harden attack
got=$(run --security-opt seccomp=unconfined --cap-add ALL outis-test/attack-hard)
for row in 'mount EPERM' 'unshare-user EPERM' 'clone3 ENOSYS' 'setuid-root EPERM' \
    'remove-policy EACCES' 'overwrite-init EACCES' 'overwrite-passwd EACCES' 'chroot EPERM' \
    'io-uring ENOSYS' 'raw-socket EPERM' 'no-new-privs-off EINVAL' 'ambient-raise EPERM'; do
    equal "attack: ${row% *}" "${row#* }" "$(printf '%s\n' "$got" | sed -n "s/^${row% *} //p")"
done

# Who is not root already stays who it is; without ENTRYPOINT the command is the arguments.
make_image named <<'TEXT'
RUN mkdir -p /etc && printf 'root:x:0:0::/:\nweb:x:33:33::/:\n' > /etc/passwd
USER web
CMD ["/bin/id", "-u"]
TEXT
harden named
equal 'named: the user is kept' '"web"' "$(field outis-test/named-hard User)"
equal 'named: it runs' 33 "$(run outis-test/named-hard)"
equal 'named: another command' hello "$(run outis-test/named-hard /bin/echo hello)"
harden named --user 7:8
equal 'named: --user' '"7:8"' "$(field outis-test/named-hard User)"
ours 'named: an unknown profile' 2 "$outis" harden docker-daemon:outis-test/named -p servce -o no.tar
holds 'named: an unknown profile: which is meant' "did you mean 'service'" "$said"

# Hardened twice it is hardened once, under the new profile.
harden plain
docker tag outis-test/plain-hard outis-test/twice
harden twice --profile offline
equal 'twice: the entrypoint' "$(field outis-test/plain-hard Entrypoint)" \
    "$(field outis-test/twice-hard Entrypoint)"
ours 'twice: shown' 0 "$outis" image show docker-daemon:outis-test/twice-hard
holds 'twice: the new policy' 'offline (/etc/outis/policy)' "$said"

# Two platforms: both; layers and their digests stay.
if [ -e "$build/share/outis/init/linux-arm64/outis-init" ]; then
    for platform in amd64 arm64; do
        mkdir "$platform"
        cp "$build/share/outis/init/linux-$platform/outis-init" "$platform/app"
    done
    ours 'an index: baked' 0 "$outis" bake amd64/app arm64/app -o oci:index:1
    ours 'an index' 0 "$outis" harden oci:index:1 --profile go -o oci:hard:1
    ours 'an index: verified' 0 "$outis" verify oci:hard:1
    holds 'an index: amd64' 'linux/amd64' "$said"
    holds 'an index: arm64' 'linux/arm64' "$said"
    ours 'an index: one platform' 0 "$outis" harden oci:index:1 --platform linux/arm64 -o one.tar
    equal 'an index: one platform: it is alone' arm64 \
        "$(skopeo inspect --config --raw oci-archive:one.tar | grep -o 'arm64\|amd64')"
    ours 'an index: the same bytes' 0 "$outis" harden oci:index:1 --profile go -o oci:again:1
    equal 'an index: the same bytes: digest' "$(cat hard/index.json)" "$(cat again/index.json)"
else
    skip 'an index' 'there is no PID 1 for arm64 in this build'
fi

# What an image lacks that programs often ask for is a note, on standard error.
notes() { # NAME COMMAND...: the notes about it
    "$@" 2>&1 > note.out | grep -E '^outis: note: .*(certificates|time zones)' || true
}
asked="$outis harden docker-daemon:outis-test/plain -o note.tar"
# shellcheck disable=SC2086
{
    matches 'plain: nothing of both' 'certificates.*time zones' "$(notes $asked)"
    equal 'plain: one line' 1 "$(notes $asked | wc -l)"
    equal 'plain: -q' '' "$(notes $asked -q)"
}
make_image certified <<'TEXT'
RUN mkdir -p /etc/pki/tls/certs && echo x > /etc/pki/tls/certs/ca-bundle.crt
TEXT
got=$(notes "$outis" harden docker-daemon:outis-test/certified -o note.tar)
holds 'certified: no zones' 'time zones' "$got"
equal 'certified: its certificates' 0 "$(printf '%s\n' "$got" | grep -c certificates)"
ours 'all: a base' 0 "$outis" base -o all.tar
equal 'all: nothing to note' '' "$(notes "$outis" harden all.tar -o note.tar)"

# What cannot be.
make_image closed <<'TEXT'
RUN mkdir -p /etc && chmod 750 /etc
TEXT
refuses closed "'/etc' of the image is closed to others" \
    "$outis" harden docker-daemon:outis-test/closed -o no.tar
make_image folder <<'TEXT'
RUN mkdir /outis-init
TEXT
refuses folder "'/outis-init' is a folder" "$outis" harden docker-daemon:outis-test/folder -o no.tar
make_image own <<'TEXT'
ENTRYPOINT ["/outis-init", "-g", "--", "/bin/sh"]
TEXT
refuses own 'in its own way' "$outis" harden docker-daemon:outis-test/own -o no.tar
refuses platform "no image for 'linux/arm64'" \
    "$outis" harden docker-daemon:outis-test/plain --platform linux/arm64 -o no.tar
refuses 'no image' "cannot read 'nowhere.tar'" "$outis" harden nowhere.tar -o no.tar
head -c 300000 plain.tar > cut.tar
ours 'a cut tar' 2 "$outis" harden cut.tar -o no.tar
equal 'a cut tar: nothing is written' no "$([ -e no.tar ] && echo yes || echo no)"
finish
