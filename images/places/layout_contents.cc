#include <algorithm>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>

#include "host/digest.h"
#include "host/input.h"
#include "oci/annotations.h"
#include "oci/field.h"
#include "oci/json.h"
#include "oci/manifest.h"
#include "outis/sandbox/suggest.h"
#include "outis/utf8.h"
#include "places/sources.h"

namespace outis::images::places {

namespace json = boost::json;

namespace {

constexpr std::string_view kBlobs = "blobs/sha256/";

struct IndexRow {
    oci::Descriptor descriptor = {};
    std::string tag = {};
    std::string name = {};
};

std::string annotation(const json::value& row, std::string_view key)
{
    const json::value* annotations = oci::field(row, "annotations");
    return annotations == nullptr ? "" : oci::text_field(*annotations, key);
}

// The entries of index.json with their tags.
Result<std::vector<IndexRow>, Error> read_index(const OpenedImage& image)
{
    const std::optional<Bytes> bytes = image.find("index.json");
    const std::string text(bytes ? host::as_text(*bytes) : "");
    const oci::Manifest index = OUTIS_TRY(oci::read_manifest(oci::kIndexType, text));
    const json::value root = OUTIS_TRY(oci::parse_json(text, "index.json"));
    std::vector<IndexRow> rows;
    for (std::size_t i = 0; i < index.manifests.size(); ++i) {
        const json::value& row = root.at("manifests").at(i);
        rows.push_back({.descriptor = index.manifests[i],
                        .tag = annotation(row, oci::kTagKey),
                        .name = annotation(row, oci::kNameKey)});
    }
    return rows;
}

// The image that is meant; by nothing the only one that refers to no other. Some builders list one
// image several times.
Result<Done, Error> choose_row(const std::vector<IndexRow>& rows, const std::string& tag,
                               Contents& contents)
{
    std::vector<std::string> tags;
    std::vector<std::size_t> matches;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const oci::Descriptor& one = rows[i].descriptor;
        if (one.artifact_type.empty())
            tags.push_back(rows[i].tag.empty() ? "@" + one.digest : printable(rows[i].tag));
        const bool again = std::ranges::any_of(matches, [&](std::size_t earlier) {
            return rows[earlier].descriptor.digest == one.digest;
        });
        if (!again && oci::is_meant(tag, rows[i].tag, one.digest) &&
            (!tag.empty() || one.artifact_type.empty()))
            matches.push_back(i);
    }
    std::ranges::sort(tags);
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    const std::string known = tags.empty() ? "" : " (there are " + sandbox::quoted_list(tags) + ")";
    if (matches.empty() && !tag.empty())
        return bad_input("it holds no image '" + tag + "'" + sandbox::did_you_mean(tag, tags) +
                         known);
    if (matches.size() != 1)
        return bad_input("it holds " + std::to_string(matches.size()) +
                         " images; name one as oci:DIR:TAG or oci:DIR@DIGEST" + known);
    for (const IndexRow& row : rows) {
        const oci::Descriptor& found = row.descriptor;
        Blob blob{.digest = found.digest, .size = found.size};
        if (&row != &rows[matches.front()]) {
            if (found.digest == rows[matches.front()].descriptor.digest)
                continue;
            contents.referrers.push_back({.manifest = std::move(blob),
                                          .type = found.artifact_type,
                                          .media_type = found.media_type});
            continue;
        }
        contents.top = std::move(blob);
        contents.top_type = found.media_type;
        if (Result<oci::Reference, Error> name = oci::parse_reference(row.name))
            contents.references.push_back(name.take());
    }
    return Done{};
}

}  // namespace

Result<Contents, Error> layout_contents(const OpenedImage& image, const std::string& tag)
{
    Contents contents{.maker = Maker::others};
    for (const std::string& name : image.paths()) {
        const std::string digest = "sha256:" + name.substr(std::min(kBlobs.size(), name.size()));
        const std::optional<MemberPlace> member = image.place(name);
        if (name.starts_with(kBlobs) && host::is_digest(digest) && member)
            contents.blobs.push_back({.digest = digest,
                                      .size = member->size,
                                      .content = member->file,
                                      .offset = member->offset});
    }
    const std::vector<IndexRow> rows = OUTIS_TRY(read_index(image));
    OUTIS_TRY(choose_row(rows, tag, contents));
    return contents;
}

}  // namespace outis::images::places
