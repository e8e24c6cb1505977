#include "bake/account_rows.h"

namespace outis::images::bake {

std::vector<std::string_view> lines_of(std::string_view text)
{
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

std::string_view field_of(std::string_view line, std::size_t number)
{
    for (; number > 0 && !line.empty(); --number) {
        const std::size_t colon = line.find(':');
        line.remove_prefix(colon == std::string_view::npos ? line.size() : colon + 1);
    }
    return line.substr(0, line.find(':'));
}

}  // namespace outis::images::bake
