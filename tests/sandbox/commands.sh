#!/bin/sh
# `outis profile ...` as people and scripts call it: answers, exit codes, no half-written files.
#                                                             sh tests/sandbox/commands.sh OUTIS
set -eu

outis=$1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../support/report.sh"
. "$here/../support/workspace.sh"
cd "$work"
OUTIS_DATA=$work/share
export OUTIS_DATA
mkdir -p share
ln -s "$here/../../profiles" share/profiles

# run WORD...: the program's exit code in $status, what it said in $said and $complained.
run() {
    status=0
    "$outis" "$@" > "$work/said" 2> "$work/complained" || status=$?
    said=$(cat "$work/said")
    complained=$(cat "$work/complained")
}

# refused NAME STATUS PART WORD...: that exit code, one line or a line with its caret, no output.
refused() {
    refused_name=$1
    refused_status=$2
    refused_part=$3
    shift 3
    run "$@"
    equal "$refused_name: exit code" "$refused_status" "$status"
    holds "$refused_name: message" "$refused_part" "$complained"
    equal "$refused_name: says nothing else" '' "$said"
    equal "$refused_name: leaves nothing behind" 'bad.toml complained good.toml large said share' \
        "$(echo *)"
}

mkdir large
head -c 1100000 /dev/zero | tr '\0' '#' > large/large.toml
printf '[seccomp]\nallow = ["raed"]\n' > bad.toml
printf 'description = "d"\nextends = ["offline"]\n' > good.toml

run profile list
for name in none baseline service go worker offline; do
    matches "list names $name" "^$name " "$said"
done
run profile list --json
holds 'list as JSON' '{"description":"no network","name":"offline"}' "$said"
run profile show baseline --arch arm64
holds 'show says the user' 'user          65534:65534' "$said"
holds 'show says the size' 'instructions on arm64' "$said"
run profile show baseline --json
holds 'show as JSON' '"by arguments":["clone","ioctl","personality","prctl","prlimit64","socket","socketpair"]' "$said"
for name in none baseline service go worker offline; do
    run profile check "$name"
    equal "$name is right: exit code" 0 "$status"
    equal "$name is right: nothing to say" '' "$said$complained"
done
run profile check good.toml
equal 'a right profile: exit code' 0 "$status"
run profile check bad.toml
equal 'a wrong profile: exit code' 1 "$status"
holds 'a wrong profile: place' "bad.toml:2:10: unknown system call 'raed'; did you mean 'read'?" \
    "$complained"
run profile check --json bad.toml
holds 'check as JSON' '"line":2,"message":"unknown system call ' "$said"

awk 'BEGIN { for (i = 0; i < 1020; i++)
    printf "[[seccomp.rule]]\ncall = \"kill\"\nwhen = \"pid == %d and sig == %d\"\n", i * 7, i
}' > endless.toml
run profile check endless.toml
equal 'too large a filter: exit code' 1 "$status"
holds 'too large a filter: message' 'endless.toml: the filter needs ' "$complained"
run profile check --json endless.toml
holds 'too large a filter as JSON' '"message":"the filter needs ' "$said"
rm endless.toml

printf '[seccomp]\nallow = ["read", "fork"]\n' > noted.toml
run profile check noted.toml
equal 'notes are not told unasked by check' '' "$complained"
run profile check -v noted.toml
equal 'a note: exit code' 0 "$status"
holds 'a note: place' "noted.toml:2:18: note: the system call 'fork' does not exist on arm64" \
    "$complained"
run profile check --json noted.toml
holds 'a note as JSON' '"severity":"note"' "$said"
run profile compile noted.toml --arch arm64 -o noted.policy
equal 'notes are not told unasked by compile' '' "$complained"
run profile compile noted.toml --arch arm64 -v -o noted.policy
holds 'compile -v: note' "'fork' does not exist on arm64" "$complained"
equal 'compile -v: exit code' 0 "$status"
run profile compile noted.toml --arch amd64 -v -o noted.policy
equal 'a note about another architecture' '' "$complained"
rm noted.toml noted.policy

refused 'compile a wrong profile' 2 'bad.toml:2:10:' profile compile bad.toml -o out.policy
refused 'compile nothing' 2 'needs FILE' profile compile
refused 'compile an absent file' 2 'absent.toml' profile compile absent.toml
refused 'unknown architecture' 2 'write amd64 or arm64' profile compile good.toml --arch mips
run profile compile good.toml --emit bpf -o good.bpf
"$outis" profile compile good.toml --emit bpf -o - > printed.bpf
succeeds 'compile -o - prints the same' cmp good.bpf printed.bpf || true
succeeds 'compile -o - makes no file' [ ! -e ./- ] || true
rm good.bpf printed.bpf
refused 'unknown form' 2 'write policy, bpf, oci or listing' profile compile good.toml --emit pfc
refused 'an unwritable place' 3 '/absent/x' profile compile good.toml -o "$work/absent/x"
refused 'an unknown name' 2 "did you mean 'offline'?" profile show ofline
refused 'a large file' 2 'larger than 1 MiB' profile compile large/large.toml

