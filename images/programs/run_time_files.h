// Brings what programs load while they run, by the evidence that run_time.h tells of. Folders are
// named by texts in files; so they count only in files of the root's own library folders, and of
// what lies in them only libraries that others may read are taken.
#pragma once

#include "outis/error.h"
#include "programs/closure_work.h"

namespace outis::images::programs {

// What is loaded may ask for more: a provider that cancels threads, a module with a locale.
Result<Done, Error> load_at_run_time(Work& work);

}  // namespace outis::images::programs
