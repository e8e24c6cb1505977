#!/bin/sh
# The checks of this folder can fail: each row plants one violation in a copy of the sources.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/workspace.sh"
. "$root/tests/support/report.sh"

# Everything but what is well; the tree itself may add to it.
verdict() { # SCRIPT
    sh "$root/tests/check/$1" "$work/tree" | grep -v '^ok ' || true
}

planted() { # NAME SCRIPT FILE PART-OF-THE-VERDICT CONTENT
    mkdir -p "$work/tree/$(dirname "$3")"
    cp "$work/tree/$3" "$work/original" 2> /dev/null || rm -f "$work/original"
    printf '%b' "$5" >> "$work/tree/$3"
    holds "$1" "$4" "$(verdict "$2")"
    rm -f "$work/tree/$3"
    rmdir --ignore-fail-on-non-empty "$work/tree/$(dirname "$3")"
    [ ! -e "$work/original" ] || mv "$work/original" "$work/tree/$3"
}

mkdir "$work/tree"
(cd "$root" && cp -R *.txt *.json *.md LICENSE init sandbox include profiles tests images \
    "$work/tree")

# What the planted lines below point to.
mkdir -p "$work/tree/sandbox/planted" "$work/tree/include/outis/sandbox" \
    "$work/tree/include/outis/images"
for header in include/outis/sandbox include/outis/images sandbox init; do
    : > "$work/tree/$header/planted.h"
done
echo '#include "sandbox/planted/costly.h"' > "$work/tree/sandbox/first.h"
echo '#include <toml++/toml.h>' > "$work/tree/sandbox/planted/costly.h"
# A public header whose functions are in the room `commands`, and twelve rooms one above the other.
echo '#include "outis/images/public.h"' > "$work/tree/images/commands/public.cc"
for header in include/outis/images/public.h images/commands/planted.h; do
    : > "$work/tree/$header"
done
for level in 1 2 3 4 5 6 7 8 9 10 11 12; do
    mkdir "$work/tree/sandbox/level_$level"
    echo "#include \"sandbox/level_$((level + 1))/planted.h\"" > "$work/tree/sandbox/level_$level/planted.h"
done
: > "$work/tree/sandbox/level_12/planted.h"

planted 'init must not include sandbox' includes.sh init/planted.cc \
    'init must not include sandbox-api' '#include "outis/sandbox/planted.h"\n'
planted 'init must not include error.h' includes.sh init/planted.cc \
    'init must not include error ' '#include "outis/error.h"\n'
planted 'init must not include iostream' includes.sh init/planted.cc \
    'init must not include <iostream>' '  #  include <iostream>\n'
planted 'init must not include stdio.h' includes.sh init/planted.cc \
    'init must not include <stdio.h>' '#include <stdio.h>\n'
planted 'base must not include string' includes.sh include/outis/base/planted.h \
    'base must not include <string>' '#include <string>\n'
planted 'base must not include sandbox' includes.sh include/outis/base/planted.h \
    'base must not include sandbox-api' '#include "outis/sandbox/planted.h"\n'
planted 'sandbox must not include images' includes.sh sandbox/planted.cc \
    'sandbox must not include images-api' '#include "outis/images/planted.h"\n'
planted 'sandbox must not include init' includes.sh sandbox/planted.cc \
    'sandbox must not include init' '#include "init/planted.h"\n'
planted 'images must not include the inside of sandbox' includes.sh images/planted.cc \
    'images must not include sandbox ' '#include "sandbox/planted.h"\n'
planted 'images must not include the inside of init' includes.sh images/planted.cc \
    'images must not include init' '#include "init/planted.h"\n'
planted 'no include climbs out of its folder' includes.sh images/planted.cc \
    'must not climb' '#include "../init/planted.h"\n'
planted 'public headers must not include tests' includes.sh include/outis/sandbox/planted.h \
    'names no file of ours' '#include "tests/support/planted.h"\n'
planted 'toml++ in a second file' includes.sh sandbox/planted.cc \
    'one file is enough' '#include <toml++/toml.h>\n'
planted 'rooms in a circle' includes.sh sandbox/planted/circle.h 'loop' \
    '#include "sandbox/first.h"\n'
planted 'a room includes one above it' includes.sh images/host/planted.cc \
    'images/host must not include images/commands' '#include "commands/planted.h"\n'
planted 'a public header counts to its room' includes.sh images/host/planted.cc \
    'images/host must not include images/commands' '#include "outis/images/public.h"\n'
planted 'too many levels' includes.sh sandbox/level_0/planted.h \
    'levels: 13: sandbox/level_0' '#include "sandbox/level_1/planted.h"\n'
planted 'too many rooms' includes.sh images/planted/planted.cc 'images has at most' '\n'
planted 'a room without a sentence' layout.sh images/planted/planted.cc 'images/planted/' '\n'
planted 'a stranger at the top' layout.sh stranger/file 'stranger' 'x\n'
planted 'a file over 400 lines' layout.sh init/long.cc 'init/long.cc 401' \
    "$(seq -s '\n' 401)\n"
finish