# A shipped name is never the file of that name, which is said.
cp good.toml worker
run profile compile worker -o worker.policy
equal 'a shipped name beside a file: exit code' 0 "$status"
holds 'a shipped name beside a file: which it was' "the file of that name is './worker'" "$complained"
run profile compile ./worker -o worker.policy
equal 'the file beside a shipped name' '' "$complained"
rm worker worker.policy

run profile explain baseline socket AF_VSOCK
holds 'explain: verdict' 'socket on ' "$said"
matches 'explain: place of the rule' '/baseline.toml:[0-9]+:8: not so: .domain == AF_UNIX or domain in ' "$said"
matches 'explain: path' '^ +0  load arch$' "$said"
run profile explain --json baseline --arch amd64 socket AF_VSOCK
holds 'explain as JSON' '"call":"socket","consequence":"callers try the next address family' "$said"
holds 'explain as JSON: verdict' '"verdict":"EAFNOSUPPORT"' "$said"
run profile explain baseline prlimit64 -- -1
holds 'explain: a number with a sign' ': EPERM' "$said"
run profile explain go -- kill -1 9
holds 'explain: a call behind --' 'kill on ' "$said"
refused 'a word behind --' 2 "unexpected argument 'go'" profile show -- go
run profile explain go --arch amd64
matches 'summary: a group' '^  @mount +none of ' "$said"
matches 'summary: a danger' '^  io_uring_setup +prepares input and output' "$said"
matches 'summary: a right' '^  exec once +yes$' "$said"
run profile explain baseline --json
holds 'summary as JSON' '{"allowed":["ptrace"],"reason":"debuggers ' "$said"
refused 'explain an unknown call' 2 "did you mean 'open'?" profile explain baseline opn
refused 'explain an unknown constant' 2 "did you mean 'AF_UNIX'?" \
    profile explain baseline socket AF_UNX
refused 'explain on an unknown ABI' 2 'write x86_64, x32, i386' \
    profile explain baseline read --abi vax
run profile diff baseline baseline
equal 'the same: exit code' 0 "$status"
equal 'the same: nothing to say' '' "$said$complained"
run profile diff service baseline --arch amd64
equal 'different: exit code' 1 "$status"
holds 'different: calls' 'gained on x86_64, EPERM -> allow' "$said"
holds 'different: rights' 'landlock scope signal: yes -> -' "$said"
run profile diff service baseline --json --arch amd64
holds 'different as JSON' '"before":"EPERM","call":"ptrace"' "$said"
run profile show baseline --listing --arch amd64
matches 'the listing names calls' '; socket$' "$said"
matches 'the listing names constants' '; AF_LOCAL$' "$said"
matches 'the listing names arguments' 'load arg0 low +; domain of socket$' "$said"
for format in oci docker spo; do
    run profile export service --format "$format"
    equal "export to $format: exit code" 0 "$status"
    holds "export to $format" '"SCMP_ACT_ALLOW"' "$said"
    holds "export to $format: what it cannot say" 'not said: libseccomp 2.5.4 does not know' \
        "$complained"
done
holds 'export to spo: kind' '"kind": "SeccompProfile"' "$said"
run profile export service --json
holds 'export as JSON' '{"differences":["libseccomp 2.5.4' "$said"
run profile export service --strict
equal 'export --strict: exit code' 1 "$status"
equal 'export --strict: nothing is written' '' "$said"
refused 'export to an unknown format' 2 'write oci, docker or spo' profile export go --format lxc
refused 'export of no filter' 2 'has no filter' profile export none
mkdir json
printf '{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,"syscalls":[{"names":["read","nosuch"],"action":"SCMP_ACT_ALLOW"}]}' > json/p.json
run profile import json/p.json -o json/p.toml
equal 'import: exit code' 0 "$status"
holds 'import: what is not taken over' "nosuch" "$complained"
run profile import json/p.json --json
holds 'import as JSON' '"change":"unknown-call"' "$said"
run profile import json/p.json --json -o json/import.json
equal 'import as JSON into a file: nothing on stdout' '' "$said"
holds 'import as JSON into a file' '"change":"unknown-call"' "$(cat json/import.json)"
run profile diff json/p.json json/p.toml
equal 'what is imported is what was written' 0 "$status"
run profile compile json/p.json --mode exact -o json/p.policy
equal 'compile JSON: exit code' 0 "$status"
run profile explain json/p.json --arch amd64 mount
holds 'explain JSON' 'mount on x86_64, number 165: EPERM' "$said"
run profile import --mode exact json/p.json
equal 'import exactly: exit code' 0 "$status"
rm -r json
for wrong in '--mode soft' '--dialect lxc' '--caps NET_RAWW' '--kernel six'; do
    printf '{}' > bad.json
    # shellcheck disable=SC2086
    run profile import bad.json $wrong
    equal "import $wrong: exit code" 2 "$status"
    equal "import $wrong: one line" 1 "$(wc -l < complained | tr -d ' ')"
    rm bad.json
