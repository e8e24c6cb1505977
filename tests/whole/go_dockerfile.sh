#!/bin/sh
# What `outis dockerfile` prints for Go source, built by `docker build` again after an edit: which
# layers are made anew. Modules come from a proxy in the image of Go; nothing has a network.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/tree.sh"
. "$root/tests/support/recipes.sh"

golang_tree
docker_start
succeeds 'the image of Go' import_tree "$tree" golang:1 || finish

# A proxy with one module: files of GOPROXY's protocol.
module=example.com/greeting
served=$work/go/proxy/$module/@v
mkdir -p "$served" "$work/zip/$module@v1.0.0"
printf 'module %s\n\ngo 1.19\n' "$module" > "$served/v1.0.0.mod"
cp "$served/v1.0.0.mod" "$work/zip/$module@v1.0.0/go.mod"
printf 'package greeting\n\nconst Word = "hello"\n' > "$work/zip/$module@v1.0.0/greeting.go"
echo '{"Version":"v1.0.0"}' > "$served/v1.0.0.info"
cat > "$work/zip.go" <<'TEXT'
package main

import (
	"archive/zip"
	"os"
)

func main() {
	archive := zip.NewWriter(os.Stdout)
	for _, name := range os.Args[1:] {
		text, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		file, _ := archive.Create(name)
		file.Write(text)
	}
	archive.Close()
}
TEXT
env -C "$work/zip" go run "$work/zip.go" "$module@v1.0.0/go.mod" "$module@v1.0.0/greeting.go" \
    > "$served/v1.0.0.zip"
printf 'FROM golang:1\nCOPY proxy /proxy\nENV GOPROXY=file:///proxy GOSUMDB=off\n' \
    > "$work/go/Dockerfile"
succeeds 'an image of Go with a proxy' docker build --quiet --tag golang:1.19 "$work/go" || finish

with_proxy() { # COMMAND...: on this machine
    env GOPROXY="file://$work/go/proxy" GOSUMDB=off GOMODCACHE="$work/modules" \
        GOFLAGS=-modcacherw "$@"
}
# printed NAME APP [OPTION...]: its Dockerfile, whose base is made as the Dockerfile says.
printed() {
    name=$1
    app=$2
    shift 2
    with_proxy "$outis" dockerfile "$app" -t "outis-test/$name:1" "$@" > "$work/$name.Dockerfile" \
        2> "$work/$name.notes" || not_ok "$name: outis dockerfile" "$(cat "$work/$name.notes")"
    sed -n 's/^#     outis /"$outis" /p' "$work/$name.Dockerfile" > "$work/base.sh"
    succeeds "$name: its base" env outis="$outis" sh -e "$work/base.sh" || true
}
built() { # NAME CONTEXT [OPTION...]: 'built', or 'failed'
    built_name=$1
    built_context=$2
    shift 2
    docker build --network none --tag "outis-test/$built_name:1" "$@" \
        --file "$work/$built_name.Dockerfile" "$built_context" > "$work/log" 2>&1 &&
        echo built || echo failed
}
# The instructions of the last build whose layer was not there.
made() {
    awk '/^Step / { step = $0; sub(/^Step [^:]* : /, "", step); next }
        /^ ---> Using cache/ { step = "" }
        /^ ---> [0-9a-f]+$/ && step != "" { if (step !~ /^(FROM|ARG)/) print step; step = "" }' \
        "$work/log"
}
says() { # IMAGE
    timeout -s KILL 300 docker run --rm --network none "$1" 2>&1 || true
}
program() { # FILE WORD
    printf 'package main\n\nimport "%s"\n\nfunc main() { println(greeting.Word, "%s") }\n' "$module" \
        "$2" > "$1"
}

# An edit of the source downloads nothing anew; one of go.mod does.
app=$work/app
mkdir "$app"
printf 'module example.com/app\n\ngo 1.19\n\nrequire %s v1.0.0\n' "$module" > "$app/go.mod"
program "$app/main.go" one
succeeds 'app: go mod tidy' with_proxy env -C "$app" go mod tidy || finish
printed app "$app"
holds 'app: there is no .dockerignore' "$app/.dockerignore" "$(cat "$work/app.notes")"
equal 'app: docker build' built "$(built app "$app")"
holds 'app: downloads first' 'RUN go mod download' "$(made)"
equal 'app: runs' 'hello one' "$(says outis-test/app:1)"
program "$app/main.go" two
equal 'app: again, after an edit' built "$(built app "$app")"
equal 'app: runs, edited' 'hello two' "$(says outis-test/app:1)"
equal 'app: what is made after an edit' 'COPY . .
RUN' "$(made | sed 's/^RUN .*go build.*/RUN/' | sed -n 1,2p)"
equal 'app: nothing is downloaded after an edit' 0 "$(made | grep -c download)"
echo '// edited' >> "$app/go.mod"
equal 'app: with another go.mod' built "$(built app "$app")"
equal 'app: go.mod decides' 'COPY go.mod go.sum ./
RUN go mod download' "$(made | sed -n 1,2p)"

# With the .dockerignore that is proposed, an edit of what is no part of it makes nothing.
"$outis" dockerfile "$app" --dockerignore > "$app/.dockerignore" 2> "$work/notes"
equal 'app: --dockerignore notes nothing' '' "$(cat "$work/notes")"
printed app "$app"
equal 'app: nothing to note' '' "$(cat "$work/app.notes")"
equal 'app: with .dockerignore' built "$(built app "$app")"
echo words > "$app/README.md"
printf 'package main\n' > "$app/x_test.go"
env -C "$app" CGO_ENABLED=0 GOMODCACHE="$work/modules" GOPROXY=off go build || true
equal 'app: with more files' built "$(built app "$app")"
equal 'app: nothing is made' '' "$(made)"

