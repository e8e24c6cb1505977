#include "commands/baked.h"

#include <algorithm>
#include <cstdio>

#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "bake/config_file.h"
#include "browse/words.h"
#include "host/report.h"
#include "host/words.h"
#include "oci/json.h"
#include "outis/utf8.h"
#include "places/place.h"

namespace outis::images::commands {

namespace {

// What to type to run the image that lies in `output`, or to build on it.
std::string next_step(const bake::Baked& baked, bake::Product product)
{
    const std::string& output = baked.outputs.front();
    const Result<places::Place, Error> parsed = places::parse_target(output);
    const places::Place place = parsed ? parsed.value() : places::Place{.path = output};
    if (output.starts_with("docker://"))
        return "docker run --rm " + output.substr(sizeof "docker://" - 1);
    if (output.starts_with("docker-daemon:"))
        return "docker run --rm " + output.substr(sizeof "docker-daemon:" - 1);
    // The layout's index lists more than the image, so its tag must be said.
    const std::string tag = baked.name.substr(baked.name.rfind(':'));
    if (output.starts_with("oci:"))
        return "skopeo copy " + output + (place.tag.empty() ? tag : "") +
               " docker-daemon:" + baked.name;
    const std::string name = places::is_whole_name(place.tag) ? place.tag : baked.name;
    const char* loader = output.starts_with("oci-archive:") ? "podman" : "docker";
    const std::string load = std::string(loader) + " load -i " + place.path;
    if (product != bake::Product::app)
        return load + ", then in a Dockerfile: FROM " + name;
    return load + " && " + loader + " run --rm " + name;
}

void print_summary(const bake::Baked& baked, bake::Product product)
{
    const std::string user = baked.user.empty() ? "decided by PID 1" : baked.user;
    const std::string profile = baked.profile.empty() ? "" : "profile " + baked.profile + ", ";
    std::printf("%s  %s, %suser %s\n", baked.name.c_str(),
                host::joined(baked.platforms, ", ").c_str(), profile.c_str(), user.c_str());
    std::printf("  written  %s\n", host::joined(baked.outputs, ", ").c_str());
    if (!baked.documents.empty())
        std::printf("  beside   %s\n", host::joined(baked.documents, ", ").c_str());
    std::printf("  size     %s on disk, %s pulled\n",
                browse::size_text(baked.unpacked_size).c_str(),
                browse::size_text(baked.pulled_size).c_str());
    std::printf("  digest   %s\n", baked.digest.c_str());
    std::printf("  next     %s\n", next_step(baked, product).c_str());
}

void print_json(const bake::Baked& baked)
{
    namespace json = boost::json;
    json::array outputs;
    for (const std::string& output : baked.outputs)
        outputs.emplace_back(output);
    json::array documents;
    for (const std::string& document : baked.documents)
        documents.emplace_back(document);
    json::array platforms;
    for (const std::string& platform : baked.platforms)
        platforms.emplace_back(platform);
    const std::string text = oci::canonical_json(json::object{
        {"digest", baked.digest},
        {"documents", documents},
        {"name", baked.name},
        {"outputs", outputs},
        {"platforms", platforms},
        {"profile", baked.profile},
        {"pulled_size", baked.pulled_size},
        {"unpacked_size", baked.unpacked_size},
        {"user", baked.user},
    });
    std::printf("%s\n", text.c_str());
}

Result<int, Error> write_binaries(const bake::BakeOptions& options, const Verbosity& verbosity)
{
    boost::json::array outputs;
    for (const std::string& file :
         OUTIS_TRY(bake::bake_binaries(options, progress_for(verbosity)))) {
        outputs.emplace_back(file);
        if (!verbosity.quiet && !verbosity.json)
            std::printf("%s\n", file.c_str());
    }
    if (verbosity.json)
        std::printf("%s\n", oci::canonical_json(boost::json::object{{"outputs", outputs}}).c_str());
    return 0;
}

}  // namespace

Result<int, Error> bake_and_report(const bake::BakeOptions& options, const Verbosity& verbosity)
{
    if (options.binary_only)
        return write_binaries(options, verbosity);
    return report_image(OUTIS_TRY(bake::bake(options, progress_for(verbosity))), options.product,
                        verbosity);
}

Progress progress_for(const Verbosity& verbosity)
{
    const bool watched = !verbosity.quiet && !verbosity.json && isatty(STDERR_FILENO) == 1;
    return [watched](std::string_view step) {
        if (watched)
            std::fprintf(stderr, "%s\n", printable(step).c_str());
    };
}

std::function<void(const std::string&)> notes_for(const Verbosity& verbosity)
{
    return [quiet = verbosity.quiet](const std::string& text) {
        if (!quiet)
            host::print_note(text);
    };
}

int report_image(const bake::Baked& baked, bake::Product product, const Verbosity& verbosity)
{
    if (verbosity.quiet)
        return 0;
    for (const std::string& note : baked.notes)
        host::print_note(note);
    if (writes_to_stdout(baked.outputs))
        return 0;
    if (verbosity.json)
        print_json(baked);
    else
        print_summary(baked, product);
    return 0;
}

bool writes_to_stdout(const std::vector<std::string>& outputs)
{
    return std::ranges::any_of(outputs, [](const std::string& output) {
        const Result<places::Place, Error> place = places::parse_target(output);
        return place && place.value().is_standard();
    });
}

}  // namespace outis::images::commands
