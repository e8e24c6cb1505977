// What registries send and files of credentials hold: any bytes are taken apart or refused. The
// first byte chooses the reader.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/fields.h"
#include "http/url.h"
#include "oci/descriptor.h"
#include "readers.h"
#include "registry/authorizer.h"
#include "registry/credentials.h"
#include "registry/refusal.h"

namespace {

using namespace outis;
using namespace outis::images;
using namespace outis::images::oci;
using namespace outis::images::http;
using namespace outis::images::registry;
using namespace outis::images::kubernetes;

void read_fields(std::string_view text)
{
    for (const Challenge& challenge : parse_challenges(text))
        must(!challenge.scheme.empty());
    const auto wait = parse_retry_after(text, std::chrono::system_clock::from_time_t(0));
    must(!wait || wait->count() >= 0);
    for (const auto& range : {parse_upload_range(text), parse_content_range(text)})
        must(!range || range->first <= range->last);
    static_cast<void>(parse_warning(text));
    static_cast<void>(parse_next_link(text));
    must(printable_line(text, 50).size() <= 50);
}

// What was read once reads the same again, and never leaves http.
void read_url(std::string_view text)
{
    const auto base = parse_url("https://registry.example:5000/v2/x?y=z");
    const auto url = resolve_url(base.value(), text);
    if (!url)
        return;
    must(url.value().scheme == "https" || url.value().scheme == "http");
    must(!url.value().host.empty() && url.value().target.starts_with('/'));
    const auto again = parse_url(url.value().origin() + url.value().target);
    must(again && again.value().origin() == url.value().origin());
    must(again.value().target == url.value().target);
}

void read_credentials(std::string_view text)
{
    if (const auto file = parse_auth_file(text, "f")) {
        const auto found = entry_for(file.value(), "a", "b/c");
        must(!found || !found.value() || *found.value() != Credentials{});
        const auto helper = helper_for(file.value(), "a");
        must(!helper || helper.value().find('/') == std::string::npos);
    }
    static_cast<void>(parse_helper_answer(text, "h"));
    const auto token = parse_token(text);
    must(!token || (!token.value().value.empty() && token.value().lifetime.count() > 0));
}

void read_manifests(std::string_view text)
{
    const auto manifest = read_manifest("", std::string(text));
    must(!manifest || manifest.value().manifests.empty() || manifest.value().blobs.empty());
    must(refusal(Response{.status = 400, .text = std::string(text)}, "x").find('\n') ==
         std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    return read_by_first_byte({read_fields, read_url, read_credentials, read_manifests}, data,
                              size);
}
