#include "outis/sandbox/export.h"

#include <memory>

#include <boost/json/object.hpp>

#include "commands/profile.h"
#include "commands/source.h"
#include "commands/text.h"
#include "host/input.h"
#include "oci/json.h"

namespace outis::images::commands {

namespace json = boost::json;

namespace {

struct ProfileExport {
    std::string profile = {};
    std::string format = {};  // "oci", "docker" or "spo"; empty: oci
    std::string arch = {};
    std::string output = {};  // empty: stdout
    bool strict = false;
    bool json = false;  // with what the format cannot say
};

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

Result<Done, Error> write_exported(const sandbox::Exported& exported, const ProfileExport& options)
{
    const std::string text = options.json ? OUTIS_TRY(with_differences(exported)) : exported.json;
    return write_result(options.output, host::as_bytes(text));
}

// Prints what the format cannot say; 1 if that is anything and `strict`, and writes nothing then.
Result<int, Error> export_profile_to(const ProfileExport& options)
{
    const sandbox::ExportFormat format = OUTIS_TRY(chosen_format(options.format));
    const policy::Arch arch = OUTIS_TRY(chosen_arch(options.arch));
    const content::ProfileSource source = OUTIS_TRY(profile_text(options.profile));
    OUTIS_TRY(refuse_overwriting(source.file, options.output));
    const sandbox::Profile profile = OUTIS_TRY(load_profile(source, arch));
    const sandbox::Exported exported = OUTIS_TRY(sandbox::export_profile(profile, arch, format));
    complain("not said: ", exported.differences);
    if (options.strict && !exported.differences.empty())
        return kAnswerIsNo;
    complain("note: ", exported.notes);
    OUTIS_TRY(write_exported(exported, options));
    return 0;
}

}  // namespace

Command export_profile_command()
{
    const auto to = std::make_shared<ProfileExport>();
    return {
        .name = "export",
        .help = "write a profile as another tool's JSON",
        .options = {profile_option(to->profile),
                    {"--format", &to->format, "FORMAT", "oci, docker or spo", "oci"},
                    arch_option(to->arch),
                    stdout_option(to->output),
                    {"--strict", &to->strict, "", "fail if the format cannot say something"},
                    json_option(to->json)},
        .run = [to](Words) { return export_profile_to(*to); },
    };
}

}  // namespace outis::images::commands
