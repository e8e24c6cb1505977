// The stage of a Dockerfile that compiles Go source.
#pragma once

#include "dockerfile/dockerfile.h"
#include "outis/error.h"
#include "outis/images/build.h"
#include "programs/go.h"

namespace outis::images::dockerfile {

// How the program gets its mode.
enum class Mode : unsigned char { readable, hidden };

// Fills context, stage, program and what of the context it needs. `facts` has the platform.
Result<Done, Error> add_go_stage(const programs::GoMain& main, const bake::BakeOptions& options,
                                 Mode mode, DockerfileFacts& facts);

}  // namespace outis::images::dockerfile
