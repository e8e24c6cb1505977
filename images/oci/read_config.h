// The way back from a configuration's document: how the image runs.
// Source: OCI image specification 1.1, config.md; Healthcheck is Docker's.
#pragma once

#include <boost/json/value.hpp>

#include "oci/config.h"

namespace outis::images::oci {

// `configuration` is the whole document. What is malformed there counts as absent; so does a health
// check for a shell.
RunConfig read_run_config(const boost::json::value& configuration);

}  // namespace outis::images::oci
