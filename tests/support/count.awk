# Reads the output of one stage of tests/run.sh and prints `PASSED FAILED`. It counts the lines of
# shell tests (`ok …`, `not ok …`), the summaries of doctest programs that ran under
# `ctest --verbose`, and every other test of CTest as one.

/^ok /     { passed++ }
/^not ok / { failed++ }

# 3: [doctest] test cases:  12 |  12 passed | 0 failed | 0 skipped
/^[0-9]+: \[doctest\] test cases:/ {
    number = $1 + 0
    for (i = 2; i <= NF; i++) {
        if ($i == "passed") cases_passed[number] += $(i - 1)
        if ($i == "failed") cases_failed[number] += $(i - 1)
    }
    summarised[number] = 1
}

#  1/4 Test  #3: sandbox ..........................   Passed    0.52 sec
/^ *[0-9]+\/[0-9]+ +Test +#[0-9]+: / {
    number = $0
    sub(/^[^#]*#/, "", number)
    number += 0
    skipped = /\*\*\*Skipped/
    good = / Passed +[0-9.]+ sec/
    if (number in summarised) {
        passed += cases_passed[number]
        failed += cases_failed[number]
        if (!good && !skipped && !cases_failed[number]) failed++
    } else if (good) {
        passed++
    } else if (!skipped) {
        failed++
    }
}

END { print passed + 0, failed + 0 }
