// The ELF reader, its symbols, Go's build information and linked libraries: any bytes are refused
// or described.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "programs/elf.h"
#include "programs/elf_symbols.h"
#include "programs/go_info.h"
#include "programs/linked_libraries.h"
#include "programs/run_time.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace outis;
    const Bytes file(reinterpret_cast<const std::byte*>(data), size);
    (void)images::programs::script_interpreter(file);
    (void)images::programs::openssl_folders(file);
    const auto elf = images::programs::read_elf(file, "app");
    if (!elf)
        return 0;
    (void)images::programs::machine_name(elf.value());
    (void)images::programs::require_static_program(elf.value(), "app");
    const images::programs::ElfSymbols symbols =
        images::programs::dynamic_symbols(file, elf.value());
    (void)images::programs::evidence_in(symbols);
    (void)images::programs::has_name_service(symbols, "files");
    (void)images::programs::read_go_info(file, elf.value());
    (void)images::programs::read_linked_libraries(file, elf.value());
    (void)images::programs::parse_linked_libraries(
        std::string_view(reinterpret_cast<const char*>(data), size));
    return 0;
}
