#include "layers/chain.h"

#include "host/digest.h"

namespace outis::images::layers {

namespace {

std::string next_chain(const std::string& chain, const Layer& layer)
{
    return chain.empty() ? layer.diff_id : host::sha256(chain + " " + layer.diff_id).text();
}

}  // namespace

std::string chain_of(std::span<const Layer> layers)
{
    std::string chain;
    for (const Layer& layer : layers)
        chain = next_chain(chain, layer);
    return chain;
}

std::size_t layers_of_chain(std::span<const Layer> layers, const std::string& wanted)
{
    std::string chain;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        chain = next_chain(chain, layers[i]);
        if (chain == wanted)
            return i + 1;
    }
    return 0;
}

}  // namespace outis::images::layers
