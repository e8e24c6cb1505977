#include <algorithm>
#include <iterator>

#include "outis/sandbox/compile.h"
#include "outis/sandbox/questions.h"
#include "profiles/profile.h"
#include "profiles/source.h"
#include "profiles/text.h"

namespace outis::images {

namespace {

using sandbox::Severity;

Result<Done, Error> compiles(const sandbox::Profile& profile)
{
    for (const policy::Arch arch : {policy::Arch::x86_64, policy::Arch::aarch64})
        OUTIS_TRY(sandbox::compile_policy(profile, arch));
    return Done{};
}

sandbox::Diagnostics findings(const std::filesystem::path& file)
{
    const auto profile = sandbox::load_profile(file, profile_folders());
    if (!profile)
        return profile.error();
    sandbox::Diagnostics found = profile.value().notes;
    std::ranges::move(sandbox::lint(profile.value()), std::back_inserter(found));
    const auto compiled = compiles(profile.value());
    if (!compiled)
        found.push_back({.file = file.string(), .message = compiled.error().text});
    return found;
}

bool has(const sandbox::Diagnostics& found, Severity severity)
{
    return std::ranges::find(found, severity, &sandbox::Diagnostic::severity) != found.end();
}

Result<Done, int> check(const ProfileCheckOptions& options)
{
    sandbox::Diagnostics found = findings(OUTIS_TRY(profile_file(options.profile)));
    const bool wrong =
        has(found, Severity::error) || (options.strict && has(found, Severity::warning));
    if (options.json) {
        print(as_json(found));
    } else {
        if (!options.verbose)
            std::erase_if(found, [](const auto& one) { return one.severity == Severity::note; });
        complain(found);
    }
    if (wrong)
        return Failure{kAnswerIsNo};
    return Done{};
}

}  // namespace

int run(const ProfileCheckOptions& options)
{
    return exit_code(check(options));
}

}  // namespace outis::images
