#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <sys/stat.h>

#include "bake/assemble.h"
#include "bake/plan.h"
#include "bake/table.h"
#include "content/policy_choice.h"
#include "content/tool_data.h"
#include "dockerfile/dockerfile.h"
#include "dockerfile/go_stage.h"
#include "dockerfile/quote.h"
#include "host/input.h"
#include "layers/platform.h"
#include "outis/sandbox/arch.h"
#include "programs/elf.h"
#include "programs/program.h"
#include "view/stop_signals.h"

namespace outis::images::dockerfile {

namespace fs = std::filesystem;

namespace {

bool has_control(std::string_view text)
{
    return std::ranges::any_of(text, [](unsigned char c) { return c < ' ' || c == 127; });
}

Result<Done, Error> require_printable(std::string_view text, const std::string& what)
{
    if (has_control(text))
        return bad_input(what + " holds a control character, which no Dockerfile can");
    return Done{};
}

Result<Done, Error> check_options(bake::BakeOptions options)
{
    for (const bake::BakeRow& row : bake::bake_table(options)) {
        const std::string name = "--" + host::long_name(row.option);
        for (const std::string& value : host::given_values(row.option)) {
            if (row.use.dockerfile == bake::InDockerfile::refused)
                return bad_input(name + ": " + row.use.refusal + "; leave it out, or bake");
            OUTIS_TRY(require_printable(value, name));
        }
    }
    for (const std::string& app : options.apps)
        OUTIS_TRY(require_printable(app, "the name of a program"));
    if (options.tags.size() > 1)
        return bad_input("'docker build' is told one name; give one -t, and tag the image again");
    if (options.platforms.size() > 1 ||
        (!options.platforms.empty() && options.platforms.front().find(',') != std::string::npos))
        return bad_input("a Dockerfile is for one platform at a time; name one by --platform");
    return Done{};
}

// ENV ends a name at the first '=' or blank, and replaces variables in it. Engines take any name;
// this is what a Dockerfile can be sure to say.
bool is_variable_name(std::string_view name)
{
    const auto begins = [](unsigned char c) { return std::isalpha(c) != 0 || c == '_'; };
    return !name.empty() && begins(static_cast<unsigned char>(name.front())) &&
           std::ranges::all_of(name, [&](unsigned char c) {
               return begins(c) || std::isdigit(c) != 0 || c == '.' || c == '-';
           });
}

Result<Done, Error> check_environment(const oci::RunConfig& run)
{
    for (const auto& [name, value] : run.environment) {
        if (!is_variable_name(name))
            return bad_input(
                "'" + name +
                "' is no name that a Dockerfile can give a variable: letters, "
                "digits, '_', '.' and '-', a letter or '_' first; leave it out, or bake");
    }
    return Done{};
}

std::vector<std::string> base_words(bake::BakeOptions options, const std::string& name)
{
    std::vector<std::string> words{"-t", name};
    for (const bake::BakeRow& row : bake::bake_table(options)) {
        if (row.use.dockerfile != bake::InDockerfile::base)
            continue;
        const bool is_flag = std::holds_alternative<bool*>(row.option.field);
        for (const std::string& value : host::given_values(row.option)) {
            words.push_back("--" + host::long_name(row.option));
            if (!is_flag)
                words.push_back(value);
        }
    }
    return words;
}

// COPY keeps a file's mode, and a bake gives one.
Result<Done, Error> require_mode(const fs::path& file, bool hidden)
{
    const std::uint32_t wanted = hidden ? layers::kHiddenProgramMode : layers::kProgramMode;
    struct stat status = {};
    if (::stat(file.c_str(), &status) == 0 && (status.st_mode & 07777) == wanted)
        return Done{};
    return bad_input("'" + file.string() + "' must have mode " + (hidden ? "0111" : "0755") +
                     ", which COPY keeps; run 'chmod " + (hidden ? "0111" : "0755") + " " +
                     shell_word(file.string()) + "'");
}

Result<bool, Error> is_dynamic(const fs::path& file)
{
    const host::MappedFile mapped = OUTIS_TRY(host::MappedFile::open(file));
    const programs::Elf elf = OUTIS_TRY(programs::read_elf(mapped.bytes(), file.string()));
    return !elf.interpreter.empty();
}

// COPY brings the file alone: a link that its path goes through must be in the base.
Result<Done, Error> require_links(const programs::Program& program, const layers::Tree& additions)
{
    for (const host::FollowedLink& link : program.links) {
        const auto added = additions.find(link.path.substr(1));
        if (added == additions.end() || added->second.kind != layers::EntryKind::symlink ||
            added->second.target != link.target)
            return bad_input("'" + program.place + "' goes through the link '" + link.path +
                             "'; name '" + program.path + "', or add --link " +
                             shell_word(link.path + ":" + link.target));
    }
    return Done{};
}

// Programs that lie in one folder, that of the first, or below it.
Result<Done, Error> add_files(const programs::Sources& sources, policy::Arch arch,
                              const programs::SourceOptions& options, const layers::Tree& additions,
                              const content::ChosenPolicy& policy, DockerfileFacts& facts)
{
    const std::vector<programs::Program> programs =
        OUTIS_TRY(programs::programs_for(sources, arch, options, [](auto) {}));
    const fs::path folder = programs.front().file.parent_path();
    facts.context = folder.empty() ? "." : folder.string();
    bool dynamic = false;
    for (const programs::Program& program : programs) {
        const std::string below = program.file.lexically_relative(folder).string();
        if (below.empty() || below.starts_with(".."))
            return bad_input("'" + program.file.string() + "' is not in '" + facts.context +
                             "', which Docker is sent; put the programs into one folder");
        OUTIS_TRY(require_plain(below));
        OUTIS_TRY(require_plain(program.path));
        OUTIS_TRY(require_links(program, additions));
        OUTIS_TRY(require_mode(program.file, policy.hidden));
        facts.files.push_back({.source = below, .place = program.path});
        facts.needed.push_back(below);
        dynamic = dynamic || OUTIS_TRY(is_dynamic(program.file));
    }
    facts.unneeded = {"*"};
    OUTIS_TRY(bake::check_loader(programs.front().file, programs.front().file.string(), policy));
    facts.run.entrypoint.push_back(programs.front().place);
    if (dynamic) {
        for (const std::string& app : options.apps) {
            facts.base.emplace_back("--for");
            facts.base.push_back(app);
        }
    }
    return Done{};
}

}  // namespace

Result<DockerfileFacts, Error> dockerfile_facts(const bake::BakeOptions& options)
{
    OUTIS_TRY(check_options(options));
    const content::ToolData data = OUTIS_TRY(content::find_tool_data());
    bake::Plan plan = OUTIS_TRY(bake::make_plan(options, data));
    OUTIS_TRY(check_environment(plan.run));
    const host::Root root = OUTIS_TRY(host::Root::open(options.root.empty() ? "/" : options.root));
    plan.sources.test = false;  // the stage does it
    const programs::Sources sources =
        OUTIS_TRY(programs::open_sources(plan.sources, root, [](auto) {}));
    const policy::Arch arch =
        plan.platforms.empty() ? sources.platforms.front() : plan.platforms.front();
    const content::ChosenPolicy policy =
        OUTIS_TRY(content::choose_policy(data, plan.profile, arch, plan.accounts));
    // Every word has been understood, and the app is there.

    const bool is_foreign = arch != sandbox::host_arch();
    DockerfileFacts facts{
        .platform = plan.platforms.empty() && !is_foreign ? "" : layers::platform_name(arch),
        .run = plan.run};
    const oci::Reference reference =
        plan.references.empty()
            ? OUTIS_TRY(oci::parse_reference(oci::fit_path_component(sources.name)))
            : plan.references.front();
    facts.name = reference.familiar();
    facts.base_name = facts.name.substr(0, facts.name.rfind(':')) + "-base";
    // The base has another name than the image, whose user it shall know.
    plan.references = {reference};
    bake::use_auto_user(plan);
    bake::BakeOptions of_base = options;
    of_base.user = plan.user;
    facts.base = base_words(of_base, facts.base_name);
    if (plan.platforms.empty() && is_foreign)
        facts.base.insert(facts.base.end(), {"--platform", facts.platform});
    if (sources.go)
        OUTIS_TRY(add_go_stage(*sources.go, options, policy.hidden ? Mode::hidden : Mode::readable,
                               facts));
    else
        OUTIS_TRY(add_files(sources, arch, plan.sources, plan.additions, policy, facts));
    if (!plan.entrypoint.empty()) {
        facts.run.entrypoint.pop_back();  // the app
        facts.run.entrypoint.insert(facts.run.entrypoint.end(), plan.entrypoint.begin(),
                                    plan.entrypoint.end());
    }
    facts.run.entrypoint =
        view::with_stop(std::move(facts.run.entrypoint), view::stop_variable(facts.run.environment),
                        policy.stop_signals, facts.run.stop_signal);
    OUTIS_TRY(require_printable(facts.context, "the name of the folder"));
    std::erase_if(facts.needed, has_control);  // no pattern can name it
    for (std::string& note : OUTIS_TRY(ignore_notes(facts)))
        facts.notes.push_back(std::move(note));
    for (const std::string& word : facts.base)
        OUTIS_TRY(require_printable(word, "a word of the base"));
    return facts;
}

}  // namespace outis::images::dockerfile