# Another version of Go.
docker tag golang:1.19 golang:1.99
equal 'app: --build-arg GO_VERSION' built "$(built app "$app" --build-arg GO_VERSION=1.99)"
equal 'app: --build-arg GO_VERSION that is not there' failed \
    "$(built app "$app" --build-arg GO_VERSION=none)"

# A vendor folder that .dockerignore leaves out, and the way out that the note names.
vendored=$work/vendored
cp -R "$root/images/recipes/vendored" "$vendored"
rm "$vendored/Dockerfile"
echo vendor/ > "$vendored/.dockerignore"
printed vendored "$vendored"
holds 'vendored: what is left out' vendor/modules.txt "$(cat "$work/vendored.notes")"
equal 'vendored: it cannot be built' failed "$(built vendored "$vendored")"
sed -n "s/.*the line '\(.*\)'$/\1/p" "$work/vendored.notes" >> "$vendored/.dockerignore"
equal 'vendored: as the note says' built "$(built vendored "$vendored")"
equal 'vendored: runs' 'hello, nobody' "$(says outis-test/vendored:1)"
equal 'vendored: nothing is downloaded' 0 "$(grep -c 'go mod download' "$work/vendored.Dockerfile")"

# A workspace whose modules have the dependency, asked from within one of them.
workspace=$work/workspace
mkdir -p "$workspace/tool" "$workspace/lib"
printf 'go 1.19\n\nuse (\n\t./lib\n\t./tool\n)\n' > "$workspace/go.work"
printf 'module example.com/tool\n\ngo 1.19\n' > "$workspace/tool/go.mod"
printf 'package main\n\nimport "example.com/lib"\n\nfunc main() { println(lib.Words()) }\n' \
    > "$workspace/tool/main.go"
printf 'module example.com/lib\n\ngo 1.19\n\nrequire %s v1.0.0\n' "$module" > "$workspace/lib/go.mod"
library() { # WORD
    printf 'package lib\n\nimport "%s"\n\nfunc Words() string { return greeting.Word + " %s" }\n' \
        "$module" "$1" > "$workspace/lib/lib.go"
}
library one
succeeds 'workspace: go mod tidy' with_proxy env -C "$workspace/lib" go mod tidy || finish
printed workspace "$workspace/tool"
equal 'workspace: docker build' built "$(built workspace "$workspace")"
equal 'workspace: runs' 'hello one' "$(says outis-test/workspace:1)"
library two
equal 'workspace: again, after an edit' built "$(built workspace "$workspace")"
equal 'workspace: runs, edited' 'hello two' "$(says outis-test/workspace:1)"
equal 'workspace: nothing is downloaded after an edit' 0 "$(made | grep -c download)"

# A workspace that alone supplies what a module of it requires in a version; and with a replacement.
supplied=$work/supplied
mkdir -p "$supplied/tool" "$supplied/lib"
cp "$workspace/go.work" "$supplied"
cp "$workspace/tool/main.go" "$supplied/tool"
printf 'module example.com/tool\n\ngo 1.19\n\nrequire example.com/lib v0.0.0\n' \
    > "$supplied/tool/go.mod"
printf 'module example.com/lib\n\ngo 1.19\n' > "$supplied/lib/go.mod"
printf 'package lib\n\nfunc Words() string { return "supplied" }\n' > "$supplied/lib/lib.go"
printed supplied "$supplied/tool"
equal 'supplied: docker build' built "$(built supplied "$supplied")"
equal 'supplied: runs' supplied "$(says outis-test/supplied:1)"
printf '\nreplace example.com/lib v0.0.0 => ./lib\n' >> "$supplied/go.work"
printed supplied "$supplied/tool"
equal 'supplied, replaced: docker build' built "$(built supplied "$supplied")"
holds 'supplied, replaced: downloads first' 'RUN go mod download' "$(made)"

# A workspace with a copy of a module that is published, too.
published=$work/published
mkdir "$published"
cp -R "$workspace/tool" "$published"
cp -R "$work/zip/$module@v1.0.0" "$published/greeting"
printf 'go 1.19\n\nuse (\n\t./greeting\n\t./tool\n)\n' > "$published/go.work"
printf '\nrequire %s v1.0.0\n' "$module" >> "$published/tool/go.mod"
program "$published/tool/main.go" published
succeeds 'published: go mod tidy' with_proxy env -C "$published/tool" GOWORK=off go mod tidy || finish
printed published "$published/tool"
equal 'published: docker build' built "$(built published "$published")"
equal 'published: runs' 'hello published' "$(says outis-test/published:1)"
holds 'published: downloads first' 'RUN go mod download' "$(cat "$work/published.Dockerfile")"

# A module beside, which go.mod names by its folder.
beside=$work/beside
mkdir "$beside"
cp -R "$workspace/tool" "$workspace/lib" "$beside"
printf '\nrequire (\n\texample.com/lib v0.0.0\n\t%s v1.0.0\n)\n\nreplace example.com/lib => ../lib\n' \
    "$module" >> "$beside/tool/go.mod"
succeeds 'beside: go mod tidy' with_proxy env -C "$beside/tool" go mod tidy || finish
printed beside "$beside/tool"
holds 'beside: the context' "the context is '$beside'" "$(cat "$work/beside.notes")"
equal 'beside: docker build' built "$(built beside "$beside")"
equal 'beside: runs' 'hello two' "$(says outis-test/beside:1)"
finish
