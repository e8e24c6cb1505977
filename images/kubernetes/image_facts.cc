#include "kubernetes/image_facts.h"

#include <vector>

#include "browse/images.h"
#include "content/policy_choice.h"
#include "host/report.h"
#include "kubernetes/entrypoint.h"
#include "layers/platform.h"
#include "oci/read_config.h"
#include "outis/sandbox/arch.h"

namespace outis::images::kubernetes {

namespace {

const std::string kPolicyPath = "/etc/outis/policy";
constexpr const char* kLastResort = "baseline";  // of PID 1's look-up

// The image for the architecture, or the only one.
Result<view::UnpackedImage, Error> choose(const browse::Members& members, policy::Arch arch)
{
    const std::vector<view::FoundImage> images = OUTIS_TRY(browse::images_of(members, ""));
    return browse::browse_image(members, images.size() == 1 ? "" : layers::platform_name(arch));
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
Result<std::string, Error> policy_at(const browse::Members& members, const view::Flattened& files,
                                     const std::string& path)
{
    const view::Node* node = files.find(path);
    if (node == nullptr)
        return std::string();
    if (node->entry.facts.text.empty())
        return bad_input("what '" + members.name + "' has at '" + path + "' is no policy");
    return node->entry.facts.text;
}

Result<ImageFacts, Error> read(const browse::Members& members, policy::Arch arch,
                               const content::ToolData& data)
{
    const view::UnpackedImage image = OUTIS_TRY(choose(members, arch));
    const view::Flattened& files = image.files;
    ImageFacts facts{.name = image.image.name, .run = oci::read_run_config(image.image.config)};
    for (const auto& [path, node] : files.nodes())
        facts.entries.emplace(path, node.entry.member.entry.kind);

    const InitWords words = OUTIS_TRY(init_words(facts.run));
    const bool named = words.profile.find('/') != std::string::npos;
    if (words.profile.empty() || named)
        facts.policy = OUTIS_TRY(policy_at(members, files, named ? words.profile : kPolicyPath));
    if (named && facts.policy.empty())
        return bad_input("'" + members.name + "' has no policy at '" + words.profile +
                         "', which its entrypoint names");
    if (!words.profile.empty() && !named)
        facts.policy = OUTIS_TRY(shipped_policy(words.profile, arch, data));
    else if (facts.policy.empty())
        facts.policy = OUTIS_TRY(shipped_policy(kLastResort, arch, data));
    return facts;
}

}  // namespace

Result<ImageFacts, Error> read_image_facts(const std::string& image,
                                           const places::RemoteOptions& remote, policy::Arch arch,
                                           const content::ToolData& data)
{
    const std::string platform = arch == sandbox::host_arch() ? "" : layers::platform_name(arch);
    const browse::Members members =
        OUTIS_TRY(browse::open_members(image, platform, remote, host::print_note));
    return read(members, arch, data);
}

}  // namespace outis::images::kubernetes
