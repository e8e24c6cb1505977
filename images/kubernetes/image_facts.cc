#include "kubernetes/image_facts.h"

#include <vector>

#include "browse/source.h"
#include "content/policy_choice.h"
#include "kubernetes/entrypoint.h"
#include "layers/platform.h"
#include "oci/read_config.h"

namespace outis::images::kubernetes {

namespace {

const std::string kPolicyPath = "/etc/outis/policy";
constexpr const char* kLastResort = "baseline";  // of PID 1's look-up

// The image for the architecture, or the only one.
Result<browse::BrowsedImage, Error> choose(const browse::Source& source, policy::Arch arch)
{
    const std::vector<view::FoundImage> images = OUTIS_TRY(browse::images_of(source, ""));
    return browse::browse_image(source, images.size() == 1 ? "" : layers::platform_name(arch));
}

// What PID 1 carries itself is among the tool's data too.
Result<std::string, Error> shipped_policy(const std::string& profile, policy::Arch arch,
                                          const content::ToolData& data)
{
    if (profile == "none")
        return std::string();
    return OUTIS_TRY(content::choose_policy(data, profile, arch, {})).bytes;
}

// The text of the policy that lies at a path; empty if there is nothing.
Result<std::string, Error> policy_at(const browse::Source& source, const view::Flattened& files,
                                     const std::string& path)
{
    const view::Node* node = files.find(path);
    if (node == nullptr)
        return std::string();
    if (node->entry.facts.text.empty())
        return bad_input("what '" + source.text + "' has at '" + path + "' is no policy");
    return node->entry.facts.text;
}

Result<ImageFacts, Error> read(const browse::Source& source, policy::Arch arch,
                               const content::ToolData& data)
{
    const browse::BrowsedImage image = OUTIS_TRY(choose(source, arch));
    const view::Flattened& files = image.content.files;
    ImageFacts facts{.name = image.documents.name,
                     .run = oci::read_run_config(image.documents.config)};
    for (const auto& [path, node] : files.nodes())
        facts.entries.emplace(path, node.entry.member.entry.kind);

    const InitWords words = OUTIS_TRY(init_words(facts.run));
    const bool named = words.profile.find('/') != std::string::npos;
    if (words.profile.empty() || named)
        facts.policy = OUTIS_TRY(policy_at(source, files, named ? words.profile : kPolicyPath));
    if (named && facts.policy.empty())
        return bad_input("'" + source.text + "' has no policy at '" + words.profile +
                         "', which its entrypoint names");
    if (!words.profile.empty() && !named)
        facts.policy = OUTIS_TRY(shipped_policy(words.profile, arch, data));
    else if (facts.policy.empty())
        facts.policy = OUTIS_TRY(shipped_policy(kLastResort, arch, data));
    return facts;
}

}  // namespace

Result<ImageFacts, Error> read_image_facts(const std::string& image, policy::Arch arch,
                                           const content::ToolData& data)
{
    const browse::Source source = OUTIS_TRY(browse::open_source(image));
    return read(source, arch, data);
}

}  // namespace outis::images::kubernetes
