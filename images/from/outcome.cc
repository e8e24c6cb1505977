#include "from/outcome.h"

#include <utility>

#include "deliver/summary.h"
#include "origin/place.h"
#include "transfer/transfer.h"

namespace outis::images {

Result<Done, Error> name_image(const std::string& image, const std::string& suffix, Plan& plan,
                               std::vector<std::string>& outputs)
{
    if (plan.references.empty()) {
        Reference reference = name_of(OUTIS_TRY(parse_source(image)));
        reference.tag += suffix;
        plan.references.push_back(std::move(reference));
    }
    if (!outputs.empty())
        return Done{};
    const std::string& path = plan.references.front().path;
    outputs.push_back(path.substr(path.rfind('/') + 1) + suffix + ".tar");
    plan.destinations.push_back(OUTIS_TRY(parse_destination(outputs.front())));
    return Done{};
}

Result<Baked, Error> hand_out(const Bundle& bundle, const Plan& plan,
                              const std::vector<std::string>& outputs, const RemoteOptions& remote,
                              const Progress& progress)
{
    Baked baked = summary_of(bundle, plan.profile, outputs);
    const TransferWatch watch{
        .note = [&](const std::string& note) { baked.notes.push_back(note); }};
    for (const Destination& destination : plan.destinations) {
        progress("writing " + destination.text());
        OUTIS_TRY(hand_over(bundle, destination, remote, watch));
    }
    return baked;
}

}  // namespace outis::images
