#include "sandbox/compile/graph.h"

#include <algorithm>
#include <limits>
#include <string>

namespace outis::sandbox::compile {
namespace {

constexpr NodeId kNowhere = std::numeric_limits<NodeId>::max();
constexpr std::size_t kMaxReach = 255;  // jt and jf are one byte

bool falls_through(const Node& node)
{
    return node.code == filter::kLoadWord || node.code == filter::kAnd;
}

std::vector<bool> reachable_from(const Graph& graph, NodeId root)
{
    std::vector<bool> reachable(graph.size(), false);
    reachable[root] = true;
    // Edges lead to older nodes only.
    for (NodeId id = root + 1; id-- > 0;) {
        const Node& node = graph.at(id);
        if (!reachable[id] || node.code == filter::kReturn)
            continue;
        reachable[node.yes] = true;
        if (!falls_through(node))
            reachable[node.no] = true;
    }
    return reachable;
}

// Collects instructions from the last to the first, so that every target has its place before the
// jump to it is written.
class BackwardWriter {
public:
    explicit BackwardWriter(const Graph& graph) : graph_(graph), place_(graph.size(), kNowhere) {}

    void write(NodeId id)
    {
        const Node& node = graph_.at(id);
        filter::Instruction at{.code = node.code, .jt = 0, .jf = 0, .k = node.k};
        if (falls_through(node)) {
            if (place_[node.yes] + 1 != backward_.size())
                step_to(node.yes);
        } else if (node.code != filter::kReturn) {
            bring_into_reach(node);
            at.jt = static_cast<std::uint8_t>(distance(node.yes));
            at.jf = static_cast<std::uint8_t>(distance(node.no));
        }
        append(at, node.patch);
        place_[id] = static_cast<NodeId>(backward_.size() - 1);
    }

    [[nodiscard]] std::size_t size() const { return backward_.size(); }

    [[nodiscard]] Program program() const
    {
        Program program;
        program.bytes.resize(backward_.size() * filter::kInstructionSize);
        for (std::size_t i = 0; i < backward_.size(); ++i) {
            const std::size_t from_end = backward_.size() - 1 - i;
            filter::store_instruction(program.bytes, i, backward_[from_end]);
            if (patches_[from_end] == Patch::cookie_low)
                program.cookie_low.push_back(static_cast<std::uint16_t>(i));
            if (patches_[from_end] == Patch::cookie_high)
                program.cookie_high.push_back(static_cast<std::uint16_t>(i));
        }
        return program;
    }

private:
    void append(const filter::Instruction& at, Patch patch)
    {
        backward_.push_back(at);
        patches_.push_back(patch);
    }

    // From the next instruction to be written to `target`.
    [[nodiscard]] std::size_t distance(NodeId target) const
    {
        return backward_.size() - 1 - place_[target];
    }

    // A copy of a return costs as much as a jump to it.
    void step_to(NodeId target)
    {
        const Node& node = graph_.at(target);
        if (node.code == filter::kReturn)
            append({.code = filter::kReturn, .jt = 0, .jf = 0, .k = node.k}, Patch::none);
        else
            append({.code = filter::kJump,
                    .jt = 0,
                    .jf = 0,
                    .k = static_cast<std::uint32_t>(distance(target))},
                   Patch::none);
        place_[target] = static_cast<NodeId>(backward_.size() - 1);
    }

    void bring_into_reach(const Node& node)
    {
        // One less than it may be, since the second step puts one instruction in between.
        if (distance(node.yes) > kMaxReach - 1)
            step_to(node.yes);
        if (distance(node.no) > kMaxReach)
            step_to(node.no);
    }

    const Graph& graph_;
    std::vector<NodeId> place_;  // in backward_; the nearest one if there are several
    std::vector<filter::Instruction> backward_;
    std::vector<Patch> patches_;
};

}  // namespace

NodeId Graph::add(const Node& node)
{
    const bool is_test = node.code != filter::kReturn && !falls_through(node);
    if (is_test && node.yes == node.no)
        return node.yes;
    const auto [found, is_new] = known_.try_emplace(node, static_cast<NodeId>(nodes_.size()));
    if (is_new)
        nodes_.push_back(node);
    return found->second;
}

NodeId Graph::verdict(std::uint32_t value)
{
    return add(Node{.code = filter::kReturn, .k = value, .yes = 0, .no = 0, .patch = Patch::none});
}

NodeId Graph::load(std::uint32_t offset, NodeId next)
{
    return add(
        Node{.code = filter::kLoadWord, .k = offset, .yes = next, .no = 0, .patch = Patch::none});
}

Result<Program, Error> write_program(const Graph& graph, NodeId root)
{
    const std::vector<bool> reachable = reachable_from(graph, root);
    BackwardWriter writer(graph);
    for (NodeId id = 0; id <= root; ++id) {
        if (reachable[id])
            writer.write(id);
    }
    if (writer.size() > filter::kMaxInstructions)
        return bad_input("the filter needs " + std::to_string(writer.size()) +
                         " instructions and the kernel takes 4096; use fewer conditions or "
                         "architectures");
    return writer.program();
}

}  // namespace outis::sandbox::compile
