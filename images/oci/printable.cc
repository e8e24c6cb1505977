#include "oci/printable.h"

#include <array>
#include <cstdio>

#include "oci/json.h"

namespace outis::images::oci {

std::string printable(std::string_view text)
{
    const bool utf8 = is_utf8(text);
    std::string shown;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const auto next = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0U;
        // U+0080 to U+009F are controls too; their second byte is then taken alike.
        const bool high_control = byte == 0xC2 && next < 0xA0;
        const bool after_high = at > 0 && text[at - 1] == '\xC2' && byte >= 0x80 && byte < 0xA0;
        if (byte < 0x20 || byte == 0x7F ||
            (byte >= 0x80 && (!utf8 || high_control || after_high))) {
            std::array<char, 5> octal{};
            std::snprintf(octal.data(), octal.size(), "\\%03o", static_cast<unsigned>(byte));
            shown += octal.data();
        } else {
            shown += text[at];
        }
    }
    return shown;
}

}  // namespace outis::images::oci
