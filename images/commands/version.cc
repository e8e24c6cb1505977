#include "commands/version.h"

#include <cstdio>

#include <openssl/crypto.h>
#include <boost/json/object.hpp>

#include "host/tool_data.h"
#include "layers/gzip.h"
#include "layers/zstd.h"
#include "oci/json.h"

namespace outis::images {

int run(const VersionCommand& command)
{
    if (!command.json) {
        std::printf("outis %s\n", OUTIS_VERSION);
        return 0;
    }
    const Result<ToolData, Error> data = find_tool_data();
    const ContentVersions content = data ? content_versions(data.value()) : ContentVersions{};
    const std::string text = canonical_json(boost::json::object{
        {"ca-certificates", content.certificates},
        {"ca-certificates-count", content.certificate_count},
        {"compiler", OUTIS_COMPILER},
        {"gzip", gzip_encoder()},
        {"openssl", ::OpenSSL_version(OPENSSL_VERSION_STRING)},
        {"tzdata", content.zones},
        {"version", OUTIS_VERSION},
        {"zstd", zstd_encoder()},
    });
    std::printf("%s\n", text.c_str());
    return 0;
}

}  // namespace outis::images
