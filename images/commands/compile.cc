#include <algorithm>
#include <array>
#include <filesystem>

#include "commands/profile.h"
#include "commands/source.h"
#include "commands/text.h"
#include "host/input.h"
#include "outis/sandbox/compile.h"
#include "outis/sandbox/export.h"
#include "outis/sandbox/questions.h"

namespace outis::images::commands {

namespace {

namespace fs = std::filesystem;

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
                                  const ProfileCompileOptions& options)
{
    fs::path target = options.output;
    if (target.empty() && !form.extension.empty())
        target = fs::path(options.file).replace_extension(form.extension);
    OUTIS_TRY(refuse_overwriting(source.file, target));
    for (const std::string& base : options.words.bases)
        OUTIS_TRY(refuse_overwriting(base, target));
    return target;
}

Result<Done, Error> emit(const sandbox::Profile& profile, policy::Arch arch, const Form& form,
                         const fs::path& target)
{
    if (form.name == "policy")
        return write_whole(target, OUTIS_TRY(sandbox::compile_policy(profile, arch)));
    if (form.name == "oci") {
        const sandbox::Exported exported =
            OUTIS_TRY(sandbox::export_profile(profile, arch, sandbox::ExportFormat::oci));
        complain("not said: ", exported.differences);
        complain("note: ", exported.notes);
        return write_whole(target, host::as_bytes(exported.json));
    }
    const std::vector<std::byte> program = OUTIS_TRY(sandbox::compile_filter(profile, arch));
    if (program.empty())
        return bad_input("profile '" + profile.name + "' has no filter to emit");
    if (form.name == "bpf" && profile.exec_once)
        complain("note: ", {"exec.once is PID 1's: loaded by others, this filter lets nothing be "
                            "started"});
    if (form.name == "bpf")
        return write_whole(target, program);
    const std::string listing = sandbox::annotated_listing(program, arch);
    if (!target.empty())
        return write_whole(target, host::as_bytes(listing));
    print(listing);
    return Done{};
}

Result<Done, int> compile(const ProfileCompileOptions& options)
{
    const std::string name = options.emit.empty() ? "policy" : options.emit;
    const auto* form = std::ranges::find(kForms, name, &Form::name);
    if (form == kForms.end())
        return Failure{host::report(
            bad_input("cannot emit '" + name + "'; write policy, bpf, oci or listing").error)};
    const content::ProfileSource source = OUTIS_TRY(profile_text(options.file));
    const fs::path target = OUTIS_TRY(told(target_of(*form, source, options)));
    const policy::Arch arch = OUTIS_TRY(chosen_arch(options.arch));
    const sandbox::Profile profile = OUTIS_TRY(load_profile(source, arch, options.words));
    if (options.verbose)
        complain(about(arch, profile.notes));
    return told(emit(profile, arch, *form, target));
}

}  // namespace

int run(const ProfileCompileOptions& options)
{
    return exit_code(compile(options));
}

}  // namespace outis::images::commands
