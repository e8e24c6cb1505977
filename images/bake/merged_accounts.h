// The accounts of an image on a base: those of the base, then ours.
#pragma once

#include "content/accounts.h"
#include "layers/tree.h"
#include "outis/error.h"
#include "view/flattened.h"

namespace outis::images::bake {

// `ours` by the rules of add_account(), except that an account of the base is no error; root and
// nobody are added only if their names are free.
Result<content::Accounts, Error> merged_accounts(const view::Flattened& base,
                                                 const content::Accounts& ours);

// /etc/passwd and /etc/group of `base` with lines for each name of `accounts` that is missing
// there; empty if none is missing. A group whose name or number is there is left out. A file that
// would change is an error if it lies behind a symbolic link, or is no text of at most 4 MiB.
Result<layers::Tree, Error> account_files(const view::Flattened& base,
                                          const content::Accounts& accounts);

}  // namespace outis::images::bake
