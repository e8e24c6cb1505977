#include "commands/verify.h"

#include <algorithm>
#include <cstdio>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "browse/source.h"
#include "browse/words.h"
#include "host/interrupt.h"
#include "host/report.h"
#include "oci/json.h"
#include "oci/printable.h"
#include "view/verify.h"

namespace outis::images {

namespace json = boost::json;

namespace {

json::object as_object(const Finding& finding)
{
    const RuleRow& row = row_of(finding.rule);
    return {{"rule", std::string(row.name)},
            {"severity", std::string(severity_name(row.severity))},
            {"image", printable(finding.where.image)},
            {"layer", printable(finding.where.layer)},
            {"path", printable(finding.where.path)},
            {"text", printable(finding.text)},
            {"remedy", std::string(row.remedy)}};
}

std::string as_json(const Verified& verified, bool sound)
{
    json::array images;
    for (const VerifiedImage& image : verified.images)
        images.push_back(json::object{{"platform", printable(image.platform)},
                                      {"tag", printable(image.tag)},
                                      {"layers", image.layers},
                                      {"files", image.files},
                                      {"unpacked_size", image.unpacked}});
    json::array findings;
    for (const Finding& finding : verified.findings)
        findings.push_back(as_object(finding));
    return canonical_json(
               json::object{{"sound", sound}, {"images", images}, {"findings", findings}}) +
           "\n";
}

Colour colour_of(Severity severity)
{
    switch (severity) {
    case Severity::error: return Colour::red;
    case Severity::warning: return Colour::yellow;
    case Severity::note: return Colour::plain;
    }
    __builtin_trap();
}

std::string count_text(std::size_t count, const std::string& what)
{
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// The findings, the worst first, then what was looked at.
std::string as_text(const std::string& name, const Verified& verified, bool coloured)
{
    std::string text;
    for (const Severity severity : {Severity::error, Severity::warning, Severity::note}) {
        for (const Finding& finding : verified.findings) {
            if (row_of(finding.rule).severity == severity)
                text += painted(line_of(finding), colour_of(severity), coloured) + "\n";
        }
    }
    for (const VerifiedImage& image : verified.images)
        text += printable(name + ": " + image.platform) + ", " + count_text(image.layers, "layer") +
                ", " + count_text(image.files, "file") + ", " + size_text(image.unpacked) + "\n";
    return text + printable(name) + ": " +
           count_text(count_of(verified.findings, Severity::error), "error") + ", " +
           count_text(count_of(verified.findings, Severity::warning), "warning") + ", " +
           count_text(count_of(verified.findings, Severity::note), "note") + "\n";
}

}  // namespace

int run(const VerifyCommand& command)
{
    release_interrupts();  // nothing is left behind
    const Result<Source, Error> source = open_source(command.image);
    if (!source)
        return report(source.error());
    const Verified verified =
        verify_image(members_of(source.value()),
                     {.tag = source.value().place.tag, .platform = command.platform});
    const bool nothing = verified.images.empty() && first_defect(verified.findings).empty();
    if (nothing || (verified.images.empty() && !command.platform.empty())) {
        const auto images = images_of(source.value(), command.platform);
        if (!images)
            return report(images.error());
    }
    const bool sound = count_of(verified.findings, Severity::error) == 0 &&
                       (!command.strict || count_of(verified.findings, Severity::warning) == 0);
    if (command.json)
        std::fputs(as_json(verified, sound).c_str(), stdout);
    else if (!command.quiet)
        std::fputs(as_text(command.image, verified, colours_on(stdout)).c_str(), stdout);
    return sound ? 0 : 1;
}

}  // namespace outis::images
