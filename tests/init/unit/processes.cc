// What files say: /proc/PID/stat, and the first bytes of a program that could not be executed.
#include "init/run/processes.h"

#include <cstring>
#include <string>
#include <string_view>

#include <elf.h>

#include <doctest/doctest.h>

#include "init/plan/program.h"

namespace outis::tests::processes_test {
namespace {

using namespace init;

TEST_CASE("processes: a stat file is read")
{
    struct Case {
        std::string name;
        std::string_view text;
        bool good;
        std::string_view process;
        char state;
        int parent;
    };

    const Case kCases[]{
        {"usual", "12 (cat) S 7 12 12 0", true, "cat", 'S', 7},
        {"blank in the name", "12 (my cat) R 7 12", true, "my cat", 'R', 7},
        {"parentheses in the name", "12 (a) S 1 (b)) D 7 12", true, "a) S 1 (b)", 'D', 7},
        {"line feed in the name", "12 (a\nb) Z 7 12", true, "a\nb", 'Z', 7},
        {"empty name", "12 () S 7 12", true, "", 'S', 7},
        {"parent outside the namespace", "1 (init) S 0 1", true, "init", 'S', 0},
        {"ends after the parent", "12 (cat) S 7", true, "cat", 'S', 7},
        {"empty", "", false, "", 0, 0},
        {"no name", "12 S 7", false, "", 0, 0},
        {"never closed", "12 (cat S 7", false, "", 0, 0},
        {"ends after the name", "12 (cat)", false, "", 0, 0},
        {"ends after the state", "12 (cat) S ", false, "", 0, 0},
        {"no parent", "12 (cat) S x 1", false, "", 0, 0},
        {"parent out of range", "12 (cat) S 4294967296 1", false, "", 0, 0},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        const auto stat = parse_stat(c.text);
        REQUIRE(stat.has_value() == c.good);
        if (!stat)
            continue;
        CHECK(stat->name == c.process);
        CHECK(stat->state == c.state);
        CHECK(stat->parent == c.parent);
    }
}

struct Image {
    std::uint16_t machine = EM_X86_64;
    unsigned char bits = ELFCLASS64;
    std::uint64_t table = sizeof(Elf64_Ehdr);
    std::uint16_t rows = 1;
    std::uint64_t offset = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
    std::uint64_t size = sizeof "/lib/ld.so";
};

// An ELF header, one PT_INTERP and its text.
template <typename Header, typename Row>
std::string elf_of(const Image& image)
{
    Header header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = image.bits;
    header.e_machine = image.machine;
    header.e_phoff = static_cast<decltype(header.e_phoff)>(image.table);
    header.e_phnum = image.rows;
    Row row{};
    row.p_type = PT_INTERP;
    row.p_offset = static_cast<decltype(row.p_offset)>(image.offset);
    row.p_filesz = static_cast<decltype(row.p_filesz)>(image.size);
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes.append(reinterpret_cast<const char*>(&row), sizeof row);
    return bytes.append("/lib/ld.so", sizeof "/lib/ld.so");
}

std::string elf(const Image& image)
{
    return image.bits == ELFCLASS64 ? elf_of<Elf64_Ehdr, Elf64_Phdr>(image)
                                    : elf_of<Elf32_Ehdr, Elf32_Phdr>(image);
}

constexpr std::uint64_t kNarrowText = sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr);

TEST_CASE("processes: the format of a file that did not run is recognised")
{
    using Kind = FileNature::Kind;

    struct Case {
        std::string name;
        std::string bytes;
        Kind kind;
        std::string_view interpreter;
        int machine;
    };

    const std::string whole = elf({});
    const Case kCases[]{
        {"empty", "", Kind::unknown, "", 0},
        {"text", "echo hello\n", Kind::unknown, "", 0},
        {"script", "#!/bin/sh\n", Kind::script, "/bin/sh", 0},
        {"script with an option", "#! /bin/sh -e\n", Kind::script, "/bin/sh", 0},
        {"script with a tab", "#!\t/bin/sh\t-e\n", Kind::script, "/bin/sh", 0},
        {"script of Windows", "#!/bin/sh\r\n", Kind::script, "/bin/sh", 0},
        {"script without line feed", "#!/bin/sh", Kind::script, "/bin/sh", 0},
        {"script of nothing", "#!", Kind::script, "", 0},
        {"loader", whole, Kind::elf, "/lib/ld.so", EM_X86_64},
        {"foreign", elf({.machine = EM_AARCH64}), Kind::elf, "/lib/ld.so", EM_AARCH64},
        {"32 bit",
         elf({.machine = EM_386,
              .bits = ELFCLASS32,
              .table = sizeof(Elf32_Ehdr),
              .offset = kNarrowText}),
         Kind::elf, "/lib/ld.so", EM_386},
        {"32 bit, table past the end",
         elf({.machine = EM_386, .bits = ELFCLASS32, .table = ~0U, .offset = kNarrowText}),
         Kind::elf, "", EM_386},
        {"magic alone", std::string(ELFMAG), Kind::unknown, "", 0},
        {"header alone", whole.substr(0, sizeof(Elf64_Ehdr)), Kind::elf, "", EM_X86_64},
        {"row cut", whole.substr(0, sizeof(Elf64_Ehdr) + 20), Kind::elf, "", EM_X86_64},
        {"text cut", whole.substr(0, whole.size() - 1), Kind::elf, "", EM_X86_64},
        {"table past the end", elf({.table = 1 << 20}), Kind::elf, "", EM_X86_64},
        {"table that wraps", elf({.table = ~0ULL - 10}), Kind::elf, "", EM_X86_64},
        {"more rows than there are", elf({.rows = 65535, .offset = 1 << 20}), Kind::elf, "",
         EM_X86_64},
        {"offset that wraps", elf({.offset = ~0ULL - 1}), Kind::elf, "", EM_X86_64},
        {"size that wraps", elf({.size = ~0ULL - 1}), Kind::elf, "", EM_X86_64},
        {"no size", elf({.size = 0}), Kind::elf, "", EM_X86_64},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        const FileNature nature = nature_of(c.bytes);
        CHECK(nature.kind == c.kind);
        CHECK(nature.interpreter == c.interpreter);
        CHECK(nature.machine == c.machine);
    }
}

}  // namespace
}  // namespace outis::tests::processes_test
