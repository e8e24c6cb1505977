// Capabilities that a file gives to whom starts it, as its attribute security.capability holds
// them. Sources: capabilities(7), cap_from_text(3), struct vfs_cap_data of linux/capability.h.
//
// The kernel heeds them only without no_new_privs and below the bounding set. Every policy but one
// that applies nothing sets no_new_privs, so under it such a file has no more than its starter.
#pragma once

#include <cstdint>
#include <string>

#include "layers/tree.h"
#include "outis/error.h"

namespace outis::images::content {

struct FileCapability {
    std::string raw = {};         // 20 bytes, revision 2
    std::uint64_t permitted = 0;  // bit n = number n
    bool effective = false;       // all of them at once; else the program raises them itself
};

// "cap_net_bind_service+ep", as setcap(8) takes it. Refused: 'all' and the like, whose meaning
// depends on the machine, and an effective set that is neither empty nor everything.
Result<FileCapability, Error> parse_file_capability(const std::string& text);

// Gives it to the file at `key`. Refused where that is no file, or one with a second name:
// engines drop the attribute when they unpack the hard link.
Result<Done, Error> give_capability(layers::Tree& tree, const std::string& key,
                                    const FileCapability& capability);

}  // namespace outis::images::content
