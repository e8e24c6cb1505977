#include "transfer/walk.h"

#include <algorithm>
#include <set>
#include <utility>

#include <boost/json/object.hpp>

#include "deliver/copy.h"
#include "files/input.h"
#include "files/suggest.h"
#include "oci/json.h"
#include "outis/images/transfer.h"
#include "outis/sandbox/arch.h"

namespace outis::images {

namespace json = boost::json;

namespace {

// What is still to be looked at; `opened` once its children have been put before it.
struct Pending {
    Manifest manifest = {};
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
        stack.push_back({.manifest = std::move(root)});
        while (!stack.empty()) {
            Pending& at = stack.back();
            if (at.opened) {
                note_blobs(at.manifest);
                ordered.push_back(std::move(at.manifest));
                stack.pop_back();
                continue;
            }
            at.opened = true;
            const std::size_t depth = at.depth + 1;
            // The last of the stack is looked at next.
            std::vector<Descriptor> children = at.manifest.manifests;
            std::ranges::reverse(children);
            if (!children.empty() && depth > kMaxDepth)
                return bad_input("its indexes are nested deeper than 4");
            for (const Descriptor& child : children) {
                if (!seen_.insert(child.digest).second)
                    continue;
                if (seen_.size() > kMaxManifests)
                    return bad_input("it consists of more than 1000 manifests");
                stack.push_back({.manifest = OUTIS_TRY(source_.manifest(child)), .depth = depth});
            }
        }
        return ordered;
    }

    bool is_new(const std::string& digest) { return seen_.insert(digest).second; }

    std::vector<Descriptor> blobs = {};
    std::vector<std::string> notes = {};

private:
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
                there.push_back(row.platform);
        }
    } else {
        there.push_back(OUTIS_TRY(platform_of(top, source)));
        if (fits(there.front(), platform))
            return top;
    }
    return bad_input("the image is not for '" + platform + "' (there are " + quoted_list(there) +
                     "; '--platform all' takes it as it is)");
}

}  // namespace

Result<Walked, Error> walk(ImageSource& source, const std::string& platform, bool referrers)
{
    Manifest top = OUTIS_TRY(source.top());
    if (!platform.empty())
        top = OUTIS_TRY(choose(std::move(top), platform, source));
    Walk walk(source);
    walk.is_new(top.descriptor.digest);
    Walked found{.top = top};
    found.manifests = OUTIS_TRY(walk.below(std::move(top)));
    for (std::size_t i = 0; referrers && i < found.manifests.size(); ++i) {
        for (const Descriptor& row :
             OUTIS_TRY(source.referrers(found.manifests[i].descriptor.digest))) {
            if (!walk.is_new(row.digest))
                continue;
            Manifest referrer = OUTIS_TRY(source.manifest(row));
            for (Manifest& manifest : OUTIS_TRY(walk.below(std::move(referrer))))
                found.referrers.push_back(std::move(manifest));
        }
    }
    found.manifests.pop_back();  // the top itself
    found.blobs = std::move(walk.blobs);
    found.notes = std::move(walk.notes);
    return found;
}

}  // namespace outis::images
