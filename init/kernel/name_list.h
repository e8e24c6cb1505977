// The names in a folder, in the kernel's order: getdents64(2) from one small buffer.
#pragma once

#include <array>
#include <cstddef>

#include "outis/base/fd.h"

namespace outis::init {

class NameList {
public:
    explicit NameList(const char* folder) noexcept;

    bool readable() const noexcept { return folder_.open(); }

    // The next name, "." and ".." among them, until the call after it; nullptr at the end.
    const char* next() noexcept;

private:
    Fd folder_;
    alignas(8) std::array<std::byte, 1024> entries_;
    std::size_t at_ = 0;
    std::size_t end_ = 0;
};

}  // namespace outis::init
