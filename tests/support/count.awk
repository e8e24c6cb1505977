# Reads the output of one stage of tests/run.sh and prints `PASSED FAILED`. It counts the lines of
# shell tests (`ok …`, `not ok …`), or the tests of a `ctest --verbose`: each is one case. A case
# without an assertion is skipped; without a printed reason for it, it has failed.

/^ok /     { passed++ }
/^not ok / { failed++ }

# 12: skip NAME: REASON
/^[0-9]+: skip / { reason[$1 + 0] }

#  12/640 Test  #12: images: an ELF file is described ...........   Passed    0.02 sec
/^ *[0-9]+\/[0-9]+ +Test +#[0-9]+: / {
    number = $0
    sub(/^[^#]*#/, "", number)
    number += 0
    if ($0 ~ / Passed +[0-9.]+ sec$/) passed++
    else if ($0 !~ /\*\*\*Skipped +[0-9.]+ sec$/ || !(number in reason)) failed++
}

END { print passed + 0, failed + 0 }
