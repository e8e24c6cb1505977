// The ELF reader and that of Go's build information: any bytes are refused or described.
#include <cstddef>
#include <cstdint>

#include "sources/elf.h"
#include "sources/go_info.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace outis;
    const Bytes file(reinterpret_cast<const std::byte*>(data), size);
    const auto elf = images::read_elf(file, "app");
    if (!elf)
        return 0;
    (void)images::machine_name(elf.value());
    (void)images::require_static_program(elf.value(), "app");
    (void)images::read_go_info(file, elf.value());
    return 0;
}
