// What tests of the builder stand on: a folder of their own, the tool's data with a marked file as
// PID 1 and small policies, and ELF files made to measure.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "host/new_file.h"
#include "outis/base/policy_layout.h"
#include "outis/images/build.h"

namespace outis::images::testing {

// A program's bytes, made to measure.
struct ElfRecipe {
    std::uint8_t bits = 64;
    std::uint16_t machine = 62;  // EM_X86_64
    std::uint16_t type = 2;      // ET_EXEC
    std::uint64_t entry = 0x400000;
    std::string interpreter = {};
    std::vector<std::string> needed = {};
    std::string runpath = {};  // with `needed` alone
};

std::string make_elf(const ElfRecipe& recipe);

struct PolicyRecipe {
    policy::Arch arch = policy::Arch::x86_64;
    std::string name = "baseline";
    std::uint32_t flags = 0;  // of section process
    std::uint32_t uid = 65534;
    bool ids = true;
    std::uint64_t permitted = 0;
    std::uint64_t stop = 0;  // signals
};

std::string make_policy(const PolicyRecipe& recipe);

void write_text(const std::filesystem::path& path, const std::string& text);
std::string read_text(const std::filesystem::path& path);

// Runs a program; its output, or a failed check if it does not answer 0.
std::string output_of(const std::vector<std::string>& arguments,
                      const std::filesystem::path& folder = ".");

// A work folder, with OUTIS_DATA and XDG_CACHE_HOME pointing into it while it lives.
class WorkFolder {
public:
    WorkFolder();
    ~WorkFolder();
    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;

    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const
    {
        return folder_.path() / name;
    }

    [[nodiscard]] std::string path(const std::string& name) const
    {
        return (folder_.path() / name).string();
    }

    // A static program for amd64 named `name`, and its path.
    [[nodiscard]] std::string program(const std::string& name, const ElfRecipe& recipe = {}) const;
    // The names of what lies in the work folder, sorted.
    [[nodiscard]] std::vector<std::string> listing() const;

private:
    host::TemporaryDirectory folder_;
};

// All that an error says.
inline std::string said_by(const Error& error)
{
    return error.text + "\n" + error.details;
}

// Bakes without progress.
Result<bake::Baked, Error> bake_quietly(const bake::BakeOptions& options);

}  // namespace outis::images::testing
