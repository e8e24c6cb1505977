// Names of images. Source: the grammar of distribution's reference package, as Docker, containerd
// and containers/image read it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "outis/error.h"

namespace outis::images::oci {

struct Reference {
    std::string domain = "docker.io";
    std::string path = {};  // "library/hello"
    std::string tag = "latest";

    // As Docker prints it: "hello:latest", "example.com/x:1".
    [[nodiscard]] std::string familiar() const;
    // In full: "docker.io/library/hello:latest".
    [[nodiscard]] std::string full() const;
    bool operator==(const Reference&) const = default;
};

// "hello", "team/hello:1", "localhost:5000/hello". A digest is refused: a bake decides it.
Result<Reference, Error> parse_reference(std::string_view text);

// The nearest valid path component: lower case, other characters as '-'; "app" if nothing is left.
std::string fit_path_component(std::string_view text);

// The tar that an image goes to if no output is named: "hello.tar" for
// "localhost:5000/team/hello:1" and for "team/hello@sha256:...".
std::string default_tar(std::string_view name);

// Whether a user who wrote `choice`, NAME[:TAG] or a tag alone, means one of the names in RepoTags
// of 'docker save'; empty: any.
bool names_one_of(const std::string& choice, const std::vector<std::string>& names);

}  // namespace outis::images::oci
