# Read by CTest: a test for each case of one doctest program. The file that CMake writes for the
# program sets `program`, `list` (of outis_case(…) lines, which doctest_main.cc writes) and `part`.
if(NOT EXISTS "${list}")
    add_test("${part}: the program is not built" "${program}")
    return()
endif()

# A first run knows no times. These cases take longest, so they begin first.
set(slow "random_test|peers/same|peers/breaks|binaries_test|bad_input_test")

# Cases that run the Go toolchain: it keeps all processors busy, and compiles its library once.
set(go "images/(bad_input|bake|binaries|go|go_fetch|go_trouble|golang_builder_run|labels)_test$")

function(outis_case source name pattern)
    string(REGEX REPLACE "^.*tests/|\\.cc$" "" file "${source}")
    set(test "${file}: ${name}")
    add_test("${test}" "${program}" --no-intro "--source-file=*${file}.cc" "--test-case=${pattern}")
    set_tests_properties("${test}" PROPERTIES
        WORKING_DIRECTORY "${folder}" LABELS "${part}" TIMEOUT 600 SKIP_RETURN_CODE 77)
    if(file MATCHES "${slow}")
        set_tests_properties("${test}" PROPERTIES COST 100)
    endif()
    if(file MATCHES "${go}")
        set_tests_properties("${test}" PROPERTIES RESOURCE_LOCK go)
    endif()
endfunction()
include("${list}")
