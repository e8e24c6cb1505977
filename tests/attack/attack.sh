#!/bin/sh
# Attacks from inside of each profile, and compares what comes back with the table in README.md.
#
#     sh tests/attack/attack.sh              the profiles
#     sh tests/attack/attack.sh docker       Docker's default profile, without us
#     sh tests/attack/attack.sh --table      both; prints the table anew
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/support/workspace.sh"
. "$root/tests/support/report.sh"
. "$root/tests/attack/suite.sh"
. "$root/tests/attack/docker.sh"

if cannot_attack attack; then finish; fi

attack_profiles() {
    for profile in $shipped $own; do
        if ! policy=$(policy_of "$profile") ||
            ! said=$(answers_under "$policy" "$work/$profile.rows") || [ -n "$said" ]; then
            not_ok "attacks: $profile" "does not run: ${said:-no policy}"
            finish
        fi
    done
}

attack_docker() {
    . "$root/tests/support/install.sh"
    . "$root/tests/support/engine.sh"
    docker_answers || { not_ok 'attacks: docker' 'it does not run; see above'; finish; }
}

compare_all() { # COLUMN...
    where=$("$attack" where)
    for column in "$@"; do
        case $column,$where in
        paths,*landlock-under-1*)
            # What is left of it is the profile that it extends, and the filter's part of its ports.
            skip "attacks: $column" 'this kernel has no Landlock; compared with service'
            # shellcheck disable=SC2086
            compare service "$work/paths.rows" $where ports-by-filter
            continue
            ;;
        esac
        # shellcheck disable=SC2086
        compare "$column" "$work/$column.rows" $where
    done
    say_not_judged attacks
}

case ${1:-} in
--table)
    attack_profiles
    attack_docker
    print_table
    finish
    ;;
docker)
    attack_docker
    # shellcheck disable=SC2086
    compare_all $docker_columns
    finish
    ;;
esac

attack_profiles
# shellcheck disable=SC2086
compare_all $shipped $own

# Rows and what stands behind them.
"$attack" list | sort > "$work/list"
awk -F ' *[|] *' '$2 == "attempt" { on = $3 == "behind it"; next }
    on && /^[|] / { print $2 "\t" $3 }' "$kept" | sort > "$work/kept"
equal 'attacks: the rows of README.md' '' "$(diff "$work/kept" "$work/list")"
finish
