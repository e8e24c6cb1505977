# Sourced by the tests of images that exist already, in their work folder with a daemon that runs.
# What is in context/bin comes into every image of make_image().
# shellcheck shell=sh disable=SC2154

. "$root/tests/support/said.sh"

run() { # IMAGE [WORD...]
    timeout -s KILL 300 docker run --rm --network none "$@" 2>&1 || true
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
