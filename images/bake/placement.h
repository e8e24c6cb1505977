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

// PID 1 opens its policy as whom the engine starts it, `user` (empty: root): the folders above must
// be open to others.
Result<Done, Error> check_reachable(const layers::Tree& placed, const std::string& user);

// Of /etc/passwd; lines that are none are passed over. Without the file nobody.
content::Accounts accounts_in(const view::Flattened& base);

// "UID:GID" of a configuration's User as engines read it: its group by /etc/group, and 0 for a
// number that no account has. `user` as it stands if it names whom the image does not know, or
// nobody.
std::string user_in(const view::Flattened& base, const std::string& user);

}  // namespace outis::images::bake
