#include "host/replaced.h"

#include <algorithm>
#include <system_error>
#include <vector>

#include "host/input.h"

namespace outis::images::host {

namespace fs = std::filesystem;

Result<Done, Error> check_replaced(const fs::path& place, const FileKind& kind)
{
    std::error_code ignored;
    if (fs::status(place, ignored).type() != fs::file_type::regular)
        return Done{};
    const InputFile file = OUTIS_TRY(open_input(place));
    if (file.size == 0)
        return Done{};
    std::size_t longest = kind.at + kind.inside.size();
    for (const std::string_view beginning : kind.beginnings)
        longest = std::max(longest, beginning.size());
    std::vector<std::byte> buffer(longest);
    const std::size_t count = OUTIS_TRY(read_at(file, 0, buffer, place));
    const std::string_view text = as_text(Bytes(buffer).first(count));
    const bool has_inside = !kind.inside.empty() && text.size() > kind.at &&
                            text.substr(kind.at).starts_with(kind.inside);
    if (has_inside || std::ranges::any_of(kind.beginnings, [&](std::string_view beginning) {
            return text.starts_with(beginning);
        }))
        return Done{};
    return bad_input("'" + place.string() + "' is there already and is no " +
                     std::string(kind.name) + "; move it away, or choose another output");
}

}  // namespace outis::images::host
