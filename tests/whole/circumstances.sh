#!/bin/sh
# PID 1 in the circumstances that engines and machines make: each row of the table "Circumstances" of
# init/README.md is made here, and its cells are compared word for word. A row that no case makes,
# and a case without a row, fail. Rows that need another kernel are in tests/kernels.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/whole.sh"

[ "$(id -u)" = 0 ] || { skip circumstances 'needs root'; finish; }
abi=$("$build/bin/outis-init" --inspect self --json | sed 's/.*"landlock_abi":\([0-9]*\).*/\1/')
[ "$abi" -ge 6 ] || {
    skip circumstances "the table is that of Landlock ABI 6, and this kernel has $abi"
    finish
}

# One file `NAME|CODE|APP|LINE` a row.
awk -F ' *[|] *' '/^## / { on = $0 == "## Circumstances" } on && NF == 6 && $3 ~ /^[0-9]+$/ {
    gsub(/`/, ""); print $2 "|" $3 "|" $4 "|" $5 }' "$root/init/README.md" > "$work/rows"
: > "$work/made"

policy_of() { # NAME TEXT
    printf '%s\n' "$2" 'extends = ["service"]' > "$work/$1.toml"
    succeeds "compile $1" "$outis" profile compile "$work/$1.toml" \
        -o "$tree/policies/$1.policy" || finish
}

# The image: PID 1, which is its own app, and policies.
tree=$work/tree
mkdir -p "$tree/etc/outis" "$tree/policies" "$tree/proc" "$tree/sys" "$tree/dev" "$tree/tmp"
chmod 755 "$work" # users of other namespaces come through it
chmod 1777 "$tree/tmp"
cp "$build/bin/outis-init" "$tree/outis-init"
policy_of exact 'user-exact = true'
policy_of required 'landlock.enforce = "required"'
cp "$build/share/outis/policies/linux-$(dpkg --print-architecture)/service.policy" \
    "$tree/etc/outis/policy"
cp "$tree/etc/outis/policy" "$work/loose"
chown 65534 "$work/loose"
mkdir "$work/folder"
cp "$tree/etc/outis/policy" "$work/folder/policy"
chown 65534 "$work/folder"
docker_start
succeeds 'docker import' sh -c "tar -C '$tree' -c . | docker import - circumstances" || finish

# What `--inspect self` said, as the table has it: user and group, supplementary groups, bounding set,
# securebits, filters. What every row has in common is said only where it is missing.
app_of() { # FILE
    awk -F ': ' '{ value[$1] = $2 } END {
        if (!("uid" in value)) { print "-"; exit }
        split(value["uid"], uid, ", "); split(value["gid"], gid, ", ")
        text = uid[1] ":" gid[1]
        for (n = split(value["groups"], group, ", "); n > 0; n--) text = text " +" group[n]
        text = text ", bounding set " (value["bounding"] == "none" ? "empty" : "left")
        text = text ", securebits " (value["securebits"] == 0 ? "open" : "locked")
        text = text ", " value["filters"] (value["filters"] == 1 ? " filter" : " filters")
        if (value["permitted"] != "none" || value["no_new_privs"] != "true" || value["seccomp"] != "true")
            text = text ", unconfined"
        print text }' "$1"
}

# check NAME COMMAND...: runs it, and compares code, app and a line of PID 1 with the row: what it
# applied where the app ran, else why it did not.
check() {
    check_name=$1
    shift
    echo "$check_name" >> "$work/made"
    check_code=0
    timeout -s KILL 300 "$@" > "$work/out" 2> "$work/err" || check_code=$?
    check_line=$(sed -n 's/filter of [0-9]* /filter of N /; s/^outis-init: //p' "$work/err" |
        grep -v '^child ' > "$work/lines" && if [ "$check_code" = 0 ]; then head -n 1 "$work/lines"
    else tail -n 1 "$work/lines"; fi) || true
    check_row=$(awk -F '|' -v name="$check_name" '$1 == name' "$work/rows")
    equal "$check_name" "$check_row" \
        "$check_name|$check_code|$(app_of "$work/out")|$check_line"
    [ "$check_code" = 0 ] || equal "$check_name: nothing starts" '' "$(cat "$work/out")"
}

report='/outis-init --inspect self'

# container NAME POLICY [DOCKER OPTION...]
container() {
    container_name=$1
    container_policy=$2
    shift 2
    # shellcheck disable=SC2086
    check "$container_name" docker run --rm --network none "$@" circumstances \
        /outis-init -v -p "$container_policy" -- $report
}

baked=/etc/outis/policy
# What Docker does not make: as PID 1, in a user namespace.
inside="chroot $tree /outis-init -v -p $baked --"
first="unshare --pid --fork --mount-proc=$tree/proc"
mapped="sh $root/tests/support/circumstances_mapped.sh"
container 'root, as Docker starts it' $baked
container 'root, --cap-drop ALL' $baked --cap-drop ALL
container 'root, SETUID and SETGID only' $baked --cap-drop ALL --cap-add SETUID --cap-add SETGID
container 'root, --group-add 2000' $baked --group-add 2000
container 'nobody already' $baked --user 65534:65534
container 'nobody, --cap-drop ALL' $baked --user 65534:65534 --cap-drop ALL
container 'runAsUser without runAsGroup' $baked --user 1000
container 'runAsUser, fsGroup 2000' $baked --user 1000:1000 --group-add 2000
container "OpenShift's random uid" $baked --user 1000680000:0 --cap-drop ALL
container 'user-exact, another user' /policies/exact.policy --user 1000:1000
container 'user-exact, root' /policies/exact.policy
container 'no-new-privileges' $baked --security-opt no-new-privileges
container 'read-only root' $baked --read-only
if docker run --rm --network none --privileged circumstances /outis-init --version \
    > "$work/privileged" 2>&1; then
    container '--privileged' $baked --privileged
else
    # The same without an engine: every capability of this machine, and no outer filter.
    echo "skip docker run --privileged: $(head -n 1 "$work/privileged")"
    # shellcheck disable=SC2086
    check '--privileged' $first $inside $report
fi
container '--pid=host' $baked --pid host
docker run --detach --name neighbour --network none circumstances /outis-init --pause \
    > "$work/neighbour" 2>&1
container 'a pod with one PID namespace' $baked --pid container:neighbour
mkdir "$work/empty"
container 'a volume over /etc' $baked --volume "$work/empty:/etc"
container 'a folder that the app could write' $baked --volume "$work/folder:/etc/outis"
container 'a policy that the app could write' $baked --volume "$work/loose:$baked"

outer() { # CALL...: Docker's --security-opt for a filter that refuses them
    printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[' > "$work/outer.json"
    printf '"%s",' "$@" | sed 's/,$//' >> "$work/outer.json"
    printf '],"action":"SCMP_ACT_ERRNO"}]}' >> "$work/outer.json"
    echo "seccomp=$work/outer.json"
}

container 'an outer filter refuses seccomp(2)' $baked --security-opt "$(outer seccomp)"
container 'an outer filter refuses Landlock' $baked \
    --security-opt "$(outer landlock_create_ruleset landlock_add_rule landlock_restrict_self)"
container 'the same, Landlock required' /policies/required.policy \
    --security-opt "$(outer landlock_create_ruleset)"

# shellcheck disable=SC2086
{
    check 'no /proc' unshare --pid --fork --mount $inside /outis-init --version
    check 'a user namespace that maps 65534' $mapped 65536 $first $inside $report
    check 'a user namespace without 65534' $mapped 65534 $first $inside $report
}

equal 'every row is made' "$(cut -d '|' -f 1 "$work/rows" | sort)" "$(sort "$work/made")"
finish
