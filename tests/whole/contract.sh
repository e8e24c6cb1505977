#!/bin/sh
# The golang-builder against the documents that Outis was made from, row by row: their layouts,
# commands and variables, on this machine and in the container with Docker's socket, and what their
# articles show besides. Each title begins with the row of that table; rows of `outis dockerfile`,
# of `outis base --ca-only` and of PID 1's user (39, 50 to 52, 57, 58, 62) are in other tests.
# Modules come from a proxy that is a folder.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/tree.sh"
. "$root/tests/support/recipes.sh"
. "$root/tests/support/contract.sh"

golang_tree
engine=docker
docker_start
succeeds 'the image of Go' import_tree "$tree" golang:1 || finish
succeeds 'the image of the tool' tool_image || finish
succeeds 'golang-builder' docker build --quiet --tag golang-builder:1 --network none \
    "$root/images/recipes/golang-builder" || finish
succeeds 'golang-builder-cross' docker build --quiet --tag golang-builder-cross:1 --network none \
    --target golang-builder-cross "$root/images/recipes/golang-builder" || finish
src=$work/src
machine=$(go env GOHOSTARCH)
contract_layouts
contract_commands

# The project's structure and the canonical import path.
row '1, 17: main at the root, a Dockerfile' root 0 'Step 1/' container
made hello
equal '1: the binary' "$hello_says" "$(said ./hello)"
equal '17: the image' "$hello_says" "$(runs hello:latest)"
equal '17: it is about as large as the binary' yes "$(
    size=$(docker image inspect --format '{{.Size}}' hello:latest)
    [ "$size" = "$(stat -c %s "$src/hello")" ] && echo yes || echo "$size")"
row '2: main in cli, MAIN_PATH=cli' cli 0 'Step 1/' MAIN_PATH=cli container team/cli:2
made hello
equal '2: the image of the same Dockerfile' "$hello_says" "$(runs team/cli:2)"
row '2: without MAIN_PATH' cli 0 hello OUTIS_IMAGE=none builder
made hello
row '2: with go.mod' server 0 hello OUTIS_IMAGE=none MAIN_PATH=server builder
made hello
row '3: OUTPUT names a file' cli 0 cli:latest MAIN_PATH=cli OUTPUT=hello builder
made hello
row '3: OUTPUT names a folder' server 0 bin/server OUTIS_IMAGE=none OUTPUT=bin/ builder
made bin/server
mkdir "$layouts/cli/hello"
row '2: the name of the project is a folder as well' cli 2 OUTPUT MAIN_PATH=cli builder
made
rmdir "$layouts/cli/hello"
for main in a cmd/b/; do
    row "4: MAIN_PATH=$main" mains 0 compiling OUTIS_IMAGE=none "MAIN_PATH=$main" OUTPUT=out builder
    made out
done
row '4: MAIN_PATH=.' both 0 both OUTIS_IMAGE=none MAIN_PATH=. builder
made both
row '5: MAIN_PATH with a slash before it' mains 2 "'./cmd/b'; choose one with MAIN_PATH" \
    MAIN_PATH=/cmd/b builder
row '6: the import comment is not where main is' comment-above 2 "$right_comment" MAIN_PATH=cli \
    builder
holds '6: one line' "'cli', which has no import comment" "$(tail -n 1 "$work/log")"
row '7: the import comment is that of the project' comment-wrong 2 "$right_comment" MAIN_PATH=cli \
    builder
equal '7: one line besides the log' 2 "$(wc -l < "$work/log")"
for form in block raw; do
    row "8: a comment of another form, $form" comment-$form 0 tool OUTIS_IMAGE=none builder
    made tool
done
row '9: no name at all' nameless 0 "'src' is the name of a folder" container
made src
holds '9: the image is named, too' outis-init \
    "$(docker inspect --format '{{.Config.Entrypoint}}' src:latest 2>&1)"

# Dependencies.
row '10: go get by default' get 0 "fetched 'example.com/third v1.0.0'" container
made tool
equal '10: the image has the same' fetched "$(runs tool:latest)"
row '10: on this machine' get 0 tool OUTIS_IMAGE=none builder
made tool
row '10: --no-get' get 2 "'go mod init example.com/team/tool'" builder --no-get
row '10: no network' get 3 vendor/ GOPROXY=off builder
row '11: go.mod that requires nothing' get-module 0 "fetched 'example.com/third v1.0.0'" \
    OUTIS_IMAGE=none builder
