#!/bin/sh
# Every script is accepted by the shell and by shellcheck.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
. tests/support/report.sh

# A sourced file sets what others read, and calls come by name from `stage` and `succeeds`.
across_files=SC1090,SC1091,SC2034,SC2154,SC2317

scripts=$(find init sandbox profiles images tests .ci -name '*.sh' -o -path .ci/run | sort)
for script in $scripts; do
    succeeds "syntax of $script" sh -n "$script" || true
done
if command -v shellcheck > /dev/null; then
    # shellcheck disable=SC2086
    succeeds 'shellcheck' shellcheck --shell sh --severity warning --exclude "$across_files" $scripts || true
else
    skip 'shellcheck' 'it is not installed'
fi
finish
