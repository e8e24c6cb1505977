#include "golang_builder/contract.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "bake/config_file.h"
#include "outis/sandbox/arch.h"

namespace outis::images::golang_builder {

namespace {

struct VariableRow {
    const char* name;
    const char* help;
};

constexpr std::array kVariables{
    VariableRow{"MAIN_PATH", "main package: ./cmd/x, or how its path ends (default: the only one)"},
    VariableRow{"CGO_ENABLED", "whether to use cgo: 0, 1, false or true (default: 0)"},
    VariableRow{"LDFLAGS", "flags for the linker (default: '-s -w')"},
    VariableRow{"COMPRESS_BINARY", "true: compress the program with upx"},
    VariableRow{"OUTPUT", "file of the program, or folder/ (default: name of the main package)"},
    VariableRow{"DOCKER_BUILD_CONTEXT", "folder where a Dockerfile may be (default: .)"},
    VariableRow{"BUILD_GOOS", "systems, a program for each pair (default: linux)"},
    VariableRow{"BUILD_GOARCH", "machines, a program for each pair (default: this machine's)"},
    VariableRow{"OUTIS_IMAGE", "none: no image without a Dockerfile"},
};

// golang-builder-cross made 386 and amd64; the others are what machines of 32 and 64 bits have now.
constexpr const char* kCrossSystems = "linux darwin";
constexpr const char* kCrossMachines = "386 amd64 arm arm64";

struct Translation {
    std::string_view option;
    std::string_view variable;
};

constexpr std::array kTranslations{
    Translation{"--main", "MAIN_PATH"},
    Translation{"--cgo 1", "CGO_ENABLED=1"},
    Translation{"--pack", "COMPRESS_BINARY"},
    Translation{"--output", "OUTPUT"},
    Translation{"choose another output", "set OUTPUT"},
};

std::string value_of(const Variables& variables, const std::string& name)
{
    const auto found = variables.find(name);
    return found == variables.end() ? "" : found->second;
}

// Go takes any other word for its default, which depends on the compilers that are installed.
Result<std::string, Error> parse_cgo(const std::string& text)
{
    if (text.empty())
        return std::string();
    if (text == "0" || text == "false")
        return std::string("0");
    if (text == "1" || text == "true")
        return std::string("1");
    return bad_input("CGO_ENABLED is '0', '1', 'true' or 'false', not '" + text + "'");
}

// Words with blanks or commas between them, of the other text if there are none.
std::vector<std::string> words_or(std::string text, const std::string& otherwise)
{
    std::ranges::replace(text, ',', ' ');
    std::istringstream stream(text.find_first_not_of(" \t\n") == text.npos ? otherwise : text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

std::vector<std::string> pairs_of(const std::vector<std::string>& systems,
                                  const std::vector<std::string>& machines)
{
    std::vector<std::string> platforms;
    for (const std::string& system : systems) {
        for (const std::string& machine : machines)
            platforms.push_back(system + "/" + machine);
    }
    return platforms;
}

}  // namespace

Variables contract_variables()
{
    Variables variables;
    for (const VariableRow& row : kVariables) {
        if (const char* const value = std::getenv(row.name))
            variables[row.name] = value;
    }
    return variables;
}

std::string contract_help()
{
    constexpr std::size_t kColumn = 30;
    std::string text = "Variables:\n";
    for (const VariableRow& row : kVariables) {
        const std::string name = "  " + std::string(row.name);
        text += name + std::string(kColumn - name.size(), ' ') + row.help + "\n";
    }
    return text;
}

Result<BuilderJob, Error> read_contract(const Variables& variables, std::optional<std::string> tag,
                                        BuilderFlags flags)
{
    BuilderJob job;
    job.compile.binary_only = true;
    job.compile.apps = {"."};
    job.compile.go_main = value_of(variables, "MAIN_PATH");
    job.compile.go_cgo = OUTIS_TRY(parse_cgo(value_of(variables, "CGO_ENABLED")));
    if (const std::string words = value_of(variables, "LDFLAGS"); !words.empty())
        job.compile.go_ldflags = words;
    if (const std::string output = value_of(variables, "OUTPUT"); !output.empty())
        job.compile.outputs = {output};

    const std::string compress = value_of(variables, "COMPRESS_BINARY");
    if (!compress.empty())
        job.compress = compress == "true";
    job.compile.pack = compress == "true";
    if (!job.compile.pack && !compress.empty() && compress != "false")
        job.notes.push_back("COMPRESS_BINARY is '" + compress +
                            "': only the word 'true' compresses");
    if (const std::string context = value_of(variables, "DOCKER_BUILD_CONTEXT"); !context.empty())
        job.context = context;

    const std::string systems = value_of(variables, "BUILD_GOOS");
    const std::string machines = value_of(variables, "BUILD_GOARCH");
    job.cross = flags.cross || !systems.empty() || !machines.empty();
    job.guessed_platforms = flags.cross && (systems.empty() || machines.empty());
    if (flags.cross)
        job.compile.platforms =
            pairs_of(words_or(systems, kCrossSystems), words_or(machines, kCrossMachines));
    else if (job.cross)
        job.compile.platforms =
            pairs_of(words_or(systems, "linux"),
                     words_or(machines, std::string(sandbox::arch_name(sandbox::host_arch()))));
    job.fetch = !flags.no_get;
    const std::string image = value_of(variables, "OUTIS_IMAGE");
    job.own_image = image.empty();
    if (!image.empty() && image != "none")
        return bad_input("OUTIS_IMAGE is 'none' or unset, not '" + image + "'");

    // A script's "$TAG" that nobody set is empty.
    if (tag && !tag->empty())
        job.tag = std::move(tag);
    return job;
}

Result<BuilderJob, Error> with_config(BuilderJob job,
                                      const std::function<void(const std::string&)>& note)
{
    const bake::BakeOptions contract = job.compile;
    job.compile = OUTIS_TRY(bake::with_config_file(contract, note));
    job.image_platforms = job.compile.platforms;
    job.compile.outputs = contract.outputs;
    job.compile.platforms = contract.platforms;
    job.compile.tags = contract.tags;
    job.compile.pack = job.compress.value_or(job.compile.pack);
    return job;
}

std::string contract_words(std::string text)
{
    for (const Translation& row : kTranslations) {
        for (std::size_t at = text.find(row.option); at != std::string::npos;
             at = text.find(row.option, at + row.variable.size()))
            text.replace(at, row.option.size(), row.variable);
    }
    return text;
}

}  // namespace outis::images::golang_builder
