// What putting images at places writes, looked at before any of it is made: two outputs must not
// be one file, and none may cost a file of the user's.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "oci/reference.h"
#include "outis/error.h"
#include "places/place.h"

namespace outis::images::places {

struct Output {
    Place place = {};
    std::string words = {};                 // for messages: "output 'x.tar'"
    std::string tag = {};                   // of the image in a layout that names none
    std::vector<std::string> endings = {};  // of the documents that go with it, ".spdx.json"
};

// The file beside `place` for a document with `ending`; empty where there is no such place.
std::filesystem::path file_beside(const Place& place, const std::string& ending);

// Errors: two outputs, or the documents beside them, with one place, links followed; an output that
// is one of `inputs`, files that are read; one that would replace a file of another kind; one
// whose folder is missing, which is Blame::environment.
Result<Done, Error> check_outputs(const std::vector<Output>& outputs,
                                  const std::vector<std::filesystem::path>& inputs);

}  // namespace outis::images::places