made tool
row '12: no go.sum' get-sum 0 'fetched what go.sum lacks' OUTIS_IMAGE=none builder
made tool
cp "$work/tidy/go.sum" "$layouts/get-sum"
row '13: go.mod and go.sum' get-sum 0 tool OUTIS_IMAGE=none builder
made tool
row '60: the proxy is off' get-sum 3 GOPROXY GOPROXY=off "GOMODCACHE=$work/none" builder
sed 's/\(v1.0.0 h1:\).*/\1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=/' "$work/tidy/go.sum" \
    > "$layouts/get-sum/go.sum"
row '59: go.sum says otherwise' get-sum 2 'checksum mismatch' OUTIS_IMAGE=none builder
row '14: Godeps' godeps 0 tool OUTIS_IMAGE=none builder
row '14: Godeps with rewritten imports' godeps-rewritten 0 tool OUTIS_IMAGE=none builder
row '15: vendor and an import comment' vendor 0 tool OUTIS_IMAGE=none builder
row '16: vendor and nothing else' vendor-alone 2 'without which vendor/ does not count' builder
holds '16: the remedies' "'go mod init NAME' and 'go mod tidy', or write 'package main // import" \
    "$(cat "$work/log")"
row '56: vendor and go.mod' vendored 0 vendored OUTIS_IMAGE=none GOPROXY=off builder

# The Dockerfile and the tag.
row '18: capitals' capitals 0 my-dash-app:latest builder
made My-Dash-App
row '18: a version behind a dot' versioned 0 widget.v3 OUTIS_IMAGE=none builder
row '19: a tag' root 0 myorg/hello:1.2 builder myorg/hello:1.2
row '19: a tag in capitals' root 2 MyOrg builder MyOrg/Hello:1
made
row '20: two words' root 2 "unexpected argument 'b'" builder a b
row '21: DOCKER_BUILD_CONTEXT' deploy 0 'Step 1/' DOCKER_BUILD_CONTEXT=deploy OUTPUT=deploy/ builder
equal '21: the image' "$hello_says" "$(runs hello:latest)"
row '22: DOCKER_BUILD_CONTEXT without OUTPUT' deploy 3 "OUTPUT='deploy/'" \
    DOCKER_BUILD_CONTEXT=deploy builder
holds '22: where the binary is' "'hello', outside of DOCKER_BUILD_CONTEXT 'deploy'" \
    "$(tail -n 1 "$work/log")"
row '23: no Dockerfile' mains 0 OUTIS_IMAGE=none MAIN_PATH=a builder
row '23: no Dockerfile, no image' mains 0 'made no image' MAIN_PATH=a OUTIS_IMAGE=none container
row '23: no Dockerfile, a tag for nothing' mains 2 "OUTIS_IMAGE is 'none'" MAIN_PATH=a \
    OUTIS_IMAGE=none container x:1
equal '23: there is none' '' "$(docker images --quiet x:1)"
row '24: no socket' root 0 'compiled, and made no image' container-alone
made hello
row '25: a tag without a socket' root 3 "there is no image 'team/x:1'" container-alone team/x:1
made hello

# Additional options.
row '26: cgo is off' cgo 2 "'example.com/cgo' has code in C, which needs CGO_ENABLED=1" container
row '26: cgo' cgo 0 cgo:latest CGO_ENABLED=true container
equal '26: the image' 42 "$(runs cgo:latest)"
# Debian 12 has no upx.
row '27, 30: all of them' cgo 3 "'/src/my_go_binary' is not compressed" CGO_ENABLED=true \
    'LDFLAGS=-extldflags "-static"' COMPRESS_BINARY=true OUTPUT=/src/my_go_binary container
holds '30: the variable' COMPRESS_BINARY "$(cat "$work/log")"
made my_go_binary
holds '27: a static program' 'statically linked' "$(file "$src/my_go_binary")"
row '28: LDFLAGS by default' mains 0 out OUTIS_IMAGE=none MAIN_PATH=a LDFLAGS= OUTPUT=out builder
holds '28: -s' ', stripped' "$(file "$src/out")"
row '29: LDFLAGS' mains 0 out OUTIS_IMAGE=none MAIN_PATH=a 'LDFLAGS=-X main.version=7' OUTPUT=out \
    builder
