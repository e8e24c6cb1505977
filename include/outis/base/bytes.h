// Little-endian integers in byte spans, field by field, and the checksum of a policy.
// Callers check lengths first: an access outside the span traps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace outis {

using Bytes = std::span<const std::byte>;

namespace detail {

template <typename Integer>
constexpr Integer load_le(Bytes bytes, std::size_t at) noexcept
{
    if (at > bytes.size() || bytes.size() - at < sizeof(Integer))
        __builtin_trap();
    std::uint64_t value = 0;
    for (std::size_t i = sizeof(Integer); i-- > 0;)
        value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
    return static_cast<Integer>(value);
}

}  // namespace detail

constexpr std::uint8_t load_8(Bytes bytes, std::size_t at) noexcept
{
    return detail::load_le<std::uint8_t>(bytes, at);
}

constexpr std::uint16_t load_le16(Bytes bytes, std::size_t at) noexcept
{
    return detail::load_le<std::uint16_t>(bytes, at);
}

constexpr std::uint32_t load_le32(Bytes bytes, std::size_t at) noexcept
{
    return detail::load_le<std::uint32_t>(bytes, at);
}

constexpr std::uint64_t load_le64(Bytes bytes, std::size_t at) noexcept
{
    return detail::load_le<std::uint64_t>(bytes, at);
}

template <typename Integer>
constexpr void store_le(std::span<std::byte> bytes, std::size_t at, Integer value) noexcept
{
    if (at > bytes.size() || bytes.size() - at < sizeof(Integer))
        __builtin_trap();
    for (std::size_t i = 0; i < sizeof(Integer); ++i)
        bytes[at + i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i));
}

constexpr bool all_zero(Bytes bytes) noexcept
{
    for (const std::byte byte : bytes) {
        if (byte != std::byte{0})
            return false;
    }
    return true;
}

// CRC-32 of IEEE 802.3 (reflected, polynomial 0xEDB88320), four bits at a time: PID 1 checks a few
// kilobytes once, so a table of 64 bytes serves better than a faster one of 1 KiB. `before` is that
// of the bytes in front of these.
constexpr std::uint32_t crc32(Bytes bytes, std::uint32_t before = 0) noexcept
{
    constexpr std::array<std::uint32_t, 16> kNibble{
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
        0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    };
    std::uint32_t crc = ~before;
    for (const std::byte byte : bytes) {
        crc ^= std::to_integer<std::uint32_t>(byte);
        crc = crc >> 4 ^ kNibble[crc & 15];
        crc = crc >> 4 ^ kNibble[crc & 15];
    }
    return ~crc;
}

}  // namespace outis
