#!/bin/sh
# Same input, same bytes: twice, from two directories whose files have other times and modes, by two
# users, under two umasks and locales, with an empty cache and a full one.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

chmod 755 "$work"
bake first "$hello"
succeeds 'the program alone' "$outis" bake "$hello" --binary-only -o "$work/app" || finish
bake second "$work/app" --platform linux/"$(dpkg --print-architecture)" --compress zstd
cp -R "$hello" "$work/hello"
cp "$work/app" "$work/hello/app"
find "$work/hello" -exec touch -d '2001-02-03 04:05:06' {} +
chmod -R go-w "$work/hello"
chmod 700 "$work/hello/app"

again() { # NAME FIRST DIRECTORY APP [COMMAND...]: COMMAND starts the bake
    name=$1
    first=$2
    directory=$3
    app=$4
    shift 4
    mkdir -p "$directory"
    succeeds "$name: bake" "$@" env -C "$directory" "$outis" bake "$app" \
        -t "outis-test/$first:1" -o "$work/out/again.tar" || return 0
    equal "$name: same tar" "$(sha256sum < "$work/$first.tar")" \
        "$(sha256sum < "$work/out/again.tar")"
    rm -f "$work/out/again.tar"
}

mkdir "$work/out"
again 'twice in a row' first "$root" "$hello"
again 'from another directory' first "$work/elsewhere" "$work/hello"
again 'by a relative path' first "$work/hello" .
again 'without a cache' first "$root" "$hello" env XDG_CACHE_HOME="$work/empty"
again 'umask 077' first "$root" "$hello" sh -c 'umask 077; exec "$@"' sh
for locale in C C.UTF-8 POSIX tr_TR.UTF-8; do
    again "locale $locale" first "$root" "$hello" env LC_ALL="$locale" LANG="$locale"
done
again 'one processor' first "$root" "$hello" taskset -c 0
again 'another time zone' first "$root" "$hello" env TZ=Asia/Tokyo

# As nobody, who has neither our home nor our caches and must not read a program of mode 0700.
if [ "$(id -u)" = 0 ] && setpriv --reuid 65534 --clear-groups test -x "$outis"; then
    mkdir "$work/nobody"
    chown 65534:65534 "$work/nobody" "$work/out"
    chmod 755 "$work/hello/app"
    again 'as another user' first "$work/elsewhere" "$work/hello" \
        setpriv --reuid 65534 --regid 65534 --clear-groups \
        env HOME="$work/nobody" XDG_CACHE_HOME="$work/nobody/cache" TMPDIR="$work/nobody"
else
    skip 'as another user' "only root can become somebody else, who must reach '$outis'"
fi

# A program, by zstd.
again_program() { # NAME FILE [COMMAND...]
    name=$1
    file=$2
    shift 2
    succeeds "$name: bake" "$@" "$outis" bake "$file" -t outis-test/second:1 --compress zstd \
        -o "$work/out/program.tar" || return 0
    equal "$name: same tar" "$(sha256sum < "$work/second.tar")" \
        "$(sha256sum < "$work/out/program.tar")"
}
again_program 'a copy of a program, zstd' "$work/hello/app"
again_program 'without a cache, zstd, one processor' "$work/app" \
    env XDG_CACHE_HOME="$work/empty2" taskset -c 0
finish
