#include "bill/purl.h"

#include <algorithm>

namespace outis::images {

namespace {

constexpr std::string_view kUnreserved =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:";

std::string encoded(std::string_view text, std::string_view also_plain = "")
{
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string all;
    for (const char c : text) {
        if (kUnreserved.find(c) != std::string_view::npos ||
            also_plain.find(c) != std::string_view::npos) {
            all += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        all += '%';
        all += kDigits[byte >> 4];
        all += kDigits[byte & 15];
    }
    return all;
}

}  // namespace

std::string purl_text(Purl purl)
{
    std::string text = "pkg:" + purl.type + "/" + encoded(purl.name, "/");
    if (!purl.version.empty())
        text += "@" + encoded(purl.version);
    std::ranges::sort(purl.qualifiers);
    char before = '?';
    for (const auto& [key, value] : purl.qualifiers) {
        if (value.empty())
            continue;
        text += before + key + "=" + encoded(value);
        before = '&';
    }
    return text;
}

std::string go_purl(std::string_view module, std::string_view version)
{
    std::string name(module);
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return purl_text({.type = "golang", .name = name, .version = std::string(version)});
}

}  // namespace outis::images
