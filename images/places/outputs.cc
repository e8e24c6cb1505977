#include "places/outputs.h"

#include <array>
#include <cerrno>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include <sys/stat.h>

#include "host/input.h"
#include "host/replaced.h"
#include "layers/compress.h"

namespace outis::images::places {

namespace fs = std::filesystem;

namespace {

using namespace std::string_view_literals;

// How an archive may begin: packed by gzip, by zstd, or with ustar in its first header; tar(5).
constexpr std::array kPacked{layers::kGzipBeginning, layers::kZstdBeginning};
constexpr host::FileKind kArchive{
    .name = "archive of an image", .beginnings = kPacked, .inside = "ustar", .at = 257};
constexpr std::array kJson{"{"sv};
constexpr host::FileKind kDocument{.name = "JSON document", .beginnings = kJson};

// One thing that is written: a file, or an image with a tag in a folder, a registry or a daemon.
struct Written {
    std::string words = {};  // for messages
    std::string where = {};  // the same for the same place
    std::string tag = {};    // in a layout
    fs::path file = {};      // empty: none, or standard output
};

// Also of what is not there yet.
std::string real_path(const fs::path& path)
{
    std::error_code error;
    const fs::path real = fs::weakly_canonical(fs::absolute(path, error), error);
    const fs::path& known = real.empty() ? path : real;
    return (known.has_filename() ? known : known.parent_path()).string();
}

Written written_at(const Output& output)
{
    const Place& place = output.place;
    Written written{.words = output.words};
    if (!place.is_file()) {
        written.where = (place.transport == Transport::daemon ? "daemon " : "registry ") +
                        place.reference.full();
        return written;
    }
    written.where = real_path(place.is_standard() ? "/dev/stdout" : place.path);
    if (place.transport == Transport::oci)
        written.tag = place.tag.empty() ? output.tag : place.tag;
    else if (!place.is_standard())
        written.file = place.path;
    return written;
}

// By the place; of a file the tag is empty.
using Places = std::map<std::pair<std::string, std::string>, const Written*>;

// What has the place of `written` already; null if nothing has.
const Written* other_at(const Places& places, const Written& written)
{
    const auto first = places.lower_bound({written.where, ""});
    if (first == places.end() || first->first.first != written.where)
        return nullptr;
    if (written.tag.empty() || first->first.second.empty())
        return first->second;
    const auto same = places.find({written.where, written.tag});
    return same == places.end() ? nullptr : same->second;
}

Result<Done, Error> check_folder(const Written& written)
{
    const fs::path folder = written.file.parent_path();
    struct stat status = {};
    if (folder.empty() || ::stat(folder.c_str(), &status) == 0)
        return Done{};
    return unavailable("cannot write " + written.words + ": folder '" + folder.string() +
                       "': " + host::reason(errno));
}

using FileNumber = std::pair<dev_t, ino_t>;

// Of what is written over.
Result<Done, Error> check_inputs(const std::map<FileNumber, const Written*>& replaced,
                                 const std::vector<fs::path>& inputs)
{
    for (const fs::path& input : inputs) {
        struct stat status = {};
        if (replaced.empty() || ::stat(input.c_str(), &status) != 0)
            continue;
        const auto found = replaced.find({status.st_dev, status.st_ino});
        if (found != replaced.end())
            return bad_input(found->second->words + " would replace '" + input.string() +
                             "', which is read; choose another output");
    }
    return Done{};
}

}  // namespace

fs::path file_beside(const Place& place, const std::string& ending)
{
    std::error_code ignored;
    const fs::path tar = place.path;
    if (place.transport == Transport::oci || !place.is_file() || place.is_standard() ||
        (fs::exists(tar, ignored) && !fs::is_regular_file(tar, ignored)))
        return {};
    fs::path beside = tar;
    if (beside.extension() == ".tar")
        beside.replace_extension();
    return beside += ending;
}

Result<Done, Error> check_outputs(const std::vector<Output>& outputs,
                                  const std::vector<fs::path>& inputs)
{
    std::vector<std::pair<Written, const host::FileKind*>> all;
    for (const Output& output : outputs) {
        all.emplace_back(written_at(output), &kArchive);
        const std::string owner = all.back().first.words;
        for (const std::string& ending : output.endings) {
            const fs::path file = file_beside(output.place, ending);
            if (!file.empty())
                all.emplace_back(Written{.words = "'" + file.string() + "' beside " + owner,
                                         .where = real_path(file),
                                         .file = file},
                                 &kDocument);
        }
    }
    Places places;
    std::map<FileNumber, const Written*> replaced;
    for (const auto& [written, kind] : all) {
        if (const Written* other = other_at(places, written))
            return bad_input(other->words + " and " + written.words +
                             " have one place; name another for one of them");
        places.emplace(std::pair(written.where, written.tag), &written);
        struct stat status = {};
        if (!written.file.empty() && ::stat(written.file.c_str(), &status) == 0 &&
            S_ISREG(status.st_mode))
            replaced.emplace(std::pair(status.st_dev, status.st_ino), &written);
    }
    OUTIS_TRY(check_inputs(replaced, inputs));
    for (const auto& [written, kind] : all) {
        if (written.file.empty())
            continue;
        OUTIS_TRY(check_folder(written));
        OUTIS_TRY(host::check_replaced(written.file, *kind));
    }
    return Done{};
}

}  // namespace outis::images::places
