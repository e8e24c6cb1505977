// gzip as a sequence of members (RFC 1952, section 2.2), one for each MiB of input. The cuts depend
// on the input alone, so the bytes are the same however many threads made them, and readers see
// one stream.
#pragma once

#include <cstddef>
#include <deque>
#include <future>
#include <string>
#include <vector>

#include "outis/base/bytes.h"
#include "outis/error.h"
#include "pack/tar.h"

namespace outis::images {

constexpr std::size_t kGzipChunk = 1 << 20;
constexpr int kGzipLevel = 5;  // of libdeflate, 1..12
constexpr int kGzipBestLevel = 12;

// One member: header without name, time 0, operating system unknown.
std::string gzip_member(Bytes chunk, int level);

// The content of a gzip file, member by member, none of which may unpack to more than the limit.
Result<Done, Error> gunzip(Bytes file, std::size_t member_limit, const Sink& sink);

class GzipStream {
public:
    // `sink` gets the compressed bytes, in order, on the caller's thread.
    GzipStream(int level, unsigned threads, Sink sink);

    Result<Done, Error> write(Bytes bytes);
    Result<Done, Error> finish();

private:
    Result<Done, Error> start_chunk();
    Result<Done, Error> take_oldest();

    int level_;
    std::size_t threads_;
    Sink sink_;
    std::vector<std::byte> chunk_;
    std::deque<std::future<std::string>> running_;
};

// Names the encoder whose bytes these are: "libdeflate-1.14".
std::string gzip_encoder();

// How many threads compress: the processors there are, but at most 4, so that memory stays small.
unsigned compression_threads();

}  // namespace outis::images
