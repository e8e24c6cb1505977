// Files, directories and links that the user puts into the image by name.
#pragma once

#include <string>
#include <vector>

#include "layers/tree.h"
#include "outis/error.h"

namespace outis::images::content {

struct Additions {
    std::vector<std::string> files = {};        // SRC:DST[:MODE[:UID:GID]]
    std::vector<std::string> exclude = {};      // patterns of .dockerignore for folders of `files`
    std::vector<std::string> directories = {};  // PATH[:MODE[:UID:GID]]
    std::vector<std::string> links = {};        // PATH:TARGET
};

struct AddedFiles {
    layers::Tree tree = {};               // parents not yet added
    std::vector<std::string> notes = {};  // what went over what, a clause each
};

// A DST with a '/' at its end takes SRC's name. Sockets and pipes in a folder are passed over. A
// later file goes over an earlier one, as layers/merge.h says. Refused: a place that is PID 1's or
// the policy's, a link in the place of a file, and set-user-ID modes (nothing runs with more than
// it has).
Result<AddedFiles, Error> added_files(const Additions& additions);

}  // namespace outis::images::content
