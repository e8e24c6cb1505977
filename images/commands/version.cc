#include "commands/version.h"

#include <cstdio>

#include <openssl/crypto.h>
#include <boost/json/object.hpp>

#include "content/tool_data.h"
#include "layers/gzip.h"
#include "layers/zstd.h"
#include "oci/json.h"

namespace outis::images::commands {

int run(const VersionCommand& command)
{
    if (!command.json) {
        std::printf("outis %s\n", OUTIS_VERSION);
        return 0;
    }
    const Result<content::ToolData, Error> data = content::find_tool_data();
    const content::ContentVersions content =
        data ? content::content_versions(data.value()) : content::ContentVersions{};
    const std::string text = oci::canonical_json(boost::json::object{
        {"ca-certificates", content.certificates},
        {"ca-certificates-count", content.certificate_count},
        {"compiler", OUTIS_COMPILER},
        {"gzip", layers::gzip_encoder()},
        {"openssl", ::OpenSSL_version(OPENSSL_VERSION_STRING)},
        {"tzdata", content.zones},
        {"version", OUTIS_VERSION},
        {"zstd", layers::zstd_encoder()},
    });
    std::printf("%s\n", text.c_str());
    return 0;
}

}  // namespace outis::images::commands
