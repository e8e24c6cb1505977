#!/bin/sh
# Imported profiles against the filters that runc really loads for them, and those that libseccomp
# builds for arm64. The public profiles folder is $OUTIS_PROFILES_DATA, else shared/sandbox-profiles
# beside this tree.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

install_packages runc
TMPDIR=$work
export TMPDIR
log=$work/log
code=0
"$build/bin/test_runc" > "$log" 2>&1 || code=$?
grep '^skip \|instructions' "$log" || true
equal 'imports answer as runc does' 0 "$code"
[ "$code" = 0 ] || cat "$log" >&2
finish
