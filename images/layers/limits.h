// How much of an image made by others is read: every limit of the rooms layers, view and places
// that guards memory or time. Work is linear in the input below them; an image beyond one is
// refused with a line that names it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace outis::images::layers {

// Of a tar archive.
constexpr std::size_t kMaxExtraSize = 1 << 20;    // bytes of the headers before one member
constexpr std::size_t kMaxGlobalSize = 64 << 10;  // bytes of all global pax records together
constexpr std::uint64_t kMaxMemberSize = std::uint64_t{1} << 50;
constexpr std::size_t kMaxSparseParts = 100'000;  // of one file

// Of an archive or a folder that holds an image.
constexpr std::size_t kMaxMembers = 100'000;
constexpr std::uint64_t kMaxArchive = std::uint64_t{64} << 30;  // bytes of a tar, unpacked
constexpr int kMaxHops = 8;                                     // of links between members

// Of an image's layers together, unless LayerLimits says otherwise.
constexpr std::uint64_t kMaxUnpacked = std::uint64_t{64} << 30;  // bytes of the tars
constexpr std::size_t kMaxLayerEntries = 1'000'000;
constexpr std::size_t kMaxNameBytes = std::size_t{1} << 30;  // of what is held of the entries
constexpr std::size_t kMaxProgram = std::size_t{256} << 20;  // bytes; larger ones are passed over
constexpr std::size_t kMaxDepth = 256;                       // names in a path or a link's target
constexpr int kMaxLinks = 40;                                // as Linux follows in one path
constexpr std::size_t kMaxNames = 1'000'000;  // that a container sees, folders that no layer lists
                                              // among them
constexpr std::size_t kMaxMadeBytes = std::size_t{256} << 20;  // of names that no layer lists
// Of applying the layers: a name looked up is one step, and one more for each 64 bytes before it. A
// million files ten folders deep take 20 million.
constexpr std::size_t kMaxSteps = 100'000'000;

// Of an image's documents.
constexpr std::size_t kMaxDocument = 4 << 20;                 // bytes; what registries accept
constexpr std::size_t kMaxDocuments = std::size_t{64} << 20;  // bytes of all that are read
constexpr std::size_t kMaxImageManifests = 1000;              // indexes among them
constexpr std::size_t kMaxLayers = 1024;                      // engines stop at 127
constexpr int kMaxIndexDepth = 3;

}  // namespace outis::images::layers
