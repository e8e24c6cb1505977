// Ranges of equal answer become a balanced tree of comparisons.
//
// A split ("is it 40 or more?") separates two ranges for one instruction, so n ranges need n - 1.
// A single number inside a range costs two splits that way, but only one instruction as an
// exception ("is it 38?"): in
//
//     ..37 allow   38 refuse   39..40 allow   41 refuse   42.. allow
//
// two exceptions do the work of four splits. So the ranges are first cut into runs of one answer
// with a few exceptions, at the least total cost, and then the runs are split evenly.
#include <algorithm>
#include <limits>

#include "sandbox/compile/graph.h"

namespace outis::sandbox::compile {
namespace {

constexpr std::size_t kMaxExceptions = 3;  // of one run; each makes the run's path longer by one

// ranges[first], and every second one after it, have the same target; those in between are single
// numbers.
struct Run {
    std::size_t first = 0;
    std::size_t exceptions = 0;
};

std::vector<Range> merged(std::span<const Range> ranges)
{
    std::vector<Range> result;
    for (const Range& range : ranges) {
        if (result.empty() || result.back().target != range.target)
            result.push_back(range);
    }
    return result;
}

// True if ranges[at] is one number and ranges[at + 1] goes on like ranges[at - 1].
bool is_exception(std::span<const Range> ranges, std::size_t at)
{
    return at + 1 < ranges.size() && ranges[at + 1].first - ranges[at].first == 1 &&
           ranges[at + 1].target == ranges[at - 1].target;
}

std::vector<Run> cheapest_runs(std::span<const Range> ranges)
{
    struct Best {
        std::size_t cost = std::numeric_limits<std::size_t>::max();
        Run last;
    };

    std::vector<Best> best(ranges.size() + 1);  // [n]: of the first n ranges
    best[0].cost = 0;
    for (std::size_t first = 0; first < ranges.size(); ++first) {
        for (std::size_t exceptions = 0; exceptions <= kMaxExceptions; ++exceptions) {
            const std::size_t end = first + 1 + 2 * exceptions;
            if (exceptions > 0 && !is_exception(ranges, end - 2))
                break;
            const std::size_t cost = best[first].cost + exceptions + 1;
            if (cost < best[end].cost)
                best[end] = {cost, Run{.first = first, .exceptions = exceptions}};
        }
    }
    std::vector<Run> runs;
    for (std::size_t end = ranges.size(); end > 0; end = runs.back().first)
        runs.push_back(best[end].last);
    std::ranges::reverse(runs);
    return runs;
}

NodeId add_run(Graph& graph, std::span<const Range> ranges, const Run& run)
{
    NodeId node = ranges[run.first].target;
    for (std::size_t i = run.exceptions; i-- > 0;) {
        const Range& exception = ranges[run.first + 1 + 2 * i];
        node = graph.add(Node{
            .code = filter::kJumpEqual,
            .k = exception.first,
            .yes = exception.target,
            .no = node,
            .patch = Patch::none,
        });
    }
    return node;
}

// Recursion as deep as the tree: the logarithm of the number of runs.
NodeId add_tree(Graph& graph, std::span<const Range> ranges, std::span<const Run> runs)
{
    if (runs.size() == 1)
        return add_run(graph, ranges, runs[0]);
    const std::size_t middle = runs.size() / 2;
    const NodeId below = add_tree(graph, ranges, runs.first(middle));
    const NodeId above = add_tree(graph, ranges, runs.subspan(middle));
    return graph.add(Node{
        .code = filter::kJumpNotLess,
        .k = ranges[runs[middle].first].first,
        .yes = above,
        .no = below,
        .patch = Patch::none,
    });
}

}  // namespace

NodeId add_ranges(Graph& graph, std::span<const Range> ranges)
{
    const std::vector<Range> merged_ranges = merged(ranges);
    return add_tree(graph, merged_ranges, cheapest_runs(merged_ranges));
}

}  // namespace outis::sandbox::compile