done

page=$(sed 's/\\//g' "$here/../../sandbox/outis-profile.1")
for command in list show explain check diff compile import export; do
    run profile "$command" --help
    for option in $(printf '%s\n' "$said" | grep -o -e '--[a-z-]*' | sort -u); do
        [ "$option" = --help ] || holds "the page has $option of $command" "$option" "$page"
    done
done

printf '[seccomp]\nallow = ["mount"]\n' > risky.toml
run profile check risky.toml
equal 'a warning: exit code' 0 "$status"
holds 'a warning: place' "risky.toml:2:10: warning: 'mount' is allowed without a reason" "$complained"
run profile check --strict risky.toml
equal 'a warning with --strict: exit code' 1 "$status"
run profile check --json risky.toml
holds 'a warning as JSON' '"name":"dead-permission"' "$said"
rm risky.toml

printf '{"defaultAction":"SCMP_ACT_LOUD"}' > foreign.json
run profile check foreign.json
equal 'check finds what is wrong with JSON' 1 "$status"
holds 'check says where in JSON' "foreign.json:1:18: unknown action 'SCMP_ACT_LOUD'" "$complained"
printf '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["ptrace"],"action":"SCMP_ACT_ALLOW"}]}' \
    > foreign.json
run profile check --strict foreign.json
equal 'check of JSON looks at the import' 1 "$status"
holds 'check of JSON warns' "'ptrace' is allowed without a reason" "$complained"
printf '{"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86"],"syscalls":[
{"names":["read"],"action":"SCMP_ACT_ALLOW"},
{"names":["dup"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"valueTwo":2,"op":"SCMP_CMP_MASKED_EQ"}]}]}' \
    > foreign.json
run profile check --strict foreign.json
equal 'check of JSON warns of idle rules: exit code' 1 "$status"
holds 'check of JSON warns of idle rules' 'foreign.json:3:' "$complained"
run profile explain foreign.json --arch amd64
holds 'explain names the other ABIs' 'to programs for i386' "$said"
run profile explain foreign.json --arch amd64 --json
holds 'explain names the other ABIs as JSON' '"abis":["i386"]' "$said"
run profile check missing.json
equal 'check of nothing: exit code' 2 "$status"
holds 'check of nothing: message' "cannot read 'missing.json'" "$complained"
rm foreign.json

run profile compile good.toml
equal 'compile: exit code' 0 "$status"
equal 'compile: magic' OUTISPOL "$(head -c 8 good.policy)"
run profile compile good.toml --arch arm64 -o arm.policy
equal 'compile for arm64' 2 "$(od -An -tu1 -j10 -N1 arm.policy | xargs)"
run profile compile good.toml --emit bpf -o good.bpf
equal 'a program of whole instructions' 0 "$(($(wc -c < good.bpf) % 8))"
run profile compile good.toml --emit listing
holds 'a listing' '   0  load arch' "$said"

printf '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}' \
    > foreign.json
cp foreign.json before.json
ln -s foreign.json same.json
for output in '' foreign.json ./foreign.json same.json; do
    # shellcheck disable=SC2086
    run profile compile foreign.json --emit oci ${output:+-o $output}
    equal "compile over the profile ($output): exit code" 2 "$status"
    holds "compile over the profile ($output): message" 'would be overwritten; give -o' "$complained"
    equal "compile over the profile ($output): it stays" "$(cat before.json)" "$(cat same.json)"
done
mkdir folder.json
run profile check folder.json
equal 'check of what is no file: exit code' 2 "$status"
run profile import foreign.json --base json/p.json -o json/p.json
equal 'import over a base: exit code' 2 "$status"
run profile import foreign.json -o same.json
equal 'import over the profile: exit code' 2 "$status"
holds 'import over the profile: message' 'would be overwritten' "$complained"
run profile export ./foreign.json -o same.json
equal 'export over the profile: exit code' 2 "$status"
equal 'import and export leave the profile' "$(cat before.json)" "$(cat foreign.json)"
run profile explain foreign.json read
holds 'explain of JSON says where in JSON' 'foreign.json:1:57: allowed by the list' "$said"
run profile explain foreign.json mount
holds 'explain of JSON says where its default is' 'foreign.json:1:18: in no list' "$said"
run profile compile foreign.json --emit oci -o out.json
equal 'compile JSON to JSON: exit code' 0 "$status"
run profile compile good.toml --emit oci -o out.json
emitted=$complained
run profile export good.toml -o out.json
equal 'compile to JSON tells what export tells' "$complained" "$emitted"
holds 'compile to JSON tells notes' 'outis: note: ' "$emitted"

status=0
"$outis" profile list > /dev/full 2> complained || status=$?
equal 'a full disk: exit code' 3 "$status"
equal 'a full disk: message' 'outis: cannot write all of the output' "$(cat complained)"
finish
