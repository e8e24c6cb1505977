# Sourced by the tests of images that exist already, in their work folder with a daemon that runs.
# What is in context/bin comes into every image of make_image().
# shellcheck shell=sh disable=SC2154

# ours NAME CODE COMMAND...: its exit code; what it says is $said.
ours() {
    ours_name=$1
    ours_want=$2
    shift 2
    ours_code=0
    "$@" > said.log 2>&1 || ours_code=$?
    said=$(cat said.log)
    equal "$ours_name: exit code" "$ours_want" "$ours_code"
    [ "$ours_code" = "$ours_want" ] || printf '%s\n' "$said" >&2
}

# COMMAND..., told to write no.tar, answers 2 and one line.
refuses() { # NAME WORDS COMMAND...
    refuses_name=$1
    refuses_words=$2
    shift 2
    ours "$refuses_name" 2 "$@"
    equal "$refuses_name: one line" 1 "$(printf '%s\n' "$said" | wc -l)"
    holds "$refuses_name: message" "$refuses_words" "$said"
    equal "$refuses_name: nothing is written" no "$([ -e no.tar ] && echo yes || echo no)"
}

run() { # IMAGE [WORD...]
    timeout -s KILL 60 docker run --rm --network none "$@" 2>&1 || true
}

field() { # IMAGE FIELD
    docker inspect --format "{{json .Config.$2}}" "$1"
}

layers() { # IMAGE
    docker inspect --format '{{range .RootFS.Layers}}{{.}} {{end}}' "$1"
}

mkdir -p context/bin
cp /bin/busybox context/bin/
make_image() { # NAME, lines after the shell is there on standard input
    {
        printf 'FROM scratch\nCOPY bin /bin/\n'
        printf 'RUN ["/bin/busybox", "--install", "-s", "/bin"]\n'
        cat
    } > context/Dockerfile
    docker build --quiet --tag "outis-test/$1" context > build.log 2>&1 ||
        not_ok "build $1" "$(cat build.log)"
}
