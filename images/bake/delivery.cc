#include "bake/delivery.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "bill/documents.h"
#include "host/digest.h"
#include "layers/platform.h"
#include "places/each_once.h"
#include "places/outputs.h"
#include "places/place.h"
#include "places/put_image.h"
#include "view/libraries.h"
#include "view/start.h"

namespace outis::images::bake {

namespace {

// "libx.so" of "libx.so.1.5", or the whole name.
std::string stem_of(const std::string& name)
{
    constexpr std::string_view kLibrary = ".so";
    const std::size_t found = name.find(kLibrary);
    return found == std::string::npos ? name : name.substr(0, found + kLibrary.size());
}

// The files that were found in the root for the library that lies at `path` in the image: the one
// of that very place, else all of its stem, which may be several versions.
std::vector<const programs::ClosureFile*> found_for(const programs::Closure& closure,
                                                    const std::string& path)
{
    std::vector<const programs::ClosureFile*> found;
    for (const programs::ClosureFile& file : closure.files) {
        if (file.place == "/" + path)
            return {&file};
        if (stem_of(view::name_part(file.place)) == stem_of(view::name_part(path)))
            found.push_back(&file);
    }
    return found;
}

// The first of `meant`, if none of them has the digest; empty if one has it.
struct OtherFile {
    const programs::ClosureFile* meant = nullptr;
    std::string digest = {};
};

Result<OtherFile, Error> other_than(const std::vector<const programs::ClosureFile*>& meant,
                                    const std::string& digest)
{
    OtherFile other;
    for (const programs::ClosureFile* file : meant) {
        const host::Digest own = OUTIS_TRY(host::sha256_of_file(file->file));
        if (own.text() == digest)
            return OtherFile{};
        if (other.meant == nullptr)
            other = {.meant = file, .digest = own.text()};
    }
    return other;
}

// What the user is told of the images; sizes are those of the first platform.
Baked summary_of(const places::Bundle& bundle, const std::string& profile,
                 std::vector<std::string> outputs)
{
    Baked baked{.name = bundle.references.front().familiar(),
                .outputs = std::move(outputs),
                .digest = bundle.top().digest,
                .profile = profile,
                .user = bundle.images.front().user,
                .notes = bundle.images.front().notes};
    for (const Image& image : bundle.images)
        baked.platforms.push_back(layers::platform_name(image.arch));
    const Image& first = bundle.images.front();
    baked.pulled_size = first.config.size + first.manifest.size;
    for (const Layer& layer : first.layers) {
        baked.unpacked_size += layer.unpacked_size;
        baked.pulled_size += layer.blob.size;
    }
    return baked;
}

}  // namespace

std::vector<std::string> start_problems(const boost::json::value& config, policy::Arch arch,
                                        const view::Flattened& files)
{
    view::LibrarySearch libraries(files, view::variable_of(config, "LD_LIBRARY_PATH"));
    std::vector<std::string> problems;
    for (const view::Finding& finding :
         view::check_start(files, config, layers::platform_name(arch), libraries).findings) {
        const std::string& path = finding.where.path;
        if (view::row_of(finding.rule).severity == view::Severity::error)
            problems.push_back((path.empty() ? "" : "'/" + path + "': ") + finding.text);
    }
    return problems;
}

Result<Done, Error> check_loads(const LoadCheck& asked, const std::string& path)
{
    view::LibrarySearch libraries(asked.files, asked.library_path);
    const std::optional<std::string> program = asked.files.resolve(path);
    const std::set<view::MissingLibrary> missing =
        libraries.missing_of_program(program.value_or(path));
    if (!missing.empty())
        return bad_input("'" + path + "' would not find '" + missing.begin()->name +
                         "' on image '" + asked.image + "', which '" + asked.root + "' has");
    for (const std::string& loaded : libraries.loaded()) {
        const view::Node& node = asked.files.nodes().at(loaded);
        if (node.layer >= asked.below)
            continue;
        const std::string& theirs = node.entry.facts.digest;
        const OtherFile other = OUTIS_TRY(other_than(found_for(asked.closure, loaded), theirs));
        if (other.meant != nullptr)
            return bad_input("'" + path + "' would load '/" + loaded + "' of image '" +
                             asked.image + "' (" + theirs + ") instead of '" +
                             other.meant->in_root + "' of '" + asked.root + "' (" + other.digest +
                             "); take APP and its libraries from the image's system, unpacked, "
                             "by --root");
    }
    return Done{};
}

Result<Done, Error> check_destinations(const Plan& plan, const std::vector<std::string>& outputs,
                                       const std::vector<std::filesystem::path>& inputs,
                                       Documents documents)
{
    const std::vector<std::string> endings =
        documents == Documents::none ? std::vector<std::string>()
                                     : bill::document_endings(plan.sbom, plan.provenance);
    const std::string tag =
        (plan.references.empty() ? oci::Reference{} : plan.references.front()).tag;
    std::vector<places::Output> all;
    for (std::size_t i = 0; i < plan.destinations.size(); ++i) {
        const places::Place& place = plan.destinations[i];
        const std::string words = "output '" + outputs[i] + "'";
        all.push_back({.place = place, .words = words, .tag = tag, .endings = endings});
        if (plan.shells.empty())
            continue;
        places::Place beside = OUTIS_TRY(places::with_suffix(place, kDebugSuffix));
        const std::string debug = "the debug image '" + beside.text() + "' of " + words;
        all.push_back({.place = std::move(beside),
                       .words = debug,
                       .tag = tag + kDebugSuffix,
                       .endings = endings});
    }
    return places::check_outputs(all, inputs);
}

Result<Done, Error> name_image(const oci::Reference& old, const std::string& suffix, Plan& plan,
                               std::vector<std::string>& outputs,
                               const std::vector<std::filesystem::path>& inputs)
{
    if (plan.references.empty()) {
        oci::Reference reference = OUTIS_TRY(oci::parse_reference(old.full() + suffix));
        plan.references.push_back(std::move(reference));
    }
    if (outputs.empty()) {
        outputs.push_back(oci::default_tar(plan.references.front().path + suffix));
        plan.destinations.push_back(OUTIS_TRY(places::parse_target(outputs.front())));
    }
    return check_destinations(plan, outputs, inputs, Documents::none);
}

Result<Baked, Error> put_images(const places::Bundle& bundle, const places::Bundle* debug,
                                const Plan& plan, const std::vector<std::string>& outputs,
                                const Progress& progress)
{
    Baked baked = summary_of(bundle, plan.profile, outputs);
    const places::TransferWatch watch{
        .note = places::each_once([&](const std::string& note) { baked.notes.push_back(note); })};
    const auto put = [&](const places::Bundle& images,
                         const places::Place& place) -> Result<Done, Error> {
        progress("writing " + place.text());
        std::ranges::move(OUTIS_TRY(places::put_image(images, place, plan.registries, watch)),
                          std::back_inserter(baked.documents));
        return Done{};
    };
    for (const places::Place& destination : plan.destinations) {
        OUTIS_TRY(put(bundle, destination));
        if (debug == nullptr)
            continue;
        const places::Place beside = OUTIS_TRY(places::with_suffix(destination, kDebugSuffix));
        OUTIS_TRY(put(*debug, beside));
        baked.outputs.push_back(beside.text());
    }
    return baked;
}

}  // namespace outis::images::bake
