#!/bin/sh
# Includes point one way: images, then include/outis/sandbox, then include/outis/base; init sees
# base alone. Rooms of a part stand in the order of its CMakeLists.txt and include only rooms before
# them; they form no circle and few levels.                 sh tests/check/includes.sh [ROOT]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../support/report.sh"
cd "${1:-$here/../..}"

max_levels=12
max_rooms=16 # of images

ordered_rooms() {
    for part in images sandbox; do
        sed -n "s|^    \([a-z_]*\)/[a-z_0-9]*\.cc\$|$part/\1|p" "$part/CMakeLists.txt"
    done | awk '!seen[$0]++ { print "= " $0 }'
}

source_files() {
    find init sandbox images include -name '*.cc' -o -name '*.h' -o -name '*.inc' |
        grep -v '^images/recipes/' | sort
}

check() { # WANT
    {
        ordered_rooms
        source_files | sed 's/^/- /'
        source_files | xargs grep -nE '^[[:space:]]*#[[:space:]]*include' /dev/null || true
    } | awk -v want="$1" -f "$here/includes.awk"
}

equal 'includes point down' '' "$(check violations)"
if loops=$(check pairs | sort -u | tsort 2>&1 > /dev/null); then
    ok 'rooms form no circle'
else
    not_ok 'rooms form no circle' "$(printf '%s\n' "$loops" | sed 's/^tsort: -/pairs/')"
fi

way=$(check levels)
levels=$(printf '%s\n' "$way" | wc -l)
if [ "$levels" -le "$max_levels" ]; then
    ok "includes have $levels levels, at most $max_levels"
else
    not_ok "includes have at most $max_levels levels" "$levels: $(echo $way)"
fi
rooms=$(source_files | sed -n 's|^images/\([^/]*\)/.*\.cc$|\1|p' | sort -u | wc -l)
if [ "$rooms" -le "$max_rooms" ]; then
    ok "images has $rooms rooms, at most $max_rooms"
else
    not_ok "images has at most $max_rooms rooms" "it has $rooms"
fi
finish
