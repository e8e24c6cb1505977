#!/bin/sh
# Makes the trees of programs, of servers and of Go ahead of the tests that need them, so that their
# time is their own. Unpacking takes one processor. So the tree of servers, the largest, is made at
# the same time as the others.                             sh tests/support/make_tree.sh [servers]
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/workspace.sh"
. "$root/tests/support/report.sh"
. "$root/tests/support/install.sh"
. "$root/tests/support/engine.sh"
. "$root/tests/support/tree.sh"
. "$root/tests/support/recipes.sh"

if [ "${1:-}" = servers ]; then
    # shellcheck disable=SC2086
    tree_ready servers $packages_servers
    finish
fi
# shellcheck disable=SC2086
install_packages $packages_tree || true
sh "$0" servers > "$work/servers.log" 2>&1 &
servers=$!
at_exit "end $servers"
tree_ready
golang_tree
wait "$servers" || failures=$((failures + 1))
cat "$work/servers.log"
finish
