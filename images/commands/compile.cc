#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>

#include "commands/profile.h"
#include "commands/source.h"
#include "commands/text.h"
#include "host/input.h"
#include "outis/sandbox/compile.h"
#include "outis/sandbox/export.h"
#include "outis/sandbox/questions.h"

namespace outis::images::commands {

namespace fs = std::filesystem;

namespace {

struct ProfileCompilation {
    std::string file = {};
    ImportChoices choices = {};
    std::string arch = {};
    // Empty: `file` with ".policy" (".bpf", ".json") as its ending, and stdout for a listing.
    std::string output = {};
    // "policy", "bpf" (the seccomp program alone), "oci" (as export) or "listing"; empty: policy.
    std::string emit = {};
    bool verbose = false;
};

struct Form {
    std::string_view name;
    std::string_view extension;  // empty: to stdout
};

constexpr std::array kForms{
    Form{"policy", ".policy"},
    Form{"bpf", ".bpf"},
    Form{"oci", ".json"},
    Form{"listing", ""},
};

// Where `form` is written to; empty: to stdout. Never the profile itself.
Result<fs::path, Error> target_of(const Form& form, const content::ProfileSource& source,
                                  const ProfileCompilation& options)
{
    fs::path target = options.output;
    if (target.empty() && !form.extension.empty())
        target = fs::path(options.file).replace_extension(form.extension);
    OUTIS_TRY(refuse_overwriting(source.file, target));
    for (const std::string& base : options.choices.bases)
        OUTIS_TRY(refuse_overwriting(base, target));
    return target;
}

Result<Done, Error> emit(const sandbox::Profile& profile, policy::Arch arch, const Form& form,
                         const fs::path& target)
{
    if (form.name == "policy")
        return write_result(target, OUTIS_TRY(sandbox::compile_policy(profile, arch)));
    if (form.name == "oci") {
        const sandbox::Exported exported =
            OUTIS_TRY(sandbox::export_profile(profile, arch, sandbox::ExportFormat::oci));
        complain("not said: ", exported.differences);
        complain("note: ", exported.notes);
        return write_result(target, host::as_bytes(exported.json));
    }
    const std::vector<std::byte> program = OUTIS_TRY(sandbox::compile_filter(profile, arch));
    if (program.empty())
        return bad_input("profile '" + profile.name + "' has no filter to emit");
    if (form.name == "bpf" && profile.exec_once)
        complain("note: ", {"exec.once is PID 1's: loaded by others, this filter lets nothing be "
                            "started"});
    if (form.name == "bpf")
        return write_result(target, program);
    return write_result(target, host::as_bytes(sandbox::annotated_listing(program, arch)));
}

// The output appears whole or not at all.
Result<int, Error> write_compiled(const ProfileCompilation& options)
{
    const std::string name = options.emit.empty() ? "policy" : options.emit;
    const auto* form = std::ranges::find(kForms, name, &Form::name);
    if (form == kForms.end())
        return bad_input("cannot emit '" + name + "'; write policy, bpf, oci or listing");
    const content::ProfileSource source = OUTIS_TRY(profile_text(options.file));
    const fs::path target = OUTIS_TRY(target_of(*form, source, options));
    const policy::Arch arch = OUTIS_TRY(chosen_arch(options.arch));
    const sandbox::Profile profile = OUTIS_TRY(load_profile(source, arch, options.choices));
    if (options.verbose)
        complain(about(arch, profile.notes));
    OUTIS_TRY(emit(profile, arch, *form, target));
    return 0;
}

}  // namespace

Command compile_profile_command()
{
    const auto compile = std::make_shared<ProfileCompilation>();
    return {
        .name = "compile",
        .help = "compile a profile to a policy",
        .options = concat(
            {{{"FILE", &compile->file, "", "the profile: a shipped name, or a .toml or .json file"},
              arch_option(compile->arch),
              {"-o,--output", &compile->output, "FILE", "where to write", "FILE.policy",
               host::PathKind::output},
              verbose_option(compile->verbose),
              {"--emit", &compile->emit, "FORM", "policy, bpf, oci or listing", "policy"}},
             import_options(compile->choices)}),
        .run = [compile](Words) { return write_compiled(*compile); },
    };
}

}  // namespace outis::images::commands
