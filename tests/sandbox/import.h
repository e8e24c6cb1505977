// Profiles of other tools imported, as several tests do it.
#pragma once

#include <string>

#include <doctest/doctest.h>

#include "outis/sandbox/import.h"

namespace outis::sandbox {

inline Result<Imported, Diagnostics> imported(std::string json, const ImportOptions& options)
{
    return import_profile({.file = "p.json", .text = std::move(json)}, options);
}

inline Imported imported_well(std::string json, const ImportOptions& options)
{
    auto result = imported(std::move(json), options);
    if (!result)
        FAIL(print(result.error()));
    return result.take();
}

}  // namespace outis::sandbox
