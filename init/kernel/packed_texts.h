// Tables of texts without pointers: the texts lie in one pool, equal ones once, and a row holds two
// bytes a text where a pointer takes eight.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace outis::init {

template <std::size_t Rows, std::size_t Columns, std::size_t Size>
struct PackedTexts {
    std::array<std::uint16_t, Rows * Columns> places{};
    std::array<char, Size> pool{};

    // NUL-terminated.
    constexpr const char* at(std::size_t row, std::size_t column = 0) const noexcept
    {
        return pool.data() + places[row * Columns + column];
    }
};

namespace detail {

constexpr std::size_t kMostPooled = 16384;

// Looks at compile time for a text among those that are in the pool; they end with a NUL.
constexpr std::size_t place_of(const char* pool, std::size_t used, std::string_view text)
{
    for (std::size_t at = 0; at < used;) {
        const std::string_view other(pool + at);
        if (other == text)
            return at;
        at += other.size() + 1;
    }
    return used;
}

struct Pool {
    std::array<char, kMostPooled> bytes{};
    std::size_t used = 0;

    constexpr std::size_t add(std::string_view text)
    {
        const std::size_t place = place_of(bytes.data(), used, text);
        if (place == used) {
            for (const char c : text)
                bytes[used++] = c;
            bytes[used++] = 0;
        }
        return place;
    }
};

template <const auto& kRows, auto... kMembers>
consteval Pool pool_of()
{
    Pool pool;
    for (const auto& row : kRows)
        (pool.add(row.*kMembers), ...);
    return pool;
}

}  // namespace detail

// The texts `kMembers` of every row of `kRows`, a constexpr array that is then needed no more.
template <const auto& kRows, auto... kMembers>
consteval auto pack_texts()
{
    constexpr std::size_t kSize = detail::pool_of<kRows, kMembers...>().used;
    static_assert(kSize <= UINT16_MAX);
    PackedTexts<std::size(kRows), sizeof...(kMembers), kSize> packed;
    detail::Pool pool;
    std::size_t next = 0;
    for (const auto& row : kRows)
        ((packed.places[next++] = static_cast<std::uint16_t>(pool.add(row.*kMembers))), ...);
    for (std::size_t i = 0; i < kSize; ++i)
        packed.pool[i] = pool.bytes[i];
    return packed;
}

}  // namespace outis::init
