// Whether what an image starts can work under a policy that it was not made for.
#pragma once

#include <string>
#include <vector>

#include "bake/base_image.h"
#include "content/accounts.h"
#include "content/policy_choice.h"
#include "outis/error.h"

namespace outis::images::bake {

// Bad input if the program that the image starts cannot: one of an ABI that the policy refuses, a
// dynamic one where no loader may map libraries, a shell where one program starts and no other.
Result<Done, Error> check_start(const BaseImage& base, const content::ChosenPolicy& policy);

// A clause for each folder that the image says is written to (working directory, volumes, /run,
// /tmp) and that the user may not write to.
std::vector<std::string> unwritable_notes(const BaseImage& base, const content::UserId& user);

}  // namespace outis::images::bake
