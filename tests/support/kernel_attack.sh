# Sourced after kernel.sh and tests/attack/suite.sh: the attacks in a machine of QEMU.

seconds=600

# fill ARCH FOLDER: what the machine needs.
fill() {
    mkdir -p "$2/bin" "$2/policies"
    case $1 in
    "$(dpkg --print-architecture)") cp "$attack" "$2/bin/attack" ;;
    *) cp "$build/guest/$1/attack" "$2/bin/attack" ;;
    esac
    cp "$build/share/outis/init/linux-$1/outis-init" "$2/outis-init"
    for fill_profile in $shipped $own; do
        cp "$(policy_of "$fill_profile" "$1")" "$2/policies/$fill_profile.policy"
    done
    cp "$2/policies/service.policy" "$2/policy"
}

# The policy `required`: `paths`, which ends where Landlock cannot do all of it.
fill_required() { # ARCH FOLDER
    sed 's/^enforce.*/enforce = "required"/' "$root/tests/attack/profiles/paths.toml" > "$work/required.toml"
    "$build/bin/outis" profile compile --arch "$1" "$work/required.toml" \
        -o "$2/policies/required.policy"
}

conditions='$(attack where | busybox tr "\\n" " ")'

under() { # PROFILE...: a line of shell that runs the attacks under each
    printf 'echo "where: %s"; for p in %s; do echo "profile $p"; ' "$conditions" "$*"
    echo 'attack under /outis-init /policies/$p.policy; echo "profile -"; done'
}

# The `ROW ANSWER` lines that the console said under PROFILE.
rows_of() { # PROFILE CONSOLE
    awk -v profile="$1" '/^profile / { on = $2 == profile; next } on && NF == 2 && !/^\[/' "$2"
}

# compare_machine TITLE CONSOLE PROFILE[=COLUMN]...: COLUMN where another profile's answers are due.
compare_machine() {
    machine_title=$1
    machine_console=$2
    shift 2
    machine_where=$(sed -n 's/^where: //p' "$machine_console")
    for machine_profile in "$@"; do
        rows_of "${machine_profile%=*}" "$machine_console" > "$work/rows"
        # Without Landlock the filter still keeps its part of stated ports.
        case $machine_profile in
        *=*) machine_more=ports-by-filter ;;
        *) machine_more= ;;
        esac
        # shellcheck disable=SC2086
        compare "${machine_profile#*=}" "$work/rows" $machine_where $machine_more |
            sed "s/attacks:/attacks, $machine_title:/"
    done > "$work/verdicts"
    cat "$work/verdicts"
    failures=$((failures + $(grep -c '^not ok' "$work/verdicts" || true)))
}

run_machine() { # ARCH TITLE COMMAND: its console in $work/TITLE
    boot "$1" "$work/root-$1" "$3" "$seconds" > "$work/$2" && return
    not_ok "attacks, $2: the machine ends by itself" "$(tail -n 5 "$work/$2")"
}
