#!/bin/sh
# A small program that musl's loader starts, with a library of its own: from a root whose
# /etc/ld-musl-ARCH.path names the library's folder; and from this machine, where it is built, with
# the library beside it.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"
. "$root/tests/support/dynamic.sh"

machine=$(uname -m)
loader=/lib/ld-musl-$machine.so.1
tree=$work/root
mkdir -p "$tree/lib" "$tree/etc" "$tree/srv" "$tree/tmp" "$tree/opt/greet/lib" "$tree/usr/bin"
cp -L "$loader" "$tree$loader"
echo /opt/greet/lib > "$tree/etc/ld-musl-$machine.path"
printf 'nobody:x:65534:65534::/:\n' > "$tree/etc/passwd"
printf '127.0.0.1 localhost\n' > "$tree/etc/hosts"
dynamic_start

cat > "$work/greeting.c" << 'END'
#include <stdio.h>

void greet(const char *name, const char *address) { printf("hello %s at %s\n", name, address); }
END
cat > "$work/greet.c" << 'END'
#include <arpa/inet.h>
#include <netdb.h>
#include <pwd.h>
#include <unistd.h>

void greet(const char *name, const char *address);

int main(void) {
    struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    struct passwd *user = getpwuid(getuid());
    if (user == NULL || getaddrinfo("localhost", NULL, &wanted, &found) != 0) {
        return 1;
    }
    struct sockaddr_in *address = (struct sockaddr_in *)found->ai_addr;
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address->sin_addr, text, sizeof(text));
    greet(user->pw_name, text);
    return 0;
}
END
greeting=$tree/opt/greet/lib/libgreeting.so
succeeds 'compile the library' musl-gcc -shared -fPIC -o "$greeting" "$work/greeting.c" || finish
succeeds 'compile the program' musl-gcc -o "$tree/usr/bin/greet" "$work/greet.c" \
    -L "$tree/opt/greet/lib" -lgreeting || finish
said='hello nobody at 127.0.0.1'
tool greet service '' "$said" /usr/bin/greet

mkdir -p "$work/build/lib"
cp "$greeting" "$work/build/lib/"
# shellcheck disable=SC2016
succeeds 'compile the program for this machine' musl-gcc -o "$work/build/greet" "$work/greet.c" \
    -L "$work/build/lib" -lgreeting -Wl,-rpath,'$ORIGIN/lib' || finish
bake greet-here "$work/build/greet" --profile service
succeeds 'load greet-here' docker load --quiet --input "$work/greet-here.tar" || finish
equal 'greet-here in docker' "$said" \
    "$(docker run --rm --network host outis-test/greet-here:1 2>&1)"

cp -R "$tree" "$work/elsewhere"
for place in root elsewhere; do
    succeeds "bake greet from '$place'" "$outis" bake --root "$work/$place" /usr/bin/greet \
        -t greet -o "$work/from-$place.tar" || finish
done
succeeds 'where a root lies changes no byte' cmp "$work/from-root.tar" "$work/from-elsewhere.tar" ||
    true

# A package of apk with what it needs by the name of a library, and the list of both in the image.
sum() { printf Q1 && openssl dgst -sha1 -binary < "$1" | base64; }
mkdir -p "$tree/lib/apk/db" "$tree/usr/share/greet" "$tree/usr/share/man"
echo friend > "$tree/usr/share/greet/names"
echo page > "$tree/usr/share/man/greet.1"
echo 3.20.1 > "$tree/etc/alpine-release"
printf 'ID=alpine\nVERSION_ID=3.20.1\n' > "$tree/etc/os-release"
cat > "$tree/lib/apk/db/installed" << END
C:Q1Jr4GQYQlqWhSf2tvGRWSVJNqMk4=
P:greet
V:1.0-r0
A:$machine
L:MIT
o:greet
D:so:libgreeting.so so:libc.musl-$machine.so.1
p:cmd:greet=1.0-r0
F:usr
F:usr/bin
R:greet
a:0:0:755
Z:$(sum "$tree/usr/bin/greet")
F:usr/share/greet
R:names
Z:$(sum "$tree/usr/share/greet/names")
F:usr/share/man
R:greet.1

P:libgreeting
V:2.0-r1
A:$machine
L:MIT
o:greeting
p:so:libgreeting.so=2
F:opt/greet/lib
R:libgreeting.so
Z:$(sum "$greeting")

END
tool greet-package service '--package greet' "$said" /usr/bin/greet
bake packaged /usr/bin/greet --root "$tree" --package greet
succeeds 'skopeo reads the image' skopeo copy --quiet "oci-archive:$work/packaged.tar" "oci:$work/packaged:1" || finish
succeeds 'umoci unpacks it' umoci unpack --rootless --image "$work/packaged:1" "$work/packaged.d" || finish
rootfs=$work/packaged.d/rootfs
equal 'a file of the package is in the image' friend "$(cat "$rootfs/usr/share/greet/names")"
equal 'its list has the packages with their packed files' "$(grep -v -e '^a:' -e '^F:usr$' \
    -e '^F:usr/share/man' -e '^R:greet.1' "$tree/lib/apk/db/installed")" "$(cat "$rootfs/lib/apk/db/installed")"
folder=
while IFS=: read -r letter value; do
    case $letter in
    F) folder=$value ;;
    R) file=$rootfs/$folder/$value ;;
    Z) equal "the checksum of '$file'" "$value" "$(sum "$file")" ;;
    esac
done < "$rootfs/lib/apk/db/installed"
equal 'the distribution is that of the root' "$(cat "$tree/etc/os-release" "$tree/etc/alpine-release")" \
    "$(cat "$rootfs/etc/os-release" "$rootfs/etc/alpine-release")"
succeeds 'verify finds nothing' "$outis" verify --strict "$work/packaged.tar" || true

rm "$greeting"
status=0
why=$("$outis" bake --root "$tree" /usr/bin/greet -o "$work/incomplete.tar" 2>&1) || status=$?
equal 'a missing library: exit code' 2 "$status"
matches 'a missing library: who asked for it' "/usr/bin/greet.*'?libgreeting.so" "$why"
equal 'a missing library: one line' 1 "$(printf '%s\n' "$why" | wc -l)"
equal 'a missing library: nothing written' '' "$(find "$work" -name 'incomplete*')"
finish
