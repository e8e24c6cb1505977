#!/bin/sh
# The house: the top level is fixed, files are short, and the README of a part says in one sentence
# what each of its rooms is for.                            sh tests/check/layout.sh [ROOT]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../support/report.sh"
cd "${1:-$here/../..}"

allowed='CMakeLists.txt init sandbox include profiles tests images README.md
    CMakePresets.json LICENSE CHANGELOG.md SECURITY.md CONTRIBUTING.md build Testing'
required='CMakeLists.txt init sandbox include profiles tests images README.md
    CMakePresets.json LICENSE CHANGELOG.md CONTRIBUTING.md'

strangers=
# shellcheck disable=SC2086
for entry in *; do
    printf '%s\n' $allowed | grep -qxF -- "$entry" || strangers="$strangers $entry"
done
equal 'top level holds nothing else' '' "$strangers"

absent=
for entry in $required; do
    [ -e "$entry" ] || absent="$absent $entry"
done
equal 'top level is complete' '' "$absent"

ours() { # FIND TEST...
    find init sandbox include profiles tests images "$@"
}

long=$(ours \( -name '*.cc' -o -name '*.h' -o -name '*.sh' -o -name '*.py' -o -name '*.awk' \) \
    -exec wc -l {} + | awk '$2 != "total" && $1 > 400 { print $2, $1 }')
equal 'no file is over 400 lines' '' "$long"

crowded=$(find init sandbox images -name '*.cc' | sed 's|/[^/]*$||' | sort | uniq -c |
    awk '$1 > 32 { print $2, $1 }')
equal 'a room holds at most 32 sources' '' "$crowded"

# In a README: four blanks, the folder, what it does.
said=$(for part in init sandbox images; do
    sed -n "s|^    \([a-z_]*/\)  *[a-z].*|$part/\1|p" "$part/README.md"
done | sort)
rooms=$(find init sandbox images -mindepth 2 -name '*.cc' | grep -v '^images/recipes/' |
    sed 's|/[^/]*$|/|' | sort -u)
equal 'the READMEs say what each room is for' "$rooms" "$said"
finish
