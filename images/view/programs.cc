#include "view/programs.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include <elf.h>

namespace outis::images::view {

namespace {

struct Row {
    std::uint16_t machine;
    std::uint8_t bits;
    std::string_view architecture;
};

// Go's names, which manifests use.
constexpr std::array kArchitectures{
    Row{EM_X86_64, 64, "amd64"},  Row{EM_AARCH64, 64, "arm64"}, Row{EM_386, 32, "386"},
    Row{EM_ARM, 32, "arm"},       Row{EM_RISCV, 64, "riscv64"}, Row{EM_PPC64, 64, "ppc64le"},
    Row{EM_MIPS, 64, "mips64le"}, Row{EM_MIPS, 32, "mipsle"},
};

// "amd64" of "linux/amd64" or "linux/amd64/v2"
std::string architecture_of(const std::string& platform)
{
    const std::size_t start = platform.find('/') + 1;
    return platform.substr(start, platform.find('/', start) - start);
}

const programs::Elf* elf_of(const Node* node)
{
    return node != nullptr && node->entry.facts.elf ? &*node->entry.facts.elf : nullptr;
}

// An ELF file, or one that nobody looked into.
bool may_load(const Node* node)
{
    return elf_of(node) != nullptr || (node != nullptr && node->entry.facts.not_looked_into);
}

}  // namespace

std::string elf_architecture(const programs::Elf& elf)
{
    const auto* row = std::ranges::find_if(kArchitectures, [&](const Row& known) {
        return known.machine == elf.machine && known.bits == elf.bits;
    });
    return row == kArchitectures.end() ? "" : std::string(row->architecture);
}

Findings program_findings(const Flattened& files, const std::string& platform,
                          const std::vector<std::string>& started, LibrarySearch& libraries)
{
    Findings findings;
    const auto wrong = [&](Rule rule, const std::string& path, const std::string& text) {
        add_finding(findings,
                    {.rule = rule, .where = {.image = platform, .path = path}, .text = text});
    };
    std::set<MissingLibrary> missing;
    std::vector<std::string> modules;  // what programs may open at run time
    for (const auto& [path, node] : files.nodes()) {
        if (!node.entry.facts.elf_problem.empty())
            wrong(Rule::program_damaged, path, node.entry.facts.elf_problem);
        const programs::Elf* elf = elf_of(&node);
        const bool is_loaded = elf != nullptr && (elf->type == ET_EXEC || elf->type == ET_DYN);
        if (!is_loaded || !node.same_file.empty() || std::ranges::count(started, path) != 0)
            continue;
        if (elf_architecture(*elf) != architecture_of(platform)) {
            wrong(Rule::program_platform, path, "it is for " + programs::machine_name(*elf));
            continue;
        }
        if (elf->interpreter.empty()) {
            modules.push_back(path);
            libraries.add_module_name(path.substr(path.rfind('/') + 1));
            if (!elf->soname.empty())
                libraries.add_module_name(elf->soname);
            continue;
        }
        if (!may_load(files.find(elf->interpreter)))
            wrong(Rule::interpreter_missing, path,
                  "its loader '" + elf->interpreter + "' is missing");
        missing.merge(libraries.missing_of_program(path));
    }
    for (const std::string& path : modules)
        missing.merge(libraries.missing_of_module(path));
    for (const MissingLibrary& library : missing)
        wrong(Rule::library_missing, library.asker,
              "it needs '" + library.name + "', which its loader does not find");
    if (libraries.gave_up())
        wrong(Rule::too_many, "",
              "its programs ask for more loaders, libraries and places than can be tried");
    return findings;
}

}  // namespace outis::images::view
