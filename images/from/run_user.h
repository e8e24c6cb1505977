// Whom an image that lies on top of another runs as.
#pragma once

#include <string>

#include "content/accounts.h"
#include "content/policy_choice.h"
#include "outis/error.h"
#include "sources/tree.h"

namespace outis::images {

// Whom the engine shall start PID 1 as: whom `asked` names, else `own`, the base's user, but the
// policy's instead of root. Who is not root in the base stays who it is: files belong to it. Empty
// is root, where only root can do what the policy promises.
Result<std::string, Error> user_over(const std::string& asked, const std::string& own,
                                     const Accounts& accounts, const ChosenPolicy& policy);

// PID 1 opens its policy as whom the engine starts it: the folders above must be open to others.
Result<Done, Error> check_reachable(const Tree& placed, const std::string& user);

}  // namespace outis::images
