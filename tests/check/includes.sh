#!/bin/sh
# Includes point one way: images, then include/outis/sandbox, then include/outis/base; init sees
# base alone; rooms within a part form no circle.    sh tests/check/includes.sh [ROOT]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../support/report.sh"
cd "${1:-$here/../..}"

source_files() {
    find init sandbox images include -name '*.cc' -o -name '*.h' -o -name '*.inc' | sort
}

check() { # AWK OPTION...
    {
        source_files | sed 's/^/- /'
        source_files | xargs grep -nE '^[[:space:]]*#[[:space:]]*include' /dev/null || true
    } | awk "$@" -f "$here/includes.awk"
}

equal 'includes point down' '' "$(check -v rooms=0)"
if loops=$(check -v rooms=1 | sort -u | tsort 2>&1 > /dev/null); then
    ok 'rooms form no circle'
else
    not_ok 'rooms form no circle' "$(printf '%s\n' "$loops" | sed 's/^tsort: -/pairs/')"
fi
finish
