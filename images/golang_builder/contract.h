// What the golang-builder images are told: variables of the container and at most one argument.
//
//     docker run --rm -v "$(pwd):/src" -v /var/run/docker.sock:/var/run/docker.sock IMAGE [TAG]
//
// OUTIS_IMAGE is ours: whether there is an image without a Dockerfile, which they did not make.
//
// Source: the scripts of centurylink/golang-builder and golang-builder-cross, whose users need
// change nothing. Where those were silent, or worked by luck, there is a note or an error.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "outis/error.h"
#include "outis/images/build.h"

namespace outis::images::golang_builder {

using Variables = std::map<std::string, std::string>;

// What the image's entrypoint says, or a user behind the image's name.
struct BuilderFlags {
    bool cross = false;   // without variables, programs for several platforms
    bool no_get = false;  // nothing is fetched
};

struct BuilderJob {
    bake::BakeOptions compile = {};                 // of the folder '.', programs alone
    std::optional<std::string> tag = {};            // of the image, if it was given
    std::string context = ".";                      // where a Dockerfile may lie
    std::optional<bool> compress = {};              // COMPRESS_BINARY, if it was given
    bool cross = false;                             // programs for the platforms that are named
    bool guessed_platforms = false;                 // of which Go need not know each
    bool fetch = true;                              // packages that are missing
    bool own_image = true;                          // of this tool, if there is no Dockerfile
    std::vector<std::string> image_platforms = {};  // as outis.toml says, of the image alone
    std::vector<std::string> notes = {};            // what the user should know, a clause each
};

// This process's own, as far as the contract knows them.
Variables contract_variables();

// A line of help for each of them.
std::string contract_help();

// An empty variable is as good as none, and so is an empty tag.
Result<BuilderJob, Error> read_contract(const Variables& variables, std::optional<std::string> tag,
                                        BuilderFlags flags = {});

// What outis.toml says besides, of the program and of the image alike. Variables win, and where
// the program goes and for which platforms is theirs alone.
Result<BuilderJob, Error> with_config(BuilderJob job,
                                      const std::function<void(const std::string&)>& note);

// A text about options of `outis bake` in the words of this interface.
std::string contract_words(std::string text);

}  // namespace outis::images::golang_builder
