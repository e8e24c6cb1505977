#!/bin/sh
# .clang-format decides the form of every C and C++ file.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. tests/support/report.sh

if ! command -v clang-format > /dev/null; then
    skip 'format' "clang-format is not installed"
    finish
fi
sources=$(find init sandbox include images tests -name '*.cc' -o -name '*.h' -o -name '*.c' | sort)
for file in $sources; do
    if clang-format --dry-run --Werror "$file" > /dev/null 2>&1; then
        good=$((${good:-0} + 1))
    else
        not_ok "format of $file" "run 'clang-format -i $file'"
    fi
done
[ "$failures" != 0 ] || ok "format of all ${good:-0} files"
finish