equal '29: -X' 'a 7' "$(said ./out)"
row '31: OUTPUT, absolute' mains 0 "$src/x/y" OUTIS_IMAGE=none MAIN_PATH=a "OUTPUT=$src/x/y" builder
made x/y
row '32: no source' empty 2 "'/src' is empty" container

# Cross-compilation.
row '33: two systems, two machines' mains 0 mains-linux.tar MAIN_PATH=a BUILD_GOOS='linux darwin' \
    BUILD_GOARCH='amd64 arm64' builder
made mains-darwin-amd64 mains-darwin-arm64 mains-linux-amd64 mains-linux-arm64 mains-linux.tar
for words in 'linux-amd64 ELF 64-bit.*x86-64' 'linux-arm64 ELF 64-bit.*ARM aarch64' \
    'darwin-amd64 Mach-O 64-bit x86_64' 'darwin-arm64 Mach-O 64-bit arm64'; do
    matches "33: for ${words%% *}" "${words#* }" "$(file "$src/mains-${words%% *}")"
done
index_said=$("$outis" verify --strict "$src/mains-linux.tar" 2>&1 || true)
for words in ': linux/amd64,' ': linux/arm64,' ': 0 errors, 0 warnings'; do
    holds "33: two Linux programs are one index: '$words'" "$words" "$index_said"
done
row '34: the command of the document' major 0 widget-linux-arm BUILD_GOOS=linux \
    BUILD_GOARCH='arm amd64' container-cross
made widget-linux-amd64 widget-linux-arm
row '35: the image for several platforms' mains 0 mains-darwin-arm64 MAIN_PATH=a OUTIS_IMAGE=none \
    container-cross
made mains-darwin-amd64 mains-darwin-arm64 mains-linux-386 mains-linux-amd64 mains-linux-arm mains-linux-arm64
row '36: a platform that Go gave up' mains 2 "'darwin/386'" MAIN_PATH=a OUTIS_IMAGE=none \
    BUILD_GOOS='darwin linux' BUILD_GOARCH='386 amd64' builder
made mains-darwin-amd64 mains-linux-386 mains-linux-amd64
row '37: a Dockerfile' crossed 0 'Step 1/' BUILD_GOOS=linux "BUILD_GOARCH=$machine" container
equal '37: the image' 'crossed 1' "$(runs crossed:latest)"
row '37: a Dockerfile and a tag' crossed 0 team/crossed:1 BUILD_GOOS=linux "BUILD_GOARCH=$machine" \
    builder team/crossed:1
row '37: a tag for nothing' mains 2 'there is no Dockerfile' MAIN_PATH=a BUILD_GOOS=darwin \
    builder team/x:1
if [ "$machine" = amd64 ] && command -v aarch64-linux-gnu-gcc > "$work/compiler"; then
    row '38: cgo for another machine' cgo 0 cgo-linux-arm64 CGO_ENABLED=1 BUILD_GOARCH=arm64 builder
    holds '38: the binary' 'ARM aarch64' "$(file "$src/cgo-linux-arm64")"
else
    skip '38: cgo for another machine' 'there is no compiler for it'
fi
row '38: cgo without a compiler' cgo 3 s390x-linux-gnu-gcc CGO_ENABLED=1 BUILD_GOARCH=s390x \
    container
equal '41: no client of Docker in it' '' \
    "$(docker run --rm --entrypoint sh golang-builder:1 -c 'command -v docker' 2>&1 || true)"

