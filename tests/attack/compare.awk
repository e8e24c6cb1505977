# compare.awk README.md ROWS: prints each answer of ROWS that the column's cell does not allow, and
# each attempt of the table that ROWS lack. A cell `A or B` allows both. A row of the second table
# (attempt, where, columns, answer) replaces the first table's cell where `where` is in `conditions`.
# `ANSWER, not judged: REASON` there is the machine's answer, which tells nothing about the column; then
# `skip` is the file that gets a line `ATTEMPT: REASON`. Ends with 1 if it printed anything.
BEGIN {
    FS = " *[|] *"
    split(conditions, words, " ")
    for (i in words)
        holds[words[i]] = 1
}

FNR == 1 { file++ }

file == 1 && $2 == "attempt" {
    table = $3 == "where" ? "differences" : "answers"
    for (i = 1; i <= NF; i++)
        if (table == "answers" && $i == column)
            place = i
    next
}

file == 1 && !/^[|]/ { table = "" }
file == 1 && /^[|]---/ { next }
file == 1 && table == "answers" { want[$2] = $place }
file == 1 && table == "differences" && ($3 in holds) && ($4 == "all" || (" " $4 " ") ~ (" " column " ")) {
    split($5, part, ", not judged: ")
    instead[$2] = part[1]
    reason[$2] = part[2]
}

file == 2 {
    split($0, got, " ")
    seen[got[1]] = 1
    cell = got[1] in instead ? instead[got[1]] : want[got[1]]
    if (!(got[1] in want)) {
        print got[1] ": is not in the table"
        bad = 1
    } else if ((" or " cell " or ") !~ (" or " got[2] " or ")) {
        print got[1] ": wanted " cell ", got " got[2]
        bad = 1
    } else if (reason[got[1]] != "") {
        print got[1] ": " reason[got[1]] >> skip
    }
}

END {
    if (!place) {
        print "the table has no column " column
        exit 1
    }
    for (name in want) {
        if (!(name in seen)) {
            print name ": no answer"
            bad = 1
        }
    }
    exit bad
}
