// What harnesses stand on that read several things.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// A promise; broken, it ends the harness as a crash does.
inline void must(bool holds)
{
    if (!holds)
        __builtin_trap();
}

using Reader = void (*)(std::string_view text);

// The first byte chooses the reader of the rest.
template <std::size_t Count>
int read_by_first_byte(const Reader (&readers)[Count], const std::uint8_t* data, std::size_t size)
{
    if (size > 0)
        readers[data[0] % Count](
            std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
    return 0;
}
