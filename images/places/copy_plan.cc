#include "places/copy_plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <boost/json/value.hpp>

#include "layers/platform.h"
#include "oci/field.h"
#include "oci/json.h"
#include "outis/images/transfer.h"
#include "outis/sandbox/arch.h"
#include "outis/sandbox/suggest.h"
#include "outis/utf8.h"
#include "places/blob.h"

namespace outis::images::places {

namespace json = boost::json;

namespace {

// What is still to be looked at; `opened` once its children have been put above it.
struct Pending {
    oci::Manifest manifest = {};  // its descriptor alone before
    std::size_t depth = 0;
    bool opened = false;
};

class Traversal {
public:
    explicit Traversal(ImageSource& source) : source_(source) {}

    // All below `root`, children first, `root` last.
    Result<std::vector<oci::Manifest>, Error> below(oci::Manifest root)
    {
        std::vector<oci::Manifest> ordered;
        std::vector<Pending> stack;
        OUTIS_TRY(open(std::move(root), 0, stack));
        while (!stack.empty()) {
            Pending at = std::move(stack.back());
            stack.pop_back();
            if (at.opened) {
                OUTIS_TRY(note_blobs(at.manifest));
                ordered.push_back(std::move(at.manifest));
            } else if (OUTIS_TRY(is_new(at.manifest.descriptor))) {
                oci::Manifest manifest = OUTIS_TRY(source_.manifest(at.manifest.descriptor));
                OUTIS_TRY(open(std::move(manifest), at.depth, stack));
            }
        }
        return ordered;
    }

    // Each manifest is looked at once.
    Result<bool, Error> is_new(const oci::Descriptor& manifest)
    {
        OUTIS_TRY(check_size(manifest));
        const auto [known, fresh] = types_.emplace(manifest.digest, manifest.media_type);
        if (known->second != manifest.media_type)
            return malformed("manifest '" + manifest.digest + "' is listed under two types");
        if (types_.size() > kMaxManifests)
            return malformed("it consists of more than 1000 manifests");
        // What its list says is what the source checks.
        if (fresh && manifest.size > kMaxManifestBytes - bytes_)
            return malformed("its manifests are larger than 64 MiB");
        bytes_ += fresh ? manifest.size : 0;
        return fresh;
    }

    // A list of referrers may hold anything.
    [[nodiscard]] Result<Done, Error> check_subject(const oci::Manifest& referrer,
                                                    const std::string& subject) const
    {
        if (referrer.subject != subject)
            return malformed("'" + referrer.descriptor.digest + "' is listed as referring to '" +
                             subject + "', but does not");
        return Done{};
    }

    // Layers that are nowhere to be fetched from here.
    [[nodiscard]] std::vector<std::string> notes() const
    {
        std::vector<std::string> notes;
        for (const std::string& digest : foreign_) {
            if (!fetched_.contains(digest))
                notes.push_back("layer '" + digest +
                                "' is not copied: its manifest says to fetch it elsewhere");
        }
        return notes;
    }

    std::vector<oci::Descriptor> blobs = {};

private:
    // A registry is to blame for what it has, the user for a file.
    [[nodiscard]] Failure<Error> malformed(const std::string& why) const
    {
        const registry::Repository* from = source_.repository();
        if (from == nullptr)
            return bad_input(why);
        return unavailable("registry '" + from->registry().domain() + "': reading '" +
                           from->path() + "': " + why);
    }

    Result<Done, Error> check_size(const oci::Descriptor& blob)
    {
        if (blob.size > oci::kMaxBlob)
            return malformed(too_large(blob));
        const auto [known, fresh] = sizes_.emplace(blob.digest, blob.size);
        if (known->second != blob.size)
            return malformed("'" + blob.digest + "' is listed with " +
                             std::to_string(known->second) + " and with " +
                             std::to_string(blob.size) + " bytes");
        return Done{};
    }

    // The first child comes to lie on top: the last of the stack is looked at next.
    Result<Done, Error> open(oci::Manifest manifest, std::size_t depth,
                             std::vector<Pending>& stack) const
    {
        std::vector<oci::Descriptor> children = manifest.manifests;
        if (!children.empty() && depth == kMaxDepth)
            return malformed("its indexes are nested deeper than 4");
        stack.push_back({.manifest = std::move(manifest), .depth = depth, .opened = true});
        std::ranges::reverse(children);
        for (oci::Descriptor& child : children)
            stack.push_back({.manifest = {.descriptor = std::move(child)}, .depth = depth + 1});
        return Done{};
    }

    // What is foreign to one manifest may be another's own.
    Result<Done, Error> note_blobs(const oci::Manifest& manifest)
    {
        for (const oci::Descriptor& blob : manifest.blobs) {
            OUTIS_TRY(check_size(blob));
            if (oci::is_foreign(blob))
                foreign_.insert(blob.digest);
            else if (fetched_.insert(blob.digest).second)
                blobs.push_back(blob);
        }
        return Done{};
    }

