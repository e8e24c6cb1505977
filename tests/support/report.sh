# Sourced. What a shell test says: one line a check, `ok NAME`, `not ok NAME: why` or
# `skip NAME: reason`, counted by tests/run.sh. A test script ends with `finish`.

failures=0

ok() {
    printf 'ok %s\n' "$1"
}

not_ok() { # NAME WHY
    printf 'not ok %s: %s\n' "$1" "$2"
    failures=$((failures + 1))
}

skip() { # NAME REASON
    printf 'skip %s: %s\n' "$1" "$2"
}

equal() { # NAME WANT GOT
    if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "wanted '$2', got '$3'"; fi
}

holds() { # NAME PART TEXT: the text contains the part
    case $3 in
    *"$2"*) ok "$1" ;;
    *) not_ok "$1" "wanted '$2' in '$3'" ;;
    esac
}

matches() { # NAME REGEX TEXT: a line of the text matches the extended regular expression
    if printf '%s\n' "$3" | grep -Eq -- "$2"; then
        ok "$1"
    else
        not_ok "$1" "wanted a line like '$2', got '$3'"
    fi
}

succeeds() { # NAME COMMAND...: its output is shown only when it fails
    succeeds_name=$1
    shift
    if succeeds_output=$("$@" 2>&1); then
        ok "$succeeds_name"
    else
        not_ok "$succeeds_name" "'$*' ended with $?: $succeeds_output"
        return 1
    fi
}

finish() {
    exit "$((failures > 0))"
}
