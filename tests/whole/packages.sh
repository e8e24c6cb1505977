#!/bin/sh
# Programs of Debian whose packages hold what they open at run time: interpreters, ImageMagick and
# servers, each baked by one command with --package, or with the folder that it lies in, and at work
# in Docker as nobody; and what a bake says of a package that is not there as a whole.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/tree.sh"
. "$root/tests/support/listed.sh"

# shellcheck disable=SC2086
tree_ready servers $packages_servers
tree=$(realpath "$tree")
docker_start
engine=docker

# works NAME WANTED BAKE_OPTIONS PROGRAM ARG...: what the image's command prints.
works() {
    name=$1
    wanted=$2
    options=$3
    program=$4
    shift 4
    # shellcheck disable=SC2086
    succeeds "$name: bake" "$outis" bake --root "$tree" "$program" -t "outis-test/$name:1" \
        -o "$work/$name.tar" --sbom none --provenance none $options ${trace:+--trace "$trace"} -- "$@" || return 0
    succeeds "$name: load" docker load --quiet --input "$work/$name.tar" || return 0
    said=$(docker run --rm --network none --user 65534:65534 --tmpfs /run:mode=1777 \
        "outis-test/$name:1" 2>&1 | tail -n 3 | tr '\n' ' ') || true
    matches "$name: works" "$wanted" "$said"
    [ "$name" != node ] || node_listed
    docker rmi --force "outis-test/$name:1" > /dev/null 2>&1
    rm -f "$work/$name.tar"
}

# The packages of hundreds of files, in the container's own file system.
node_listed() {
    node=$(docker create "outis-test/node:1")
    mkdir "$work/node"
    docker export "$node" | tar -C "$work/node" -xf -
    docker rm "$node" > /dev/null
    listed_agrees node "$work/node" "$tree"
    matches 'node: its packages are listed' 'libc6 .*libnode[0-9]* .*nodejs ' "$listed"
    equal 'node: every file of the package but documentation is listed' '' \
        "$(sed 's/.*  //' "$tree/var/lib/dpkg/info/nodejs.md5sums" |
            grep -v '^usr/share/\(doc\|man\|bash-completion\)/' |
            while read -r file; do grep -qF "  $file" "$work/listed.sums" || echo "$file"; done)"
    rm -rf "$work/node"
}

# serves NAME BAKE_OPTIONS PROGRAM ARG...: the image's command as a server, with its folder of this
# test as /srv, in a network of its own, where exercise.sh of that folder works for a client of the
# tree. prepare.sh, if there is one, makes what must be there before.
serves() {
    name=$1
    options=$2
    program=$3
    server=
    shift 3
    [ -d "$work/$name" ] || cp -r "$root/tests/whole/servers/$name" "$work/$name"
    as_root chown -R 65534:65534 "$work/$name"
    if [ -e "$work/$name/prepare.sh" ]; then
        succeeds "$name: prepare" in_tree prepare.sh || return 0
    fi
    # shellcheck disable=SC2086
    succeeds "$name: bake" "$outis" bake --root "$tree" -t "outis-test/$name:1" --dir /srv \
        -o "$work/$name.tar" --sbom none --provenance none $options "$program" -- "$@" || return 0
    succeeds "$name: load" docker load --quiet --input "$work/$name.tar" || return 0
    succeeds "$name: starts" docker run --detach --name "$name" --network none --read-only \
        --cap-drop ALL --user 65534:65534 --tmpfs /run:mode=1777 --tmpfs /tmp:mode=1777 \
        --volume "$work/$name:/srv" "outis-test/$name:1" || return 0
    server=$(docker inspect --format '{{.State.Pid}}' "$name")
    if until_true 600 in_tree exercise.sh; then
        ok "$name: works"
    else
        not_ok "$name: works" "$(cat "$work/until_true.log"; docker logs "$name" 2>&1 | tail -n 5)"
    fi
    docker rm --force "$name" > /dev/null 2>&1
    docker rmi --force "outis-test/$name:1" > /dev/null 2>&1
    rm -f "$work/$name.tar"
}

# A script of $name's folder in the tree, as nobody, in the network of process $server, if it runs.
in_tree() { # SCRIPT
    # shellcheck disable=SC2016
    as_root ${server:+nsenter --net --target "$server"} unshare --mount sh -c '
        mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" && mount --bind "$2" "$1/srv" &&
            cd / && exec chroot --userspec=65534:65534 "$1" sh -eu "/srv/$3"' \
        sh "$tree" "$work/$name" "$1"
}

works java-package 'OpenJDK Runtime Environment' '--package openjdk-17-jre-headless' \
    /usr/bin/java -version
cat > "$work/Sum.java" <<'TEXT'
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.stream.IntStream;

class Sum {
    public static void main(String[] words) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        System.out.println(IntStream.rangeClosed(1, 1000).parallel().sum() + " "
            + HexFormat.of().formatHex(digest.digest("x".getBytes("UTF-8"))));
    }
}
TEXT
works java-source '^500500 [0-9a-f]{64} *$' \
    "--package openjdk-17-jre-headless --add $work/Sum.java:/Sum.java" /usr/bin/java /Sum.java
works java-folder 'OpenJDK Runtime Environment' \
    "--add $tree/usr/lib/jvm:/usr/lib/jvm --add $tree/etc/java-17-openjdk:/etc/java-17-openjdk" \
    /usr/bin/java -version

