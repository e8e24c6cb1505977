#include "kubernetes/image_facts.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "browse/source.h"
#include "content/policy_choice.h"
#include "kubernetes/entrypoint.h"
#include "oci/read_config.h"
#include "outis/sandbox/arch.h"

namespace outis::images {

namespace {

const std::string kPolicyPath = "/etc/outis/policy";
constexpr const char* kLastResort = "baseline";  // of PID 1's look-up

// The image for the architecture, or the only one.
Result<FoundImage, Error> choose(const Source& source, policy::Arch arch)
{
    std::vector<FoundImage> images = OUTIS_TRY(images_of(source, ""));
    const std::string platform = "linux/" + std::string(sandbox::arch_name(arch));
    const auto chosen = std::ranges::find(images, platform, &FoundImage::platform);
    if (chosen != images.end())
        return std::move(*chosen);
    if (images.size() != 1)
        return bad_input("'" + source.text + "' has no image for " + platform);
    return std::move(images.front());
}

// What PID 1 carries itself is among the tool's data too.
Result<std::string, Error> shipped_policy(const std::string& profile, policy::Arch arch,
                                          const ToolData& data)
{
    if (profile == "none")
        return std::string();
    return OUTIS_TRY(choose_policy(data, profile, arch, {})).bytes;
}

// The text of the policy that lies at a path; empty if there is nothing.
Result<std::string, Error> policy_at(const Flattened& files, const std::string& path)
{
    const Node* node = files.find(path);
    if (node == nullptr)
        return std::string();
    if (node->entry.facts.text.empty())
        return bad_input("what it has at '" + path + "' is no policy");
    return node->entry.facts.text;
}

Result<ImageFacts, Error> read(const Source& source, policy::Arch arch, const ToolData& data)
{
    const FoundImage image = OUTIS_TRY(choose(source, arch));
    const UnpackedImage content = unpack_layers(members_of(source), image, {});
    if (!content.damage.empty())
        return bad_input("a layer of '" + source.text + "' is damaged: " + content.damage +
                         "; 'outis verify' lists all that is wrong");
    ImageFacts facts{.name = image.name, .run = read_run_config(image.config)};
    for (const auto& [path, node] : content.files.nodes())
        facts.entries.emplace(path, node.entry.member.entry.kind);

    const InitWords words = OUTIS_TRY(init_words(facts.run));
    const bool named = words.profile.find('/') != std::string::npos;
    if (words.profile.empty() || named)
        facts.policy = OUTIS_TRY(policy_at(content.files, named ? words.profile : kPolicyPath));
    if (named && facts.policy.empty())
        return bad_input("it has no policy at '" + words.profile + "', which its entrypoint names");
    if (!words.profile.empty() && !named)
        facts.policy = OUTIS_TRY(shipped_policy(words.profile, arch, data));
    else if (facts.policy.empty())
        facts.policy = OUTIS_TRY(shipped_policy(kLastResort, arch, data));
    return facts;
}

}  // namespace

Result<ImageFacts, Error> read_image_facts(const std::string& image, policy::Arch arch,
                                           const ToolData& data)
{
    const Source source = OUTIS_TRY(open_source(image));
    return read(source, arch, data);
}

}  // namespace outis::images
