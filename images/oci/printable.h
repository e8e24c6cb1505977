// Names and texts of foreign images for a terminal or a JSON document.
#pragma once

#include <string>
#include <string_view>

namespace outis::images::oci {

// Control characters as \OOO in octal digits, and so every byte outside ASCII if the text is not
// UTF-8: what is shown neither moves the cursor nor breaks a line.
std::string printable(std::string_view text);

}  // namespace outis::images::oci
