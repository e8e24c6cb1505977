// gzip (RFC 1952), one member at a time, by libdeflate.
#pragma once

#include <cstddef>
#include <string>

#include "outis/base/bytes.h"
#include "outis/error.h"
#include "pack/tar.h"

namespace outis::images {

// One member: header without name, time 0, operating system unknown. Level 1..12.
std::string gzip_member(Bytes content, int level);

// The content, member by member, none of which may unpack to more than the limit.
Result<Done, Error> gunzip(Bytes file, std::size_t member_limit, const Sink& sink);

// "libdeflate-1.14"
std::string gzip_encoder();

}  // namespace outis::images
