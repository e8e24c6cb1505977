// Documents of a bundle as OCI 1.1 referrers: an artifact manifest each, whose subject is what the
// bundle's name points to. Source: OCI image specification 1.1, manifest.md and image-layout.md.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "oci/manifest.h"
#include "places/bundle.h"

namespace outis::images::places {

struct Referrer {
    Blob manifest = {};
    std::string type = {};  // of the artifact
    std::string media_type = oci::kManifestType;
};

// One a document, in their order.
std::vector<Referrer> referrers_of(const Bundle& bundle);

// The digest that the manifest with `digest` names as its subject, or "".
using SubjectOf = std::function<std::string(const std::string& digest)>;

// The rows of an index.json with `image`, a row with a tag, in place of the one of the same tag,
// and `referrers` behind it. Documents of a bake go with the image they are about: when this bake
// took away its last row, or has new ones of that type. Those of images that no row named stay.
boost::json::array merged_rows(const boost::json::array& old, const boost::json::value& image,
                               std::span<const Referrer> referrers, const SubjectOf& subject_of);

}  // namespace outis::images::places
