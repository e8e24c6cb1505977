// Where an image is or goes: TRANSPORT:REF as containers/image writes it, or a file.
#pragma once

#include <string>

#include "oci/reference.h"
#include "outis/error.h"

namespace outis::images::places {

enum class Transport { universal, oci, oci_archive, docker_archive, registry, daemon };

struct Place {
    Transport transport = Transport::universal;
    std::string path = {};          // of a file or folder; else the image's name as it was given
    std::string tag = {};           // behind a file or folder: what it is called there, '@DIGEST'
    oci::Reference reference = {};  // of an image in a registry or a daemon
    std::string digest = {};        // of an image in a registry that is named by its digest
    std::string id = {};            // of an image in a daemon that is named by it, or its start

    // A file or folder, not a registry or a daemon.
    [[nodiscard]] bool is_file() const;
    // '-': standard input or output.
    [[nodiscard]] bool is_standard() const;
    // As it was given.
    [[nodiscard]] std::string text() const;
};

// Where an image is: 'docker://NAME[:TAG][@DIGEST]', 'docker-daemon:NAME[:TAG]',
// 'oci:DIR[:NAME|@DIGEST]', 'oci-archive:FILE[:NAME|@DIGEST]', 'docker-archive:FILE[:NAME]', or a
// file or folder alone. In a daemon NAME may be an ID, with or without 'sha256:', or its first
// digits, at least 12. Elsewhere NAME is all that index.json or manifest.json calls it, so DIR and
// FILE end at the first ':'. Source: containers-transports(5). '-' is an archive on standard input.
// A file that is there wins over what looks like a transport. An unknown transport is an error that
// lists the known ones; the error for the bare name of an image gives the spellings that work.
Result<Place, Error> parse_source(const std::string& text);

// Where an image goes: the same without a digest or an ID. In a layout or an OCI archive NAME may
// be a tag alone. A FILE alone gets the universal tar.
Result<Place, Error> parse_target(const std::string& text);

// Whether the `tag` of a place is NAME or NAME:TAG, and not a tag alone.
bool is_whole_name(const std::string& tag);

// For the end of a message: how to write `text` if it is the name of an image, else empty.
std::string spellings_of(const std::string& text);

// The place beside `place`: "x-debug.tar" for "x.tar", the tag "1-debug" for "1" in a layout.
// Standard output has none, which is an error.
Result<Place, Error> with_suffix(const Place& place, const std::string& suffix);

// What an image from `place` is called: its name there, else that of its file.
oci::Reference name_of(const Place& place);

}  // namespace outis::images::places
