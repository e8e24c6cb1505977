# Sourced after workspace.sh, report.sh, install.sh and engine.sh, with $root set. Small Debians of
# the running release, each a name and a list of packages, from the mirror that apt uses here, so
# that nothing but debootstrap is installed on this machine and none of its services is touched.
# A tree is made once and kept in build/NAME-tree, or below $OUTIS_TREES; another list of packages
# makes a new one.

tree_seconds=1500

# tree_ready [NAME PACKAGE...]: from here on $tree is there. Without it the test ends. The tree that
# most tests use needs no name.
tree_ready() {
    # shellcheck disable=SC2086
    [ $# != 0 ] || set -- programs $packages_programs
    tree=${OUTIS_TREES:-$root/build}/$1-tree
    shift
    [ "$(cat "$tree/packages" 2> /dev/null)" != "$*" ] || return 0
    [ "$(id -u)" = 0 ] || tree_impossible 'debootstrap needs root'
    # shellcheck disable=SC2086
    install_packages $packages_tree || tree_impossible "cannot install '$packages_tree'"
    tree_began=$(date +%s)
    tree_make "$@"
    echo "made '$tree' in $(($(date +%s) - tree_began)) s"
}

tree_impossible() { # REASON
    skip "$(basename "$0" .sh)" "$1"
    finish
}

# The tree appears whole or not at all. Between the stages come the words that keep its services
# from being started on this machine, and dpkg from waiting for the disk.
tree_make() { # PACKAGE...
    tree_new=$tree.$$
    mkdir -p "$(dirname "$tree")"
    at_exit "release_mounts '$tree_new'; rm -rf '$tree_new'"
    tree_release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    # shellcheck disable=SC2046
    tree_stage debootstrap --foreign --variant=minbase --include="$(echo "$@" | tr ' ' ',')" \
        "$tree_release" "$tree_new" $(tree_mirror)
    printf '#!/bin/sh\nexit 101\n' > "$tree_new/usr/sbin/policy-rc.d"
    chmod 755 "$tree_new/usr/sbin/policy-rc.d"
    echo force-unsafe-io > "$tree_new/etc/dpkg/dpkg.cfg.d/unsafe-io"
    tree_stage chroot "$tree_new" /debootstrap/debootstrap --second-stage
    for tree_unused in var/cache/apt var/lib/apt/lists usr/sbin/policy-rc.d; do
        rm -rf "${tree_new:?}/$tree_unused"
    done
    echo '127.0.0.1 localhost' > "$tree_new/etc/hosts"
    echo "$*" > "$tree_new/packages"
    rm -rf "$tree"
    mv "$tree_new" "$tree"
}

tree_stage() { # COMMAND...
    tree_status=0
    timeout --kill-after 10 "$tree_seconds" "$@" > "$work/tree.log" 2>&1 || tree_status=$?
    [ "$tree_status" = 0 ] || tree_failed
}

# Where apt takes this release from; nothing, which is debootstrap's own choice, if it does not say.
tree_mirror() {
    apt-get indextargets --no-release-info --format '$(RELEASE) $(REPO_URI)' \
        'Created-By: Packages' 2> /dev/null |
        awk -v release="$tree_release" '$1 == release { print $2; exit }'
}

# What the mirror does not give is not our mistake; everything else is.
tree_failed() {
    tree_reason=$(grep -E '^[EW]:' "$work/tree.log" | tail -n 1)
    tree_last=$(tail -n 1 "$work/tree.log")
    case $tree_reason,$tree_last in
    *'Failed getting release file'* | *"Couldn't download"* | *'Invalid Release'* | \
        ,*': Retrieving '*)
        tree_impossible "the mirror does not answer as it should: ${tree_reason:-$tree_last}" ;;
    esac
    not_ok 'a tree of programs' "debootstrap ended with $tree_status: ${tree_reason:-$tree_last}"
    finish
}

# Free now and, since nobody else here asks for ports, free in a moment.
free_port() { # [TREE, with Python]
    chroot "${1:-$tree}" python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
