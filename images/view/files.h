// What the files of an image allow whom, and what its programs look for.
// Sources: hier(7), capabilities(7); the places that Go's crypto/x509 and time look at.
#pragma once

#include <string>

#include "view/flattened.h"
#include "view/rules.h"

namespace outis::images::view {

// Modes: files that everybody may write, set-user-ID and set-group-ID programs.
Findings mode_findings(const Flattened& files, const std::string& platform);

// Certificates and time zones: a warning where a program looks for them, else a note.
Findings content_findings(const Flattened& files, const std::string& platform);

}  // namespace outis::images::view
