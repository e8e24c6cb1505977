// Conditions on arguments as nodes of a filter's graph.
#pragma once

#include "outis/sandbox/profile.h"
#include "sandbox/compile/graph.h"

namespace outis::sandbox::compile {

// Goes to `yes` if any of `when` holds, else to `no`; an empty `when` holds. Loads what it needs.
[[nodiscard]] NodeId add_condition(Graph& graph, const std::vector<Conjunction>& when, Abi abi,
                                   NodeId yes, NodeId no);

// Goes to `yes` if argument 5 holds the cookie that PID 1 patches in; until then kCookie stands
// there.
[[nodiscard]] NodeId add_cookie_test(Graph& graph, NodeId yes, NodeId no);

}  // namespace outis::sandbox::compile
