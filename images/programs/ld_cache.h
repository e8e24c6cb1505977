// glibc's list of libraries, /etc/ld.so.cache, in and out. Source: ldconfig(8), and what
// glibc 2.36's ldconfig writes and ld.so reads:
//
//   0  "glibc-ld.so.cache1.1"
//  20  number of entries
//  24  bytes of the strings behind the entries
//  28  byte order: 0 not said, 2 little-endian
//  32  offset of the extensions, 0: none; then three zero words
//  48  entries of 24 bytes: flags, offset of the name, offset of the path (both from the start of
//      the magic, NUL-terminated), 0, 8 bytes of hardware capabilities
//
// Before glibc 2.32 an older table could precede it: "ld.so-1.7.0", the number of its entries at
// 12, entries of 12 bytes from 16 on; the magic above then stands at the next multiple of 8.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "outis/base/bytes.h"
#include "outis/base/policy_layout.h"
#include "outis/error.h"

namespace outis::images::programs {

struct CacheEntry {
    std::string name = {};  // "libc.so.6"
    std::string path = {};

    bool operator==(const CacheEntry&) const = default;
};

// Where the libraries of a name lie, the places of one name in the file's order.
using LdCache = std::multimap<std::string, std::string>;

LdCache by_name(std::vector<CacheEntry> entries);

// Those for `arch` that ask for no particular hardware, in the file's order. Rows may share texts,
// so that a small file may mean many: more than 16 MiB of them are refused. `name` is for messages.
Result<std::vector<CacheEntry>, Error> read_ld_cache(Bytes file, policy::Arch arch,
                                                     const std::string& name);

// In the order that the loader's binary search wants, which is ldconfig's.
std::string ld_cache_bytes(std::vector<CacheEntry> entries, policy::Arch arch);

// Of two names the sign of their order, numbers in them taken as numbers: "libx.so.9" before
// "libx.so.10".
int compare_library_names(std::string_view left, std::string_view right);

}  // namespace outis::images::programs
