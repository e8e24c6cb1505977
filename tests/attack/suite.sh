# Sourced with $root set, after workspace.sh and report.sh: the attacks under each profile, and the
# table of README.md, which says what must come back.

build=${OUTIS_BUILD:-$root/build/dev}
attack=$build/bin/attack
kept=$root/tests/attack/README.md
shipped='none baseline service worker offline go'
own='paths once static'
docker_columns='docker docker-nobody'
: > "$work/not-judged"

# policy_of PROFILE [ARCH]: where its policy is; profiles of this folder are compiled first.
policy_of() {
    policy_arch=${2:-$(dpkg --print-architecture)}
    case " $own " in
    *" $1 "*)
        policy_file=$work/$1-$policy_arch.policy
        [ -e "$policy_file" ] || "$build/bin/outis" profile compile --arch "$policy_arch" \
            "$root/tests/attack/profiles/$1.toml" -o "$policy_file" || return
        echo "$policy_file"
        ;;
    *) echo "$build/share/outis/policies/linux-$policy_arch/$1.policy" ;;
    esac
}

# answers_under POLICY FILE [ROW]...: `ROW ANSWER` lines into FILE, what was said besides on stdout.
answers_under() {
    answers_policy=$1
    answers_file=$2
    shift 2
    { timeout -s KILL 600 "$attack" under "$build/bin/outis-init" "$answers_policy" "$@" \
        > "$answers_file"; } 2>&1
}

# cannot_attack NAME: true, and the reason printed, where the machine does not let us. The attacks
# start with all capabilities that Docker gives.
docker_capabilities=0xa80425fb
cannot_attack() {
    if [ "$(id -u)" != 0 ] || ! unshare --pid --mount --net --fork true 2> /dev/null; then
        skip "$1" 'namespaces of its own need root with SYS_ADMIN'
        return
    fi
    cannot_held=0x$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
    [ "$((cannot_held & docker_capabilities))" != "$((docker_capabilities))" ] || return
    skip "$1" "this machine gives root only $cannot_held of Docker's capabilities $docker_capabilities"
}

# compare COLUMN FILE CONDITION...: each answer of FILE with the kept table's; CONDITION is a word
# of the second table of README.md. One line for all that agree. What says nothing here is noted for
# say_not_judged().
compare() {
    compare_column=$1
    compare_file=$2
    shift 2
    : > "$work/skip"
    if awk -v column="$compare_column" -v conditions="$*" -v skip="$work/skip" \
        -f "$root/tests/attack/compare.awk" "$kept" "$compare_file" > "$work/differences"; then
        ok "attacks: $compare_column, $(($(wc -l < "$compare_file") - $(wc -l < "$work/skip"))) answers"
    else
        while read -r compare_line; do
            not_ok "attacks: $compare_column" "$compare_line"
        done < "$work/differences"
    fi
    cat "$work/skip" >> "$work/not-judged"
}

# Once for all columns: which rows the machine answered in the filter's place.
say_not_judged() { # TITLE
    sort -u "$work/not-judged" > "$work/skip"
    : > "$work/not-judged"
    while read -r say_line; do
        skip "$1: ${say_line%%: *}" "${say_line#*: }"
    done < "$work/skip"
}

# The table, of one file `COLUMN.rows` a column in $work.
print_table() {
    "$attack" list > "$work/list"
    # shellcheck disable=SC2086
    awk -v columns="$shipped $own $docker_columns" -v folder="$work" \
        -f "$root/tests/attack/print.awk" "$work/list"
}
