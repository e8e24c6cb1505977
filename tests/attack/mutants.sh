#!/bin/sh
# A row that cannot turn red is a defect: what stands behind each row is taken out of a copy of the
# profile, and the answer has to differ from the kept one. Rows without a rule are named with their
# reason. One line a row.
#
#     sh tests/attack/mutants.sh [ROW]...     needs a built preset dev
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/workspace.sh"
. "$root/tests/support/report.sh"
. "$root/tests/attack/suite.sh"

if cannot_attack mutants; then finish; fi
mkdir "$work/profiles"
: > "$work/log"

quoted() { # WORD...: the inside of a TOML array
    for quoted_word in "$@"; do printf '"%s", ' "$quoted_word"; done
}

# write_mutant KIND WORD...: in the words of attack.h. Sets $base, the profile that it is made of.
write_mutant() {
    kind=$1
    shift
    cp "$root"/profiles/*.toml "$root"/tests/attack/profiles/*.toml "$work/profiles/"
    base=static
    case $kind in
    # static refuses tracing and writing below /proc for a reason of its own.
    allow | root) base=service ;;
    drop | grant)
        for base in $own; do
            grep -q "^$1 " "$work/profiles/$base.toml" && break
        done
        ;;
    esac
    # Out of what the base extends, too.
    [ "$kind" != drop ] || sed -i -E "/^($(echo "$*" | tr ' ' '|')) /d" "$work"/profiles/*.toml
    mutant_text "$kind" "$@" > "$work/profiles/mutant.toml"
}

mutant_text() { # KIND WORD...
    kind=$1
    first=${2:-}
    shift
    case $kind in
    drop)
        cat "$work/profiles/$base.toml"
        return
        ;;
    grant)
        sed "s|^$first *= .|&\"$2\", |" "$work/profiles/$base.toml"
        return
        ;;
    filter)
        echo 'unsafe-no-filter = { reason = "a test" }'
        return
        ;;
    esac
    echo "extends = [\"$base\"]"
    case $kind in
    allow) echo "seccomp.allow = [$(quoted "$@")]" ;;
    lift)
        echo "seccomp.allow = [\"$first\"]"
        echo "seccomp.unsafe-lift = [{ call = \"$first\", reason = \"a test\" }]"
        ;;
    rule)
        shift
        printf '[[seccomp.rule]]\ncall = "%s"\nwhen = "%s"\n' "$first" "$*"
        ;;
    abi) echo "seccomp.architectures = [\"$first\"]" ;;
    keep)
        shift
        echo "seccomp.allow = [$(quoted "$@")]"
        echo "capabilities.keep = [\"$first\"]"
        ;;
    root) echo 'user = "root"' ;;
    esac
}

kept_answer() { # COLUMN ROW
    awk -F ' *[|] *' -v row="$2" -v column="$1" '
        $2 == "attempt" && !place { for (i = 1; i <= NF; i++) if ($i == column) place = i }
        $2 == row { print $place; exit }' "$kept"
}

# Why the machine answers the row in the filter's place; nothing if it does not.
not_judged() { # ROW
    awk -F ' *[|] *' -v row="$1" -v conditions=" $where " '
        $2 == row && index(conditions, " " $3 " ") && sub(/.*, not judged: /, "", $5) {
            print $5; exit }' "$kept"
}

# Sets $answer to what the row says under the mutant.
answer_of_mutant() { # ROW
    if ! said=$("$build/bin/outis" profile compile "$work/profiles/mutant.toml" \
        -o "$work/mutant.policy" 2>&1); then
        not_ok "$1" "its mutant does not compile: $said"
        return 1
    fi
    answers_under "$work/mutant.policy" "$work/mutant.rows" "$1" > "$work/log" || return 1
    answer=$(sed -n "s/^$1 //p" "$work/mutant.rows")
}

mutate() { # ROW BEHIND
    reason=$(not_judged "$1")
    [ -z "$reason" ] || { skip "$1" "$reason"; return 0; }
    base=static
    case $2 in
    none | docker)
        base=baseline
        answer=$(kept_answer "$2" "$1")
        ;;
    *)
        # shellcheck disable=SC2086
        write_mutant $2
        answer_of_mutant "$1" || return 0
        ;;
    esac
    want=$(kept_answer "$base" "$1")
    case $answer in
    '' | broken | "$want")
        not_ok "$1" "'$want' under $base, and '$answer' without '$2': $(cat "$work/log" 2>&1)"
        ;;
    *) ok "$1: $want under $base, $answer without '$2'" ;;
    esac
}

"$attack" list > "$work/list"
where=$("$attack" where | tr '\n' ' ')
tab=$(printf '\t')
while IFS=$tab read -r row behind; do
    [ $# = 0 ] || case " $* " in *" $row "*) ;; *) continue ;; esac
    case $behind in
    '- '*) echo "no mutant of $row: ${behind#- }" ;;
    *) mutate "$row" "$behind" ;;
    esac
done < "$work/list"
finish
