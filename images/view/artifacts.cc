#include "view/artifacts.h"

#include "oci/field.h"
#include "oci/media_types.h"

namespace outis::images::view {

namespace json = boost::json;

std::string form_problem(const boost::json::value& document, bool is_list)
{
    if (is_list)
        return document.is_array() ? "" : "is no list";
    if (!document.is_object())
        return "is no object";
    const bool is_both =
        oci::field(document, "manifests") != nullptr &&
        (oci::field(document, "layers") != nullptr || oci::field(document, "config") != nullptr);
    return is_both ? "is a manifest and an index at once" : "";
}

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