works node '^2 example.com [0-9a-f]{64} *$' '--package nodejs' /usr/bin/node -e \
    'const url = new (require("url").URL)("http://example.com/a"); const c = require("crypto");
     console.log([1, 2].length, url.host, c.createHash("sha256").update("x").digest("hex"))'

works ruby '^[{]"a":\[1,2\][}] [0-9a-f]{64} *$' '--package ruby' /usr/bin/ruby -rjson -ropenssl -e \
    'puts JSON.generate({a: [1, 2]}) + " " + OpenSSL::Digest::SHA256.hexdigest("x")'

works perl '^3 [0-9a-f]{32} *$' '--package perl' /usr/bin/perl -MList::Util=sum -MDigest::MD5=md5_hex \
    -e 'use strict; use warnings; use POSIX; print sum(1, 2), " ", md5_hex("x"), "\n"'

works php '^1 [{]"a":1[}] 3 *$' '--package php8.2-cli' /usr/bin/php8.2 -r \
    'echo ctype_digit("12"), " ", json_encode(["a" => 1]), " ", strlen(posix_getcwd() . "ab"), "\n";'

works convert '^XC 8x4' '--package imagemagick-6.q16' /usr/bin/convert -size 8x4 xc:red \
    -write png:/tmp/x.png -write jpg:/tmp/x.jpg -format '%m %wx%h' info:-

mkdir "$work/postgres" "$work/unbound" "$work/sshd"
cp "$root/tests/whole/servers/postgres/prepare.sh" "$work/postgres"
cat > "$work/postgres/exercise.sh" <<'TEXT'
sum='create table if not exists numbers as select n from generate_series(1, 1000) n;
    select sum(n) from numbers'
[ "$(psql -qAt -h 127.0.0.1 -U postgres -c "$sum")" = 500500 ]
TEXT
serves postgres '--package postgresql-15' /usr/lib/postgresql/15/bin/postgres -D /srv/data \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories=/srv

cat > "$work/unbound/unbound.conf" <<'TEXT'
server:
    chroot: ""
    username: ""
    directory: "/srv"
    pidfile: ""
    use-syslog: no
    interface: 127.0.0.1@5300
    local-zone: "outis.test." static
    local-data: "www.outis.test. A 192.0.2.7"
TEXT
cat > "$work/unbound/exercise.sh" <<'TEXT'
[ "$(dig +short +time=2 +tries=1 @127.0.0.1 -p 5300 www.outis.test)" = 192.0.2.7 ]
TEXT
serves unbound '--package unbound' /usr/sbin/unbound -d -c /srv/unbound.conf

serves named '--package bind9' /usr/sbin/named -g -c /srv/named.conf

# A file there and back, for the only user that a server may be that does not start as root.
cat > "$work/sshd/sshd.conf" <<'TEXT'
Port 2222
ListenAddress 127.0.0.1
HostKey /srv/host
AuthorizedKeysFile /srv/user.pub
StrictModes no
UsePAM no
PidFile none
Subsystem sftp internal-sftp
TEXT
cat > "$work/sshd/prepare.sh" <<'TEXT'
for key in host user; do ssh-keygen -q -t ed25519 -N '' -f "/srv/$key"; done
TEXT
cat > "$work/sshd/exercise.sh" <<'TEXT'
printf 'put /srv/sshd.conf /srv/there\nget /srv/there /srv/back\n' |
    sftp -q -b - -F none -i /srv/user -P 2222 -o UserKnownHostsFile=/dev/null \
        -o StrictHostKeyChecking=no nobody@127.0.0.1
cmp /srv/sshd.conf /srv/back
TEXT
printf 'nobody:x:65534:65534:nobody:/:/usr/sbin/sshd\n' > "$work/passwd"
serves sshd "--package openssh-server --dir /run/sshd --add $work/passwd:/etc/passwd" \
    /usr/sbin/sshd -D -e -f /srv/sshd.conf

# Nobody need know: the bake names the package.
for row in java:openjdk-17-jre-headless:/usr/bin/java perl:perl-base:/usr/bin/perl \
    ruby:libruby3.1:/usr/bin/ruby; do
    program=${row##*:}
    package=${row#*:}
    package=${package%%:*}
    matches "${row%%:*}: a note names the package" "[-][-]package $package " \
        "$("$outis" bake --root "$tree" "$program" -o "$work/note.tar" 2>&1)"
done
refused=$("$outis" bake --root "$tree" /usr/bin/perl --package perll -o "$work/no.tar" 2>&1) ||
    status=$?
equal 'an unknown package: exit code' 2 "${status:-0}"
matches 'an unknown package: a similar one is named' "'perl'" "$refused"

# The command is nobody in the tree, with /proc and devices; started by nobody too.
trace='/usr/bin/java -version'
works java-traced 'OpenJDK Runtime Environment' '' /usr/bin/java -version
trace=
nobody=$(mktemp -d)
at_exit "rm -rf '$nobody'"
chown 65534:65534 "$nobody"
if setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$outis"; then
    succeeds 'java: traced by nobody' setpriv --reuid 65534 --regid 65534 --clear-groups \
        env HOME="$nobody" "$outis" bake --root "$tree" --trace '/usr/bin/java -version' \
        /usr/bin/java -o "$nobody/x.tar"
else
    skip 'java: traced by nobody' "nobody cannot reach '$outis'"
fi
equal 'nothing is mounted in the tree' '' "$(grep -F "$tree" /proc/self/mounts || true)"
finish
