# Reads the output of a `ctest` and prints `SECONDS NAME` of each test, for sort -rn.
/^ *[0-9]+\/[0-9]+ +Test +#[0-9]+: / {
    seconds = $(NF - 1)
    sub(/^[^#]*#[0-9]+: /, "")
    sub(/ \.*( |\*\*\*).*/, "")
    print seconds, $0
}
