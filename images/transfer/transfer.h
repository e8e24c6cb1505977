// The passes of a transfer, for those who hold the image already.
#pragma once

#include <string>
#include <vector>

#include "deliver/contents.h"
#include "deliver/destination.h"
#include "outis/images/transfer.h"

namespace outis::images {

// To the registry that `destination` names, with what refers to the image; to a daemon without.
Result<Transferred, Error> push(const Contents& contents, const Destination& destination,
                                const RemoteOptions& remote, const TransferWatch& watch);

// To any destination; answers the files beside it, as deliver() does.
Result<std::vector<std::string>, Error> hand_over(const Bundle& bundle,
                                                  const Destination& destination,
                                                  const RemoteOptions& remote,
                                                  const TransferWatch& watch);

}  // namespace outis::images
