#include "commands/transfer.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "commands/progress.h"
#include "host/report.h"
#include "oci/json.h"
#include "places/each_once.h"

namespace outis::images::commands {

namespace {

void add(places::Transferred& all, const places::Transferred& one)
{
    all.digest = one.digest;
    all.media_type = one.media_type;
    all.references.insert(all.references.end(), one.references.begin(), one.references.end());
    all.uploaded += one.uploaded;
    all.present += one.present;
    all.mounted += one.mounted;
    all.referrers += one.referrers;
}

void print_json(const places::Transferred& done)
{
    boost::json::array references;
    for (const std::string& reference : done.references)
        references.emplace_back(reference);
    const boost::json::object blobs{
        {"mounted", done.mounted}, {"moved", done.uploaded}, {"present", done.present}};
    const std::string text =
        oci::canonical_json(boost::json::object{{"blobs", blobs},
                                                {"digest", done.digest},
                                                {"media_type", done.media_type},
                                                {"references", references},
                                                {"referrers", done.referrers}});
    std::printf("%s\n", text.c_str());
}

// `referrers`: whether they were asked for.
void print_summary(const places::Transferred& done, bool referrers)
{
    for (const std::string& reference : done.references)
        std::printf("%s\n", reference.c_str());
    std::printf("  digest   %s\n", done.digest.c_str());
    std::printf("  blobs    %llu moved, %llu there already, %llu mounted\n",
                static_cast<unsigned long long>(done.uploaded),
                static_cast<unsigned long long>(done.present),
                static_cast<unsigned long long>(done.mounted));
    if (referrers)
        std::printf("  about it %llu documents\n", static_cast<unsigned long long>(done.referrers));
}

bool is_watched(Verbosity verbosity)
{
    const char* terminal = std::getenv("TERM");
    return verbosity == Verbosity::summary && isatty(STDERR_FILENO) == 1 && terminal != nullptr &&
           std::string_view(terminal) != "dumb";
}

}  // namespace

int run(const TransferCommand& command)
{
    ProgressBoard board(is_watched(command.verbosity) ? stderr : nullptr);
    const places::TransferWatch watch{
        .blob = [&](const places::BlobProgress& progress) { board.show(progress); },
        .note = places::each_once([&](const std::string& note) {
            if (command.verbosity != Verbosity::quiet)
                board.note(note);
        })};
    places::Transferred all;
    for (const std::string& output : command.outputs) {
        places::TransferOptions options = command.options;
        options.to = output;
        const Result<places::Transferred, Error> done = places::transfer(options, watch);
        board.finish();
        if (!done)
            return host::report(done.error());
        add(all, done.value());
    }
    for (const std::string& output : command.outputs) {
        // Standard output has the image then.
        if (output == "-" || output.ends_with(":-"))
            return 0;
    }
    if (command.verbosity == Verbosity::summary)
        print_summary(all, command.options.referrers);
    else if (command.verbosity == Verbosity::json)
        print_json(all);
    return 0;
}

}  // namespace outis::images::commands
