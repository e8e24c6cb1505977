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
        "$(sed 's/.*  //' "$tree/var/lib/dpkg/info/nodejs.md5sums" | grep -v '^usr/share/\(doc\|man\)/' |
            while read -r file; do grep -qF "  $file" "$work/listed.sums" || echo "$file"; done)"
    rm -rf "$work/node"
}

works java-package 'OpenJDK Runtime Environment' '--package openjdk-17-jre-headless' \
    /usr/bin/java -version
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

works postgres 'postgres \(PostgreSQL\) 15' '--package postgresql-15' \
    /usr/lib/postgresql/15/bin/postgres --version

printf 'server:\n chroot: ""\n username: ""\n' > "$work/unbound.conf"
works unbound 'no errors in' "--package unbound --add $work/unbound.conf:/srv/unbound.conf" \
    /usr/sbin/unbound-checkconf /srv/unbound.conf

works named 'named|BIND 9' '--package bind9' /usr/sbin/named -V

works sshd 'sshd: no hostkeys available' '--package openssh-server --dir /run/sshd' \
    /usr/sbin/sshd -t

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
