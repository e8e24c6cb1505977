// What is in an image or in one of its layers, a line each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "browse/images.h"
#include "outis/error.h"

namespace outis::images::browse {

struct ListOptions {
    std::string path = {};                  // only it and what is below; empty: everything
    std::optional<std::size_t> layer = {};  // from 1, as it stands; else what a container sees
    std::string platform = {};
};

// An entry as it is listed.
struct ListRow {
    layers::TarEntry entry = {};
    std::string same_file = {};  // of a hard link
    std::vector<std::string> attributes = {};
    std::string digest = {};  // of a file
    std::size_t layer = 0;    // from 1
};

// A path that is not there is an error.
Result<std::vector<ListRow>, Error> list_image(const Members& members, const ListOptions& options);

// "etc/passwd", or "-rw-r--r-- 0:0 1234 etc/passwd", sizes in one column.
std::string list_text(const std::vector<ListRow>& rows, bool details);
std::string list_json(const std::vector<ListRow>& rows);

}  // namespace outis::images::browse
