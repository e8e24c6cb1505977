#include "content/labels.h"

#include <algorithm>

namespace outis::images::content {

Labels standard_labels(const Description& description)
{
    Labels labels{
        {"org.opencontainers.image.created", description.created},
        {"org.opencontainers.image.title", description.title},
        {"org.opencontainers.image.version", description.version},
        {"org.opencontainers.image.revision", description.revision},
        {"org.opencontainers.image.source", description.source},
        {"outis.go.module", description.go_module},
        {"outis.go.toolchain", description.go_toolchain},
        {"outis.ca.date", description.certificates_date},
    };
    if (description.certificates != 0)
        labels["outis.ca.count"] = std::to_string(description.certificates);
    std::erase_if(labels, [](const auto& row) { return row.second.empty(); });
    return labels;
}

std::string certificates_date(const std::string& package_version)
{
    constexpr std::size_t kDigits = 8;
    const std::string day = package_version.substr(0, kDigits);
    const bool is_day = day.size() == kDigits &&
                        std::ranges::all_of(day, [](char c) { return c >= '0' && c <= '9'; });
    return is_day ? day.substr(0, 4) + "-" + day.substr(4, 2) + "-" + day.substr(6) : "";
}

}  // namespace outis::images::content
