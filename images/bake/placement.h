// Files of ours among those of an image that is there already.
#pragma once

#include <string>

#include "content/accounts.h"
#include "layers/tree.h"
#include "outis/error.h"
#include "view/flattened.h"

namespace outis::images::bake {

// `tree` as it must stand in a layer on top of `base`: behind the base's symbolic links, and with
// the base's owner and mode for folders that are there, which a layer would replace. A folder in
// the place of a file, or the other way round, is an error.
Result<layers::Tree, Error> placed_on(const layers::Tree& tree, const view::Flattened& base);

// The engine starts PID 1 as `user` (empty: root), who must be able to open the policy: its folders
// must be open to others.
Result<Done, Error> check_reachable(const layers::Tree& placed, const std::string& user);

// Accounts of the base's /etc/passwd; malformed lines are skipped; empty if there is no file.
content::Accounts accounts_in(const view::Flattened& base);

// "UID:GID" of a configuration's User as engines read it: its group by /etc/group, and group 0 for
// a number without an account. `user` itself if it is empty or names an unknown user.
std::string user_in(const view::Flattened& base, const std::string& user);

}  // namespace outis::images::bake
