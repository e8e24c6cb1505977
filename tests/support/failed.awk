# Reads the output of a `ctest --verbose` twice and prints what the tests wrote that did not pass,
# and CTest's own summary. Prints nothing where CTest has not run to its end.
#     awk -f tests/support/failed.awk LOG LOG

FNR == 1 { reading++ }

reading == 1 && /^ *[0-9]+\/[0-9]+ +Test +#[0-9]+: / && !/ Passed +[0-9.]+ sec$/ {
    number = $0
    sub(/^[^#]*#/, "", number)
    bad[number + 0]
}

reading == 1 && /^[0-9]+% tests passed, / { complete = 1 }

reading == 2 && complete {
    if (/^[0-9]+: / && ($1 + 0) in bad) print
    if (/^[0-9]+% tests passed, /) summary = 1
    if (summary) print
}