    ImageSource& source_;
    std::map<std::string, std::uint64_t> sizes_;  // by digest, of all that is named
    std::map<std::string, std::string> types_;    // of manifests
    std::set<std::string> fetched_;               // digests of `blobs`
    std::set<std::string> foreign_;
    std::uint64_t bytes_ = 0;  // of all manifests
};

Result<std::string, Error> platform_of(const oci::Manifest& manifest, ImageSource& source)
{
    if (manifest.blobs.empty() || manifest.blobs.front().size > oci::kMaxManifest)
        return std::string();
    const Blob config = OUTIS_TRY(source.blob(manifest.blobs.front(), [](std::uint64_t) {}));
    const std::string text = OUTIS_TRY(blob_text(config, oci::kMaxManifest));
    const Result<json::value, Error> root = oci::parse_json(text, config.digest);
    if (!root)
        return std::string();
    return oci::text_field(root.value(), "os") + "/" +
           oci::text_field(root.value(), "architecture");
}

Result<oci::Manifest, Error> choose(oci::Manifest top, const std::string& wanted,
                                    ImageSource& source)
{
    if (wanted == kThisMachine && !top.is_index())
        return top;
    const std::string platform =
        wanted != kThisMachine ? wanted : layers::platform_name(sandbox::host_arch());
    std::vector<std::string> there;
    if (top.is_index()) {
        for (const oci::Descriptor& row : top.manifests) {
            if (layers::platform_fits(row.platform, platform))
                return source.manifest(row);
            if (!row.platform.empty())
                there.push_back(printable(row.platform));
        }
    } else {
        const std::string only = OUTIS_TRY(platform_of(top, source));
        if (layers::platform_fits(only, platform))
            return top;
        there.push_back(printable(only));
    }
    return bad_input("the image is not for '" + platform + "' (there are " +
                     sandbox::quoted_list(there) + ")");
}

// A signature may refer to a bill that refers to an image.
Result<std::vector<oci::Manifest>, Error> referrers_of(const std::vector<oci::Manifest>& image,
                                                       Traversal& traversal, ImageSource& source)
{
    std::vector<std::string> subjects;
    for (const oci::Manifest& manifest : image)
        subjects.push_back(manifest.descriptor.digest);
    std::vector<oci::Manifest> found;
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        for (const oci::Descriptor& row : OUTIS_TRY(source.referrers(subjects[i]))) {
            if (!OUTIS_TRY(traversal.is_new(row)))
                continue;
            oci::Manifest referrer = OUTIS_TRY(source.manifest(row));
            OUTIS_TRY(traversal.check_subject(referrer, subjects[i]));
            for (oci::Manifest& manifest : OUTIS_TRY(traversal.below(std::move(referrer)))) {
                subjects.push_back(manifest.descriptor.digest);
                found.push_back(std::move(manifest));
            }
        }
    }
    return found;
}

Result<std::vector<Tagged>, Error> tagged_for(const std::vector<oci::Manifest>& image,
                                              Traversal& traversal, ImageSource& source)
{
    std::vector<Tagged> found;
    for (const oci::Manifest& manifest : image) {
        std::string start = manifest.descriptor.digest;
        std::ranges::replace(start, ':', '-');
        for (const char* end : {".sig", ".att", ".sbom"}) {
            std::optional<oci::Manifest> one = OUTIS_TRY(source.tagged(start + end));
            // An index is nothing that cosign writes there.
            if (!one || one->is_index())
                continue;
            if (OUTIS_TRY(traversal.is_new(one->descriptor)))
                OUTIS_TRY(traversal.below(*one));
            found.push_back({.tag = start + end, .manifest = std::move(*one)});
        }
    }
    return found;
}

}  // namespace

Result<CopyPlan, Error> plan_copy(ImageSource& source, const std::string& platform, About about)
{
    oci::Manifest top = OUTIS_TRY(source.top());
    if (!platform.empty())
        top = OUTIS_TRY(choose(std::move(top), platform, source));
    Traversal traversal(source);
    OUTIS_TRY(traversal.is_new(top.descriptor));
    CopyPlan found{.top = top};
    found.manifests = OUTIS_TRY(traversal.below(std::move(top)));
    if (about != About::nothing)
        found.referrers = OUTIS_TRY(referrers_of(found.manifests, traversal, source));
    if (about == About::referrers_and_tags)
        found.tagged = OUTIS_TRY(tagged_for(found.manifests, traversal, source));
    found.manifests.pop_back();  // the top itself
    found.blobs = std::move(traversal.blobs);
    found.notes = traversal.notes();
    return found;
}

}  // namespace outis::images::places
