#include "golang_builder/contract.h"

#include <array>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "bake/config_file.h"
#include "outis/sandbox/arch.h"

namespace outis::images::golang_builder {

namespace {

constexpr std::array kVariables{
    "CGO_ENABLED", "LDFLAGS",    "COMPRESS_BINARY", "OUTPUT",
    "MAIN_PATH",   "BUILD_GOOS", "BUILD_GOARCH",    "DOCKER_BUILD_CONTEXT",
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

// Words with blanks between them, or the only one there is otherwise.
std::vector<std::string> words_or(const std::string& text, const std::string& otherwise)
{
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    if (words.empty())
        words.push_back(otherwise);
    return words;
}

}  // namespace

Variables contract_variables()
{
    Variables variables;
    for (const char* const name : kVariables) {
        if (const char* const value = std::getenv(name))
            variables[name] = value;
    }
    return variables;
}

Result<BuilderJob, Error> read_contract(const Variables& variables,
                                        std::span<const std::string> arguments)
{
    BuilderJob job;
    job.compile.binary_only = true;
    job.compile.apps = {"."};
    job.compile.go_main = value_of(variables, "MAIN_PATH");
    job.compile.go_cgo = OUTIS_TRY(parse_cgo(value_of(variables, "CGO_ENABLED")));
    if (const std::string flags = value_of(variables, "LDFLAGS"); !flags.empty())
        job.compile.go_ldflags = flags;
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
    job.cross = !systems.empty() || !machines.empty();
    if (job.cross) {
        const std::string host(sandbox::arch_name(sandbox::host_arch()));
        for (const std::string& system : words_or(systems, "linux")) {
            for (const std::string& machine : words_or(machines, host))
                job.compile.platforms.push_back(system + "/" + machine);
        }
    }

    // A script's "$TAG" that nobody set.
    if (arguments.size() == 1 && arguments.front().empty())
        arguments = {};
    if (arguments.size() > 1)
        return bad_input("there is one argument, the image's TAG, not " +
                         std::to_string(arguments.size()));
    if (!arguments.empty() && job.cross)
        return bad_input("BUILD_GOOS and BUILD_GOARCH make programs alone; leave out the tag '" +
                         arguments.front() + "', or them");
    if (!arguments.empty())
        job.tag = arguments.front();
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

}  // namespace outis::images::golang_builder
