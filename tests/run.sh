#!/bin/sh
# Installs what is missing, builds, and runs every test. The last line is `N passed, N failed`.
#
#     sh tests/run.sh [fast|engines|kernels|tidy|all]
#
#     fast      layout, includes, format, programs; unit tests, and the same under sanitizers;
#               tests/attack: what an app may do under each profile
#     engines   tests/whole: images in real engines; the attacks under Docker's own profile
#     kernels   tests/kernels: other kernels in QEMU
#     tidy      clang-tidy over every source; not part of all, for it takes as long as all the rest
#     all       fast, engines and kernels
#
# The output of each stage is kept in build/tests/; what failed is shown whole.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
selection=${1:-all}
case $selection in
fast | engines | kernels | tidy | all) ;;
*) echo 'usage: sh tests/run.sh [fast|engines|kernels|tidy|all]' >&2; exit 2 ;;
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
        cat "$log"
        echo "end of '$name', which ended with $status"
    fi
    return "$status"
}

finish() {
    awk '{ good += $1; bad += $2 }
         END { print good + 0 " passed, " bad + 0 " failed"; exit bad != 0 || good == 0 }' "$totals"
    exit
}

build() { # PRESET
    cmake --preset "$1" && cmake --build --preset "$1"
}

# Limits end what hangs; they have room for a machine that is five times slower.
ctest_seconds=2400 # a program of tests; each of its cases has the limit of doctest_main.cc

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

stage install install_everything || finish
stage build cmake --workflow --preset release || finish

if wants fast; then
    scripts tests/check 600
    stage unit ctest --preset release --verbose --timeout "$ctest_seconds" || true
    stage attack timeout --kill-after 30 1800 sh tests/attack/attack.sh || true
    stage asan-build build asan && { stage asan ctest --preset asan --verbose --timeout "$ctest_seconds" || true; }
fi
if [ "$selection" = tidy ]; then
    stage tidy sh tests/support/tidy.sh || true
fi
# The emulator has one processor and waits for nothing; engines wait most of the time.
if wants kernels; then
    scripts tests/kernels 1800 > "$logs/kernels" 2>&1 &
    kernels=$!
fi
if wants engines; then
    stage tree timeout --kill-after 30 1800 sh tests/support/make_tree.sh || true
    scripts tests/whole 1800
    stage attack-docker timeout --kill-after 30 1800 sh tests/attack/attack.sh docker || true
fi
if wants kernels; then
    wait "$kernels" || echo '0 1' >> "$totals"
    cat "$logs/kernels"
fi
finish
