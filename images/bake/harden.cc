#include "outis/images/harden.h"

#include <string>
#include <utility>
#include <vector>

#include "bake/assemble.h"
#include "bake/base_contents.h"
#include "bake/base_image.h"
#include "bake/delivery.h"
#include "bake/inputs.h"
#include "bake/plan.h"
#include "content/tool_data.h"
#include "host/words.h"

namespace outis::images::bake {

namespace {

constexpr const char* kHardenedSuffix = "-hardened";

// A harden adds neither, since it cannot know whether the program asks for them.
std::vector<std::string> missing_notes(const BaseImages& images)
{
    const content::BaseContent missing = without_present({}, images).base;
    std::vector<std::string> things;
    if (missing.certificates)
        things.emplace_back("certificates, which TLS needs");
    if (missing.zones)
        things.emplace_back("time zones, which programs that name one need");
    if (things.empty())
        return {};
    return {"the image has no " + host::joined(things, ", and no ") +
            "; COPY --from an 'outis base' brings them"};
}

}  // namespace

Result<Baked, Error> harden(const HardenOptions& options, const Progress& progress)
{
    const content::ToolData data = OUTIS_TRY(content::find_tool_data());
    Plan plan = OUTIS_TRY(make_plan({.product = Product::hardened,
                                     .tags = options.tags,
                                     .outputs = options.outputs,
                                     .platforms = options.platforms,
                                     .compress = options.compress,
                                     .tls_ca = options.remote.tls_ca,
                                     .authfile = options.remote.authfile,
                                     .plain_http = options.remote.plain_http,
                                     .profile = options.profile,
                                     .user = options.user},
                                    data));
    std::vector<std::string> outputs = options.outputs;
    // Every word has been understood.

    const layers::BlobStore store = OUTIS_TRY(layers::BlobStore::open());
    progress("reading '" + options.image + "'");
    const BaseImages base =
        OUTIS_TRY(open_base(options.image, plan.platforms, plan.registries, store));
    OUTIS_TRY(name_image(base.called, kHardenedSuffix, plan, outputs,
                         input_files({.from = options.image, .profile = options.profile}, {})));
    // The image is whole, and all that a container of it sees is known.

    const Assembly assembly{plan, data, store, base.name};
    places::Bundle bundle{.references = plan.references};
    for (const BaseImage& image : base.list)
        bundle.images.push_back(
            OUTIS_TRY(assemble(assembly, {.arch = image.arch}, image, Flavour::plain)));
    if (bundle.images.size() > 1)
        bundle.index =
            oci::text_blob(oci::index_json(bundle.images, kept_annotations(base.annotations)));
    // The hardened images are complete; nothing has been written where the user looks.

    Baked baked = OUTIS_TRY(put_images(bundle, nullptr, plan, outputs, progress));
    baked.notes.insert(baked.notes.begin(), base.notes.begin(), base.notes.end());
    for (std::string& note : missing_notes(base))
        baked.notes.push_back(std::move(note));
    // Each output has been read back and validated before it got its name.
    return baked;
}

}  // namespace outis::images::bake
