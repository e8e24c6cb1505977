// By what an image is known again in the layers of one that lies on it.
// Source: OCI image specification 1.1, config.md, "Layer ChainID".
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "outis/images/image.h"

namespace outis::images::layers {

// The label of an image that was put on another: chain_of() the other's layers. It stays where
// annotations are lost, as in `docker save`.
constexpr const char* kChainKey = "outis.base.chain";

// The ChainID of layers from the lowest up; of none it is empty.
std::string chain_of(std::span<const Layer> layers);

// How many of `layers` from the lowest up have that ChainID; 0 if it is not that of any.
std::size_t layers_of_chain(std::span<const Layer> layers, const std::string& chain);

}  // namespace outis::images::layers
