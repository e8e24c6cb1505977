#!/bin/sh
# .clang-format decides the form of every C and C++ file.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. tests/support/workspace.sh
. tests/support/report.sh

if ! command -v clang-format > /dev/null; then
    skip 'format' "clang-format is not installed"
    finish
fi
find init sandbox include images tests -name '*.cc' -o -name '*.h' -o -name '*.c' |
    sort > "$work/sources"
status=0
xargs -P "$(nproc)" -n 8 clang-format --dry-run --Werror < "$work/sources" \
    > "$work/verdict" 2>&1 || status=$?
sed -n 's/^\([^ :]*\):[0-9]*:[0-9]*: error: .*/\1/p' "$work/verdict" | sort -u > "$work/wrong"
while read -r file; do
    not_ok "format of $file" "run 'clang-format -i $file'"
done < "$work/wrong"
if [ "$failures" = 0 ] && [ "$status" != 0 ]; then
    not_ok 'clang-format' "$(cat "$work/verdict")"
fi
[ "$failures" != 0 ] || ok "format of all $(wc -l < "$work/sources") files"
finish
