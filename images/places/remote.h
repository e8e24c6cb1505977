// The words that say how registries are asked.
#pragma once

#include "outis/error.h"
#include "outis/images/transfer.h"
#include "registry/registry.h"

namespace outis::images::places {

// The files that the words name can be read.
Result<registry::RegistrySettings, Error> parse_remote(const RemoteOptions& options);

}  // namespace outis::images::places
