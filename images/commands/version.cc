#include <cstdio>
#include <memory>

#include <openssl/crypto.h>
#include <boost/json/object.hpp>

#include "commands/commands.h"
#include "content/tool_data.h"
#include "layers/gzip.h"
#include "layers/zstd.h"
#include "oci/json.h"

namespace outis::images::commands {

namespace {

int print_version(bool json)
{
    if (!json) {
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

}  // namespace

Command version_command()
{
    const auto json = std::make_shared<bool>(false);
    return {
        .name = "version",
        .help = "show the version",
        .options = {{"--json", json.get(), "", "show what it was built with too, as JSON"}},
        .run = [json](Words) -> Result<int, Error> { return print_version(*json); },
    };
}

}  // namespace outis::images::commands
