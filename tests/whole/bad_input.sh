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
printf '#!/usr/bin/lua5.1\nprint(1)\n' > script
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
ln -s loop-b loop-a
ln -s loop-a loop-b
mkdir tree
ln -s . tree/self
ln -s /nowhere/at/all tree/absolute
printf 'x' > tree/file
long=$(printf '%0120d' 0)
longer=$(printf '%0256d' 0)
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
    equal "$title: printable" '' "$(tr -d '\n' < "$work/err" | LC_ALL=C tr -cd '\001-\037\177')"
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
one_line 'APP whose name steers a terminal' 2 '\033]0;x\007\012outis: fine' \
    bake "$(printf '\033]0;x\007\noutis: fine')"
one_line 'APP is no program' 2 "'text'" bake text
one_line 'APP is truncated' 2 "'truncated'" bake truncated
one_line 'APP is a script' 2 "'/usr/bin/lua5.1'" bake script
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
one_line 'APP is a circle of links' 2 "there is no 'loop-a'" bake loop-a
one_line 'a circle of links to add' 2 "there is no 'loop-a' to add" bake static --add loop-a:/x
one_line 'a relative destination' 2 'must be SRC:DST' bake static --add text:etc/x
one_line 'a climbing destination' 2 "must not contain '..'" bake static --add text:/a/../../x
one_line 'a climbing directory' 2 "must not contain '..'" bake static --dir /a/..
one_line 'a climbing link' 2 "must not contain '..'" bake static --link /../x:y
one_line 'a relative directory' 2 'must be an absolute path' bake static --dir var/x
one_line 'a name over 255 bytes' 2 'longer than 255 bytes' bake static --add "text:/$longer"
one_line 'a capability that there is none of' 2 "did you mean 'cap_kill'" \
    bake static --cap app=cap_kil+ep
one_line 'a shell that is no program' 2 "'text' is not an ELF file" bake static --debug text
one_line 'no upx' 3 'install upx' bake static --pack
one_line 'binaries of a program' 2 'Go main package' bake static --binary-only
one_line 'a dynamic program under go' 2 'lets no loader map libraries' bake /bin/true -p go
# A source that would run programs on this machine, or pack its files.
mkdir -p "$work/evil/cmd"
printf 'module example.com/evil\n\ngo 1.19\n' > "$work/evil/go.mod"
printf 'package main\n\nfunc main() {}\n' > "$work/evil/main.go"
printf '#!/bin/sh\ntouch "%s/ran"\ncat\n' "$work" > "$work/evil/t.sh"
chmod 755 "$work/evil/t.sh"
hostile() { # NAME PART TEXT-OF-THE-FILE
    printf '%s\n' "$3" > "$work/evil/outis.toml"
    bad "a source with $1" 2 "$2" bake "$work/evil"
    equal "a source with $1: runs nothing" no "$([ -e "$work/ran" ] && echo yes || echo no)"
}
hostile 'a tool of its own' toolexec "go-flag = ['-toolexec=$work/evil/t.sh']"
hostile 'a linker of its own' extld "ldflags = '-linkmode=external -extld=$work/evil/t.sh'"
hostile 'a trace' trace "trace = '$work/evil/t.sh'"
hostile 'tests' test 'test = true'
hostile 'a file of this machine' /etc/passwd "add = ['/etc/passwd:/x']"
hostile 'an output' output "output = ['stolen.tar']"
git -C "$work/evil" init -q
git -C "$work/evil" config core.fsmonitor "$work/evil/t.sh"
git -C "$work/evil" add go.mod main.go
git -C "$work/evil" -c user.name=x -c user.email=x@example.com -c core.fsmonitor= commit -qm x
rm -f "$work/ran" "$work/evil/outis.toml"
succeeds 'a source with a monitor' "$outis" bake "$work/evil" -o "$work/evil.tar" || true
equal 'a source with a monitor: runs nothing' no "$([ -e "$work/ran" ] && echo yes || echo no)"

one_line 'a base for a dynamic program under go' 2 'lets no loader map libraries' \
    base --for /bin/true -p go
cp /bin/true true
ls -AR > "$work/before"
one_line 'a Dockerfile of a dynamic program under go' 2 'lets no loader map libraries' \
    dockerfile true -p go
one_line 'an image without a name' 2 '--from' bake static --from ''
one_line 'an output without a name' 2 '--output' bake static -o ''
bad 'an unknown system call' 2 'syscall.toml:5:' profile compile syscall.toml
holds 'an unknown system call: did you mean' "'openat'" "$(cat "$work/err")"
matches 'an unknown system call: caret' '^ *\| *\^~*$' "$(cat "$work/err")"
bad 'an unknown key' 2 'key.toml:2:1:' profile compile key.toml
holds 'an unknown key: did you mean' "'user'" "$(cat "$work/err")"
bad 'a syntax error' 2 'syntax.toml:1:' profile compile syntax.toml
one_line 'a profile file that is not there' 2 nowhere.toml profile compile nowhere.toml
one_line 'an unknown architecture' 2 sparc profile compile good.toml --arch sparc
bad 'a broken profile in a bake' 2 'syscall.toml:5:' bake static --profile ./syscall.toml

# What looks bad but is not: links in a circle inside a tree, links out of it, long names.
succeeds 'a tree with strange links and names' "$outis" bake static --add tree:/srv \
    --add "text:/opt/$long/$long" -t outis-test/strange:1 -o "$work/strange.tar" || finish
mkdir "$work/layout"
tar -xf "$work/strange.tar" -C "$work/layout"
succeeds 'umoci unpacks it' umoci unpack --rootless --image "$work/layout:1" "$work/unpacked" || finish
equal 'a link to its own folder' . "$(readlink "$work/unpacked/rootfs/srv/self")"
equal 'an absolute link' /nowhere/at/all "$(readlink "$work/unpacked/rootfs/srv/absolute")"
succeeds 'a path over 200 bytes' cmp text "$work/unpacked/rootfs/opt/$long/$long" || true
finish
