#include "programs/elf.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <elf.h>

#include "fixture.h"
#include "host/input.h"
#include "programs/elf_symbols.h"

namespace elf_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::registry;
using namespace outis::images::programs;
using namespace outis::images::testing;

TEST_CASE("an ELF file is described")
{
    struct Case {
        const char* name;
        ElfRecipe recipe;
        const char* machine;
        const char* refusal;  // of a static program; empty: it is one
    };

    const Case cases[] = {
        {"static, 64-bit", {}, "x86-64 (64-bit)", ""},
        {"static, arm64", {.machine = EM_AARCH64}, "AArch64 (64-bit)", ""},
        {"static, 32-bit", {.bits = 32, .machine = EM_386}, "i386 (32-bit)", ""},
        {"static-pie", {.type = ET_DYN}, "x86-64 (64-bit)", ""},
        {"dynamic",
         {.interpreter = "/lib64/ld.so", .needed = {"libc.so.6", "libm.so.6"}},
         "x86-64 (64-bit)",
         "needs the loader '/lib64/ld.so' and the libraries 'libc.so.6', 'libm.so.6'"},
        {"dynamic, 32-bit",
         {.bits = 32, .machine = EM_ARM, .interpreter = "/lib/ld.so", .needed = {"libc.so.6"}},
         "ARM (32-bit)",
         "libraries 'libc.so.6'"},
        {"library", {.type = ET_DYN, .entry = 0}, "x86-64 (64-bit)", "is a shared library"},
        {"object", {.type = ET_REL}, "x86-64 (64-bit)", "not a program"},
        {"core", {.type = ET_CORE}, "x86-64 (64-bit)", "not a program"},
        {"no loader", {.needed = {"libx.so"}}, "x86-64 (64-bit)", "names no loader"},
        {"unknown machine", {.machine = 9999}, "machine 9999 (64-bit)", ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const std::string file = make_elf(c.recipe);
        const auto elf = read_elf(as_bytes(file), "app");
        REQUIRE(elf);
        CHECK(elf.value().interpreter == c.recipe.interpreter);
        CHECK(elf.value().needed == c.recipe.needed);
        CHECK(machine_name(elf.value()) == c.machine);
        const auto program = require_static_program(elf.value(), "app");
        CHECK(static_cast<bool>(program) == std::string(c.refusal).empty());
        if (!program)
            CHECK(program.error().text.find(c.refusal) != std::string::npos);
    }
}

TEST_CASE("images are made for two architectures")
{
    CHECK(image_arch({.machine = EM_X86_64, .bits = 64}) == policy::Arch::x86_64);
    CHECK(image_arch({.machine = EM_AARCH64, .bits = 64}) == policy::Arch::aarch64);
    CHECK_FALSE(image_arch({.machine = EM_X86_64, .bits = 32}));  // x32
    CHECK_FALSE(image_arch({.machine = EM_RISCV, .bits = 64}));
}

TEST_CASE("a file of another format is named as what it is")
{
    struct Case {
        const char* name;
        std::string bytes;
        const char* message;
    };

    const Case cases[] = {
        {"empty", "", "but empty"},
        {"script", "#!/bin/sh\n", "but a script"},
        {"text", "hello", "'app' is not an ELF file"},
        {"windows", "MZ\x90", "but a Windows program"},
        {"macOS", "\xCF\xFA\xED\xFE", "but a macOS program"},
        {"archive", "!<arch>\n", "but a static library"},
        {"magic alone",
         "\x7F"
         "ELF",
         "truncated"},
        {"class 3",
         std::string("\x7F"
                     "ELF\x03\x01\x01",
                     7) +
             std::string(60, '\0'),
         "neither 32 nor 64"},
        {"big-endian",
         std::string("\x7F"
                     "ELF\x02\x02\x01",
                     7) +
             std::string(60, '\0'),
         "big-endian"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        const auto elf = read_elf(as_bytes(c.bytes), "app");
        REQUIRE_FALSE(elf);
        CHECK(elf.error().text.find(c.message) != std::string::npos);
        CHECK(elf.error().blame == Blame::input);
    }
}

TEST_CASE("an ELF file cut off anywhere is refused, never read past its end")
{
    const ElfRecipe recipes[] = {
        {.interpreter = "/lib64/ld.so", .needed = {"libc.so.6"}},
        {.bits = 32, .machine = EM_386, .interpreter = "/lib/ld.so", .needed = {"libc.so.6"}},
    };
    for (const ElfRecipe& recipe : recipes) {
        CAPTURE(recipe.bits);
        const std::string file = make_elf(recipe);
        for (std::size_t size = 0; size < file.size(); ++size) {
            const std::string cut = file.substr(0, size);
            const std::string exact(cut.begin(), cut.end());
            const auto elf = read_elf(as_bytes(exact), "app");
            CAPTURE(size);
            REQUIRE_FALSE(elf);
        }
    }
}

TEST_CASE("an ELF file with any wrong byte is read or refused")
{
    const std::string file = make_elf({.interpreter = "/lib64/ld.so", .needed = {"libc.so.6"}});
    for (std::size_t at = 0; at < 2100; ++at) {
        for (const char value : {'\0', '\1', '\x7F', '\xFF'}) {
            std::string changed = file;
            changed[at] = value;
            const auto elf = read_elf(as_bytes(changed), "app");
            if (elf)
                CHECK(elf.value().needed.size() <= 3);  // as many rows as there are
        }
    }
}

TEST_CASE("the interpreter of a script is read from its first line")
{
    struct Case {
        const char* text;
        const char* interpreter;
    };

    const Case cases[] = {
        {"#!/bin/sh\n", "/bin/sh"},
        {"#! /usr/bin/env  lua \r\nrest", "/usr/bin/env  lua"},
        {"#!/bin/sh", "/bin/sh"},
        {"#!", ""},
        {"#!\n/bin/sh", ""},
        {"/bin/sh", ""},
        {"", ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        CHECK(script_interpreter(as_bytes(c.text)) == c.interpreter);
    }
}

TEST_CASE("a library's name, folders and symbols are read")
{
    const WorkFolder work_folder;
    const std::string file = work_folder.path("libx.so");
    write_text(work_folder / "x.c",
               "extern int other(void);\nint mine(void) { return other(); }\n"
               "static int hidden(void) { return 1; }\nint (*keep)(void) = hidden;\n");
    output_of({"gcc", "-shared", "-fPIC", "-nostdlib", "-o", file, work_folder.path("x.c"),
               "-Wl,-soname,libx.so.1", "-Wl,--disable-new-dtags", "-Wl,-rpath,/a:$ORIGIN/b",
               "-Wl,-z,nodefaultlib"});
    const std::string bytes = read_text(file);
    const auto elf = read_elf(as_bytes(bytes), "libx.so");
    REQUIRE(elf);
    CHECK(elf.value().soname == "libx.so.1");
    CHECK(elf.value().rpath == "/a:$ORIGIN/b");
    CHECK(elf.value().runpath.empty());
    CHECK(elf.value().no_default_folders);
    const ElfSymbols symbols = dynamic_symbols(as_bytes(bytes), elf.value());
    CHECK((symbols.imports == std::vector<std::string_view>{"other"}));
    CHECK(std::ranges::count(symbols.exports, "mine") == 1);
    CHECK(std::ranges::count(symbols.exports, "hidden") == 0);
    // The section headers stand at the end: without them nothing is known, and nothing breaks.
    for (std::size_t size = 64; size < bytes.size(); ++size) {
        const std::string cut(bytes.begin(), bytes.begin() + static_cast<long>(size));
        const ElfSymbols part = dynamic_symbols(as_bytes(cut), elf.value());
        CHECK(part.imports.empty());
    }
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::string changed = bytes;
        changed[at] = '\xFF';
        const auto damaged = read_elf(as_bytes(changed), "libx.so");
        if (damaged)
            (void)dynamic_symbols(as_bytes(changed), damaged.value());
    }
}

}  // namespace elf_test
