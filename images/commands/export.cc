#include "outis/sandbox/export.h"

#include <boost/json/object.hpp>

#include "commands/profile.h"
#include "commands/source.h"
#include "commands/text.h"
#include "host/input.h"
#include "oci/json.h"

namespace outis::images::commands {

namespace {

namespace json = boost::json;

Result<sandbox::ExportFormat, Error> chosen_format(const std::string& name)
{
    const auto format = sandbox::parse_export_format(name.empty() ? "oci" : name);
    if (!format)
        return bad_input("cannot export to '" + name + "'; write oci, docker or spo");
    return *format;
}

// { differences, notes, profile }
Result<std::string, Error> with_differences(const sandbox::Exported& exported)
{
    return oci::canonical_json(json::object{
               {"differences", words_json(exported.differences)},
               {"notes", words_json(exported.notes)},
               {"profile", OUTIS_TRY(oci::parse_json(exported.json, "the exported profile"))},
           }) +
           "\n";
}

Result<Done, int> write_exported(const sandbox::Exported& exported,
                                 const ProfileExportOptions& options)
{
    const std::string text =
        options.json ? OUTIS_TRY(told(with_differences(exported))) : exported.json;
    if (!options.output.empty())
        return told(write_whole(options.output, host::as_bytes(text)));
    print(text);
    return Done{};
}

Result<Done, int> export_to(const ProfileExportOptions& options)
{
    const sandbox::ExportFormat format = OUTIS_TRY(told(chosen_format(options.format)));
    const policy::Arch arch = OUTIS_TRY(chosen_arch(options.arch));
    const content::ProfileSource source = OUTIS_TRY(profile_text(options.profile));
    OUTIS_TRY(told(refuse_overwriting(source.file, options.output)));
    const sandbox::Profile profile = OUTIS_TRY(load_profile(source, arch));
    const sandbox::Exported exported =
        OUTIS_TRY(told(sandbox::export_profile(profile, arch, format)));
    complain("not said: ", exported.differences);
    if (options.strict && !exported.differences.empty())
        return Failure{kAnswerIsNo};
    complain("note: ", exported.notes);
    return write_exported(exported, options);
}

}  // namespace

int run(const ProfileExportOptions& options)
{
    return exit_code(export_to(options));
}

}  // namespace outis::images::commands
