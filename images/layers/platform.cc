#include "layers/platform.h"

#include <array>
#include <utility>

#include "outis/sandbox/arch.h"

namespace outis::images::layers {

namespace {

// Of an architecture with variants.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kDefaultVariants{
    {{"arm64", "/v8"}, {"amd64", "/v1"}}};

}  // namespace

std::string platform_name(policy::Arch arch)
{
    return "linux/" + std::string(sandbox::arch_name(arch));
}

std::string normal_platform(std::string_view platform)
{
    for (const auto& [arch, variant] : kDefaultVariants) {
        if (platform.ends_with(variant) &&
            platform.substr(0, platform.size() - variant.size()).ends_with(arch))
            platform.remove_suffix(variant.size());
    }
    return std::string(platform);
}

std::optional<policy::Arch> parse_platform(std::string_view text)
{
    constexpr std::string_view kLinux = "linux/";
    const std::string platform = normal_platform(text);
    const std::string_view name = platform;
    return sandbox::parse_arch(name.starts_with(kLinux) ? name.substr(kLinux.size()) : name);
}

bool platform_fits(std::string_view given, std::string_view asked)
{
    const std::string there = normal_platform(given);
    const std::string wanted = normal_platform(asked);
    return there.starts_with(wanted) &&
           (there.size() == wanted.size() || there[wanted.size()] == '/');
}

}  // namespace outis::images::layers
