// What becomes of the programs: an image in the daemon, an index of several platforms, or nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "golang_builder/contract.h"
#include "oci/reference.h"
#include "outis/error.h"

namespace outis::images::golang_builder {

// What is made besides the programs.
struct ImagePlan {
    oci::Reference reference = {};
    bool has_dockerfile = false;
    std::vector<std::string> index_platforms = {};  // of the index; none: there is no index
    std::string index_file = {};                    // "NAME-linux.tar"
};

// What can be known before anything is compiled: a TAG that would name nothing, or a file in the
// index's place that is none, is an error. `name` is the program's.
Result<ImagePlan, Error> plan_image(const BuilderJob& job, const std::string& name);

// Without a daemon there is no image, which is said, and an error only with a TAG. `programs` are
// the files that were compiled.
Result<Done, Error> make_image(const BuilderJob& job, const ImagePlan& plan,
                               const std::vector<std::string>& programs);

// Prints "outis: ..." on stderr, in the words of the contract. Its output is the log of a build:
// whoever reads it reads it all.
void tell(std::string_view text);

}  // namespace outis::images::golang_builder
