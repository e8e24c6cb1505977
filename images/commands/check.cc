#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <system_error>
#include <utility>

#include "commands/import.h"
#include "commands/profile.h"
#include "commands/source.h"
#include "commands/text.h"
#include "host/input.h"
#include "outis/sandbox/compile.h"
#include "outis/sandbox/import.h"
#include "outis/sandbox/questions.h"

namespace outis::images::commands {

namespace {

struct ProfileCheck {
    std::string profile = {};
    bool json = false;     // errors, warnings and notes
    bool verbose = false;  // notes too
    bool strict = false;   // a warning is an error
};

using sandbox::Severity;

Result<Done, Error> compiles(const sandbox::Profile& profile)
{
    for (const policy::Arch arch : {policy::Arch::x86_64, policy::Arch::aarch64})
        OUTIS_TRY(sandbox::compile_policy(profile, arch));
    return Done{};
}

// Notes of an import that tell of a mistake in the profile, whatever reads it.
bool is_mistake(sandbox::Change change)
{
    return change == sandbox::Change::unreachable || change == sandbox::Change::conflict ||
           change == sandbox::Change::mask;
}

// A profile of another tool is looked at as its hardened import, and that one's notes are its own.
Result<sandbox::Profile, sandbox::Diagnostics> read(const content::ProfileSource& source)
{
    const std::filesystem::path& file = source.file;
    if (source.form != content::ProfileForm::json)
        return sandbox::load_profile(file, profile_folders());
    auto text = host::read_file(file, sandbox::kMaxProfileBytes);
    if (!text)
        return Failure{sandbox::Diagnostics{{.file = file.string(), .message = text.error().text}}};
    auto imported = sandbox::import_profile({.file = file.string(), .text = text.take()}, {});
    if (!imported)
        return Failure{imported.error()};
    sandbox::Imported taken = imported.take();
    sandbox::Profile profile = std::move(taken.profile);
    for (sandbox::ImportNote& note : taken.notes) {
        if (is_mistake(note.change)) {
            note.text.severity = Severity::warning;
            note.text.name = sandbox::change_name(note.change);
        }
        profile.notes.push_back(std::move(note.text));
    }
    return profile;
}

sandbox::Diagnostics findings(const content::ProfileSource& source)
{
    const auto profile = read(source);
    if (!profile)
        return profile.error();
    sandbox::Diagnostics found = profile.value().notes;
    std::ranges::move(sandbox::lint(profile.value()), std::back_inserter(found));
    std::ranges::move(sandbox::kernel_notes(profile.value()), std::back_inserter(found));
    const auto compiled = compiles(profile.value());
    if (!compiled)
        found.push_back({.file = source.file.string(), .message = compiled.error().text});
    return found;
}

bool has(const sandbox::Diagnostics& found, Severity severity)
{
    return std::ranges::find(found, severity, &sandbox::Diagnostic::severity) != found.end();
}

// 1 if the profile is not right for one of the architectures.
Result<int, Error> check_profile(const ProfileCheck& options)
{
    const content::ProfileSource source = OUTIS_TRY(profile_text(options.profile));
    OUTIS_TRY(host::read_file(source.file,
                              sandbox::kMaxProfileBytes));  // what cannot be read is not wrong
    sandbox::Diagnostics found = findings(source);
    const bool wrong =
        has(found, Severity::error) || (options.strict && has(found, Severity::warning));
    if (options.json) {
        print(diagnostics_json(found));
    } else {
        if (!options.verbose)
            std::erase_if(found, [](const auto& one) { return one.severity == Severity::note; });
        complain(found);
    }
    return wrong ? kAnswerIsNo : 0;
}

}  // namespace

Command check_profile_command()
{
    const auto check = std::make_shared<ProfileCheck>();
    return {
        .name = "check",
        .help = "list what is wrong with a profile",
        .options = {profile_option(check->profile),
                    verbose_option(check->verbose),
                    {"--strict", &check->strict, "", "a warning counts as an error"},
                    json_option(check->json)},
        .run = [check](Words) { return check_profile(*check); },
    };
}

}  // namespace outis::images::commands
