// The passes of a transfer, for those who hold the image already.
#pragma once

#include <string>
#include <vector>

#include "outis/images/transfer.h"
#include "places/bundle.h"
#include "places/place.h"
#include "registry/registry.h"

namespace outis::images::places {

// What several registries say, or one that is asked several times, is said once. From any thread.
registry::Notice said_once(const registry::Notice& note);

// To any destination; answers the files beside it, as deliver() does. A registry is given what
// refers to the image, too.
Result<std::vector<std::string>, Error> hand_over(const Bundle& bundle, const Place& place,
                                                  const registry::RegistrySettings& registries,
                                                  const TransferWatch& watch);

}  // namespace outis::images::places
