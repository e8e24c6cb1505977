// A filter as a graph of decisions, before it has an order.
//
// Nodes refer to nodes made before them, and equal nodes exist once: two calls with the same
// condition share its code, and each verdict is returned from one place. Written out from the
// newest node to the oldest, every edge points forward, as BPF demands.
//
// A `load` or `mask` node changes the accumulator, a `test` node looks at it. Whoever builds a test
// sees to it that it can only be reached with the right word loaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "outis/base/filter.h"
#include "outis/error.h"

namespace outis::sandbox::compile {

using NodeId = std::uint32_t;

// Which word of the exec cookie a test compares with: PID 1 patches it in.
enum class Patch : std::uint8_t { none, cookie_low, cookie_high };

struct Node {
    std::uint16_t code = filter::kReturn;  // filter::k...; never kJump
    std::uint32_t k = 0;
    NodeId yes = 0;  // of load and mask: what follows
    NodeId no = 0;   // of tests only
    Patch patch = Patch::none;

    friend bool operator<(const Node& left, const Node& right)
    {
        return std::tie(left.code, left.k, left.yes, left.no, left.patch) <
               std::tie(right.code, right.k, right.yes, right.no, right.patch);
    }
};

class Graph {
public:
    // The node itself, or the equal one that is there already. A test whose branches are the same
    // is that branch.
    NodeId add(const Node& node);
    NodeId verdict(std::uint32_t value);
    NodeId load(std::uint32_t offset, NodeId next);

    [[nodiscard]] const Node& at(NodeId id) const { return nodes_[id]; }

    [[nodiscard]] std::size_t size() const { return nodes_.size(); }

private:
    std::vector<Node> nodes_;
    std::map<Node, NodeId> known_;
};

// From `first` up to the next range's first, or the end of 32 bits, goes to `target`.
struct Range {
    std::uint32_t first = 0;
    NodeId target = 0;
};

// Decides by the accumulator, in ranges.cc. `ranges` ascend and begin at 0.
[[nodiscard]] NodeId add_ranges(Graph& graph, std::span<const Range> ranges);

struct Program {
    std::vector<std::byte> bytes;           // filter::kInstructionSize each
    std::vector<std::uint16_t> cookie_low;  // indexes of instructions, ascending
    std::vector<std::uint16_t> cookie_high;
};

// The graph in order, jumps filled in; a target out of a jump's reach gets a nearer stepping stone.
// Error: more than 4096 instructions.
[[nodiscard]] Result<Program, Error> write_program(const Graph& graph, NodeId root);

}  // namespace outis::sandbox::compile
