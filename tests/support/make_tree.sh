#!/bin/sh
# Makes the trees of programs, of servers and of Go ahead of the tests that need them, so that their time is
# their own.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/workspace.sh"
. "$root/tests/support/report.sh"
. "$root/tests/support/install.sh"
. "$root/tests/support/engine.sh"
. "$root/tests/support/tree.sh"
. "$root/tests/support/recipes.sh"

tree_ready
# shellcheck disable=SC2086
tree_ready servers $packages_servers
golang_tree
finish
