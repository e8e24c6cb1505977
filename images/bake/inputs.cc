#include "bake/inputs.h"

#include <string>
#include <variant>

#include "bake/found_file.h"
#include "bake/table.h"

namespace outis::images::bake {

std::vector<std::filesystem::path> input_files(BakeOptions options, const layers::Tree& additions)
{
    std::vector<std::filesystem::path> files(options.apps.begin(), options.apps.end());
    files.emplace_back(options.config);
    for (const BakeRow& row : bake_table(options)) {
        for (const std::string& value : host::given_values(row.option))
            files.emplace_back(path_in(row.option.path, value));
    }
    for (const auto& [key, entry] : additions) {
        if (const auto* file = std::get_if<std::filesystem::path>(&entry.content))
            files.push_back(*file);
    }
    return files;
}

}  // namespace outis::images::bake
