// Files, directories and links that the user puts into the image by name.
#pragma once

#include <string>
#include <vector>

#include "layers/tree.h"
#include "outis/error.h"

namespace outis::images::content {

struct Additions {
    std::vector<std::string> files = {};        // SRC:DST[:MODE[:UID:GID]]
    std::vector<std::string> directories = {};  // PATH[:MODE[:UID:GID]]
    std::vector<std::string> links = {};        // PATH:TARGET
};

// Their entries, parents not yet added. A DST with a '/' at its end takes SRC's name. Refused: a
// place that is PID 1's or the policy's or named twice, and set-user-ID modes (nothing runs with
// more than it has).
Result<layers::Tree, Error> additions_tree(const Additions& additions);

}  // namespace outis::images::content
