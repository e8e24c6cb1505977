// Several pieces of work at once.
#pragma once

#include <cstddef>
#include <functional>

#include "outis/error.h"

namespace outis::images::places {

// work(0) to work(count - 1), at most `jobs` of them at a time, in order of their start. After a
// failure no further one is started, and those under way are interrupted; the first failure is the
// answer.
Result<Done, Error> run_parallel(std::size_t count, std::size_t jobs,
                                 const std::function<Result<Done, Error>(std::size_t)>& work);

}  // namespace outis::images::places