# Odd ones.
row '66: two mains' mains 2 MAIN_PATH builder
made
row '67: main at the root and below' both 0 both OUTIS_IMAGE=none builder
equal '67: the root is taken' 'root 1' "$(said ./both)"
row '68: no main' library 2 'no Go main package' builder
row '69: embed, internal, a file of its own' odd 0 odd OUTIS_IMAGE=none builder
equal '69: the program' "embedded
and internal" "$(said ./odd)"
row '69: replace, and only the module is mounted' replaced 2 ../lib container
row '70: GOFLAGS' tagged 0 tagged OUTIS_IMAGE=none GOFLAGS=-tags=special builder
equal '70: the program' special "$(said ./tagged)"
row '71: go:generate' generated 2 "'main.go' has a line '//go:generate'" builder
row '72: a module of a workspace' workspace 0 out OUTIS_IMAGE=none folder=app builder
made app/app
row '73: a workspace' workspace 0 src:latest MAIN_PATH=app container
equal '73: the image' lib "$(runs src:latest)"
row '73: on this machine' workspace 0 compiling OUTIS_IMAGE=none MAIN_PATH=app OUTPUT=out builder
made out
row '74: an import comment that ends in .go' dotted 0 hello:latest builder
made hello

# The articles: one static program with all that they show, in images of each kind.
bakes() { # TITLE APP IMAGE [OPTION]...
    bakes_title=$1
    bakes_app=$2
    bakes_image=$3
    shift 3
    succeeds "$bakes_title" "$outis" bake -q "$bakes_app" -t "$bakes_image" \
        -o "docker-daemon:$bakes_image" "$@" || true
}
config() { # IMAGE FIELD...
    config_image=$1
    shift
    docker inspect --format "$(printf '{{.Config.%s}} ' "$@")" "$config_image" | sed 's/ *$//'
}
source_file check/main.go "$(cat "$root/tests/support/article.go")"
module check example.com/check
check=$layouts/check
tls_start
url=https://127.0.0.1:$tls_port/
(cd "$check" && CGO_ENABLED=0 go build -trimpath -tags netgo -ldflags -w -o app)
bakes '42: a program that CI compiled' "$check/app" ci:1
matches '43: the image is as large as the program' '^1[.][01]' "$(
    docker image inspect --format '{{.Size}}' ci:1 |
        awk -v program="$(stat -c %s "$check/app")" '{ printf "%.2f", $1 / program }')"
equal '44, 46, 53: roots, zones, accounts' \
    'roots, zone Asia/Tokyo, nobody 65534 65534, user nobody' "$(runs ci:1)"
holds '40: a stranger is not trusted' 'unknown authority' "$(asks ci:1)"
bakes '45, 49: a port and arguments' "$check" shop:1 --port 3001 --ca-add "$work/tls/ca.pem" -- -x
holds '40, 47: HTTPS to a private authority' 'answer 200' "$(asks shop:1)"
equal '45, 49, 53: port, arguments, user' 'map[3001/tcp:{}] [-x] 65534:65534' \
    "$(config shop:1 ExposedPorts Cmd User)"
holds '54: words, and no shell' '[/outis-init -p' "$(config shop:1 Entrypoint)"
manifest=$("$outis" k8s deployment docker-daemon:shop:1 2>&1 || true)
for words in 'runAsNonRoot: true' 'containerPort: 3001'; do
    holds "64: Kubernetes: '$words'" "$words" "$manifest"
done
cp "$build/bin/outis-init" "$check"
printf 'FROM scratch\nCOPY outis-init app /\nENTRYPOINT ["/outis-init", "--", "/app"]\n' \
    > "$check/Dockerfile"
succeeds '61: PID 1 in an image of scratch' docker build --quiet --tag scratch:1 "$check" || true
equal '61: as root, it becomes nobody' 'nobody 65534 65534, user nobody' "$(runs scratch:1)"
succeeds '63: the base' "$outis" base -q -t outis-base -o docker-daemon:outis-base:latest || true
printf 'FROM outis-base\nCOPY app /\nEXPOSE 3001\nCMD ["/app"]\n' > "$check/Dockerfile"
succeeds '49, 63: an image of the base' docker build --quiet --tag on-base:1 "$check" || true
equal '63: it runs' 'roots, zone Asia/Tokyo, nobody 65534 65534, user nobody' "$(runs on-base:1)"
succeeds '65: harden' "$outis" harden docker-daemon:crossed:latest \
    -o docker-daemon:hardened:1 || true
equal '65: it runs as before' 'crossed 1' "$(runs hardened:1)"
row '48: a library in C' lua 0 lua:latest CGO_ENABLED=true container
holds '48: it is in the image' liblua5.1.so.0 \
    "$("$outis" image ls docker-daemon:lua:latest 2>&1)"
finish
