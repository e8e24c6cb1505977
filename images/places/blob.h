// Blobs on their way out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "layers/tar.h"
#include "oci/descriptor.h"
#include "outis/error.h"
#include "outis/images/image.h"
#include "view/documents.h"

namespace outis::images::places {

// The blob's bytes, in pieces. Those of a file are hashed on the way: if they no longer match the
// digest, that is an error at the end.
Result<Done, Error> copy_blob(const Blob& blob, const layers::Sink& sink);

// A small blob's bytes; more than `limit` are an error.
Result<std::string, Error> blob_text(const Blob& blob, std::size_t limit);

// "blob 'sha256:…' has … bytes, …": why one that is larger than oci::kMaxBlob is refused.
std::string too_large(const oci::Descriptor& blob);

// Whether the file holds a blob of that digest and size, which is found out by reading it.
bool is_blob_at(const std::filesystem::path& place, const std::string& digest, std::uint64_t size);

// An error if the documents are not what the specification wants: a defect of ours.
Result<Done, Error> check_sound(const view::FindMember& find);

// The bytes of blobs by their paths in a layout, and of `texts` by their own. The answer owns what
// it refers to; a blob that is cut off has no bytes.
Result<view::FindMember, Error> find_among(std::vector<Blob> blobs,
                                           std::map<std::string, std::string> texts);

}  // namespace outis::images::places
