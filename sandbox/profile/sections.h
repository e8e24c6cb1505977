// The tables of a profile that stand for themselves, each read on top of what earlier files said.
#pragma once

#include "outis/sandbox/profile.h"
#include "sandbox/language/reader.h"

namespace outis::sandbox::profile {

void read_landlock(const Value& value, const language::Reader& reader, Profile& profile);
void read_limits(const Value& value, const language::Reader& reader, Profile& profile);
void read_environment(const Value& value, const language::Reader& reader, Profile& profile);
void read_signals(const Value& value, const language::Reader& reader, Profile& profile);

}  // namespace outis::sandbox::profile
