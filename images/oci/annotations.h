// The keys under 'org.opencontainers.' that are defined; others with that prefix are reserved.
// Source: OCI image specification 1.1, annotations.md.
#pragma once

#include <array>
#include <string_view>

namespace outis::images::oci {

constexpr std::string_view kReservedPrefix = "org.opencontainers.";

constexpr std::array<std::string_view, 13> kDefinedKeys{
    "org.opencontainers.image.authors",     "org.opencontainers.image.base.digest",
    "org.opencontainers.image.base.name",   "org.opencontainers.image.created",
    "org.opencontainers.image.description", "org.opencontainers.image.documentation",
    "org.opencontainers.image.licenses",    "org.opencontainers.image.revision",
    "org.opencontainers.image.source",      "org.opencontainers.image.title",
    "org.opencontainers.image.url",         "org.opencontainers.image.vendor",
    "org.opencontainers.image.version",
};

// Belongs to a layout's index.json alone.
constexpr std::string_view kTagKey = "org.opencontainers.image.ref.name";

// There too: by what name containerd imports the image.
constexpr std::string_view kNameKey = "io.containerd.image.name";

// Whether a user who wrote `choice` behind a layout's folder means this row of its index.json: its
// ref.name, or '@' and a digest; empty: any.
constexpr bool is_meant(std::string_view choice, std::string_view ref_name, std::string_view digest)
{
    if (choice.starts_with('@'))
        return digest == choice.substr(1);
    return choice.empty() || ref_name == choice;
}

// Whether a label or annotation of an image may be called so.
constexpr bool may_name(std::string_view key)
{
    if (!key.starts_with(kReservedPrefix))
        return true;
    for (const std::string_view defined : kDefinedKeys) {
        if (key == defined)
            return true;
    }
    return false;
}

}  // namespace outis::images::oci
