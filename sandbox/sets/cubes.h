// Conditions as sets of argument values, exactly: unions of cubes.
//
// A cube fixes some bits of the six registers and leaves the others free: `domain == AF_INET` fixes
// 32 bits of one register, `flags & CLONE_NEWUSER == 0` one bit. A range such as `pid > 100` is a
// few dozen cubes, each an aligned block. Intersection and difference of cubes are cubes again, so
// whether a rule can ever hold is a question with an exact answer, and a profile's decision can be
// written in a language that knows nothing but `argument & mask == value`.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "outis/sandbox/profile.h"

namespace outis::sandbox {

// `value` has no bit outside `mask`.
struct Cube {
    std::array<std::uint64_t, 6> mask{};
    std::array<std::uint64_t, 6> value{};

    friend bool operator==(const Cube&, const Cube&) = default;
};

using Cubes = std::vector<Cube>;

// A set that needs more cubes has no answer.
constexpr std::size_t kMaxCubes = 2048;

// Every value of every register.
[[nodiscard]] Cubes everything();

// When the rule holds on `abi`, by the widths that its arguments have there; disjoint.
[[nodiscard]] std::optional<Cubes> cubes_of(const Rule& rule, Abi abi);

// What is in both; disjoint if both are.
[[nodiscard]] std::optional<Cubes> common(const Cubes& left, const Cubes& right);

// What is in `left` and not in `right`; disjoint if `left` is.
[[nodiscard]] std::optional<Cubes> without(Cubes left, const Cubes& right);

// The same set with fewer cubes where two neighbours are one; `cubes` are disjoint.
[[nodiscard]] Cubes joined(Cubes cubes);

}  // namespace outis::sandbox
