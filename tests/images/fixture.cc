#include "fixture.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <elf.h>

#include "host/child.h"
#include "host/input.h"
#include "outis/base/bytes.h"

namespace outis::images::testing {

namespace fs = std::filesystem;

namespace {

class Writer {
public:
    explicit Writer(std::size_t size) : bytes_(size) {}

    template <typename Integer>
    void put(std::size_t at, Integer value)
    {
        if (bytes_.size() < at + sizeof(Integer))
            bytes_.resize(at + sizeof(Integer));
        store_le(bytes_, at, value);
    }

    void put_text(std::size_t at, const std::string& text)
    {
        if (bytes_.size() < at + text.size())
            bytes_.resize(at + text.size());
        std::ranges::copy(host::as_bytes(text), bytes_.begin() + static_cast<long>(at));
    }

    [[nodiscard]] std::string text() const { return std::string(host::as_text(bytes_)); }

    [[nodiscard]] std::size_t size() const { return bytes_.size(); }

    [[nodiscard]] std::vector<std::byte>& bytes() { return bytes_; }

private:
    std::vector<std::byte> bytes_;
};

void put_word(Writer& writer, std::size_t at, std::uint64_t value, std::uint8_t bits)
{
    if (bits == 64)
        writer.put<std::uint64_t>(at, value);
    else
        writer.put<std::uint32_t>(at, static_cast<std::uint32_t>(value));
}

void put_segment(Writer& writer, std::size_t at, std::uint32_t type, std::uint64_t offset,
                 std::uint64_t address, std::uint64_t size, std::uint8_t bits)
{
    const bool wide = bits == 64;
    writer.put<std::uint32_t>(at, type);
    put_word(writer, at + (wide ? 8 : 4), offset, bits);
    put_word(writer, at + (wide ? 16 : 8), address, bits);
    put_word(writer, at + (wide ? 32 : 16), size, bits);
    put_word(writer, at + (wide ? 40 : 20), size, bits);
}

}  // namespace

std::string make_elf(const ElfRecipe& recipe)
{
    const bool wide = recipe.bits == 64;
    const std::size_t word = wide ? 8 : 4;
    const std::size_t header = wide ? 64 : 52;
    const std::size_t segment = wide ? 56 : 32;
    constexpr std::uint64_t kBase = 0x400000;
    constexpr std::size_t kInterpreterAt = 512;
    constexpr std::size_t kDynamicAt = 1024;
    constexpr std::size_t kStringsAt = 2048;

    Writer file(4096);
    file.put_text(0, ELFMAG);
    file.put<std::uint8_t>(EI_CLASS, wide ? ELFCLASS64 : ELFCLASS32);
    file.put<std::uint8_t>(EI_DATA, ELFDATA2LSB);
    file.put<std::uint8_t>(EI_VERSION, EV_CURRENT);
    file.put<std::uint16_t>(16, recipe.type);
    file.put<std::uint16_t>(18, recipe.machine);
    file.put<std::uint32_t>(20, EV_CURRENT);
    put_word(file, 24, recipe.entry, recipe.bits);
    put_word(file, 24 + word, header, recipe.bits);  // e_phoff
    file.put<std::uint16_t>(wide ? 54 : 42, static_cast<std::uint16_t>(segment));

    std::uint16_t count = 0;
    const auto add = [&](std::uint32_t type, std::uint64_t offset, std::uint64_t size) {
        put_segment(file, header + count++ * segment, type, offset, kBase + offset, size,
                    recipe.bits);
    };
    add(PT_LOAD, 0, file.size());
    if (!recipe.interpreter.empty()) {
        file.put_text(kInterpreterAt, recipe.interpreter);
        add(PT_INTERP, kInterpreterAt, recipe.interpreter.size() + 1);
    }
    if (!recipe.needed.empty()) {
        std::string strings(1, '\0');
        std::size_t at = kDynamicAt;
        const auto row = [&](std::uint64_t tag, std::uint64_t value) {
            put_word(file, at, tag, recipe.bits);
            put_word(file, at + word, value, recipe.bits);
            at += 2 * word;
        };
        for (const std::string& name : recipe.needed) {
            row(DT_NEEDED, strings.size());
            strings += name + '\0';
        }
        if (!recipe.runpath.empty()) {
            row(DT_RUNPATH, strings.size());
            strings += recipe.runpath + '\0';
        }
        row(DT_STRTAB, kBase + kStringsAt);
        row(DT_STRSZ, strings.size());
        row(DT_NULL, 0);
        file.put_text(kStringsAt, strings);
        add(PT_DYNAMIC, kDynamicAt, at - kDynamicAt);
    }
    file.put<std::uint16_t>(wide ? 56 : 44, count);
    return file.text();
}

std::string make_policy(const PolicyRecipe& recipe)
{
    Writer sections(0);
    std::uint16_t count = 0;
    const auto begin = [&](policy::Kind kind, std::uint32_t length) {
        const std::size_t at = sections.size();
        sections.put<std::uint16_t>(at, static_cast<std::uint16_t>(kind));
        sections.put<std::uint32_t>(at + 4, length);
        sections.put<std::uint8_t>(at + 8 + (length + 7) / 8 * 8 - 1, 0);
        ++count;
        return at + 8;
    };
    if (recipe.flags != 0)
        sections.put<std::uint32_t>(begin(policy::Kind::process, 16), recipe.flags);
    if (recipe.ids) {
        const std::size_t at = begin(policy::Kind::ids, 12);
        sections.put<std::uint32_t>(at, recipe.uid);
        sections.put<std::uint32_t>(at + 4, recipe.uid);
    }
    if (recipe.permitted != 0) {
        const std::size_t at = begin(policy::Kind::capabilities, 48);
        sections.put<std::uint64_t>(at, recipe.permitted);
        sections.put<std::uint64_t>(at + 8, recipe.permitted);
    }
    if (recipe.stop != 0) {
        const std::size_t at = begin(policy::Kind::signals, 24);
        sections.put<std::uint64_t>(at, recipe.stop);
    }
    Writer file(policy::kHeaderSize);
    file.put_text(0, {policy::kMagic.data(), policy::kMagic.size()});
    file.put<std::uint16_t>(8, policy::kVersion);
    file.put<std::uint16_t>(10, static_cast<std::uint16_t>(recipe.arch));
    file.put<std::uint16_t>(20, count);
    file.put_text(24, recipe.name);
    file.put_text(policy::kHeaderSize, sections.text());
    file.put<std::uint32_t>(12, static_cast<std::uint32_t>(file.size()));
    file.put<std::uint32_t>(16, policy::checksum_of(Bytes(file.bytes())));
    return file.text();
}

void write_text(const fs::path& path, const std::string& text)
{
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

std::string read_text(const fs::path& path)
{
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

std::string output_of(const std::vector<std::string>& arguments, const fs::path& folder)
{
    const auto answer = host::run_child(
        {.arguments = arguments, .folder = folder, .environment = {{"LC_ALL", "C.UTF-8"}}});
    REQUIRE_MESSAGE(answer, (answer ? "" : answer.error().text));
    INFO(arguments.front(), ": ", answer.value().messages);
    REQUIRE(answer.value().exit_code == 0);
    return answer.value().output;
}

WorkFolder::WorkFolder()
    : folder_([] {
          auto made = host::TemporaryDirectory::create();
          REQUIRE(made);
          return made.take();
      }())
{
    const fs::path data = *this / "data";
    for (const auto& [arch, name] : {std::pair{policy::Arch::x86_64, "linux-amd64"},
                                     std::pair{policy::Arch::aarch64, "linux-arm64"}}) {
        write_text(data / "init" / name / "outis-init", std::string("PID 1 for ") + name);
        const fs::path policies = data / "policies" / name;
        write_text(policies / "baseline.policy", make_policy({.arch = arch}));
        write_text(policies / "none.policy",
                   make_policy({.arch = arch, .name = "none", .ids = false}));
        write_text(policies / "strict.policy",
                   make_policy({.arch = arch, .name = "strict", .flags = policy::kUserExact}));
        write_text(policies / "bind.policy",
                   make_policy({.arch = arch, .name = "bind", .permitted = 1 << 10}));
    }
    for (const char* name : {"baseline", "none", "strict", "bind"})
        write_text(data / "profiles" / (std::string(name) + ".toml"), "");
    fs::create_symlink(OUTIS_TEST_SHARE "/ca.pem", data / "ca.pem");
    fs::create_directory_symlink(OUTIS_TEST_SHARE "/zones", data / "zones");
    ::setenv("OUTIS_DATA", data.c_str(), 1);
    // The toolchain's own cache is not what a work_folder is for, and filling it takes long.
    ::setenv("GOCACHE", OUTIS_TEST_GO_CACHE, 1);
    ::setenv("XDG_CACHE_HOME", path("cache").c_str(), 1);
    ::unsetenv("SOURCE_DATE_EPOCH");
}

WorkFolder::~WorkFolder()
{
    ::unsetenv("OUTIS_DATA");
    ::unsetenv("XDG_CACHE_HOME");
}

std::string WorkFolder::program(const std::string& name, const ElfRecipe& recipe) const
{
    write_text(*this / name, make_elf(recipe));
    return path(name);
}

std::vector<std::string> WorkFolder::listing() const
{
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_.path()))
        names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
}

Result<bake::Baked, Error> bake_quietly(const bake::BakeOptions& options)
{
    return bake::bake(options, [](std::string_view) {});
}

}  // namespace outis::images::testing
