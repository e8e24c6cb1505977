// i386's socketcall and ipc, which carry calls that a profile has rules for.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "outis/sandbox/profile.h"
#include "sandbox/import/rules.h"

namespace outis::sandbox::imports {

// A sub-call that is refused.
struct CarriedRefusal {
    Action action;
    Conjunction when;  // of the carrier's arguments
};

using CarriedRefusals = std::map<std::string, std::vector<CarriedRefusal>>;  // by carrier

// For each carrier that the profile permits, the sub-calls that stand for calls which it refuses
// for some arguments or for all, one a call: no filter sees a sub-call's arguments, so the
// strictest refusing rule counts for all of them, and where rules permit some, the default. Empty
// where i386 is not accepted. `calls` have the strictest rule first.
[[nodiscard]] CarriedRefusals carried_refusals(const Flat& flat, const RulesByCall& calls,
                                               Notes& notes);

// Where a carrier is refused that runc lets through for the sake of what it carries.
void note_missing_carriers(const Flat& flat, const RulesByCall& calls, Notes& notes);

}  // namespace outis::sandbox::imports
