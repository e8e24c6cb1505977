#!/bin/sh
# The golang-builder's image used as its users use it: source at /src, Docker's socket, variables,
# at most one argument. Four projects (module, vendored, GOPATH with an import comment, MAIN_PATH),
# variables, and what can be wrong, without a network. contract.sh has the rest.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/tree.sh"
. "$root/tests/support/recipes.sh"

golang_tree
docker_start
succeeds 'the image of Go' import_tree "$tree" golang:1 || finish
succeeds 'the image of the tool' tool_image || finish
# A stand-in for upx, which Debian 12 has no package of: a copy with a mark; and for a distribution
# that has one.
mkdir "$work/upx"
cat > "$work/upx/upx" <<'TEXT'
#!/bin/sh
cp "$5" "$4" && printf 'packed' >> "$4"
TEXT
printf '#!/bin/sh\nln -s /opt/upx /usr/bin/upx\n' > "$work/upx/apk"
chmod 755 "$work/upx/upx" "$work/upx/apk"
printf 'FROM golang:1\nCOPY upx /opt/\nCOPY apk /usr/bin/\n' > "$work/upx/Dockerfile"
succeeds 'a base with packages' docker build --quiet --tag golang-upx:1 "$work/upx" || finish
succeeds 'the golang-builder' docker build --quiet --tag golang-builder:1 --network none \
    --build-arg BASE=golang-upx:1 "$root/images/recipes/golang-builder" || finish
mkdir "$work/no-go"
printf 'FROM golang-builder:1\nRUN rm /usr/bin/go\n' > "$work/no-go/Dockerfile"
succeeds 'a builder without Go' docker build --quiet --network none --tag no-go:1 \
    "$work/no-go" || finish

projects=$work/projects
main='package main%s\n\nvar version = "1"\n\nfunc main() { println("%s", version) }\n'
program() { # FILE WORD [IMPORT-COMMENT]
    mkdir -p "$(dirname "$1")"
    # shellcheck disable=SC2059
    printf "$main" "${3:-}" "$2" > "$1"
}
program "$projects/module/main.go" module
printf 'module example.com/team/Greeter/v2\n\ngo 1.19\n' > "$projects/module/go.mod"
cp -R "$root/images/recipes/vendored" "$projects/vendored"
rm "$projects/vendored/Dockerfile"
mkdir -p "$projects/gopath/vendor/example.com/old"
printf 'package old\n\nconst Word = "old"\n' > "$projects/gopath/vendor/example.com/old/old.go"
cat > "$projects/gopath/main.go" <<'TEXT'
package main // import "example.com/team/legacy"

import "example.com/old"

func main() { println(old.Word) }
TEXT
printf 'module example.com/team/suite\n\ngo 1.19\n' > "$work/go.mod"
for name in cli client server; do
    program "$projects/mains/cmd/$name/main.go" "$name"
done
cp "$work/go.mod" "$projects/mains/go.mod"
mkdir "$projects/cgo"
cat > "$projects/cgo/main.go" <<'TEXT'
package main

// int six(void) { return 6; }
import "C"

func main() { println(C.six() * 7) }
TEXT
printf 'module example.com/cgo\n\ngo 1.19\n' > "$projects/cgo/go.mod"


socket="-v $docker_directory/socket:/var/run/docker.sock"
image=golang-builder:1
mode=rw
export LDFLAGS='-s -X main.version=7'

# builder NAME PROJECT CODE PART-OF-THE-OUTPUT RUN-OPTIONS [TAG]: in a fresh copy of the project,
# which is $work/src afterwards; $prepared does more to it.
builder() {
    title=$1
    project=$2
    want=$3
    part=$4
    options=$5
    shift 5
    rm -rf "$work/src"
    cp -R "$projects/$project" "$work/src"
    ${prepared:-true}
    got=0
    # shellcheck disable=SC2086
    timeout -s KILL 600 docker run --rm --network none -v "$work/src:/src:$mode" $socket \
        $options "$image" "$@" > "$work/log" 2>&1 || got=$?
    equal "$title: exit code" "$want" "$got"
    holds "$title: its words" "$part" "$(cat "$work/log")"
    [ "$want" = "$got" ] || cat "$work/log"
}
runs() { # IMAGE: what its program prints
    timeout -s KILL 300 docker run --rm --network none "$1" 2>&1 || true
}
own() { # NAME IMAGE WORDS: the image is there, is ours, and works
    equal "$1: the image's words" "$3" "$(runs "$2")"
    holds "$1: PID 1 is ours" outis-init \
        "$(docker inspect --format '{{.Config.Entrypoint}}' "$2" 2>&1)"
    equal "$1: whom it runs as" 65534:65534 \
        "$(docker inspect --format '{{.Config.User}}' "$2" 2>&1)"
}

# Four projects.
builder 'module' module 0 "there is no Dockerfile in '.'" ''
equal 'module: the binary, without /v2; the image is in lower case' 'module 1' \
    "$("$work/src/Greeter" 2>&1)"
own 'module' greeter:latest 'module 1'
builder 'vendored' vendored 0 team/vendored:3 '' team/vendored:3
own 'vendored' team/vendored:3 'hello, nobody'
builder 'import comment' gopath 0 legacy ''
equal 'import comment: the binary' old "$("$work/src/legacy" 2>&1)"
own 'import comment' legacy:latest old
builder 'two mains' mains 2 "'./cmd/cli', './cmd/client', './cmd/server'; choose one with" ''
holds 'two mains: the remedy' 'choose one with MAIN_PATH' "$(cat "$work/log")"
equal 'two mains: nothing was made' '' \
    "$(cd "$work/src" && find . -type f ! -name main.go ! -name go.mod)"
