// What programs say of the libraries that are linked into them: read from their section, and told
// in the bill of materials.
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <elf.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "bill/spdx.h"
#include "bill/tool.h"
#include "fixture.h"
#include "host/input.h"
#include "oci/config.h"
#include "oci/json.h"
#include "programs/elf.h"
#include "programs/elf_sections.h"
#include "programs/linked_libraries.h"
#include "spdx_check.h"
#include "unpacked.h"

namespace linked_libraries_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::programs;
using namespace outis::images::testing;
namespace json = boost::json;

namespace {

constexpr const char* kTwo =
    "openssl\t3.0.19-1\tpkg:deb/debian/openssl@3.0.19-1?arch=source\n"
    "zlib\t1.2.13\tpkg:generic/zlib@1.2.13\n";

void put(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t width)
{
    for (std::size_t i = 0; i < width; ++i)
        bytes[at + i] = static_cast<char>(value >> (8 * i));
}

// A program with three sections: none, the names, and one of `content`.
std::string with_section(std::uint8_t bits, const std::string& name, const std::string& content)
{
    std::string file = make_elf({.bits = bits});
    const std::string names = std::string(1, '\0') + ".shstrtab" + '\0' + name + '\0';
    const bool wide = bits == 64;
    const std::size_t row = wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    const std::size_t word = wide ? 8 : 4;
    const std::size_t names_at = file.size();
    const std::size_t content_at = names_at + names.size();
    file += names + content;
    const std::size_t table = file.size();
    file.resize(table + 3 * row);
    const auto section = [&](std::size_t index, std::size_t text, std::size_t at,
                             std::size_t size) {
        const std::size_t begin = table + index * row;
        put(file, begin, text, 4);
        put(file, begin + 4, SHT_PROGBITS, 4);
        put(file, begin + 8 + 2 * word, at, word);
        put(file, begin + 8 + 3 * word, size, word);
    };
    section(1, 1, names_at, names.size());
    section(2, 11, content_at, content.size());
    put(file, wide ? offsetof(Elf64_Ehdr, e_shoff) : offsetof(Elf32_Ehdr, e_shoff), table, word);
    const std::size_t end = wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    put(file, end - 6, row, 2);
    put(file, end - 4, 3, 2);
    put(file, end - 2, 1, 2);
    return file;
}

std::vector<LinkedLibrary> libraries_in(const std::string& file)
{
    const auto elf = read_elf(as_bytes(file), "app");
    return elf ? read_linked_libraries(as_bytes(file), elf.value()) : std::vector<LinkedLibrary>();
}

}  // namespace

TEST_CASE("lines name the libraries of a program, and one wrong line damages all")
{
    const std::vector<LinkedLibrary> two{
        {"openssl", "3.0.19-1", "pkg:deb/debian/openssl@3.0.19-1?arch=source"},
        {"zlib", "1.2.13", "pkg:generic/zlib@1.2.13"}};
    const std::string text = kTwo;
    CHECK(parse_linked_libraries(text) == two);
    CHECK(parse_linked_libraries(text.substr(0, text.size() - 1)) == two);
    CHECK(parse_linked_libraries(std::string(3, '\0') + text + std::string(9, '\0')) == two);
    CHECK(parse_linked_libraries("")->empty());
    for (const std::string wrong :
         {"zlib", "zlib\t1", "zlib\t1\t", "\t1\tpkg:a/b", "zlib\t\tpkg:a/b", "zlib\t1\thttps://a",
          "zlib\t1\tpkg:a/b\tmore", "zlib\t1\tpkg:a/\xFF", "z lib\t1\tpkg:a/b",
          "zlib\t1\x1B\tpkg:a/b"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_linked_libraries(wrong));
        CHECK_FALSE(parse_linked_libraries(text + wrong));
    }
    std::string many;
    for (std::size_t i = 0; i < kMaxLinkedLibraries; ++i)
        many += "a\t1\tpkg:generic/a\n";
    REQUIRE(parse_linked_libraries(many));
    CHECK(parse_linked_libraries(many)->size() == kMaxLinkedLibraries);
    CHECK_FALSE(parse_linked_libraries(many + "a\t1\tpkg:generic/a\n"));
    CHECK_FALSE(parse_linked_libraries(std::string(kMaxLinkedText + 1, '\n')));
}

