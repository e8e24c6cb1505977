// The words that name where an image is.
#pragma once

#include <string>

#include "oci/reference.h"
#include "outis/error.h"
#include "outis/images/transfer.h"
#include "places/destination.h"
#include "registry/registry.h"

namespace outis::images::places {

// An image in a registry: by its tag, or by a digest.
struct RemoteName {
    oci::Reference reference = {};
    std::string digest = {};  // or empty

    // As the registry is asked.
    [[nodiscard]] const std::string& wanted() const
    {
        return digest.empty() ? reference.tag : digest;
    }
};

// "localhost:5000/hello:1@sha256:…"
Result<RemoteName, Error> parse_remote_name(const std::string& text);

struct SourcePlace {
    bool remote = false;
    RemoteName name = {};    // of a remote one
    Destination local = {};  // of the other
};

// As parse_destination() reads it, but that a registry's image may be named by its digest.
Result<SourcePlace, Error> parse_source(const std::string& text);

// What an image from there is called: its name, else that of its file.
oci::Reference name_of(const SourcePlace& place);

// Files that the words name can be read.
Result<registry::RegistrySettings, Error> parse_remote(const RemoteOptions& options);

}  // namespace outis::images::places
