#!/bin/sh
# Each source of the products compiles by itself, and so does each header: the builds compile all
# sources of a room as one, where a missing include hides. A header that its own source includes
# first is proven by that source.                          sh tests/support/alone.sh [FILE...]
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. tests/support/workspace.sh
. tests/support/report.sh

files() {
    find init sandbox images include -name '*.cc' | sort
    find init sandbox images include -name '*.h' | sort | while read -r header; do
        source=${header%.h}.cc
        [ -e "$source" ] &&
            grep -m 1 '^#include' "$source" | grep -q "[\"/]$(basename "$header")\"" ||
            echo "$header"
    done
}

# A source of a program in images/recipes is no part of the products.
if [ $# -gt 0 ]; then printf '%s\n' "$@"; else files | grep -v '^images/recipes/'; fi > "$work/files"

mkdir "$work/said"
export work
xargs -P "$(nproc)" -I '{}' sh -c '
    log=$work/said/$(echo "{}" | tr / -)
    echo "#include \"{}\"" | g++ -std=c++20 -fsyntax-only -x c++ -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror \
        -Wno-restrict -I. -Iinclude -Iimages \
        "-DOUTIS_VERSION=\"0\"" "-DOUTIS_COMPILER=\"\"" "-DOUTIS_PROFILES=\"\"" - > "$log" 2>&1 ||
        echo "{}" >> "$work/bad"' < "$work/files"
touch "$work/bad"
while read -r file; do
    not_ok "$file compiles by itself" "$(cat "$work/said/$(echo "$file" | tr / -)")"
done < "$work/bad"
[ "$failures" != 0 ] || ok "$(wc -l < "$work/files") files compile, each by itself"
finish
