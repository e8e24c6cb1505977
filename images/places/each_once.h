// Notes that several steps give, each shown once.
#pragma once

#include "registry/registry.h"

namespace outis::images::places {

// Passes a note on when it comes for the first time. From any thread; `note` may be empty.
registry::Notice each_once(const registry::Notice& note);

}  // namespace outis::images::places
