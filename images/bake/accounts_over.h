// The accounts of an image that lies on top of another: those of the base, and ours behind them.
#pragma once

#include "content/accounts.h"
#include "layers/tree.h"
#include "outis/error.h"
#include "view/flattened.h"

namespace outis::images::bake {

// `ours` by the rules of add_account(), but that one which is there is no error; root and nobody
// only if their names are free.
Result<content::Accounts, Error> accounts_over(const view::Flattened& base,
                                               const content::Accounts& ours);

// /etc/passwd and /etc/group of `base` with lines for those of `accounts` whose names they lack;
// empty if they lack none. A group whose name or number is there is left out. A file that lacks
// some and lies behind a symbolic link, or is no text of at most 4 MiB, is an error.
Result<layers::Tree, Error> account_files(const view::Flattened& base,
                                          const content::Accounts& accounts);

}  // namespace outis::images::bake
