#include "sandbox/proof/points.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <string>

#include "sandbox/kernel/arguments.h"

namespace outis::sandbox::proof {
namespace {

// Above this, combinations are drawn evenly from all of them.
constexpr std::size_t kMaxCombinations = 20000;

using Corners = std::array<std::vector<std::uint64_t>, 6>;

std::set<std::uint32_t> interesting_numbers(Bytes program)
{
    std::set<std::uint32_t> numbers{0,          0x3FFFFFFF, kernel::kX32Bit,
                                    0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    for (const kernel::Syscall& call : kernel::syscalls()) {
        for (const Abi abi : kAllAbis) {
            if (const std::optional<std::uint32_t> number = kernel::number_on(call, abi)) {
                numbers.insert(*number);
                numbers.insert(*number ^ kernel::kX32Bit);
            }
        }
    }
    for (std::size_t i = 0; i < program.size() / filter::kInstructionSize; ++i) {
        const filter::Instruction at = filter::load_instruction(program, i);
        if (at.code == filter::kJumpEqual || at.code == filter::kJumpNotLess)
            numbers.insert(at.k);
    }
    std::set<std::uint32_t> with_neighbours = numbers;
    for (const std::uint32_t number : numbers) {
        with_neighbours.insert(number - 1);
        with_neighbours.insert(number + 1);
    }
    return with_neighbours;
}

std::vector<std::uint32_t> architectures()
{
    std::vector<std::uint32_t> result{0, 0xFFFFFFFF};
    for (const Abi abi : kAllAbis) {
        if (abi != Abi::x32)
            result.push_back(audit_arch(abi));
    }
    return result;
}

// With other upper halves, and with the other sign.
void add_variants(std::set<std::uint64_t>& corners, std::uint64_t seed)
{
    const std::uint64_t low = seed & 0xFFFFFFFF;
    corners.insert({seed, low, low | 0x100000000, low | 0xFFFFFFFF00000000, seed ^ 0x80000000});
}

void add_corners(std::set<std::uint64_t>& corners, const Test& test)
{
    std::set<std::uint64_t> seeds{0, ~std::uint64_t{0}};
    for (const std::uint64_t constant : test.constants) {
        seeds.insert({constant - 1, constant, constant + 1});
        if (test.mask)
            seeds.insert(constant | ~*test.mask);
    }
    for (int bit = 0; test.mask && bit < 64; ++bit) {
        const std::uint64_t one = std::uint64_t{1} << bit;
        if ((*test.mask & one) != 0)
            seeds.insert({one, test.constants.front() ^ one});
    }
    for (const std::uint64_t seed : seeds)
        add_variants(corners, seed);
}

// Values of `argument` for which all its masked tests hold together, unless they exclude each
// other: no corner of one test alone may be among them.
void add_joint_corners(std::set<std::uint64_t>& corners, const Conjunction& tests,
                       std::uint8_t argument)
{
    for (std::uint64_t value : {std::uint64_t{0}, ~std::uint64_t{0}}) {
        for (const Test& test : tests) {
            if (test.argument != argument || !test.mask)
                continue;
            const std::uint64_t constant = test.constants.front();
            const bool differs = test.comparison == Comparison::not_equal;
            value = (value & ~*test.mask) | ((differs ? ~constant : constant) & *test.mask);
        }
        add_variants(corners, value);
    }
}

Corners corners_of(const Call& call)
{
    std::array<std::set<std::uint64_t>, 6> sets;
    for (const std::vector<Rule>* rules : {&call.refusals, &call.permissions}) {
        for (const Rule& rule : *rules) {
            for (const Conjunction& tests : rule.when) {
                for (const Test& test : tests) {
                    add_corners(sets[test.argument], test);
                    add_joint_corners(sets[test.argument], tests, test.argument);
                }
            }
        }
    }
    Corners corners;
    for (std::size_t i = 0; i < corners.size(); ++i) {
        corners[i].assign(sets[i].begin(), sets[i].end());
        if (corners[i].empty())
            corners[i] = {0, ~std::uint64_t{0}};
    }
    return corners;
}

// Combination `index` of the product; the lowest argument turns fastest.
std::array<std::uint64_t, 6> combination(const Corners& corners, std::uint64_t index)
{
    std::array<std::uint64_t, 6> arguments{};
    for (std::size_t i = 0; i < corners.size(); ++i) {
        arguments[i] = corners[i][index % corners[i].size()];
        index /= corners[i].size();
    }
    return arguments;
}

Result<Done, Error> visit_conditions(const PointVisit& visit, CallData data, const Corners& corners)
{
    std::uint64_t all = 1;
    constexpr std::uint64_t plenty = std::uint64_t{1} << 40;
    for (const std::vector<std::uint64_t>& values : corners)
        all = std::min(plenty, all * values.size());
    const bool every_one = all <= kMaxCombinations;
    const std::uint64_t count = every_one ? all : kMaxCombinations;
    // An odd stride near the golden section visits far-apart combinations without repeating any.
    std::uint64_t index = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        data.arguments = combination(corners, index);
        OUTIS_TRY(visit({.data = data, .by_number = false}));
        index = every_one ? index + 1 : index + 0x9E3779B97F4A7C15;
    }
    // Each corner once with every other argument at its first and last corner.
    for (std::size_t argument = 0; argument < corners.size(); ++argument) {
        for (const std::uint64_t value : corners[argument]) {
            for (const bool first : {true, false}) {
                for (std::size_t other = 0; other < corners.size(); ++other)
                    data.arguments[other] = first ? corners[other].front() : corners[other].back();
                data.arguments[argument] = value;
                OUTIS_TRY(visit({.data = data, .by_number = false}));
            }
        }
    }
    return Done{};
}

Result<Done, Error> visit_cookie(const PointVisit& visit, CallData data)
{
    for (const std::uint64_t value :
         {kCookie, kCookie ^ 1, kCookie ^ 0x100000000, kCookie & 0xFFFFFFFF, kCookie >> 32,
          kCookie << 32, std::uint64_t{0}, ~std::uint64_t{0}}) {
        data.arguments[5] = value;
        OUTIS_TRY(visit({.data = data, .by_number = false}));
    }
    return Done{};
}

}  // namespace

std::string describe(const CallData& data)
{
    std::array<char, 256> text{};
    std::snprintf(text.data(), text.size(),
                  "number 0x%x of architecture 0x%x with arguments 0x%llx 0x%llx 0x%llx 0x%llx "
                  "0x%llx 0x%llx",
                  data.number, data.arch, static_cast<unsigned long long>(data.arguments[0]),
                  static_cast<unsigned long long>(data.arguments[1]),
                  static_cast<unsigned long long>(data.arguments[2]),
                  static_cast<unsigned long long>(data.arguments[3]),
                  static_cast<unsigned long long>(data.arguments[4]),
                  static_cast<unsigned long long>(data.arguments[5]));
    return text.data();
}

Result<Done, Error> visit_points(Bytes program, const Profile& profile, const Meaning& meaning,
                                 const PointVisit& visit)
{
    const std::set<std::uint32_t> numbers = interesting_numbers(program);
    for (const std::uint32_t audit : architectures()) {
        for (const std::uint32_t number : numbers) {
            const CallData data{.number = number, .arch = audit, .arguments = {}};
            const Meaning::Known* known = meaning.find(audit, number);
            if (known != nullptr && known->call->name == "execve" && profile.exec_once) {
                OUTIS_TRY(visit_cookie(visit, data));
                continue;
            }
            const Call* listed = known == nullptr ? nullptr : known->listed;
            if (listed == nullptr || !has_rules(*listed))
                OUTIS_TRY(visit({.data = data, .by_number = true}));
            else
                OUTIS_TRY(visit_conditions(visit, data, corners_of(*listed)));
        }
    }
    return Done{};
}

}  // namespace outis::sandbox::proof
