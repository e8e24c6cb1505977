#!/bin/sh
# Bad input to `outis`: the exit code, one line on standard error that names the place and the
# remedy, and no file left behind.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

here=$work/here
mkdir -p "$here" "$here/empty" "$here/two/cmd/one" "$here/two/cmd/other" "$here/readonly"
cd "$here"
printf 'not a program\n' > text
head -c 40 "$build/bin/outis-init" > truncated
cp /bin/true dynamic
printf 'module example.com/two\n\ngo 1.19\n' > two/go.mod
printf 'package two\n' > two/two.go
for command in one other; do
    printf 'package main\n\nfunc main() {}\n' > "two/cmd/$command/main.go"
done
printf 'description = "x"\nuser = "nobody"\n\n[seccomp]\nallow = ["opennat"]\n' > syscall.toml
printf 'description = "x"\nusr = "nobody"\n' > key.toml
printf 'description = \n' > syntax.toml
printf 'description = "x"\nextends = ["baseline"]\n' > good.toml
printf 'OUTIS garbage' > garbage.policy
printf 'no certificate\n' > broken.pem
cp "$build/bin/outis-init" static
ls -AR > "$work/before"

# bad NAME CODE PART-OF-THE-LINE ARGUMENT...
bad() {
    title=$1
    want=$2
    part=$3
    shift 3
    got=0
    "$outis" "$@" > "$work/out" 2> "$work/err" < /dev/null || got=$?
    equal "$title: exit code" "$want" "$got"
    holds "$title: message" "$part" "$(cat "$work/err")"
    equal "$title: nothing on standard output" '' "$(cat "$work/out")"
    ls -AR > "$work/after"
    succeeds "$title: no file left" cmp "$work/before" "$work/after" || true
}

# A message about a program is one line; one about a profile adds the source line and a caret.
one_line() {
    bad "$@"
    equal "$title: one line" 1 "$(wc -l < "$work/err")"
}

one_line 'no APP' 2 APP bake
one_line 'APP is not there' 2 "'nowhere'" bake nowhere
one_line 'APP is no program' 2 "'text'" bake text
one_line 'APP is truncated' 2 "'truncated'" bake truncated
one_line 'APP is dynamic' 2 "'dynamic'" bake dynamic
one_line 'a directory without Go' 2 "/empty'" bake empty
one_line 'a directory without main: candidates' 2 'cmd/one' bake two
holds 'a directory without main: all candidates' 'cmd/other' "$(cat "$work/err")"
one_line 'an unknown profile' 2 "'baselin'" bake static --profile baselin
holds 'an unknown profile: did you mean' "'baseline'" "$(cat "$work/err")"
one_line 'a profile that is not there' 2 nowhere.toml bake static --profile ./nowhere.toml
one_line 'a broken policy' 2 garbage.policy bake static --profile ./garbage.policy
one_line 'an unknown option' 2 --porfile bake static --porfile go
one_line 'an unknown command' 2 bakery bakery
one_line 'a broken certificate' 2 broken.pem bake static --ca-add broken.pem
one_line 'a certificate that is not there' 2 nowhere.pem bake static --ca-add nowhere.pem
one_line 'an output folder that is not there' 3 nowhere bake static -o nowhere/x.tar
one_line 'a bad tag' 2 'A B' bake static -t 'A B'
bad 'an unknown system call' 2 'syscall.toml:5:' profile compile syscall.toml
holds 'an unknown system call: did you mean' "'openat'" "$(cat "$work/err")"
matches 'an unknown system call: caret' '^ *\| *\^~*$' "$(cat "$work/err")"
bad 'an unknown key' 2 'key.toml:2:1:' profile compile key.toml
holds 'an unknown key: did you mean' "'user'" "$(cat "$work/err")"
bad 'a syntax error' 2 'syntax.toml:1:' profile compile syntax.toml
one_line 'a profile file that is not there' 2 nowhere.toml profile compile nowhere.toml
one_line 'an unknown architecture' 2 sparc profile compile good.toml --arch sparc
bad 'a broken profile in a bake' 2 'syscall.toml:5:' bake static --profile ./syscall.toml
finish
