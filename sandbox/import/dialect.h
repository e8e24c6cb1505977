// Which tool a JSON text is for, and where in it the profile stands.
#pragma once

#include <optional>
#include <span>

#include "sandbox/import/foreign.h"

namespace outis::sandbox::imports {

struct DialectRead {
    Dialect dialect = Dialect::oci;
    Foreign foreign;
};

// `dialect` is told from the text unless given. `bases` are searched for `baseProfileName`.
[[nodiscard]] Result<DialectRead, Done> read_foreign(const ProfileText& source,
                                                     std::optional<Dialect> dialect,
                                                     std::span<const ProfileText> bases,
                                                     Complaints& complaints, Notes& notes);

}  // namespace outis::sandbox::imports
