#include "transfer/walk.h"

#include <algorithm>
#include <set>
#include <utility>

#include <boost/json/object.hpp>

#include "deliver/copy.h"
#include "files/input.h"
#include "files/suggest.h"
#include "oci/json.h"
#include "oci/printable.h"
#include "outis/images/transfer.h"
#include "outis/sandbox/arch.h"

namespace outis::images {

namespace json = boost::json;

namespace {

// What is still to be looked at; `opened` once its children have been put above it.
struct Pending {
    Manifest manifest = {};  // its descriptor alone before
    std::size_t depth = 0;
    bool opened = false;
};

class Walk {
public:
    explicit Walk(ImageSource& source) : source_(source) {}

    // All below `root`, children first, `root` last.
    Result<std::vector<Manifest>, Error> below(Manifest root)
    {
        std::vector<Manifest> ordered;
        std::vector<Pending> stack;
        OUTIS_TRY(open(std::move(root), 0, stack));
        while (!stack.empty()) {
            Pending at = std::move(stack.back());
            stack.pop_back();
            if (at.opened) {
                note_blobs(at.manifest);
                ordered.push_back(std::move(at.manifest));
            } else if (OUTIS_TRY(is_new(at.manifest.descriptor.digest))) {
                Manifest manifest = OUTIS_TRY(source_.manifest(at.manifest.descriptor));
                OUTIS_TRY(open(std::move(manifest), at.depth, stack));
            }
        }
        return ordered;
    }

    // Each manifest is looked at once.
    Result<bool, Error> is_new(const std::string& digest)
    {
        const bool fresh = seen_.insert(digest).second;
        if (seen_.size() > kMaxManifests)
            return bad_input("it consists of more than 1000 manifests");
        return fresh;
    }

    std::vector<Descriptor> blobs = {};
    std::vector<std::string> notes = {};

private:
    // The first child comes to lie on top: the last of the stack is looked at next.
    static Result<Done, Error> open(Manifest manifest, std::size_t depth,
                                    std::vector<Pending>& stack)
    {
        std::vector<Descriptor> children = manifest.manifests;
        if (!children.empty() && depth == kMaxDepth)
            return bad_input("its indexes are nested deeper than 4");
        stack.push_back({.manifest = std::move(manifest), .depth = depth, .opened = true});
        std::ranges::reverse(children);
        for (Descriptor& child : children)
            stack.push_back({.manifest = {.descriptor = std::move(child)}, .depth = depth + 1});
        return Done{};
    }

    void note_blobs(const Manifest& manifest)
    {
        for (const Descriptor& blob : manifest.blobs) {
            if (!seen_blobs_.insert(blob.digest).second)
                continue;
            if (is_foreign(blob))
                notes.push_back("layer '" + blob.digest +
                                "' is not copied: its manifest says to fetch it elsewhere");
            else
                blobs.push_back(blob);
        }
    }

    ImageSource& source_;
    std::set<std::string> seen_;
    std::set<std::string> seen_blobs_;
};

// "linux/arm64" is also what "linux/arm64/v8" is for.
bool fits(const std::string& there, const std::string& wanted)
{
    return there == wanted || there.starts_with(wanted + "/");
}

Result<std::string, Error> platform_of(const Manifest& manifest, ImageSource& source)
{
    if (manifest.blobs.empty() || manifest.blobs.front().size > kMaxManifest)
        return std::string();
    const Blob config = OUTIS_TRY(source.blob(manifest.blobs.front(), [](std::uint64_t) {}));
    std::string text;
    OUTIS_TRY(copy_blob(config, [&](Bytes bytes) -> Result<Done, Error> {
        text += as_text(bytes);
        return Done{};
    }));
    const Result<json::value, Error> root = parse_json(text, config.digest);
    const json::object* object = root ? root.value().if_object() : nullptr;
    std::string platform;
    for (const char* name : {"os", "architecture"}) {
        const json::value* value = object != nullptr ? object->if_contains(name) : nullptr;
        if (value != nullptr && value->is_string())
            platform += (platform.empty() ? "" : "/") + std::string(value->get_string());
    }
    return platform;
}

Result<Manifest, Error> choose(Manifest top, const std::string& wanted, ImageSource& source)
{
    if (wanted == kThisMachine && !top.is_index())
        return top;
    const std::string platform =
        wanted != kThisMachine ? wanted
                               : "linux/" + std::string(sandbox::arch_name(sandbox::host_arch()));
    std::vector<std::string> there;
    if (top.is_index()) {
        for (const Descriptor& row : top.manifests) {
            if (fits(row.platform, platform))
                return source.manifest(row);
            if (!row.platform.empty())
                there.push_back(printable(row.platform));
        }
    } else {
        const std::string only = OUTIS_TRY(platform_of(top, source));
        if (fits(only, platform))
            return top;
        there.push_back(printable(only));
    }
    return bad_input("the image is not for '" + platform + "' (there are " + quoted_list(there) +
                     "; '--platform all' takes it as it is)");
}

// A signature may refer to a bill that refers to an image.
Result<std::vector<Manifest>, Error> referrers_of(const std::vector<Manifest>& image, Walk& walk,
                                                  ImageSource& source)
{
    std::vector<std::string> subjects;
    for (const Manifest& manifest : image)
        subjects.push_back(manifest.descriptor.digest);
    std::vector<Manifest> found;
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        for (const Descriptor& row : OUTIS_TRY(source.referrers(subjects[i]))) {
            if (!OUTIS_TRY(walk.is_new(row.digest)))
                continue;
            Manifest referrer = OUTIS_TRY(source.manifest(row));
            for (Manifest& manifest : OUTIS_TRY(walk.below(std::move(referrer)))) {
                subjects.push_back(manifest.descriptor.digest);
                found.push_back(std::move(manifest));
            }
        }
    }
    return found;
}

}  // namespace

Result<Walked, Error> walk(ImageSource& source, const std::string& platform, bool referrers)
{
    Manifest top = OUTIS_TRY(source.top());
    if (!platform.empty())
        top = OUTIS_TRY(choose(std::move(top), platform, source));
    Walk walk(source);
    OUTIS_TRY(walk.is_new(top.descriptor.digest));
    Walked found{.top = top};
    found.manifests = OUTIS_TRY(walk.below(std::move(top)));
    if (referrers)
        found.referrers = OUTIS_TRY(referrers_of(found.manifests, walk, source));
    found.manifests.pop_back();  // the top itself
    found.blobs = std::move(walk.blobs);
    found.notes = std::move(walk.notes);
    return found;
}

}  // namespace outis::images
