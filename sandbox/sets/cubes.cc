#include "sandbox/sets/cubes.h"

#include <algorithm>
#include <bit>

#include "sandbox/kernel/arguments.h"

namespace outis::sandbox::sets {
namespace {

constexpr std::uint64_t low_bits(unsigned count)
{
    return count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

Cube one_register(std::uint8_t argument, std::uint64_t mask, std::uint64_t value)
{
    Cube cube;
    cube.mask[argument] = mask;
    cube.value[argument] = value;
    return cube;
}

std::optional<Cube> intersection(const Cube& left, const Cube& right)
{
    Cube both;
    for (std::size_t i = 0; i < both.mask.size(); ++i) {
        if (((left.value[i] ^ right.value[i]) & left.mask[i] & right.mask[i]) != 0)
            return std::nullopt;
        both.mask[i] = left.mask[i] | right.mask[i];
        both.value[i] = left.value[i] | right.value[i];
        both.range[i] = {.first = std::max(left.range[i].first, right.range[i].first),
                         .last = std::min(left.range[i].last, right.range[i].last)};
        if (both.range[i].first > both.range[i].last)
            return std::nullopt;
    }
    return both;
}

// Adds `from` less `hole` to `pieces`: one piece for each bit that only the hole fixes, where that
// bit differs and the bits before it agree, and for what lies below and above the hole.
void add_difference(Cubes& pieces, const Cube& from, const Cube& hole)
{
    if (!intersection(from, hole)) {
        pieces.push_back(from);
        return;
    }
    Cube rest = from;
    for (std::size_t i = 0; i < rest.mask.size(); ++i) {
        for (std::uint64_t left = hole.mask[i] & ~from.mask[i]; left != 0;) {
            const std::uint64_t bit = std::bit_floor(left);
            left ^= bit;
            Cube piece = rest;
            piece.mask[i] |= bit;
            piece.value[i] |= ~hole.value[i] & bit;
            pieces.push_back(piece);
            rest.mask[i] |= bit;
            rest.value[i] |= hole.value[i] & bit;
        }
        if (rest.range[i].first < hole.range[i].first) {
            pieces.push_back(rest);
            pieces.back().range[i].last = hole.range[i].first - 1;
            rest.range[i].first = hole.range[i].first;
        }
        if (rest.range[i].last > hole.range[i].last) {
            pieces.push_back(rest);
            pieces.back().range[i].first = hole.range[i].last + 1;
            rest.range[i].last = hole.range[i].last;
        }
    }
}

// How one argument is compared.
struct Form {
    std::uint8_t argument = 0;
    unsigned bits = 64;
    // Xored into what the register holds: with the sign bit it turns the order of signed numbers
    // into that of unsigned ones.
    std::uint64_t flipped = 0;
    bool ranged = false;
};

// `first` to `last` as aligned blocks.
Cubes blocks(const Form& form, std::uint64_t first, std::uint64_t last)
{
    Cubes cubes;
    const std::uint64_t all = low_bits(form.bits);
    while (true) {
        std::uint64_t within = first == 0 ? all : (first & (~first + 1)) - 1;
        while (within > last - first)
            within >>= 1;
        const std::uint64_t mask = all & ~within;
        cubes.push_back(one_register(form.argument, mask, (first ^ form.flipped) & mask));
        if (last - first == within)
            return cubes;
        first += within + 1;
    }
}

Cube one_range(std::uint8_t argument, std::uint64_t first, std::uint64_t last)
{
    Cube cube;
    cube.range[argument] = {.first = first, .last = last};
    return cube;
}

Cubes between(const Form& form, std::uint64_t first, std::uint64_t last)
{
    if (!form.ranged)
        return blocks(form, first, last);
    if (((first ^ last) & form.flipped) == 0)
        return {one_range(form.argument, first ^ form.flipped, last ^ form.flipped)};
    return {one_range(form.argument, first ^ form.flipped, ~std::uint64_t{0}),
            one_range(form.argument, 0, last ^ form.flipped)};
}

Cubes ordered(const Test& test, const Form& form)
{
    const std::uint64_t all = low_bits(form.bits);
    const std::uint64_t constant = (test.constants.front() & all) ^ form.flipped;
    switch (test.comparison) {
    case Comparison::less: return constant == 0 ? Cubes{} : between(form, 0, constant - 1);
    case Comparison::less_equal: return between(form, 0, constant);
    case Comparison::greater: return constant == all ? Cubes{} : between(form, constant + 1, all);
    default: return between(form, constant, all);
    }
}

// Any of the constants, each once.
Cubes equal(const Test& test, const Form& form)
{
    const std::uint64_t all = low_bits(form.bits);
    const std::uint64_t mask = test.mask.value_or(all) & all;
    Cubes cubes;
    for (const std::uint64_t constant : test.constants) {
        const std::uint64_t value = constant & all;
        const Cube cube = form.ranged ? one_range(test.argument, value, value)
                                      : one_register(test.argument, mask, value);
        if ((value & ~mask) == 0 && std::ranges::find(cubes, cube) == cubes.end())
            cubes.push_back(cube);
    }
    return cubes;
}

std::optional<Cubes> cubes_of(const Test& test, Abi abi, Registers ranged)
{
    const unsigned bits = kernel::bits_of(test.type, abi);
    const Form form{.argument = test.argument,
                    .bits = bits,
                    .flipped = kernel::is_signed(test.type) ? std::uint64_t{1} << (bits - 1) : 0,
                    .ranged = (ranged >> test.argument & 1) != 0};
    switch (test.comparison) {
    case Comparison::equal: return equal(test, form);
    case Comparison::not_equal: return without(everything(), equal(test, form));
    default: return ordered(test, form);
    }
}

std::optional<Cubes> cubes_of(const Conjunction& tests, Abi abi, Registers ranged)
{
    std::optional<Cubes> cubes = everything();
    for (const Test& test : tests) {
        const std::optional<Cubes> more = cubes_of(test, abi, ranged);
        if (cubes && more)
            cubes = common(*cubes, *more);
        else
            return std::nullopt;
    }
    return cubes;
}

// The range of both if one begins where the other ends.
std::optional<Range> as_one(const Range& left, const Range& right)
{
    if (left.last + 1 == right.first && right.first != 0)
        return Range{.first = left.first, .last = right.last};
    if (right.last + 1 == left.first && left.first != 0)
        return Range{.first = right.first, .last = left.last};
    return std::nullopt;
}

// The two as one, if they fix the same bits and differ in one of them, or in one range that goes on
// in the other.
std::optional<Cube> as_one(const Cube& left, const Cube& right)
{
    if (left.mask != right.mask)
        return std::nullopt;
    Cube both = left;
    int differing = 0;
    for (std::size_t i = 0; i < both.mask.size(); ++i) {
        const std::uint64_t difference = left.value[i] ^ right.value[i];
        differing += std::popcount(difference);
        both.mask[i] &= ~difference;
        both.value[i] &= ~difference;
        if (left.range[i] == right.range[i])
            continue;
        const std::optional<Range> range = as_one(left.range[i], right.range[i]);
        if (!range)
            return std::nullopt;
        ++differing;
        both.range[i] = *range;
    }
    if (differing != 1)
        return std::nullopt;
    return both;
}

// Joins the first pair that can be; false if there is none.
bool join_a_pair(Cubes& cubes)
{
    for (std::size_t i = 0; i < cubes.size(); ++i) {
        for (std::size_t j = i + 1; j < cubes.size(); ++j) {
            const std::optional<Cube> both = as_one(cubes[i], cubes[j]);
            if (!both)
                continue;
            cubes[i] = *both;
            cubes.erase(cubes.begin() + static_cast<std::ptrdiff_t>(j));
            return true;
        }
    }
    return false;
}

}  // namespace

Cubes everything()
{
    return {Cube{}};
}

std::optional<Cubes> cubes_of(const Rule& rule, Abi abi, Registers ranged)
{
    if (rule.when.empty())
        return everything();
    Cubes all;
    for (const Conjunction& tests : rule.when) {
        const std::optional<Cubes> cubes = cubes_of(tests, abi, ranged);
        if (!cubes)
            return std::nullopt;
        const std::optional<Cubes> more = without(*cubes, all);
        if (!more || more->size() + all.size() > kMaxCubes)
            return std::nullopt;
        all.insert(all.end(), more->begin(), more->end());
    }
    return all;
}

std::optional<Cubes> common(const Cubes& left, const Cubes& right)
{
    Cubes both;
    for (const Cube& one : left) {
        for (const Cube& other : right) {
            if (const std::optional<Cube> cube = intersection(one, other))
                both.push_back(*cube);
        }
        if (both.size() > kMaxCubes)
            return std::nullopt;
    }
    return both;
}

std::optional<Cubes> without(Cubes left, const Cubes& right)
{
    for (const Cube& hole : right) {
        Cubes pieces;
        for (const Cube& from : left)
            add_difference(pieces, from, hole);
        if (pieces.size() > kMaxCubes)
            return std::nullopt;
        left = std::move(pieces);
    }
    return left;
}

Cubes joined(Cubes cubes)
{
    while (join_a_pair(cubes)) {
    }
    return cubes;
}

bool is_bounded_twice(const Cubes& cubes) noexcept
{
    const auto has_two = [](const Range& range) {
        return range.first != 0 && range.last != ~std::uint64_t{0} && range.first != range.last;
    };
    return std::ranges::any_of(
        cubes, [&](const Cube& cube) { return std::ranges::any_of(cube.range, has_two); });
}

}  // namespace outis::sandbox::sets
