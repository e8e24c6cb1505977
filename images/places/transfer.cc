#include "outis/images/transfer.h"

#include <filesystem>
#include <memory>
#include <utility>

#include "layers/store.h"
#include "places/copy_plan.h"
#include "places/docker_format.h"
#include "places/each_once.h"
#include "places/outputs.h"
#include "places/put_image.h"
#include "places/remote.h"

namespace outis::images::places {

namespace {

Result<bool, Error> wants_docker_format(const TransferOptions& options, const Place& to)
{
    if (options.format.empty() || options.format == "as-is")
        return false;
    if (options.format != "docker")
        return bad_input("--format '" + options.format + "' must be 'docker' or 'as-is'");
    if (to.transport != Transport::registry)
        return bad_input("--format docker is for registries; '" + options.to + "' is none");
    if (options.referrers)
        return bad_input(
            "--format docker and --referrers contradict each other: Docker's format "
            "has no documents about an image");
    return true;
}

}  // namespace

Result<Done, Error> check_targets(const std::string& from, const std::vector<std::string>& targets)
{
    const Place source = OUTIS_TRY(parse_source(from));
    const std::string tag = name_of(source).tag;
    std::vector<Output> outputs;
    for (const std::string& target : targets) {
        Place place = OUTIS_TRY(parse_target(target));
        outputs.push_back(
            {.place = std::move(place), .words = "output '" + target + "'", .tag = tag});
    }
    std::vector<std::filesystem::path> inputs;
    if (source.is_file())
        inputs.emplace_back(source.path);
    return check_outputs(outputs, inputs);
}

Result<Transferred, Error> transfer(const TransferOptions& options, const TransferWatch& watch)
{
    const Place from = OUTIS_TRY(parse_source(options.from));
    const Place to = OUTIS_TRY(parse_target(options.to));
    const registry::RegistrySettings settings = OUTIS_TRY(parse_remote(options.remote));
    if (options.referrers && to.transport != Transport::registry && to.transport != Transport::oci)
        return bad_input("'" + options.to + "' holds no referrers; name 'oci:DIR' or a registry");
    const bool as_docker = OUTIS_TRY(wants_docker_format(options, to));
    OUTIS_TRY(check_targets(options.from, {options.to}));
    // Every word has been understood.

    const layers::BlobStore store = OUTIS_TRY(layers::BlobStore::open());
    const TransferWatch once{.blob = watch.blob, .note = each_once(watch.note)};
    const auto source = OUTIS_TRY(open_image(from, settings, store, once.note));
    const std::string platform = options.platform == "all" ? "" : options.platform;
    // A layout would show such tags as further images.
    const About about = !options.referrers                    ? About::nothing
                        : to.transport == Transport::registry ? About::referrers_and_tags
                                                              : About::referrers;
    DockerFormat docker(*source);
    ImageSource& chosen = as_docker ? static_cast<ImageSource&>(docker) : *source;
    CopyPlan plan = OUTIS_TRY(plan_copy(chosen, platform, about));
    if (as_docker)
        plan.notes.push_back("in Docker's format the image has a digest of its own, '" +
                             plan.top.descriptor.digest + "'");
    // What belongs to the image is known; its manifests have been read and checked.

    return put_image(chosen, plan, to, settings, once);
}

}  // namespace outis::images::places