builder 'MAIN_PATH' mains 0 cli '-e MAIN_PATH=cli'
own 'MAIN_PATH' cli:latest 'cli 1'
builder 'MAIN_PATH, as a path' mains 0 server '-e MAIN_PATH=cmd/server'
own 'MAIN_PATH, as a path' server:latest 'server 1'

# Variables.
builder 'LDFLAGS' module 0 Greeter '-e LDFLAGS'
equal 'LDFLAGS: the binary' 'module 7' "$("$work/src/Greeter" 2>&1)"
own 'LDFLAGS' greeter:latest 'module 7'
builder 'COMPRESS_BINARY' module 0 Greeter '-e COMPRESS_BINARY=true'
equal 'COMPRESS_BINARY: the mark' packed "$(tail -c 6 "$work/src/Greeter")"
builder 'COMPRESS_BINARY of another word' module 0 "only the word 'true' compresses" \
    '-e COMPRESS_BINARY=1'
builder 'OUTPUT, a folder' module 0 bin/Greeter '-e OUTPUT=bin/'
equal 'OUTPUT, a folder: the binary' 'module 1' "$("$work/src/bin/Greeter" 2>&1)"
builder 'OUTPUT, a file' module 0 out/program '-e OUTPUT=out/program'
equal 'OUTPUT, a file: the binary' 'module 1' "$("$work/src/out/program" 2>&1)"
builder 'CGO_ENABLED of another word' cgo 2 "not 'yes'" '-e CGO_ENABLED=yes'

# Somebody's Dockerfile, built by the daemon.
with_dockerfile() {
    mkdir -p "$work/src/deploy"
    printf 'FROM scratch\nCOPY . /\nLABEL by=hand\nENTRYPOINT ["/Greeter"]\n' \
        > "$work/src/Dockerfile"
    printf 'FROM scratch\nCOPY program /\nENTRYPOINT ["/program"]\n' \
        > "$work/src/deploy/Dockerfile"
    printf '*\n!Greeter\n!?.txt\n' > "$work/src/.dockerignore"
    mkdir "$work/src/ignored"
    touch -d 2017-07-14T02:40:00Z "$work/src/é.txt" "$work/src/éé.txt" "$work/src/ignored/a.txt"
}
prepared=with_dockerfile
builder 'a Dockerfile' module 0 'Step 1/' '' team/greeter:4
equal 'a Dockerfile: the image' 'module 1' "$(runs team/greeter:4)"
equal 'a Dockerfile: its label' hand \
    "$(docker inspect --format '{{.Config.Labels.by}}' team/greeter:4 2>&1)"
docker save --output "$work/by-hand.tar" team/greeter:4
tar --extract --to-stdout --wildcards --file "$work/by-hand.tar" '*/layer.tar' |
    TZ=UTC tar --list --verbose --full-time --quoting-style=literal > "$work/by-hand"
equal 'a Dockerfile: what is ignored stays here' 'Greeter é.txt' \
    "$(sed 's/.* //' "$work/by-hand" | sort | xargs)"
holds 'a Dockerfile: times stay' ' 2017-07-14 02:40:00 é.txt' "$(cat "$work/by-hand")"
builder 'DOCKER_BUILD_CONTEXT' module 0 'Step 1/' \
    '-e DOCKER_BUILD_CONTEXT=deploy -e OUTPUT=deploy/program'
equal 'DOCKER_BUILD_CONTEXT: the image' 'module 1' "$(runs greeter:latest)"
failing() {
    with_dockerfile
    printf 'FROM nowhere.invalid/nothing:1\n' > "$work/src/Dockerfile"
}
prepared=failing
builder 'a Dockerfile that fails' module 3 "building 'greeter:latest'" ''
prepared=

# Programs for another platform.
builder 'BUILD_GOOS alone' module 0 Greeter-windows '-e BUILD_GOOS=windows'

# What can be wrong.
close_source() {
    chmod 711 "$work/src"
}
prepared=close_source
builder 'an unreadable /src' module 2 "cannot read '/src'" '--user 65534:65534'
prepared=
mode=ro
builder 'a /src that may not be written' module 3 "cannot write 'Greeter'" ''
mode=rw
image=no-go:1
builder 'no Go in the base' module 3 'install Go' ''
image=golang-builder:1

# A daemon that refuses all, and a socket that nobody listens on.
perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un($ARGV[0])) or die' \
    "$work/dead.socket"
perl -MSocket -e '
    socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un($ARGV[0])) or die; listen(S, 8);
    while (accept(C, S)) {
        sysread(C, $asked, 4096);
        $words = "{\"message\":\"authorization denied\"}";
        $length = length($words);
        syswrite(C, "HTTP/1.1 403 Forbidden\r\nContent-Length: $length\r\n\r\n$words");
        close(C);
    }' "$work/refusing.socket" &
refusing=$!
at_exit "end $refusing"
until_true 600 test -S "$work/refusing.socket"
socket="-v $work/refusing.socket:/var/run/docker.sock"
builder 'a daemon that refuses' module 3 'authorization denied' ''
socket="-v $work/dead.socket:/var/run/docker.sock"
builder 'a socket without a daemon' module 3 'docker.sock' ''
finish
