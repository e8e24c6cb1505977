// A Dockerfile that makes of an app what a bake makes of it, for those who must use one.
//
//     FROM golang:1.19 AS build         of Go source: compiled as a bake compiles it
//     RUN ... go build net/http         Go's own packages: an edit of the source compiles none anew
//     COPY go.mod go.sum ./             and downloads nothing anew
//     RUN go mod download
//     COPY . .
//     RUN ... go build ...
//     FROM hello-base                   `outis base`, with all that a Dockerfile cannot say
//     COPY --from=build /app /app
//     ENV, LABEL, EXPOSE, HEALTHCHECK, STOPSIGNAL, ENTRYPOINT, CMD
#pragma once

#include <string>
#include <vector>

#include "oci/config.h"
#include "outis/error.h"
#include "outis/images/build.h"

namespace outis::images::dockerfile {

// Where a program is from, and where it goes.
struct CopiedFile {
    std::string source = {};  // below the context's folder
    std::string place = {};   // in the image
};

struct DockerfileFacts {
    std::string name = {};      // of the image, "team/hello:1"
    std::string platform = {};  // "linux/arm64", unless it is this machine's and nobody named it
    std::string context = {};   // the folder that is sent to the daemon
    std::vector<std::string> base = {};   // the words behind `outis base`
    std::string base_name = {};           // "hello-base"
    std::string go_version = {};          // tag of Go's image, "1.19"
    std::vector<std::string> build = {};  // lines of the stage that compiles; empty: no such stage
    std::vector<CopiedFile> files = {};   // from that stage, or from the context
    oci::RunConfig run = {};
    std::vector<std::string> needed = {};    // files below the context that the build reads
    std::vector<std::string> unneeded = {};  // patterns of .dockerignore for what it does not
    std::vector<std::string> notes = {};     // what the user should know, a clause each
};

std::string dockerfile_text(const DockerfileFacts& facts);

// A .dockerignore for it: whatever changes without a change of the image is not sent, and all that
// the build needs is.
Result<std::string, Error> ignore_text(const DockerfileFacts& facts);

// A clause if the context's .dockerignore leaves out what the build needs, or if there is none. A
// malformed one is an error.
Result<std::vector<std::string>, Error> ignore_notes(const DockerfileFacts& facts);

// What no Dockerfile can say, or not so that the image is the same, is an error with what to do
// instead.
Result<DockerfileFacts, Error> dockerfile_facts(const bake::BakeOptions& options);

}  // namespace outis::images::dockerfile
