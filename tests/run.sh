#!/bin/sh
# Installs what is missing, builds, and runs every test. The last line is `N passed, N failed`.
#
#     sh tests/run.sh [fast|engines|kernels|alone|tidy|all]
#
#     fast      layout, includes, format, programs; unit tests, and the same under sanitizers;
#               tests/attack: what an app may do under each profile
#     engines   tests/whole: images in real engines; the attacks under Docker's own profile
#     kernels   tests/kernels: other kernels in QEMU
#     alone     each source and header is compiled by itself; a name is one type in all of them
#     tidy      clang-tidy over every source; not part of all, because it takes as long as the rest
#     all       fast, engines, kernels and alone
#
# The output of each stage is kept in build/tests/. The output of what failed is shown.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
selection=${1:-all}
case $selection in
fast | engines | kernels | alone | tidy | all) ;;
*) echo 'usage: sh tests/run.sh [fast|engines|kernels|alone|tidy|all]' >&2; exit 2 ;;
esac

. tests/support/install.sh

logs=$root/build/tests
rm -rf "$logs"
mkdir -p "$logs"
totals=$logs/totals # a line a stage: PASSED FAILED
: > "$totals"

wants() { # SELECTION
    [ "$selection" = all ] || [ "$selection" = "$1" ]
}

# stage NAME COMMAND...: runs it, adds what its output counts, prints one line. A command that fails
# without counting a failure counts as one. Returns the command's status.
stage() {
    name=$1
    shift
    log=$logs/$name.log
    printf '%-24s ' "$name"
    began=$(date +%s)
    status=0
    "$@" > "$log" 2>&1 || status=$?
    counts=$(awk -f tests/support/count.awk "$log")
    good=${counts% *}
    bad=${counts#* }
    if [ "$status" != 0 ] && [ "$bad" = 0 ]; then
        bad=1
    fi
    echo "$good $bad" >> "$totals"
    printf '%5d s  %5d passed %3d failed\n' "$(($(date +%s) - began))" "$good" "$bad"
    # CTest puts the number of the test in front.
    sed -nE 's/^([0-9]+: )?(skip .*)/\2/p' "$log" | sort -u
    if [ "$bad" != 0 ]; then
        failed=$(awk -f tests/support/failed.awk "$log" "$log")
        if [ -n "$failed" ]; then printf '%s\n' "$failed"; else cat "$log"; fi
        echo "end of '$name', which ended with $status"
    fi
    return "$status"
}

finish() {
    wait
    awk '{ good += $1; bad += $2 }
         END { print good + 0 " passed, " bad + 0 " failed"; exit bad != 0 || good == 0 }' "$totals"
    exit
}

build() { # PRESET
    cmake --preset "$1" && cmake --build --preset "$1"
}

# Every case, four at a time, because many wait; then those that took longest.
cases() { # NAME PRESET
    stage "$1" ctest --preset "$2" --verbose || true
    awk -f tests/support/slowest.awk "$logs/$1.log" | sort -rn |
        awk 'NR <= 5 { seconds = $1; sub(/^[^ ]* /, ""); printf "%29.1f s  %s\n", seconds, $0 }'
}

# Limits end what hangs; they have room for a machine that is five times slower.
scripts() { # DIRECTORY SECONDS: every shell test in it, each within its time
    for script in "$1"/*.sh; do
        [ -e "$script" ] || continue
        stage "$(basename "$1")-$(basename "$script" .sh)" \
            timeout --kill-after 30 "$2" sh "$script" || true
    done
}

install_everything() {
    # shellcheck disable=SC2086
    install_packages $packages_build $packages_sample || return
    install_cross || return
    # shellcheck disable=SC2086
    if wants fast || [ "$selection" = tidy ]; then install_packages $packages_lint || return; fi
    # shellcheck disable=SC2086
    if wants engines; then install_engines $packages_docker $packages_readers $packages_cri $packages_package || return; fi
    # shellcheck disable=SC2086
    if wants kernels; then install_packages $packages_qemu || return; fi
}

make_tree() {
    stage tree timeout --kill-after 30 1800 sh tests/support/make_tree.sh || true
}

stage install install_everything || finish
# Mirrors and dpkg are waited for while the compilers work.
if wants engines; then
    make_tree > "$logs/made_tree" 2>&1 &
    tree=$!
fi
if [ "$selection" != alone ]; then
    stage build build dev || finish
fi

if wants fast; then
    scripts tests/check 900
    cases unit dev
    stage attack timeout --kill-after 30 1800 sh tests/attack/attack.sh || true
    stage asan-build build asan && cases asan asan
fi
if [ "$selection" = tidy ]; then
    stage tidy sh tests/support/tidy.sh || true
fi
# The emulator has one processor and waits for nothing, and neither do compilers; engines wait most
# of the time.
if wants kernels || wants alone; then
    {
        if wants kernels; then scripts tests/kernels 1800; fi
        if wants alone; then
            stage odr timeout --kill-after 30 3600 sh tests/support/odr.sh || true
            stage alone timeout --kill-after 30 3600 sh tests/support/alone.sh || true
        fi
    } > "$logs/beside" 2>&1 &
    beside=$!
fi
if wants engines; then
    wait "$tree"
    cat "$logs/made_tree"
    scripts tests/whole 1800
    stage attack-docker timeout --kill-after 30 1800 sh tests/attack/attack.sh docker || true
fi
if wants kernels || wants alone; then
    wait "$beside" || echo '0 1' >> "$totals"
    cat "$logs/beside"
fi
finish
