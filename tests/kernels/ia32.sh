#!/bin/sh
# The 32-bit entry of amd64, int 0x80, on one kernel with and without it: Debian 13's (6.12), which can
# switch it off on its command line (`ia32_emulation=`, Linux 6.7). With it, the attacks by that entry
# are judged, and the filter answers our test as a kernel without it; without it, both say so.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/workspace.sh"
. "$root/tests/support/report.sh"
. "$root/tests/support/install.sh"
. "$root/tests/support/kernel.sh"
. "$root/tests/attack/suite.sh"
. "$root/tests/support/kernel_attack.sh"

arch=amd64
boot_release=trixie

[ "$(dpkg --print-architecture)" = "$arch" ] || {
    skip 'kernels, 32-bit entry' 'the tests are not built for amd64'
    finish
}
if ! ready=$(kernel_ready "$arch" "$boot_release" 2>&1); then
    skip 'kernels, 32-bit entry' "$(echo "$ready" | tail -n 1)"
    finish
fi

# Our test of that entry, with what it links and the profiles where it looks for them.
test_sandbox=$(find "$build" -name test_sandbox -type f | head -n 1)
machine=$work/root-$arch
fill "$arch" "$machine"
for file in "$test_sandbox" $(ldd "$test_sandbox" | grep -o '/[^ ]*'); do
    mkdir -p "$machine$(dirname "$file")"
    cp "$file" "$machine$file"
done
mkdir -p "$machine$root/tests/sandbox"
cp -R "$root/profiles" "$machine$root/profiles"

with_entry() { # VALUE TITLE: its console in $work/TITLE
    boot_append="ia32_emulation=$1"
    # shellcheck disable=SC2086
    run_machine "$arch" "$2" "$(under none baseline service)
        $test_sandbox --no-colors '-tc=*32-bit entry*,*the kernel*'"
    compare_machine "$2" "$work/$2" none baseline service
    say_not_judged "attacks, $2"
    summary=$(grep 'doctest\] test cases:' "$work/$2" || echo 'no summary')
    matches "$2: the kernel's filters: $summary" ' [1-9][0-9]* passed *[|] *0 failed' "$summary"
}

with_entry 1 with-entry
equal 'with-entry: the machine has it' '' "$(grep -o 'no-ia32' "$work/with-entry" || true)"
with_entry 0 without-entry
holds 'without-entry: the machine says so' ' no-ia32 ' "$(grep '^where: ' "$work/without-entry")"
holds 'without-entry: our test is skipped' 'skip 32-bit entry: ' "$(cat "$work/without-entry")"
finish
