// What comes out: the name of an image made of another, and its delivery.
#pragma once

#include <string>
#include <vector>

#include "deliver/bundle.h"
#include "outis/error.h"
#include "outis/images/build.h"
#include "outis/images/transfer.h"
#include "plan/plan.h"

namespace outis::images {

// Where nobody named one: the name of `image` with `suffix`, and the tar of that name.
Result<Done, Error> name_image(const std::string& image, const std::string& suffix, Plan& plan,
                               std::vector<std::string>& outputs);

// To every destination of `plan`; `outputs` is how they are told.
Result<Baked, Error> hand_out(const Bundle& bundle, const Plan& plan,
                              const std::vector<std::string>& outputs, const RemoteOptions& remote,
                              const Progress& progress);

}  // namespace outis::images
