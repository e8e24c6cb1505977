// An image to a daemon.
#pragma once

#include "places/contents.h"
#include "places/daemon.h"

namespace outis::images::places {

enum class Loaded {
    loaded,   // it was sent
    present,  // it was there under its name
    named,    // it was there, and has this name now
};

// The image of `contents`, of several that for the daemon's platform, under the name `reference`.
// Nothing is sent if the daemon has it already.
Result<Loaded, Error> put_in_daemon(Daemon& daemon, const Contents& contents,
                                    const oci::Reference& reference);

}  // namespace outis::images::places
