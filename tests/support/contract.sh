# Sourced by tests/whole/contract.sh after whole.sh and recipes.sh: the projects that it builds, as
# the documents lay them out, and the golang-builder as they call it.

hello_says='hello /'
right_comment="import \"github.com/CenturyLink/hello/cli\"'"
third_body='import "example.com/third/dep"

func main() { println(dep.Word) }'

source_file() { # FILE TEXT, below $layouts
    mkdir -p "$layouts/$(dirname "$1")"
    printf '%s\n' "$2" > "$layouts/$1"
}
module() { # LAYOUT PATH [MORE]
    source_file "$1/go.mod" "module $2

go 1.19
${3:-}"
}
program() { # FILE WORD [COMMENT]: prints the word and its version
    source_file "$1" "package main${3:+ // import \"$3\"}

var version = \"1\"

func main() { println(\"$2\", version) }"
}
# hello LAYOUT FOLDER COMMENT: the project of the golang-builder's page, main in the folder.
hello() {
    source_file "$1/api/api.go" 'package api

const Path = "/"'
    source_file "$1/greeting/greeting.go" 'package greeting

const Word = "hello"'
    source_file "$1/$2/hello.go" "package main${3:+ // import \"$3\"}

import (
	\"github.com/CenturyLink/hello/api\"
	\"github.com/CenturyLink/hello/greeting\"
)

func main() { println(greeting.Word, api.Path) }"
    source_file "$1/$2/hello_test.go" 'package main'
}
dockerfile() { # FOLDER PROGRAM FILE
    source_file "$1/Dockerfile" "FROM scratch
EXPOSE 3000
COPY $3 /$2
ENTRYPOINT [\"/$2\"]"
}

# The module example.com/third, as `go help goproxy` wants it.
contract_proxy() {
    proxy=$work/proxy/example.com/third/@v
    mkdir -p "$proxy"
    echo v1.0.0 > "$proxy/list"
    echo '{"Version":"v1.0.0","Time":"2020-01-01T00:00:00Z"}' > "$proxy/v1.0.0.info"
    printf 'module example.com/third\n\ngo 1.19\n' > "$proxy/v1.0.0.mod"
    go run "$root/tests/data/images/go/module_zip.go" > "$proxy/v1.0.0.zip"
    export GOPROXY="file://$work/proxy" GONOSUMDB='*' GOFLAGS=-modcacherw
    export GOMODCACHE="$work/modules"
}

contract_layouts() {
    layouts=$work/layouts
    contract_proxy
    hello root . github.com/CenturyLink/hello
    dockerfile root hello hello
    hello cli cli github.com/CenturyLink/hello/cli
    dockerfile cli hello hello
    hello server server
    module server github.com/CenturyLink/hello
    hello comment-above cli
    source_file comment-above/hello.go 'package hello // import "github.com/CenturyLink/hello"'
    hello comment-wrong cli github.com/CenturyLink/hello
    hello deploy . github.com/CenturyLink/hello
    dockerfile deploy/deploy hello hello
    source_file comment-block/main.go 'package main /* import "example.com/team/tool" */

func main() {}'
    source_file comment-raw/main.go 'package main // import `example.com/team/tool`

func main() {}'
    program nameless/main.go nameless
    program mains/a/main.go a
    program mains/cmd/b/main.go b
    module mains example.com/mains
    program both/main.go root
    program both/cmd/a/main.go a
    module both example.com/both
    source_file library/x.go 'package library'
    module library example.com/library
    mkdir "$layouts/empty"

    source_file get/main.go "package main // import \"example.com/team/tool\"

$third_body"
    for name in get-module get-sum; do
        source_file $name/main.go "package main

$third_body"
    done
    module get-module example.com/team/tool
    module get-sum example.com/team/tool 'require example.com/third v1.0.0'
    cp -R "$layouts/get-sum" "$work/tidy"
    (cd "$work/tidy" && go mod tidy 2> "$work/tidy.log")
    for name in godeps vendor; do
        cp -R "$layouts/get" "$layouts/$name"
    done
    source_file vendor/vendor/example.com/third/dep/dep.go 'package dep

const Word = "kept"'
    mkdir -p "$layouts/godeps/Godeps/_workspace/src"
    cp -R "$layouts/vendor/vendor/example.com" "$layouts/godeps/Godeps/_workspace/src"
    cp -R "$layouts/godeps" "$layouts/godeps-rewritten"
    sed -i 's|"example.com/third|"example.com/team/tool/Godeps/_workspace/src/example.com/third|' \
        "$layouts/godeps-rewritten/main.go"
    cp -R "$layouts/vendor" "$layouts/vendor-alone"
    sed -i 's|^package main.*|package main|' "$layouts/vendor-alone/main.go"
    for name in vendored lua; do
        cp -R "$root/images/recipes/$name" "$layouts/$name"
        rm "$layouts/$name/Dockerfile"
    done

    program capitals/main.go capitals github.com/team/My-Dash-App
    program versioned/main.go versioned gopkg.in/widget.v3
    program dotted/main.go dotted example.com/hello.go
    program major/main.go widget
    module major example.com/widget/v2
    program crossed/main.go crossed example.com/crossed
    dockerfile crossed crossed "crossed-linux-$machine"
    source_file cgo/main.go 'package main

// int six(void) { return 6; }
import "C"

func main() { println(C.six() * 7) }'
    module cgo example.com/cgo
    source_file odd/main.go 'package main

import (
	_ "embed"

	"example.com/odd/internal/word"
)

//go:embed word.txt
var text string

func main() { print(text, word.End) }'
    source_file odd/word.txt embedded
    source_file odd/internal/word/word.go 'package word

const End = "and internal"'
    source_file odd/tool.go '//go:build ignore

package main

func main() {}'
    module odd example.com/odd
    program replaced/main.go replaced
    sed -i 's|^var|import _ "example.com/library"\n\nvar|' "$layouts/replaced/main.go"
    module replaced example.com/replaced 'require example.com/library v0.0.0

replace example.com/library => ../library'
    for tag in special '!special'; do
        source_file "tagged/${tag#!}${#tag}.go" "//go:build $tag

package main

const word = \"$tag\""
    done
    source_file tagged/main.go 'package main

func main() { println(word) }'
    module tagged example.com/tagged
    source_file generated/main.go 'package main

//go:generate sh make.sh word.go

func main() { println(word) }'
    module generated example.com/generated
    source_file workspace/go.work 'go 1.19

use (
	./app
	./lib
)'
    source_file workspace/app/main.go 'package main

import "example.com/lib"

func main() { println(lib.Word) }'
    module workspace/app example.com/app
    source_file workspace/lib/lib.go 'package lib

const Word = "lib"'
    module workspace/lib example.com/lib
}

# Commands for `row`, which runs them in $src: `builder` on this machine, `container` with Docker's
# socket, `container-alone` without, and `container-cross`. The image names its folder /src.
contract_commands() {
    mkdir "$work/bin"
    cat > "$work/bin/builder" <<TEXT
#!/bin/sh
cd "\${folder:-.}"
exec "$outis" golang-builder "\$@"
TEXT
    cat > "$work/bin/container" <<TEXT
#!/bin/sh
case \$0 in
*-alone) socket= ;;
*) socket='-v $docker_directory/socket:/var/run/docker.sock' ;;
esac
image=golang-builder
options=
if [ "\${0##*-}" = cross ]; then
    image=golang-builder-cross
    # Go's library for these platforms is compiled once, here or there.
    [ "\$(id -u)" != 0 ] || options="-v \$(go env GOCACHE):/root/.cache/go-build"
fi
for name in CGO_ENABLED LDFLAGS COMPRESS_BINARY OUTPUT MAIN_PATH BUILD_GOOS BUILD_GOARCH \\
    DOCKER_BUILD_CONTEXT OUTIS_IMAGE GONOSUMDB; do
    options="\$options --env \$name"
done
exec docker run --rm --network none -v "\$PWD:/src" -v "$work/proxy:/proxy" \\
    --env GOPROXY=file:///proxy \$socket \$options "\$image:1" "\$@"
TEXT
    chmod 755 "$work/bin/builder" "$work/bin/container"
    ln -s container "$work/bin/container-alone"
    ln -s container "$work/bin/container-cross"
    PATH=$work/bin:$PATH
}

# row TITLE LAYOUT CODE PART [VARIABLE=VALUE]... COMMAND [WORD]...: in a fresh copy of the layout.
row() {
    title=$1
    layout=$2
    want=$3
    part=$4
    shift 4
    rm -rf "$src"
    cp -R "$layouts/$layout" "$src"
    got=0
    (cd "$src" && timeout -s KILL 600 env "$@") > "$work/log" 2>&1 || got=$?
    equal "$title: exit code" "$want" "$got"
    holds "$title: its words" "$part" "$(cat "$work/log")"
    [ "$want" = "$got" ] || cat "$work/log"
}

# made FILE...: what the last row left in its folder, sorted by name.
made() {
    for made_where in "$layouts/$layout" "$src"; do
        (cd "$made_where" && find . -type f | sort) > "$work/${made_where##*/}.files"
    done
    equal "$title: what it made" "$*" \
        "$(comm -13 "$work/$layout.files" "$work/src.files" | sed 's|^\./||' | xargs)"
}

said() { # PROGRAM of $src
    (cd "$src" && timeout -s KILL 300 "$1" 2>&1) || echo "ended with $?"
}
runs() { # IMAGE: what its program prints
    timeout -s KILL 300 docker run --rm --network none "$1" 2>&1 || true
}
asks() { # IMAGE: what its program gets from $url
    timeout -s KILL 300 docker run --rm --network host --env "URL=$url" "$1" 2>&1 || true
}
