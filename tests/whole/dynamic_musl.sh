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

rm "$greeting"
status=0
why=$("$outis" bake --root "$tree" /usr/bin/greet -o "$work/incomplete.tar" 2>&1) || status=$?
equal 'a missing library: exit code' 2 "$status"
matches 'a missing library: who asked for it' "/usr/bin/greet.*'?libgreeting.so" "$why"
equal 'a missing library: one line' 1 "$(printf '%s\n' "$why" | wc -l)"
equal 'a missing library: nothing written' '' "$(find "$work" -name 'incomplete*')"
finish
