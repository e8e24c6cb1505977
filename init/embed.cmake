# Writes a C++ file with the compiled policies of one architecture as constant arrays.
#   cmake -D OUTPUT=FILE -D FOLDER=DIR -D "NAMES=none;baseline" -P embed.cmake
string(REPLACE "," ";" NAMES "${NAMES}")
set(arrays "")
set(rows "")
foreach(name IN LISTS NAMES)
    file(READ ${FOLDER}/${name}.policy bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "std::byte{0x\\1}," bytes "${bytes}")
    string(REGEX REPLACE "[^a-zA-Z0-9]" "_" symbol "${name}")
    string(APPEND arrays "alignas(8) constexpr std::byte policy_${symbol}[]{${bytes}};\n")
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
