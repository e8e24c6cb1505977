#include <cstdio>
#include <memory>
#include <string>

#include <openssl/crypto.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "bill/tool.h"
#include "commands/commands.h"
#include "content/tool_data.h"
#include "layers/gzip.h"
#include "layers/zstd.h"
#include "oci/config.h"
#include "oci/json.h"
#include "programs/linked_libraries.h"

namespace outis::images::commands {

namespace {

struct VersionForm {
    bool json = false;
    bool spdx = false;
};

boost::json::array libraries_json()
{
    boost::json::array rows;
    for (const programs::LinkedLibrary& library : programs::own_libraries())
        rows.push_back(
            {{"name", library.name}, {"purl", library.purl}, {"version", library.version}});
    return rows;
}

std::string version_json()
{
    const Result<content::ToolData, Error> data = content::find_tool_data();
    const content::ContentVersions content =
        data ? content::content_versions(data.value()) : content::ContentVersions{};
    return oci::canonical_json(boost::json::object{
        {"ca-certificates", content.certificates},
        {"ca-certificates-count", content.certificate_count},
        {"compiler", OUTIS_COMPILER},
        {"gzip", layers::gzip_encoder()},
        {"libraries", libraries_json()},
        {"openssl", ::OpenSSL_version(OPENSSL_VERSION_STRING)},
        {"tzdata", content.zones},
        {"version", OUTIS_VERSION},
        {"zstd", layers::zstd_encoder()},
    });
}

Result<int, Error> print_version(VersionForm form)
{
    if (form.json && form.spdx)
        return bad_input("'--json' and '--spdx' are two forms; choose one");
    const std::string text = form.json   ? version_json()
                             : form.spdx ? bill::spdx_json(bill::bill_of_tool(oci::rfc3339(0)))
                                         : "outis " OUTIS_VERSION;
    std::printf("%s\n", text.c_str());
    return 0;
}

}  // namespace

Command version_command()
{
    const auto form = std::make_shared<VersionForm>();
    return {
        .name = "version",
        .help = "show the version",
        .options = {{"--json", &form->json, "", "show what it was built with too, as JSON"},
                    {"--spdx", &form->spdx, "", "show the libraries in it, as SPDX"}},
        .run = [form](Words) -> Result<int, Error> { return print_version(*form); },
    };
}

}  // namespace outis::images::commands
