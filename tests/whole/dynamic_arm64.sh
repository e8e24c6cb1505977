#!/bin/sh
# A dynamic program for arm64, from a root with the cross compiler's C library where Debian has it:
# baked, verified, and, where qemu-aarch64 is installed, run from the unpacked image.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

sysroot=/usr/aarch64-linux-gnu
if ! command -v aarch64-linux-gnu-gcc > /dev/null || [ ! -e "$sysroot/lib/libc.so.6" ]; then
    skip 'a dynamic program for arm64' 'its cross compiler or its C library is not installed'
    finish
fi

tree=$work/tree
multiarch=lib/aarch64-linux-gnu
mkdir -p "$tree/$multiarch" "$tree/usr/bin" "$tree/opt/greet"
cp -L "$sysroot/lib/libc.so.6" "$sysroot/lib/libm.so.6" "$sysroot/lib/ld-linux-aarch64.so.1" \
    "$tree/$multiarch/"
ln -s aarch64-linux-gnu/ld-linux-aarch64.so.1 "$tree/lib/ld-linux-aarch64.so.1"

cat > "$work/greeting.c" << 'END'
#include <math.h>

double root_of(double number) { return sqrt(number); }
END
cat > "$work/greet.c" << 'END'
#include <stdio.h>

double root_of(double number);

int main(void)
{
    printf("hello from arm64, %.0f\n", root_of(64));
    return 0;
}
END
succeeds 'compile the library' aarch64-linux-gnu-gcc -fno-builtin -shared -fPIC \
    -o "$tree/opt/greet/libgreeting.so" "$work/greeting.c" -lm || finish
# shellcheck disable=SC2016
succeeds 'compile the program' aarch64-linux-gnu-gcc -o "$tree/usr/bin/greet" "$work/greet.c" \
    -L "$tree/opt/greet" -lgreeting -Wl,-rpath,'$ORIGIN/../../opt/greet' || finish

succeeds 'bake' "$outis" bake --root "$tree" /usr/bin/greet -t outis-test/arm:1 -o "oci:$work/oci" \
    -o "$work/arm.tar" || finish
succeeds 'verify' "$outis" verify --strict "$work/arm.tar" || true
matches 'its platform' 'linux/arm64' "$("$outis" image show "$work/arm.tar")" || true
listing=$("$outis" image ls "$work/arm.tar")
for file in lib/ld-linux-aarch64.so.1 $multiarch/ld-linux-aarch64.so.1 $multiarch/libc.so.6 \
    $multiarch/libm.so.6 opt/greet/libgreeting.so usr/bin/greet etc/ld.so.cache; do
    matches "the image holds '$file'" "^$file$" "$listing" || true
done

rm "$tree/$multiarch/libm.so.6"
cp /lib/x86_64-linux-gnu/libm.so.6 "$tree/$multiarch/" 2> /dev/null || true
status=0
why=$("$outis" bake --root "$tree" /usr/bin/greet -o "$work/mixed.tar" 2>&1) || status=$?
equal 'a library of another machine: exit code' 2 "$status"
matches 'a library of another machine: the chain' "usr/bin/greet.*libgreeting.so.*libm.so.6" "$why"

emulator=$(command -v qemu-aarch64 || command -v qemu-aarch64-static || true)
if [ -z "$emulator" ]; then
    skip 'the program at work' 'qemu-aarch64 is not installed'
    finish
fi
succeeds 'unpack' umoci unpack --rootless --image "$work/oci:1" "$work/bundle" || finish
equal 'the program at work' 'hello from arm64, 8' \
    "$("$emulator" -L "$work/bundle/rootfs" "$work/bundle/rootfs/usr/bin/greet" 2>&1)"
finish
