#include <algorithm>
#include <cstdio>
#include <memory>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "browse/images.h"
#include "browse/words.h"
#include "commands/commands.h"
#include "commands/shared.h"
#include "host/interrupt.h"
#include "host/report.h"
#include "oci/json.h"
#include "outis/images/transfer.h"
#include "outis/utf8.h"
#include "view/verify.h"

namespace outis::images::commands {

namespace json = boost::json;

namespace {

struct VerifyCommand {
    std::string image = {};
    std::string platform = {};
    places::RemoteOptions remote = {};
    bool strict = false;  // warnings count as errors
    bool quiet = false;   // the exit code alone
    bool json = false;
};

json::object as_object(const view::Finding& finding)
{
    const view::RuleRow& row = view::row_of(finding.rule);
    return {{"rule", std::string(row.name)},
            {"severity", std::string(view::severity_name(row.severity))},
            {"image", printable(finding.where.image)},
            {"layer", printable(finding.where.layer)},
            {"path", printable(finding.where.path)},
            {"text", printable(finding.text)},
            {"remedy", std::string(row.remedy)}};
}

std::string as_json(const view::Verified& verified, bool sound)
{
    json::array images;
    for (const view::VerifiedImage& image : verified.images)
        images.push_back(json::object{{"platform", printable(image.platform)},
                                      {"tag", printable(image.tag)},
                                      {"layers", image.layers},
                                      {"files", image.files},
                                      {"unpacked_size", image.unpacked}});
    json::array findings;
    for (const view::Finding& finding : verified.findings)
        findings.push_back(as_object(finding));
    return oci::canonical_json(
               json::object{{"sound", sound}, {"images", images}, {"findings", findings}}) +
           "\n";
}

browse::Colour colour_of(view::Severity severity)
{
    switch (severity) {
    case view::Severity::error: return browse::Colour::red;
    case view::Severity::warning: return browse::Colour::yellow;
    case view::Severity::note: return browse::Colour::plain;
    }
    __builtin_trap();
}

std::string count_text(std::size_t count, const std::string& what)
{
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// The findings, the worst first, then what was looked at.
std::string as_text(const std::string& name, const view::Verified& verified, bool coloured)
{
    std::string text;
    for (const view::Severity severity :
         {view::Severity::error, view::Severity::warning, view::Severity::note}) {
        for (const view::Finding& finding : verified.findings) {
            if (view::row_of(finding.rule).severity == severity)
                text +=
                    browse::painted(view::line_of(finding), colour_of(severity), coloured) + "\n";
        }
    }
    for (const view::VerifiedImage& image : verified.images)
        text += printable(name + ": " + image.platform) + ", " + count_text(image.layers, "layer") +
                ", " + count_text(image.files, "file") + ", " + browse::size_text(image.unpacked) +
                "\n";
    return text + printable(name) + ": " +
           count_text(view::count_of(verified.findings, view::Severity::error), "error") + ", " +
           count_text(view::count_of(verified.findings, view::Severity::warning), "warning") +
           ", " + count_text(view::count_of(verified.findings, view::Severity::note), "note") +
           "\n";
}

// 0: sound; 1: something is wrong.
Result<int, Error> run_verify(const VerifyCommand& command)
{
    host::hold_interrupts();
    const std::string pulled = command.platform.empty() ? "all" : command.platform;
    const browse::Members members =
        OUTIS_TRY(browse::open_members(command.image, pulled, command.remote, host::print_note));
    host::release_interrupts();  // nothing is left behind
    const std::string platform = command.platform == "all" ? "" : command.platform;
    const view::Verified verified =
        view::verify_image(members.find, {.tag = members.tag, .platform = platform});
    const bool nothing = verified.images.empty() && view::first_defect(verified.findings).empty();
    if (nothing || (verified.images.empty() && !platform.empty()))
        OUTIS_TRY(browse::images_of(members, platform));
    const bool sound =
        view::count_of(verified.findings, view::Severity::error) == 0 &&
        (!command.strict || view::count_of(verified.findings, view::Severity::warning) == 0);
    if (command.json)
        std::fputs(as_json(verified, sound).c_str(), stdout);
    else if (!command.quiet)
        std::fputs(as_text(command.image, verified, host::colours_on(stdout)).c_str(), stdout);
    return sound ? 0 : 1;
}

}  // namespace

Command verify_command()
{
    const auto verify = std::make_shared<VerifyCommand>();
    return {
        .name = "verify",
        .help = "check an image against every rule, and list all that is wrong",
        .options = concat(
            {{image_option(verify->image),
              platform_option(verify->platform),
              {"--strict", &verify->strict, "", "a warning counts as an error"},
              {"-q,--quiet", &verify->quiet, "", "print nothing; the exit code is the answer"},
              json_option(verify->json)},
             registry_options(verify->remote)}),
        .run = [verify](Words) { return run_verify(*verify); },
    };
}

}  // namespace outis::images::commands
