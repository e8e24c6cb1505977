#!/bin/sh
# Makes the tree of programs ahead of the tests that need it, so that their time is their own.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/workspace.sh"
. "$root/tests/support/report.sh"
. "$root/tests/support/install.sh"
. "$root/tests/support/engine.sh"
. "$root/tests/support/tree.sh"

tree_ready
finish
