// Why `go build` failed, in words that say what to do.
#pragma once

#include <string>
#include <vector>

#include "host/child.h"
#include "outis/error.h"
#include "programs/go.h"
#include "programs/go_workplace.h"

namespace outis::images::programs {

// Whether what Go says is about packages that are imported and not there.
bool lacks_packages(const host::ChildAnswer& built);

// Their import paths.
Result<std::vector<std::string>, Error> missing_packages(const Workplace& place,
                                                         const GoOptions& options);

// An error if one of them is a folder of the source, which a right import comment would place.
Result<Done, Error> check_import_comment(const GoMain& main,
                                         const std::vector<std::string>& missing);

// For want of them.
Failure<Error> packages_failed(const GoMain& main, const std::vector<std::string>& missing,
                               const host::ChildAnswer& built);

// For any other reason, in this workplace.
Failure<Error> build_failed(const GoMain& main, const GoOptions& options, Workplace place,
                            const host::ChildAnswer& built);

}  // namespace outis::images::programs
