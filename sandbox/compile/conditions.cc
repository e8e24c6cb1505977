// Every comparison, of whatever sign and width, is first written as the set of values for which it
// holds: a few intervals of unsigned numbers. `int x < 4` holds in 0..3 and 0x80000000..0xFFFFFFFF.
// Tests of one argument intersect their sets, so "domain != AF_ALG and domain != AF_VSOCK" loads
// the argument once. A 32-bit set becomes ranges over the low word; a 64-bit set becomes ranges
// over the high word, each of which says yes, no, or "ask the low word".
#include "sandbox/compile/conditions.h"

#include <algorithm>
#include <limits>

#include "sandbox/kernel/arguments.h"
#include "sandbox/proof/meaning.h"

namespace outis::sandbox::compile {
namespace {

constexpr std::uint64_t kLowWord = 0xFFFFFFFF;

// Both ends belong to it.
struct Interval {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

using Values = std::vector<Interval>;  // ascending, apart from each other

constexpr std::uint64_t all_ones(unsigned bits)
{
    return bits == 64 ? std::numeric_limits<std::uint64_t>::max() : kLowWord;
}

Values complement(const Values& values, std::uint64_t limit)
{
    Values result;
    std::uint64_t next = 0;
    for (const Interval& interval : values) {
        if (interval.first > next)
            result.push_back({next, interval.first - 1});
        if (interval.last == limit)
            return result;
        next = interval.last + 1;
    }
    result.push_back({next, limit});
    return result;
}

Values intersection(const Values& left, const Values& right)
{
    Values result;
    std::size_t l = 0;
    std::size_t r = 0;
    while (l < left.size() && r < right.size()) {
        const std::uint64_t first = std::max(left[l].first, right[r].first);
        const std::uint64_t last = std::min(left[l].last, right[r].last);
        if (first <= last)
            result.push_back({first, last});
        if (left[l].last < right[r].last)
            ++l;
        else
            ++r;
    }
    return result;
}

Values points(const std::vector<std::uint64_t>& constants, std::uint64_t limit)
{
    std::vector<std::uint64_t> sorted;
    sorted.reserve(constants.size());
    for (const std::uint64_t constant : constants)
        sorted.push_back(constant & limit);
    std::ranges::sort(sorted);
    Values result;
    for (const std::uint64_t point : sorted) {
        if (!result.empty() && point <= result.back().last)
            continue;
        if (!result.empty() && point == result.back().last + 1)
            result.back().last = point;
        else
            result.push_back({point, point});
    }
    return result;
}

// All below `bound`. In signed order the numbers with the top bit come first.
Values below(std::uint64_t bound, bool with_sign, std::uint64_t limit)
{
    const std::uint64_t lowest = with_sign ? limit / 2 + 1 : 0;
    if (bound == lowest)
        return {};
    if (bound > lowest)
        return {{lowest, bound - 1}};
    Values result;
    if (bound > 0)
        result.push_back({0, bound - 1});
    result.push_back({lowest, limit});
    return result;
}

Values values_of(const Test& test, Abi abi)
{
    const std::uint64_t limit = all_ones(kernel::bits_of(test.type, abi));
    const bool with_sign = kernel::is_signed(test.type) && !test.mask;
    const std::uint64_t constant = test.constants.front() & limit;
    switch (test.comparison) {
    case Comparison::equal: return points(test.constants, limit);
    case Comparison::not_equal: return complement(points(test.constants, limit), limit);
    case Comparison::less: return below(constant, with_sign, limit);
    case Comparison::greater_equal: return complement(below(constant, with_sign, limit), limit);
    case Comparison::less_equal:
    case Comparison::greater: break;
    }
    // x <= c is x < c or x == c; the two sets touch, so complementing twice joins nothing wrongly.
    const Values above = intersection(complement(below(constant, with_sign, limit), limit),
                                      complement({{constant, constant}}, limit));
    return test.comparison == Comparison::greater ? above : complement(above, limit);
}

// One argument under one mask.
struct Question {
    std::uint8_t argument = 0;
    std::uint64_t limit = 0;  // all ones in the argument's width
    std::uint64_t mask = 0;
    Values values;
};

std::vector<Question> questions_of(const Conjunction& tests, Abi abi)
{
    std::vector<Question> questions;
    for (const Test& test : tests) {
        const std::uint64_t limit = all_ones(kernel::bits_of(test.type, abi));
        Question question{
            .argument = test.argument,
            .limit = limit,
            .mask = test.mask.value_or(limit) & limit,
            .values = values_of(test, abi),
        };
        const auto same = std::ranges::find_if(questions, [&](const Question& other) {
            return other.argument == question.argument && other.mask == question.mask &&
                   other.limit == question.limit;
        });
        if (same == questions.end())
            questions.push_back(std::move(question));
        else
            same->values = intersection(same->values, question.values);
    }
    return questions;
}

bool is_zero_alone(const Values& values)
{
    return values.size() == 1 && values[0].first == 0 && values[0].last == 0;
}

// `values` lie within 32 bits.
NodeId add_word_test(Graph& graph, std::uint32_t offset, std::uint32_t mask, const Values& values,
                     NodeId yes, NodeId no)
{
    if (values.empty())
        return no;
    if (values.size() == 1 && values[0].first == 0 && values[0].last == kLowWord)
        return yes;
    const bool masked = mask != kLowWord;
    const Values outside = complement(values, kLowWord);
    if (masked && (is_zero_alone(values) || is_zero_alone(outside))) {
        const bool any_bit = is_zero_alone(outside);
        return graph.load(offset, graph.add(Node{
                                      .code = filter::kJumpAnyBit,
                                      .k = mask,
                                      .yes = any_bit ? yes : no,
                                      .no = any_bit ? no : yes,
                                      .patch = Patch::none,
                                  }));
    }
    std::vector<Range> ranges;
    for (const Interval& interval : outside)
        ranges.push_back({static_cast<std::uint32_t>(interval.first), no});
    for (const Interval& interval : values)
        ranges.push_back({static_cast<std::uint32_t>(interval.first), yes});
    std::ranges::sort(ranges, {}, &Range::first);
    NodeId decision = add_ranges(graph, ranges);
    if (masked)
        decision = graph.add(
            Node{.code = filter::kAnd, .k = mask, .yes = decision, .no = 0, .patch = Patch::none});
    return graph.load(offset, decision);
}

// What the low word must be when the high word is `high`.
Values low_words(const Values& values, std::uint64_t high)
{
    Values result;
    for (const Interval& part : intersection(values, {{high << 32, high << 32 | kLowWord}}))
        result.push_back({part.first & kLowWord, part.last & kLowWord});
    return result;
}

NodeId add_wide_test(Graph& graph, std::uint32_t offset, const Question& question, NodeId yes,
                     NodeId no)
{
    // The answer can change only where an interval begins or ends.
    std::vector<std::uint64_t> cuts{0};
    for (const Interval& interval : question.values) {
        for (const std::uint64_t end : {interval.first, interval.last}) {
            cuts.push_back(end >> 32);
            if (end >> 32 != kLowWord)
                cuts.push_back((end >> 32) + 1);
        }
    }
    std::ranges::sort(cuts);
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    std::vector<Range> ranges;
    ranges.reserve(cuts.size());
    for (const std::uint64_t cut : cuts)
        ranges.push_back({static_cast<std::uint32_t>(cut),
                          add_word_test(graph, offset, static_cast<std::uint32_t>(question.mask),
                                        low_words(question.values, cut), yes, no)});
    if (std::ranges::all_of(ranges, [&](const Range& r) { return r.target == ranges[0].target; }))
        return ranges[0].target;
    NodeId decision = add_ranges(graph, ranges);
    const auto high_mask = static_cast<std::uint32_t>(question.mask >> 32);
    if (high_mask != kLowWord)
        decision = graph.add(Node{
            .code = filter::kAnd, .k = high_mask, .yes = decision, .no = 0, .patch = Patch::none});
    return graph.load(offset + 4, decision);
}

NodeId add_question(Graph& graph, const Question& question, NodeId yes, NodeId no)
{
    const std::uint32_t offset = filter::kArgumentsOffset + question.argument * 8U;
    if (question.mask > kLowWord)
        return add_wide_test(graph, offset, question, yes, no);
    return add_word_test(graph, offset, static_cast<std::uint32_t>(question.mask),
                         intersection(question.values, {{0, kLowWord}}), yes, no);
}

NodeId add_cookie_word(Graph& graph, std::uint32_t offset, std::uint32_t word, Patch patch,
                       NodeId yes, NodeId no)
{
    return graph.load(
        offset, graph.add(Node{
                    .code = filter::kJumpEqual, .k = word, .yes = yes, .no = no, .patch = patch}));
}

}  // namespace

NodeId add_condition(Graph& graph, const std::vector<Conjunction>& when, Abi abi, NodeId yes,
                     NodeId no)
{
    if (when.empty())
        return yes;
    NodeId node = no;
    for (std::size_t i = when.size(); i-- > 0;) {
        const std::vector<Question> questions = questions_of(when[i], abi);
        NodeId all = yes;
        for (std::size_t j = questions.size(); j-- > 0;)
            all = add_question(graph, questions[j], all, node);
        node = all;
    }
    return node;
}

NodeId add_cookie_test(Graph& graph, NodeId yes, NodeId no)
{
    constexpr std::uint32_t offset = filter::kArgumentsOffset + 5 * 8;
    const NodeId high =
        add_cookie_word(graph, offset + 4, static_cast<std::uint32_t>(proof::kCookie >> 32),
                        Patch::cookie_high, yes, no);
    return add_cookie_word(graph, offset, static_cast<std::uint32_t>(proof::kCookie),
                           Patch::cookie_low, high, no);
}

}  // namespace outis::sandbox::compile
