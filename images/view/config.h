// The part of an image's configuration that says how to run it, asked rule by rule.
// Source: OCI image specification 1.1, config.md and annotations.md; for Healthcheck Docker's.
#pragma once

#include <string>

#include <boost/json/value.hpp>

#include "view/rules.h"

namespace outis::images::view {

// What is wrong with `configuration`, the whole document. Of a field that is null, as Docker
// writes them, the same holds as of one that is not there.
Findings config_findings(const boost::json::value& configuration);

// What is wrong with a map of annotations or labels, if it is there at all; `what` names one.
Findings annotation_findings(const boost::json::value* map, const std::string& what);

}  // namespace outis::images::view
