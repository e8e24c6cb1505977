// What a filter looks at when it decides one call, and the points at which its answer can change.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "outis/sandbox/explain.h"

namespace outis::sandbox::sets {

// A filter of ours has one state an instruction and six values a comparison; only one that is made
// to waste time has more.
constexpr std::size_t kMaxLookStates = 1 << 14;
constexpr std::size_t kMaxLookValues = 1 << 15;  // of one word

// The values with which words of arguments are compared, and those beside them.
struct Looks {
    std::array<std::set<std::uint32_t>, 6> low;
    std::array<std::set<std::uint32_t>, 6> high;
    bool too_many = false;  // the program passed a limit below, and these are not all
};

// A program taken apart once, to be asked about many calls.
class Reading {
public:
    // `program` is filter::well_formed.
    explicit Reading(Bytes program);

    [[nodiscard]] Looks looks_of(std::uint32_t arch, std::uint32_t number) const;

private:
    std::vector<filter::Instruction> instructions_;
};

[[nodiscard]] Looks merged(Looks left, const Looks& right);

enum class UpperHalves : std::uint8_t { all, zero };

// Arguments that reach every corner of `looks`, all combinations or, of many, kMaxPoints drawn
// evenly. One point without arguments if nothing looks at them.
constexpr std::size_t kMaxPoints = 20000;
[[nodiscard]] std::vector<std::array<std::uint64_t, 6>> points_of(const Looks& looks,
                                                                  UpperHalves halves);

// Every number that an ABI entering as `arch` gives to a call, and a few that none has.
[[nodiscard]] std::set<std::uint32_t> numbers_of(std::uint32_t arch);

}  // namespace outis::sandbox::sets
