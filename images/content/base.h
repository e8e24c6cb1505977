// What an image from scratch lacks, as one tree that depends on nothing but this build of Outis
// and the architecture: PID 1, certificates, zones, accounts, and the folders programs expect.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "content/tool_data.h"
#include "layers/tree.h"
#include "outis/base/policy_layout.h"

namespace outis::images::content {

constexpr const char* kInitKey = "outis-init";
constexpr const char* kPolicyKey = "etc/outis/policy";
constexpr const char* kBundleKey = "etc/ssl/certs/ca-certificates.crt";
constexpr const char* kZonesKey = "usr/share/zoneinfo";
constexpr const char* kPasswdKey = "etc/passwd";
constexpr const char* kGroupKey = "etc/group";
constexpr const char* kOsReleaseKey = "etc/os-release";
constexpr const char* kTemporaryKey = "tmp";

// What of it an image wants.
struct BaseContent {
    bool certificates = true;
    bool zones = true;
    bool os_release = true;

    bool operator==(const BaseContent&) const = default;
};

// Every base layer there can be, and the name of its file.
struct BaseVariant {
    const char* name;
    BaseContent content;
};

constexpr std::array<BaseVariant, 8> kBaseVariants{{
    {"base", {}},
    {"base-no-ca", {.certificates = false}},
    {"base-no-tz", {.zones = false}},
    {"base-no-os", {.os_release = false}},
    {"base-no-ca-tz", {.certificates = false, .zones = false}},
    {"base-no-ca-os", {.certificates = false, .os_release = false}},
    {"base-no-tz-os", {.zones = false, .os_release = false}},
    {"base-bare", {.certificates = false, .zones = false, .os_release = false}},
}};
const char* base_name(const BaseContent& content);

// Whether an image's /etc/os-release is ours, of any version.
bool is_own_release(std::string_view text);

// The image's /etc/nsswitch.conf.
extern const char* const kNameServiceOrder;

// PID 1 alone. Missing for `arch` it is Blame::environment.
Result<layers::Tree, Error> init_tree(const ToolData& data, policy::Arch arch);
// All of it, with PID 1.
Result<layers::Tree, Error> base_tree(const ToolData& data, policy::Arch arch,
                                      const BaseContent& content);

// The bundle and the links that lead to it.
void add_certificates(layers::Tree& tree, layers::Content bundle);

// The named zones, "Europe/Berlin"; an unknown one is an error that says what may be meant.
Result<Done, Error> add_zones(layers::Tree& tree, const ToolData& data,
                              std::span<const std::string> names);

// /etc/localtime as a link to the zone, whose file is elsewhere in the image.
Result<Done, Error> add_localtime(layers::Tree& tree, const ToolData& data,
                                  const std::string& zone);

}  // namespace outis::images::content
