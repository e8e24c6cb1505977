#!/bin/sh
# Same input, same bytes: twice in a row, and from two directories whose files have other times.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

bake first "$hello"
cp -R "$hello" "$work/hello"
find "$work/hello" -exec touch -d '2001-02-03 04:05:06' {} +
chmod -R go-rwx "$work/hello"

again() { # NAME DIRECTORY APP
    mkdir -p "$2"
    succeeds "$1: bake" env -C "$2" "$outis" bake "$3" -t outis-test/first:1 -o "$work/again.tar" ||
        return 0
    equal "$1: same tar" "$(sha256sum < "$work/first.tar")" "$(sha256sum < "$work/again.tar")"
}
again 'twice in a row' "$root" "$hello"
again 'from another directory' "$work/elsewhere" "$work/hello"
again 'by a relative path' "$work/hello" .
finish
