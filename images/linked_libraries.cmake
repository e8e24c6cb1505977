# What is in `outis` besides code of ours: the libraries that are linked statically, and those of
# headers alone. Their versions stand in the section `.outis.libraries` of the program, from where
# `outis version --json` and every bill of materials take them (programs/linked_libraries.h).
# A new library gets a row below; tests/check/programs.sh finds those without.

# Adds the line of NAME to `lines`. FILE, its archive or a header, tells the distribution's package;
# of a library from elsewhere VERSION is said.
function(outis_linked_library name file version)
    set(package)
    set(purl)
    file(REAL_PATH "${file}" real)
    # A package may list a file below / that lies below /usr.
    string(REGEX REPLACE "^/usr/" "/" short "${real}")
    foreach(path IN LISTS real short)
        if(NOT package)
            outis_dpkg_query(owner --search ${path})
            string(REGEX MATCH "^[a-z0-9][a-z0-9+.-]*(:[a-z0-9-]+)?" package "${owner}")
        endif()
    endforeach()
    if(package)
        outis_dpkg_query(facts --show "--showformat=\${source:Package} \${source:Version}" ${package})
        if(facts MATCHES "^([^ ]+) ([^ ]+)$")
            set(version ${CMAKE_MATCH_2})
            set(purl "deb/${OUTIS_DISTRIBUTION}/${CMAKE_MATCH_1}@${version}?arch=source")
            if(OUTIS_DISTRIBUTION_VERSION)
                string(APPEND purl "&distro=${OUTIS_DISTRIBUTION}-${OUTIS_DISTRIBUTION_VERSION}")
            endif()
        endif()
    endif()
    if(NOT version)
        set(version unknown)
    endif()
    if(NOT purl)
        set(purl "generic/${name}@${version}")
    endif()
    string(REPLACE "+" "%2B" purl "${purl}")
    set(lines ${lines} "${name}\t${version}\tpkg:${purl}" PARENT_SCOPE)
endfunction()

function(outis_dpkg_query result)
    set(output)
    if(OUTIS_DPKG_QUERY)
        execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${OUTIS_DPKG_QUERY} ${ARGN}
            OUTPUT_VARIABLE output ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
    endif()
    set(${result} "${output}" PARENT_SCOPE)
endfunction()

find_program(OUTIS_DPKG_QUERY dpkg-query)
mark_as_advanced(OUTIS_DPKG_QUERY)
cmake_host_system_information(RESULT OUTIS_DISTRIBUTION QUERY DISTRIB_ID)
cmake_host_system_information(RESULT OUTIS_DISTRIBUTION_VERSION QUERY DISTRIB_VERSION_ID)
if(NOT OUTIS_DISTRIBUTION)
    set(OUTIS_DISTRIBUTION debian)
endif()
# Packages keep the times of their files: that one was updated shows here alone.
if(EXISTS /var/lib/dpkg/status)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS /var/lib/dpkg/status)
endif()

pkg_check_modules(CAPNG QUIET libcap-ng)
pkg_check_modules(TOML QUIET tomlplusplus)
pkg_check_modules(CLI QUIET CLI11)
find_path(TOML_HEADERS toml++/toml.h REQUIRED)
find_path(CLI_HEADERS CLI/CLI.hpp REQUIRED)
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libstdc++.a
    OUTPUT_VARIABLE GCC_ARCHIVE OUTPUT_STRIP_TRAILING_WHITESPACE)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    set(GCC_VERSION ${CMAKE_CXX_COMPILER_VERSION})
endif()

set(lines)
outis_linked_library(boost ${Boost_INCLUDE_DIRS}/boost/version.hpp "${Boost_VERSION_STRING}")
outis_linked_library(cli11 ${CLI_HEADERS}/CLI/CLI.hpp "${CLI_VERSION}")
outis_linked_library(gcc ${GCC_ARCHIVE} "${GCC_VERSION}")  # libstdc++ and libgcc
outis_linked_library(libcap ${CAP_ARCHIVE} "${CAP_VERSION}")
outis_linked_library(libcap-ng ${CAPNG_ARCHIVE} "${CAPNG_VERSION}")
outis_linked_library(libdeflate ${DEFLATE_ARCHIVE} "${DEFLATE_VERSION}")
outis_linked_library(openssl ${OPENSSL_CRYPTO_LIBRARY} "${OPENSSL_VERSION}")
outis_linked_library(toml++ ${TOML_HEADERS}/toml++/toml.h "${TOML_VERSION}")
outis_linked_library(zlib ${ZLIB_ARCHIVE} "${ZLIB_VERSION_STRING}")
outis_linked_library(zstd ${ZSTD_ARCHIVE} "${ZSTD_VERSION}")
list(SORT lines)
list(JOIN lines "\n" lines)
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/linked_libraries.cc @ONLY CONTENT
"#include \"programs/linked_libraries.h\"

namespace outis::images::programs {

namespace {

[[gnu::section(\".outis.libraries\"), gnu::used]] const char lines[] = R\"(@lines@
)\";

}  // namespace

const std::string_view kOwnLibraries{lines, sizeof lines};

}  // namespace outis::images::programs
")
