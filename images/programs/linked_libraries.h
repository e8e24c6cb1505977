// The libraries that were linked statically into a program, or compiled into it from their headers,
// where it says so itself: text in a section `.outis.libraries`, as `outis` has it. A line a
// library, "NAME TAB VERSION TAB PURL", printable ASCII without blanks; zeros end lines too, so
// that object files may bring a part each.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outis/base/bytes.h"
#include "programs/elf.h"

namespace outis::images::programs {

constexpr std::size_t kMaxLinkedText = 256U
                                       << 10;  // of one program; a section with more is damaged
constexpr std::size_t kMaxLinkedLibraries = 1024;

struct LinkedLibrary {
    std::string name = {};
    std::string version = {};
    std::string purl = {};  // "pkg:deb/debian/openssl@3.0.19-1?arch=source"

    bool operator==(const LinkedLibrary&) const = default;
};

// In the order of the lines; nothing if one of them is no such line.
std::optional<std::vector<LinkedLibrary>> parse_linked_libraries(std::string_view text);

// Of `file`. Empty if it does not say, or its section is damaged.
std::vector<LinkedLibrary> read_linked_libraries(Bytes file, const Elf& elf);

// What is linked into this program; images/linked_libraries.cmake writes it.
std::vector<LinkedLibrary> own_libraries();

// The section's text of this program, defined by the source that CMake writes.
extern const std::string_view kOwnLibraries;

}  // namespace outis::images::programs
