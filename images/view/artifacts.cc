#include "view/artifacts.h"

#include "oci/field.h"
#include "oci/media_types.h"

namespace outis::images::view {

namespace json = boost::json;

std::string platform_of(const json::value& of)
{
    const std::string variant = oci::text_field(of, "variant");
    return oci::text_field(of, "os") + "/" + oci::text_field(of, "architecture") +
           (variant.empty() ? "" : "/" + variant);
}

bool is_attestation(const json::value& descriptor)
{
    const json::value* platform = oci::field(descriptor, "platform");
    return platform != nullptr && platform_of(*platform) == "unknown/unknown";
}

bool is_artifact(const json::value& manifest)
{
    const json::value* config = oci::field(manifest, "config");
    const std::string type = config == nullptr ? "" : oci::text_field(*config, "mediaType");
    return !type.empty() && oci::media_kind(type) == oci::MediaKind::unknown;
}

}  // namespace outis::images::view
