# Sourced after tree.sh: the bases that recipes start FROM, made here since nothing is pulled. Images
# need a Docker daemon of ours.

# Go and C++ as golang:1 has them, with the library of images/recipes/lua.
packages_golang='golang-go g++ pkg-config liblua5.1-0-dev ca-certificates'

# golang_tree: from here on $tree is a Debian with them, kept like the tree of programs. What every
# sample needs of Go's library is compiled, once.
golang_tree() {
    # shellcheck disable=SC2086
    tree_ready golang $packages_golang
    [ ! -d "$tree/root/.cache/go-build" ] || return 0
    for golang_cgo in 0 1; do
        as_root chroot "$tree" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/root \
            CGO_ENABLED="$golang_cgo" go build -trimpath -buildvcs=false net/http os/signal
    done
}

# import_tree TREE IMAGE [EXCLUDED...]: without what no recipe needs.
import_tree() {
    import_from=$1
    import_as=$2
    shift 2
    set -- "$@" ./var/cache ./var/lib/apt ./usr/share/doc ./usr/share/locale ./usr/share/man \
        ./usr/share/info '*/testdata' '*_test.go' '*/lto1' './proc/*' './sys/*'
    for import_pattern; do
        set -- "$@" --exclude "$import_pattern"
        shift
    done
    as_root tar -C "$import_from" "$@" -cf - . | docker import - "$import_as"
}

# The image of the tool: what it is made of, as `COPY --from=outis` takes it.
tool_image() {
    mkdir -p "$work/tool/bin" "$work/tool/share"
    cp "$outis" "$work/tool/bin"
    cp -R "$build/share/outis" "$work/tool/share"
    printf 'FROM scratch\nCOPY . /usr\n' > "$work/tool.Dockerfile"
    docker build --quiet --tag outis --file "$work/tool.Dockerfile" "$work/tool"
}
