// The files of a layer with their digests, taken while the layer is packed, and the record of them
// that the store keeps, so that an unchanged layer costs no second hash.
//
// Record: a line "SHA256 SHA1 SIZE" a file, in the order of the tree.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/digest.h"
#include "layers/tree.h"
#include "outis/base/bytes.h"
#include "outis/images/image.h"

namespace outis::images::layers {

// Told what write_tar() tells.
class FileDigester {
public:
    void add(const std::string& key, Bytes piece);
    // One a file of `tree`, which is the one that was written. Once, at the end.
    std::vector<PackedFile> finish(const Tree& tree);

private:
    void end_file();

    std::string key_;
    bool open_ = false;
    std::uint64_t size_ = 0;
    host::Sha256 sha256_;
    host::Sha1 sha1_;
    std::vector<PackedFile> files_;
};

std::string packed_files_record(const std::vector<PackedFile>& files);

// Nothing if `record` is malformed or of another tree.
std::optional<std::vector<PackedFile>> read_packed_files(std::string_view record, const Tree& tree);

}  // namespace outis::images::layers
