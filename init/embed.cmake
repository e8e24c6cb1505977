# Writes a C++ file with the compiled policies of one architecture as constant arrays. Most bytes of a
# filter are zero, so each eight bytes are written as a byte that says which are not, then those.
#   cmake -D OUTPUT=FILE -D FOLDER=DIR -D "NAMES=none;baseline" -P embed.cmake
string(REPLACE "," ";" NAMES "${NAMES}")
set(arrays "")
set(rows "")
foreach(name IN LISTS NAMES)
    file(READ ${FOLDER}/${name}.policy bytes HEX)
    string(REGEX MATCHALL "................" groups "${bytes}")
    string(LENGTH "${bytes}" digits)
    math(EXPR size "${digits} / 2")
    math(EXPR left_over "${size} % 8")
    if(NOT left_over EQUAL 0)
        message(FATAL_ERROR "${name}.policy is not a multiple of eight bytes long")
    endif()
    set(packed "")
    foreach(group IN LISTS groups)
        string(REGEX MATCHALL ".." values "${group}")
        set(mask 0)
        set(bit 1)
        set(others "")
        foreach(value IN LISTS values)
            if(NOT value STREQUAL "00")
                math(EXPR mask "${mask} + ${bit}")
                string(APPEND others "std::byte{0x${value}},")
            endif()
            math(EXPR bit "${bit} * 2")
        endforeach()
        string(APPEND packed "std::byte{${mask}},${others}")
    endforeach()
    string(REGEX REPLACE "[^a-zA-Z0-9]" "_" symbol "${name}")
    string(APPEND arrays "constexpr std::byte policy_${symbol}[]{${packed}};\n")
    string(APPEND rows "    {\"${name}\", policy_${symbol}},\n")
endforeach()
file(WRITE ${OUTPUT}.new
"#include \"init/policy/load.h\"

namespace outis::init {
namespace {

${arrays}
constexpr Builtin kBuiltins[]{
${rows}};

}  // namespace

std::span<const Builtin> builtin_policies() noexcept
{
    return kBuiltins;
}

}  // namespace outis::init
")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
file(REMOVE ${OUTPUT}.new)
file(TOUCH ${OUTPUT})
