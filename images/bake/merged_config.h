// The configuration of an image that lies on top of another. What it does not name stays as it is
// in the base, fields we do not know among them.
// Source: OCI image specification 1.1, config.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "bake/base_image.h"
#include "oci/config.h"

namespace outis::images::bake {

// Entrypoint, arguments and user are those of `run`. What else it has goes over the base's: names
// and sets are merged, single values replaced. `layers` lie on top of the base's; `time` of 0
// leaves the base's date.
Result<std::string, Error> merged_config(const BaseImage& base, const oci::RunConfig& run,
                                         std::span<const Layer> layers, std::int64_t time);

// `config` without the labels that OCI defines, which are about the image they are of.
boost::json::value without_standard_labels(boost::json::value config);

// `config` of an image, whose layers from `first` on shall lie on those of `base` instead: diffIDs
// and history are made anew, what is named besides is set, all else stays.
struct Rebase {
    const boost::json::value& config;
    std::span<const Layer> layers;  // of the image
    std::size_t first = 0;
    const BaseImage& base;
    std::pair<std::string, std::string> label = {};
    std::string stop = {};                     // the variable's new value; empty: it stays
    std::vector<std::string> entrypoint = {};  // the new one; empty: it stays
};

std::string rebased_config(const Rebase& rebase);

// The command behind PID 1 and its policy: `outis-init -p POLICY -- WORDS...`. One that starts so
// already, or with --stop too, stays; one that starts PID 1 in another way is an error.
Result<std::vector<std::string>, Error> behind_init(const std::vector<std::string>& entrypoint);

}  // namespace outis::images::bake
