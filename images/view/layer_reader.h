// One layer as it is unpacked: its entries, and what others want to know of their contents. Nothing
// is held but one file at a time, and of a file only what is small or a program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "layers/limits.h"
#include "layers/tar_reader.h"
#include "outis/base/bytes.h"
#include "outis/error.h"
#include "programs/elf.h"

namespace outis::images::view {

// Of one regular file.
struct FileFacts {
    std::string digest = {};  // "sha256:HEX" of its content
    std::optional<programs::Elf> elf = {};
    std::string elf_problem = {};     // of an ELF file that cannot be read, a clause
    std::string script = {};          // the line after "#!"
    std::string text = {};            // of accounts, loaders' lists, packages and policies alone
    bool not_looked_into = false;     // an ELF file larger than the limit: nothing is known of it
    bool seeks_certificates = false;  // a program that names a bundle of certificates
    bool seeks_zones = false;         // a program that names a folder of time zones
};

struct LayerEntry {
    layers::TarMember member = {};
    FileFacts facts = {};
};

struct LayerLimits {
    std::uint64_t unpacked = layers::kMaxUnpacked;  // bytes of the tar, and of what is not in it of
                                                    // sparse files
    std::size_t entries = layers::kMaxLayerEntries;
    std::size_t names = layers::kMaxNameBytes;  // bytes of what is held of the entries
    std::size_t program = layers::kMaxProgram;  // bytes; larger ones are not looked into
    std::size_t steps = layers::kMaxSteps;      // of applying them
};

struct LayerSum {
    std::string diff_id = {};  // digest of the tar
    std::uint64_t unpacked = 0;
    std::uint64_t holes = 0;  // bytes of sparse files that are not in the tar
    std::size_t entries = 0;
    std::size_t names = 0;  // bytes
    std::size_t steps = 0;  // of reading it
    bool end_marked = true;
};

// What is held of an entry once its content is gone.
std::size_t kept_bytes(const LayerEntry& entry);

struct LayerRead {
    LayerSum sum = {};  // of a damaged layer what was read of it, without a digest
    std::optional<Error> damage = {};
};

using OnEntry = std::function<void(LayerEntry entry)>;

// `blob` as it is kept, however it is compressed. Entries come in the tar's order, each with its
// facts; those before the place of a damage have been handed out when it is answered.
LayerRead read_layer(Bytes blob, const LayerLimits& limits, const OnEntry& on_entry);

// The path without "./", "//" and a '/' at either end. ".." takes the name before it away, and ends
// at the root, as engines read the paths of a layer.
std::string plain_path(std::string_view path);

}  // namespace outis::images::view
