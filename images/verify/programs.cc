#include "verify/programs.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>
#include <string_view>

#include <elf.h>

#include "closure/search.h"
#include "closure/search_path.h"

namespace outis::images {

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

const Elf* elf_of(const Node* node)
{
    return node != nullptr && node->entry.facts.elf ? &*node->entry.facts.elf : nullptr;
}

// An ELF file, or one that nobody looked into.
bool may_load(const Node* node)
{
    return elf_of(node) != nullptr || (node != nullptr && node->entry.facts.not_looked_into);
}

// Every library of the image by its last name. Which folders a loader looks through is decided by
// what its cache and the programs themselves list, so a library that lies anywhere counts as found.
class Libraries {
public:
    explicit Libraries(const Flattened& files) : files_(files)
    {
        for (const auto& [path, node] : files.nodes()) {
            by_name_[name_part(path)].push_back(path);
            has_musl_ = has_musl_ || libc_of(path) == Libc::musl;
        }
    }

    [[nodiscard]] bool has(const std::string& name, const Elf& asker) const
    {
        const bool by_musl =
            asker.interpreter.empty() ? has_musl_ : libc_of(asker.interpreter) == Libc::musl;
        return (by_musl && is_musl_itself(name)) || !find(name, asker).empty();
    }

    // The path of `name` for programs like `asker`; empty if there is none.
    [[nodiscard]] std::string find(const std::string& name, const Elf& asker) const
    {
        if (name.find('/') != std::string::npos)
            return fits(name, asker) ? files_.resolve(name).value_or("") : "";
        const auto found = by_name_.find(name);
        if (found == by_name_.end())
            return {};
        for (const std::string& path : found->second) {
            if (fits(path, asker))
                return files_.resolve(path).value_or("");
        }
        return {};
    }

private:
    [[nodiscard]] bool fits(const std::string& path, const Elf& asker) const
    {
        const Node* node = files_.find(path);
        const Elf* elf = elf_of(node);
        if (node != nullptr && node->entry.facts.not_looked_into)
            return true;
        return elf != nullptr && elf->machine == asker.machine && elf->bits == asker.bits;
    }

    const Flattened& files_;
    std::map<std::string, std::vector<std::string>> by_name_;
    bool has_musl_ = false;  // a loader of musl's
};

std::vector<std::string> missing_from(const Flattened& files, const Libraries& libraries,
                                      const std::string& program)
{
    std::vector<std::string> missing;
    std::set<std::string> seen{program};
    std::deque<std::string> open{program};
    while (!open.empty()) {
        const std::string path = std::move(open.front());
        open.pop_front();
        const Elf* elf = elf_of(files.find(path));
        if (elf == nullptr)
            continue;
        for (const std::string& name : elf->needed) {
            const std::string found = libraries.find(name, *elf);
            if (found.empty() && !libraries.has(name, *elf))
                missing.push_back("'" + name + "', asked for by '/" + path + "'");
            else if (!found.empty() && seen.insert(found).second)
                open.push_back(found);
        }
    }
    return missing;
}

}  // namespace

std::string elf_architecture(const Elf& elf)
{
    const auto* row = std::ranges::find_if(kArchitectures, [&](const Row& known) {
        return known.machine == elf.machine && known.bits == elf.bits;
    });
    return row == kArchitectures.end() ? "" : std::string(row->architecture);
}

std::vector<std::string> missing_libraries(const Flattened& files, const std::string& program)
{
    return missing_from(files, Libraries(files), program);
}

Findings program_findings(const Flattened& files, const std::string& platform,
                          const std::vector<std::string>& started)
{
    Findings findings;
    const Libraries libraries(files);
    for (const auto& row : files.nodes()) {
        const std::string& path = row.first;
        const Node& node = row.second;
        const auto wrong = [&](Rule rule, const std::string& text) {
            add_finding(findings,
                        {.rule = rule, .where = {.image = platform, .path = path}, .text = text});
        };
        if (!node.entry.facts.elf_problem.empty())
            wrong(Rule::program_damaged, node.entry.facts.elf_problem);
        const Elf* elf = elf_of(&node);
        const bool is_loaded = elf != nullptr && (elf->type == ET_EXEC || elf->type == ET_DYN);
        if (!is_loaded || !node.same_file.empty() || std::ranges::count(started, path) != 0)
            continue;
        if (elf_architecture(*elf) != architecture_of(platform)) {
            wrong(Rule::program_platform, "it is for " + machine_name(*elf));
            continue;
        }
        if (!elf->interpreter.empty() && !may_load(files.find(elf->interpreter)))
            wrong(Rule::interpreter_missing, "its loader '" + elf->interpreter + "' is missing");
        for (const std::string& name : elf->needed) {
            if (!libraries.has(name, *elf))
                wrong(Rule::library_missing, "it needs '" + name + "', which is missing");
        }
    }
    return findings;
}

}  // namespace outis::images
