#include "view/verify.h"

#include <algorithm>
#include <utility>

#include "layers/platform.h"
#include "view/files.h"
#include "view/programs.h"
#include "view/start.h"

namespace outis::images::view {

namespace {

void append(Findings& to, Findings findings)
{
    for (Finding& finding : findings)
        add_finding(to, std::move(finding));
}

void verify_content(const FindMember& find, const FoundImage& image, LayerLimits& left,
                    Verified& verified)
{
    UnpackedImage unpacked = unpack_layers(find, image, left);
    left = unpacked.left;
    verified.steps += unpacked.steps;
    append(verified.findings, std::move(unpacked.findings));
    const Flattened& files = unpacked.files;
    append(verified.findings, mode_findings(files, image.platform));
    LibrarySearch libraries(files, variable_of(image.config, "LD_LIBRARY_PATH"));
    StartCheck start = check_start(files, image.config, image.platform, libraries);
    append(verified.findings, std::move(start.findings));
    append(verified.findings, program_findings(files, image.platform, start.started, libraries));
    append(verified.findings, content_findings(files, image.platform));
    VerifiedImage row{.platform = image.platform,
                      .tag = image.tag,
                      .layers = image.layers.size(),
                      .files = files.nodes().size()};
    for (const LayerSum& layer : unpacked.layers)
        row.unpacked += layer.unpacked;
    verified.images.push_back(row);
}

}  // namespace

Verified verify_image(const FindMember& find, const VerifyOptions& options)
{
    Documents documents = read_documents(find, Depth::content, options.tag);
    Verified verified{.findings = std::move(documents.findings)};
    LayerLimits left = options.limits;  // for all images together
    for (const FoundImage& image : documents.images) {
        if (options.platform.empty() || layers::platform_fits(image.platform, options.platform))
            verify_content(find, image, left, verified);
    }
    return verified;
}

std::size_t count_of(const Findings& findings, Severity severity)
{
    return static_cast<std::size_t>(std::ranges::count_if(findings, [&](const Finding& finding) {
        return row_of(finding.rule).severity == severity;
    }));
}

}  // namespace outis::images::view
