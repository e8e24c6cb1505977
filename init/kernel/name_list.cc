#include "init/kernel/name_list.h"

#include <fcntl.h>

#include "init/kernel/sys.h"
#include "outis/base/bytes.h"

namespace outis::init {
namespace {

// struct linux_dirent64 (getdents64(2)): inode 8, offset 8, length 2, type 1, name.
constexpr std::size_t kLengthOffset = 16;
constexpr std::size_t kNameOffset = 19;

}  // namespace

NameList::NameList(const char* folder) noexcept
    : folder_(static_cast<int>(sys::open(folder, O_RDONLY | O_DIRECTORY)))
{
}

const char* NameList::next() noexcept
{
    if (at_ >= end_) {
        const long got = folder_.open() ? sys::list_directory(folder_.get(), entries_) : 0;
        if (got <= 0)
            return nullptr;
        at_ = 0;
        end_ = static_cast<std::size_t>(got);
    }
    const Bytes entry = Bytes(entries_).subspan(at_, end_ - at_);
    at_ += load_le16(entry, kLengthOffset);
    return reinterpret_cast<const char*>(entry.data()) + kNameOffset;
}

}  // namespace outis::init
