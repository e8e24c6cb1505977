#!/bin/sh
# What the build made: PID 1 is one small static file without heap or libstdc++, and the
# tool needs nothing of a distribution but glibc, names every library that is in it, and has Debian's
# hardening set.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/workspace.sh"
. "$root/tests/support/report.sh"
build=${OUTIS_BUILD:-$root/build/dev}
limit=73728

check_init() { # PLATFORM
    program=$build/share/outis/init/linux-$1/outis-init
    if [ ! -e "$program" ]; then
        skip "outis-init for $1" 'its cross compiler or musl is not installed'
        return
    fi
    holds "outis-init for $1 is static" 'statically linked' "$(file "$program")"
    for forbidden in libstdc++ malloc.o free.o operator.new __cxa_throw; do
        equal "outis-init for $1: no $forbidden in the link map" 0 \
            "$(grep -cF -- "$forbidden" "$build/init/outis-init-$1.map")"
    done
}

at_least() { # NAME COUNT REGEX: so many lines of $work/instructions match
    found=$(grep -cE -- "$3" "$work/instructions" || true)
    if [ "$found" -ge "$2" ]; then
        ok "$1: $found"
    else
        not_ok "$1" "there are $found, wanted $2"
    fi
}

check_init amd64
check_init arm64

size=$(stat -c %s "$build/bin/outis-init")
if [ "$(uname -m)" != x86_64 ]; then
    skip 'size of outis-init' 'the limit is for amd64'
elif [ "$size" -le "$limit" ]; then
    ok "outis-init is at most $limit bytes: $size"
else
    not_ok "outis-init is at most $limit bytes" "it has $size"
fi

if command -v strace > /dev/null; then
    strace -f -o "$work/trace" "$build/bin/outis-init" -p none -- /bin/true || true
    # PID 1 is the first process in the trace; what its child does is not ours.
    first=$(head -n 1 "$work/trace" | cut -d ' ' -f 1)
    equal 'outis-init allocates nothing' 0 "$(grep -cE "^$first +(brk|mmap)\(" "$work/trace")"
else
    skip 'outis-init allocates nothing' 'strace is not installed'
fi

libraries=$(ldd "$build/bin/outis" | sed 's/^[[:space:]]*//; s/ .*//; s|.*/||' |
    grep -vE '^(linux-vdso|libc|libm|ld-linux[a-z0-9-]*)\.so\.[0-9]+$' || true)
equal 'outis links everything but glibc statically' '' "$libraries"

# The source packages of the archives that it is linked with and of the headers that it is compiled
# with, of each folder one, against what it says. Of glibc and the kernel it has declarations alone.
source_packages() { # FILE...
    dpkg-query --search "$@" | sed -n 's/^\([^,: ]*\)[,:].*/\1/p' | sort -u |
        grep -vxE 'libc6-dev|linux-libc-dev' |
        xargs dpkg-query --show --showformat '${source:Package} ${source:Version}\n' | sort -u
}
if command -v ninja > /dev/null && command -v dpkg-query > /dev/null; then
    ninja -C "$build" -t commands bin/outis | tail -n 1 | tr ' ' '\n' | grep '^/.*[.]a$' |
        sort -u > "$work/files"
    "$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")" \
        -print-file-name=libstdc++.a >> "$work/files"
    ninja -C "$build" -t deps | awk '
        /^[^ ]/ { ours = /CMakeFiles\/outis(_images|_sandbox)?[.]dir\// }
        ours && $1 ~ /^\/usr\// {
            folder = $1
            sub(/^\/usr\/(lib|include)\/([a-z0-9_]+-linux-gnu\/)?/, "", folder)
            sub(/\/.*/, "", folder)
            if (!seen[folder]++) print $1
        }' >> "$work/files"
    # shellcheck disable=SC2046
    wanted=$(source_packages $(xargs realpath < "$work/files"))
    equal 'outis names every library that is in it' "$wanted" "$("$build/bin/outis" version --json |
        grep -o '"pkg:deb/[^"]*"' | sed 's|.*/\([^/@]*\)@\([^?]*\)?.*|\1 \2|; s/%2B/+/g' | sort -u)"
else
    skip 'outis names every library that is in it' 'ninja or dpkg-query is not installed'
fi

# The hardening set, as far as a stripped file shows it.
outis=$build/bin/outis
if command -v readelf > /dev/null && command -v objdump > /dev/null; then
    matches 'outis is position-independent' 'Type: +DYN' "$(readelf --wide --file-header "$outis")"
    dynamic=$(readelf --wide --dynamic "$outis")
    matches 'outis binds every symbol at start' 'FLAGS.*(BIND_NOW|NOW)' "$dynamic"
    holds 'outis has a read-only relocation segment' GNU_RELRO "$(readelf --wide --segments "$outis")"
    matches 'outis has no executable stack' 'GNU_STACK .* RW +0x' \
        "$(readelf --wide --segments "$outis")"
    # The static libraries bring some of these calls; that there are more shows our own.
    objdump --disassemble --no-show-raw-insn "$outis" > "$work/instructions"
    at_least 'outis has stack protectors' 3000 '<__stack_chk_fail@plt>$'
    at_least 'outis calls the checked functions of libc' 90 '<__[a-z]+_chk@plt>$'
    # Text of a header's assertion, which no library below is built with.
    equal 'outis has the assertions of libstdc++' yes \
        "$(grep -qaF '__n < this->size()' "$outis" && echo yes)"
    if [ "$(uname -m)" = x86_64 ]; then
        at_least 'outis probes large stack frames' 10 'orq +[$]0x0,(0x[0-9a-f]+)?[(]%rsp[)]'
        at_least 'outis has landing places for indirect calls' 10000 'endbr64'
        # The linker sets the mark that has kernels enforce them only if every object has it.
        if readelf --wide --notes "$outis" | grep -q 'IBT, SHSTK'; then
            ok 'outis is marked for IBT and SHSTK'
        else
            skip 'outis is marked for IBT and SHSTK' \
                "the distribution's start files or static libraries are built without -fcf-protection"
        fi
    fi
else
    skip 'the hardening of outis' 'readelf or objdump is not installed'
fi
finish
