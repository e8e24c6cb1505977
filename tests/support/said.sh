# Sourced after report.sh, in a folder of the test's own. What a command answers and says.
# shellcheck shell=sh

# ours NAME CODE COMMAND...: its exit code. What it says is $said; what all have said so far is in
# everything.log.
ours() {
    ours_name=$1
    ours_want=$2
    shift 2
    ours_code=0
    "$@" > said.log 2>&1 || ours_code=$?
    said=$(cat said.log)
    cat said.log >> everything.log
    equal "$ours_name: exit code" "$ours_want" "$ours_code"
    [ "$ours_code" = "$ours_want" ] || printf '%s\n' "$said" >&2
}

# What was said last is one line with these words.
one_line() { # NAME WORDS
    equal "$1: one line" 1 "$(printf '%s\n' "$said" | wc -l)"
    holds "$1: message" "$2" "$said"
}

# COMMAND..., told to write no.tar, answers 2 and one line.
refuses() { # NAME WORDS COMMAND...
    refuses_name=$1
    refuses_words=$2
    shift 2
    ours "$refuses_name" 2 "$@"
    one_line "$refuses_name" "$refuses_words"
    equal "$refuses_name: nothing is written" no "$([ -e no.tar ] && echo yes || echo no)"
}
