#include "programs/linked_libraries.h"

#include <algorithm>
#include <utility>

#include "host/input.h"
#include "host/words.h"
#include "programs/elf_sections.h"

namespace outis::images::programs {

namespace {

constexpr std::string_view kLibrarySection = ".outis.libraries";
constexpr std::string_view kPurlStart = "pkg:";

bool plain_word(std::string_view word)
{
    return !word.empty() && std::ranges::all_of(word, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

std::optional<std::vector<LinkedLibrary>> parse_linked_libraries(std::string_view text)
{
    std::vector<LinkedLibrary> libraries;
    if (text.size() > kMaxLinkedText)
        return std::nullopt;
    while (!text.empty()) {
        const std::size_t end =
            std::min(text.find_first_of(std::string_view("\n\0", 2)), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty())
            continue;
        const std::string_view name = host::take_until(line, '\t');
        const std::string_view version = host::take_until(line, '\t');
        if (!plain_word(name) || !plain_word(version) || !plain_word(line) ||
            !line.starts_with(kPurlStart) || libraries.size() == kMaxLinkedLibraries)
            return std::nullopt;
        libraries.push_back({.name = std::string(name),
                             .version = std::string(version),
                             .purl = std::string(line)});
    }
    return libraries;
}

std::vector<LinkedLibrary> read_linked_libraries(Bytes file, const Elf& elf)
{
    const std::optional<Bytes> section = section_named(file, elf, kLibrarySection);
    auto libraries = section ? parse_linked_libraries(host::as_text(*section)) : std::nullopt;
    return libraries ? std::move(*libraries) : std::vector<LinkedLibrary>();
}

std::vector<LinkedLibrary> own_libraries()
{
    auto libraries = parse_linked_libraries(kOwnLibraries);
    return libraries ? std::move(*libraries) : std::vector<LinkedLibrary>();
}

}  // namespace outis::images::programs
