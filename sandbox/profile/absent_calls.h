// Names of calls that an architecture lacks: legal, since a profile is for all of them, but worth a
// note.
#pragma once

#include <span>
#include <vector>

#include "outis/sandbox/arch.h"
#include "sandbox/language/reader.h"

namespace outis::sandbox::profile {

// Notes the place of each call of `named` that neither the native ABI of an architecture nor one of
// `accepted` has. Every name is one of the tables; what is named twice is noted once.
void note_absent_calls(std::span<const language::Word> named, std::span<const Abi> accepted,
                       Complaints& complaints);

}  // namespace outis::sandbox::profile
