# Read by CTest: a test for each case of one doctest program. The file that CMake writes for the
# program sets `program`, `list` (of outis_case(…) lines, which doctest_main.cc writes) and `part`.
if(NOT EXISTS "${list}")
    add_test("${part}: the program is not built" "${program}")
    return()
endif()

# Cases of these sources run one at a time: each group has a lock, or all have the machine.
function(outis_case source name pattern)
    string(REGEX REPLACE "^.*tests/|\\.cc$" "" file "${source}")
    set(test "${file}: ${name}")
    add_test("${test}" "${program}" --no-intro "--source-file=*${file}.cc" "--test-case=${pattern}")
    set_tests_properties("${test}" PROPERTIES
        WORKING_DIRECTORY "${folder}" LABELS "${part}" TIMEOUT 600 SKIP_RETURN_CODE 77)
endfunction()
include("${list}")
