#include "commands/k8s.h"

#include <cstdio>

#include "host/report.h"
#include "host/tool_data.h"
#include "kubernetes/image_facts.h"
#include "kubernetes/manifest.h"
#include "kubernetes/yaml.h"
#include "oci/json.h"
#include "outis/sandbox/arch.h"

namespace outis::images {

namespace {

Result<Workload, Error> workload_of(const K8sOptions& options)
{
    if (!options.format.empty() && options.format != "yaml" && options.format != "json")
        return bad_input("unknown format '" + options.format + "'; there are 'yaml' and 'json'");
    const auto arch =
        options.platform.empty() ? sandbox::host_arch() : sandbox::parse_arch(options.platform);
    if (!arch)
        return bad_input("unknown architecture '" + options.platform +
                         "'; there are 'amd64' and 'arm64'");
    const ToolData data = OUTIS_TRY(find_tool_data());
    const ImageFacts facts = OUTIS_TRY(read_image_facts(options.image, *arch, data));
    return make_workload(options.words, facts);
}

}  // namespace

int run(const K8sOptions& options)
{
    const Result<Workload, Error> workload = workload_of(options);
    if (!workload)
        return report(workload.error());
    for (const std::string& note : workload.value().notes)
        std::fprintf(stderr, "outis: note: %s\n", note.c_str());
    const boost::json::value value = manifest(workload.value());
    const std::string text = options.format == "json" ? canonical_json(value) + "\n" : yaml(value);
    std::fputs(text.c_str(), stdout);
    return 0;
}

}  // namespace outis::images
