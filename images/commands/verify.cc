#include "commands/verify.h"

#include <algorithm>
#include <cstdio>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "browse/images.h"
#include "browse/words.h"
#include "host/interrupt.h"
#include "host/report.h"
#include "oci/json.h"
#include "oci/printable.h"
#include "view/verify.h"

namespace outis::images::commands {

namespace json = boost::json;

namespace {

json::object as_object(const view::Finding& finding)
{
    const view::RuleRow& row = view::row_of(finding.rule);
    return {{"rule", std::string(row.name)},
            {"severity", std::string(view::severity_name(row.severity))},
            {"image", oci::printable(finding.where.image)},
            {"layer", oci::printable(finding.where.layer)},
            {"path", oci::printable(finding.where.path)},
            {"text", oci::printable(finding.text)},
            {"remedy", std::string(row.remedy)}};
}

std::string as_json(const view::Verified& verified, bool sound)
{
    json::array images;
    for (const view::VerifiedImage& image : verified.images)
        images.push_back(json::object{{"platform", oci::printable(image.platform)},
                                      {"tag", oci::printable(image.tag)},
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
        text += oci::printable(name + ": " + image.platform) + ", " +
                count_text(image.layers, "layer") + ", " + count_text(image.files, "file") + ", " +
                browse::size_text(image.unpacked) + "\n";
    return text + oci::printable(name) + ": " +
           count_text(view::count_of(verified.findings, view::Severity::error), "error") + ", " +
           count_text(view::count_of(verified.findings, view::Severity::warning), "warning") +
           ", " + count_text(view::count_of(verified.findings, view::Severity::note), "note") +
           "\n";
}

}  // namespace

int run(const VerifyCommand& command)
{
    const Result<browse::Members, Error> members =
        browse::open_members(command.image, command.platform, command.remote, host::print_note);
    if (!members)
        return host::report(members.error());
    host::release_interrupts();  // nothing is left behind
    const std::string platform = command.platform == "all" ? "" : command.platform;
    const view::Verified verified = view::verify_image(
        members.value().find, {.tag = members.value().tag, .platform = platform});
    const bool nothing = verified.images.empty() && view::first_defect(verified.findings).empty();
    if (nothing || (verified.images.empty() && !platform.empty())) {
        const auto images = browse::images_of(members.value(), platform);
        if (!images)
            return host::report(images.error());
    }
    const bool sound =
        view::count_of(verified.findings, view::Severity::error) == 0 &&
        (!command.strict || view::count_of(verified.findings, view::Severity::warning) == 0);
    if (command.json)
        std::fputs(as_json(verified, sound).c_str(), stdout);
    else if (!command.quiet)
        std::fputs(as_text(command.image, verified, host::colours_on(stdout)).c_str(), stdout);
    return sound ? 0 : 1;
}

}  // namespace outis::images::commands
