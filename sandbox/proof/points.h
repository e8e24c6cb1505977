// The questions by which a filter is told from every other.
#pragma once

#include <functional>

#include "outis/base/bytes.h"
#include "outis/error.h"
#include "outis/sandbox/explain.h"
#include "outis/sandbox/profile.h"
#include "sandbox/proof/meaning.h"

namespace outis::sandbox::proof {

struct Point {
    CallData data;
    bool by_number = false;  // the profile answers it without its arguments
};

using PointVisit = std::function<Result<Done, Error>(const Point&)>;

// Calls `visit` with every number of every ABI under each AUDIT_ARCH_*, -1, the x32 range, the
// neighbours of every number that `program` compares with, and for calls with conditions with
// every combination of their corners: the constants and their neighbours, the same with other
// upper halves and with sign extension, and each bit of each mask. Ends with the first Error.
[[nodiscard]] Result<Done, Error> visit_points(Bytes program, const Profile& profile,
                                               const Meaning& meaning, const PointVisit& visit);

// "number 0x29 of architecture 0xc000003e with arguments ..."
[[nodiscard]] std::string describe(const CallData& data);

}  // namespace outis::sandbox::proof
