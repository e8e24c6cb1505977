// gzip (RFC 1952): made one member at a time by libdeflate, read as a stream by zlib, since
// members of others can be of any size.
#pragma once

#include <string>

#include "layers/tar.h"
#include "outis/base/bytes.h"
#include "outis/error.h"

namespace outis::images::layers {

// One member: header without name, time 0, operating system unknown. Level 1..12.
std::string gzip_member(Bytes content, int level);

// The content of all members, in pieces.
Result<Done, Error> gunzip(Bytes file, const Sink& sink);

// "libdeflate-1.14"
std::string gzip_encoder();

}  // namespace outis::images::layers
