#!/bin/sh
# clang-tidy over every source, one a processor. A file that was clean is not read again while it,
# .clang-tidy and all headers stay the same.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. tests/support/report.sh
known=$root/build/tidy
mkdir -p "$known"

headers=$(find init sandbox images include -name '*.h' | sort | xargs cat .clang-tidy | sha256sum)

# The presets compile several sources as one; clang-tidy wants the command of each.
cmake --preset release -B "$known/commands" -D CMAKE_UNITY_BUILD=OFF > "$known/cmake.log"

# GCC's own warning options stand in its command lines; Clang need not know them.
tidy='clang-tidy -p build/tidy/commands --quiet --extra-arg=-Wno-unknown-warning-option'
stamp() { # FILE
    { echo "$headers" && cat "$1"; } | sha256sum | cut -d ' ' -f 1
}

sources=$(find init sandbox images -name '*.cc' | sort)
for file in $sources; do
    [ -e "$known/$(stamp "$file")" ] || echo "$file"
done | xargs -r -P "$(nproc)" -I '{}' sh -c "$tidy '{}' > '$known/'\$(echo '{}' | tr / -).log 2>&1 ||
    touch '$known/'\$(echo '{}' | tr / -).bad"

for file in $sources; do
    name=$(echo "$file" | tr / -)
    if [ -e "$known/$name.bad" ]; then
        not_ok "clang-tidy $file" "$(grep -E '(error|warning):' "$known/$name.log")"
        rm -f "$known/$name.bad"
    else
        ok "clang-tidy $file"
        touch "$known/$(stamp "$file")"
    fi
done
finish
