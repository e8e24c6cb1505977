// Conditions as sets of argument values, exactly: unions of cubes.
//
// A cube fixes some bits of the six registers and leaves the others free: `domain == AF_INET` fixes
// 32 bits of one register, `flags & CLONE_NEWUSER == 0` one bit. A range such as `pid > 100` is a
// few dozen cubes, each an aligned block, unless the register is only ever compared as a whole:
// then a cube may hold it as one range. Intersection and difference of cubes are cubes again, so
// whether a rule can ever hold is a question with an exact answer, and a profile's decision can be
// written in a language that knows only `argument & mask == value`, `argument <= value` and the
// like.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "outis/sandbox/profile.h"

namespace outis::sandbox::sets {

// `first` to `last`, unsigned.
struct Range {
    std::uint64_t first = 0;
    std::uint64_t last = ~std::uint64_t{0};

    friend bool operator==(const Range&, const Range&) = default;
};

// Bit n: register n.
using Registers = std::uint8_t;

// `value` has no bit outside `mask`. A register with fixed bits has the full range. In one set each
// register is held in one of the two ways.
struct Cube {
    std::array<std::uint64_t, 6> mask{};
    std::array<std::uint64_t, 6> value{};
    std::array<Range, 6> range{};

    friend bool operator==(const Cube&, const Cube&) = default;
};

using Cubes = std::vector<Cube>;

// A set that needs more cubes has no answer.
constexpr std::size_t kMaxCubes = 2048;

// Every value of every register.
[[nodiscard]] Cubes everything();

// When the rule holds on `abi`, by the widths that its arguments have there; disjoint. Those of
// `ranged`, all of 64 bits and without a mask, are held as ranges.
[[nodiscard]] std::optional<Cubes> cubes_of(const Rule& rule, Abi abi, Registers ranged = 0);

// What is in both; disjoint if both are.
[[nodiscard]] std::optional<Cubes> common(const Cubes& left, const Cubes& right);

// What is in `left` and not in `right`; disjoint if `left` is.
[[nodiscard]] std::optional<Cubes> without(Cubes left, const Cubes& right);

// The same set with fewer cubes where two neighbours are one; `cubes` are disjoint.
[[nodiscard]] Cubes joined(Cubes cubes);

// True if some cube holds a range with two bounds and more than one value.
[[nodiscard]] bool is_bounded_twice(const Cubes& cubes) noexcept;

}  // namespace outis::sandbox::sets
