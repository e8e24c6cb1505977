#include "bill/purl.h"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

namespace outis::images::bill {

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

std::string dir_hash(std::string_view go_sum)
{
    constexpr std::string_view kPrefix = "h1:";
    constexpr std::size_t kEncoded = 44;
    constexpr std::size_t kRaw = 32;
    if (!go_sum.starts_with(kPrefix) || go_sum.size() != kPrefix.size() + kEncoded ||
        go_sum.find('=') != go_sum.size() - 1)
        return "";
    std::array<unsigned char, kEncoded> raw{};
    const std::string text(go_sum.substr(kPrefix.size()));
    // It answers the length with the padding, one byte more than a SHA-256 has.
    if (::EVP_DecodeBlock(raw.data(), reinterpret_cast<const unsigned char*>(text.data()),
                          static_cast<int>(text.size())) != kRaw + 1)
        return "";
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    for (std::size_t i = 0; i < kRaw; ++i) {
        hex += kDigits[raw[i] >> 4];
        hex += kDigits[raw[i] & 15];
    }
    return hex;
}

}  // namespace outis::images::bill
