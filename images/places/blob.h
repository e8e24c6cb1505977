// Blobs on their way out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "layers/tar.h"
#include "outis/error.h"
#include "outis/images/image.h"

namespace outis::images::places {

// The blob's bytes, in pieces. Those of a file are hashed on the way: if they no longer match the
// digest, that is an error at the end.
Result<Done, Error> copy_blob(const Blob& blob, const layers::Sink& sink);

// A small blob's bytes; more than `limit` are an error.
Result<std::string, Error> blob_text(const Blob& blob, std::size_t limit);

// Whether the file holds a blob of that digest and size, which is found out by reading it.
bool is_blob_at(const std::filesystem::path& place, const std::string& digest, std::uint64_t size);

}  // namespace outis::images::places
