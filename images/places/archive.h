// Images as one tar. The universal form is an OCI layout and a docker archive at once, so that
// docker, podman, containerd, skopeo and umoci all load it.
#pragma once

#include <filesystem>
#include <vector>

#include "layers/tar.h"
#include "outis/error.h"
#include "places/contents.h"

namespace outis::images::places {

enum class ArchiveForm { universal, oci, docker };

// What an archive is made of, as blobs that follow one another; those between the image's own, all
// of them text, have no digest.
// A docker archive holds one platform: of several the host's is named in the universal form, and
// the docker form refuses them.
Result<std::vector<Blob>, Error> archive_parts(const Contents& contents, ArchiveForm form);

// Every blob is hashed on its way; one that does not match its digest is an error.
Result<Done, Error> write_archive(const Contents& contents, ArchiveForm form,
                                  const layers::Sink& sink);

// Whole and validated, or not at all, at `file`; '-' is standard output.
Result<Done, Error> put_in_archive(const Contents& contents, ArchiveForm form,
                                   const std::filesystem::path& file);

}  // namespace outis::images::places
