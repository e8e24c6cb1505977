#include "view/artifacts.h"

#include "oci/field.h"
#include "oci/media_types.h"

namespace outis::images {

namespace json = boost::json;

std::string platform_of(const json::value& of)
{
    const std::string variant = text_field(of, "variant");
    return text_field(of, "os") + "/" + text_field(of, "architecture") +
           (variant.empty() ? "" : "/" + variant);
}

bool is_attestation(const json::value& descriptor)
{
    const json::value* platform = field(descriptor, "platform");
    return platform != nullptr && platform_of(*platform) == "unknown/unknown";
}

bool is_artifact(const json::value& manifest)
{
    const json::value* config = field(manifest, "config");
    const std::string type = config == nullptr ? "" : text_field(*config, "mediaType");
    return !type.empty() && media_kind(type) == MediaKind::unknown;
}

}  // namespace outis::images