TEST_CASE("the section of linked libraries is found by its name, and damage says nothing")
{
    for (const std::uint8_t bits : {std::uint8_t{64}, std::uint8_t{32}}) {
        CAPTURE(bits);
        const std::string file = with_section(bits, ".outis.libraries", kTwo);
        CHECK(libraries_in(file) == parse_linked_libraries(kTwo));
        CHECK(libraries_in(with_section(bits, ".outis.librarie", kTwo)).empty());
        CHECK(libraries_in(with_section(bits, ".outis.libraries2", kTwo)).empty());
        CHECK(libraries_in(with_section(bits, ".outis.libraries", "")).empty());
        CHECK(libraries_in(make_elf({.bits = bits})).empty());
        for (std::size_t size = 0; size < file.size(); ++size)
            CHECK(libraries_in(file.substr(0, size)).empty());
        // Each byte of the headers, the names, the text and the table of sections.
        const std::set<std::size_t> sizes{0, 2};
        for (std::size_t at = 0; at < file.size(); at = at == 64 ? 4096 : at + 1) {
            for (const char value : {'\0', '\x01', '\x7F', '\xFF'}) {
                std::string changed = file;
                changed[at] = value;
                CAPTURE(at);
                CHECK(sizes.contains(libraries_in(changed).size()));
            }
        }
        // No bytes in the file, whatever its place and size say.
        std::string empty = file;
        put(empty, file.size() - (bits == 64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)) + 4,
            SHT_NOBITS, 4);
        CHECK(libraries_in(empty).empty());
    }
}

TEST_CASE("a bill of materials has the libraries that a program names")
{
    const WorkFolder work_folder;
    const std::string app = work_folder.program("app");
    write_text(app, with_section(64, ".outis.libraries", kTwo));
    const auto made = bake_quietly({.apps = {app}, .outputs = {work_folder.path("x.tar")}});
    REQUIRE(made);
    const std::string content = read_text(work_folder / "x.spdx.json");
    const auto bill = oci::parse_json(content, "x.spdx.json");
    REQUIRE(bill);
    CHECK(spdx_problems(bill.value()) == "");
    std::set<std::string> linked;
    for (const json::value& relation : bill.value().at("relationships").as_array()) {
        if (text(relation.at("relationshipType")) == "STATIC_LINK")
            linked.insert(text(relation.at("spdxElementId")) + " " +
                          text(relation.at("relatedSpdxElement")));
    }
    CHECK(linked == std::set<std::string>{"SPDXRef-File-app SPDXRef-Package-openssl",
                                          "SPDXRef-File-app SPDXRef-Package-zlib"});
    CHECK(content.find("\"pkg:generic/zlib@1.2.13\"") != std::string::npos);
    CHECK(content.find("\"pkg:deb/debian/openssl@3.0.19-1?arch=source\"") != std::string::npos);
}

TEST_CASE("the tool knows what is linked into it, sorted, and says so as SPDX")
{
    const std::vector<LinkedLibrary> own = own_libraries();
    std::set<std::string> names;
    for (const LinkedLibrary& library : own) {
        CHECK((names.empty() || library.name > *names.rbegin()));
        names.insert(library.name);
    }
    for (const char* name : {"boost", "gcc", "libcap", "libdeflate", "openssl", "zlib", "zstd"}) {
        CAPTURE(name);
        CHECK(names.contains(name));
    }
    const std::string bill = bill::spdx_json(bill::bill_of_tool(oci::rfc3339(0)));
    const auto document = oci::parse_json(bill, "bill");
    REQUIRE(document);
    CHECK(spdx_problems(document.value()) == "");
    CHECK(document.value().at("packages").as_array().size() == own.size() + 1);
}

}  // namespace linked_libraries_test
