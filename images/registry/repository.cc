#include "registry/repository.h"

#include <algorithm>
#include <utility>

#include "host/digest.h"
#include "http/fields.h"
#include "oci/manifest.h"
#include "registry/scopes.h"

namespace outis::images::registry {

namespace {

constexpr int kMaxPages = 100;  // of a list of referrers
constexpr int kCreated = 201;

// For people, by a web site that is no registry.
bool is_page(const http::Response& response)
{
    return response.field("Content-Type").starts_with("text/html");
}

// "sha256:HEX" as a tag. Source: OCI distribution specification 1.1, "Referrers Tag Schema".
std::string fallback_tag(std::string digest)
{
    std::ranges::replace(digest, ':', '-');
    return digest;
}

}  // namespace

Result<std::optional<oci::Manifest>, Error> Repository::find_manifest(const std::string& name) const
{
    const std::string doing = "reading '" + path_ + "' at '" + name + "'";
    const Result<http::Response, http::Trouble> response =
        registry_.persist({.url = url("/manifests/" + name),
                           .fields = {{"Accept", oci::accepted_types()}},
                           .text_limit = oci::kMaxManifest},
                          {pull_scope(path_)}, doing);
    if (!response)
        return Failure{registry_.refused(response.error())};
    if (response.value().status == 404)
        return std::optional<oci::Manifest>();
    if (response.value().status != 200)
        return Failure{registry_.refused(response.value(), doing)};
    Result<oci::Manifest, Error> manifest =
        oci::read_manifest(response.value().field("Content-Type"), response.value().text);
    if (!manifest)
        return unavailable("registry '" + registry_.domain() + "': " + doing + ": " +
                           manifest.error().text);
    const std::string said = response.value().field("Docker-Content-Digest");
    const std::string& digest = manifest.value().descriptor.digest;
    if ((host::is_digest(name) && digest != name) || (host::is_digest(said) && digest != said))
        return unavailable("registry '" + registry_.domain() + "': " + doing +
                           ": what came does not match its digest");
    return std::optional(manifest.take());
}

Result<std::optional<std::string>, Error> Repository::find_digest(const std::string& name) const
{
    const std::string doing = "looking for '" + path_ + "' at '" + name + "'";
    const Result<http::Response, http::Trouble> response = look_for_manifest(name, doing);
    if (!response)
        return Failure{registry_.refused(response.error())};
    const std::string digest = response.value().field("Docker-Content-Digest");
    if (response.value().status == 404)
        return std::optional<std::string>();
    if (response.value().status != 200)
        return Failure{registry_.refused(response.value(), doing)};
    if (is_page(response.value()))
        return std::optional<std::string>();
    // Without the field a tag says nothing.
    return host::is_digest(name)     ? std::optional(name)
           : host::is_digest(digest) ? std::optional(digest)
                                     : std::nullopt;
}

Result<Done, Error> Repository::push_manifest(const oci::Manifest& manifest,
                                              const std::string& name) const
{
    const std::string doing = "pushing '" + path_ + "' as '" + name + "'";
    const Result<http::Response, http::Trouble> response =
        registry_.persist({.method = http::Method::put,
                           .url = url("/manifests/" + name),
                           .fields = {{"Content-Type", manifest.descriptor.media_type}},
                           .body = http::text_payload(manifest.text)},
                          {push_scope(path_)}, doing);
    if (!response)
        return Failure{registry_.refused(response.error())};
    const int status = response.value().status;
    if (status / 100 != 2) {
        Error error = registry_.refused(response.value(), doing, kCreated);
        if ((status == 400 || status == 415) &&
            manifest.descriptor.media_type.find(".oci.") != std::string::npos)
            error.text += "; if it takes no OCI manifests, push with --format docker";
        return Failure{std::move(error)};
    }
    const std::string said = response.value().field("Docker-Content-Digest");
    if (host::is_digest(said) && said != manifest.descriptor.digest)
        return unavailable("registry '" + registry_.domain() + "': " + doing +
                           ": it stored something else");
    // Quay has answered 202; a web site answers 200 to everything.
    if (status != kCreated) {
        const std::string& digest = manifest.descriptor.digest;
        const Result<http::Response, http::Trouble> head = look_for_manifest(digest, doing);
        if (!head || !is_of_manifest(head.value(), digest))
            return Failure{registry_.refused(response.value(), doing, kCreated)};
    }
    if (!manifest.subject.empty() && response.value().field("OCI-Subject").empty())
        return enter_fallback(manifest);
    return Done{};
}

Result<http::Response, http::Trouble> Repository::look_for_manifest(const std::string& name,
                                                                    const std::string& doing) const
{
    return registry_.persist({.method = http::Method::head,
                              .url = url("/manifests/" + name),
                              .fields = {{"Accept", oci::accepted_types()}}},
                             {pull_scope(path_)}, doing);
}

bool Repository::is_of_manifest(const http::Response& head, const std::string& digest) const
{
    if (head.status != 200 || is_page(head))
        return false;
    if (head.field("Docker-Content-Digest") == digest)
        return true;
    const Result<std::optional<oci::Manifest>, Error> read = find_manifest(digest);
    return read && read.value();
}

Result<Done, Error> Repository::read_back(const std::string& digest) const
{
    const std::string doing = "reading back '" + path_ + "' at '" + digest + "'";
    Retries retries(registry_.settings().retry);
    while (true) {
        const Result<http::Response, http::Trouble> response = look_for_manifest(digest, doing);
        if (!response)
            return Failure{registry_.refused(response.error())};
        const int status = response.value().status;
        if (is_of_manifest(response.value(), digest) || status == 401 || status == 403 ||
            status == 405)
            return Done{};
        // What was stored just now is not seen at once everywhere.
        const Result<http::Response, http::Trouble> missing = http::trouble(
            http::Cause::broken, "what was pushed is not there (status " + std::to_string(status) +
                                     "); is there a registry at this "
                                     "address?");
        if (const Result<Done, http::Trouble> waited = retries.wait(missing, doing); !waited)
            return Failure{registry_.refused(waited.error())};
    }
}

Result<bool, Error> Repository::has_blob(const oci::Descriptor& blob) const
{
    const std::string doing = "looking for blob '" + blob.digest + "'";
    const Result<http::Response, http::Trouble> response =
        registry_.persist({.method = http::Method::head, .url = url("/blobs/" + blob.digest)},
                          {push_scope(path_)}, doing);
    if (!response)
        return Failure{registry_.refused(response.error())};
    // A web site has a page of its own for everything.
    if (response.value().status == 200)
        return response.value().length == blob.size && !is_page(response.value());
    if (response.value().status == 404)
        return false;
    return Failure{registry_.refused(response.value(), doing)};
}

Result<std::vector<oci::Descriptor>, Error> Repository::referrers(const std::string& digest) const
{
    const std::string doing = "looking for what refers to '" + digest + "'";
    std::vector<oci::Descriptor> found;
    http::Url next = url("/referrers/" + digest);
    for (int page = 0; page < kMaxPages; ++page) {
        const Result<http::Response, http::Trouble> response = registry_.persist(
            {.url = next, .fields = {{"Accept", oci::kIndexType}}, .text_limit = oci::kMaxManifest},
            {pull_scope(path_)}, doing);
        if (!response)
            return Failure{registry_.refused(response.error())};
        if (response.value().status == 404 && page == 0)
            return fallback_referrers(digest);
        if (response.value().status != 200)
            return Failure{registry_.refused(response.value(), doing)};
        const Result<oci::Manifest, Error> index =
            oci::read_manifest(response.value().field("Content-Type"), response.value().text);
        if (!index)
            return unavailable("registry '" + registry_.domain() + "': " + doing + ": " +
                               index.error().text);
        found.insert(found.end(), index.value().manifests.begin(), index.value().manifests.end());
        if (found.size() > oci::kMaxDescriptors)
            break;
        const auto link = http::parse_next_link(response.value().field("Link"));
        if (!link)
            return found;
        const Result<http::Url, http::Trouble> resolved =
            http::or_blame_them(http::resolve_url(next, *link));
        if (!resolved)
            return Failure{registry_.refused(resolved.error())};
        next = resolved.value();
        if (next.origin() != registry_.url("").origin())
            return unavailable("registry '" + registry_.domain() + "': " + doing +
                               ": its list goes on at another host");
    }
    return unavailable("registry '" + registry_.domain() + "': " + doing + ": its list has no end");
}

Result<std::vector<oci::Descriptor>, Error> Repository::fallback_referrers(
    const std::string& digest) const
{
    const std::optional<oci::Manifest> index = OUTIS_TRY(find_manifest(fallback_tag(digest)));
    return index ? index->manifests : std::vector<oci::Descriptor>();
}

Result<Done, Error> Repository::enter_fallback(const oci::Manifest& referrer) const
{
    const std::string tag = fallback_tag(referrer.subject);
    const std::optional<oci::Manifest> old = OUTIS_TRY(find_manifest(tag));
    if (old && !old->is_index())
        return unavailable("registry '" + registry_.domain() + "': '" + path_ + "' at '" + tag +
                           "' is no index of what refers to an image");
    if (old && std::ranges::find(old->manifests, referrer.descriptor.digest,
                                 &oci::Descriptor::digest) != old->manifests.end())
        return Done{};
    const std::string text = OUTIS_TRY(oci::index_with(old ? old->text : "", referrer));
    return push_manifest(OUTIS_TRY(oci::read_manifest(oci::kIndexType, text)), tag);
}

}  // namespace outis::images::registry
