#include "commands/k8s.h"

#include <cstdio>

#include "content/tool_data.h"
#include "host/report.h"
#include "kubernetes/image_facts.h"
#include "kubernetes/manifest.h"
#include "kubernetes/yaml.h"
#include "oci/json.h"
#include "outis/sandbox/arch.h"
#include "places/place.h"

namespace outis::images::commands {

namespace {

Result<kubernetes::Workload, Error> workload_of(const K8sOptions& options)
{
    if (!options.format.empty() && options.format != "yaml" && options.format != "json")
        return bad_input("unknown format '" + options.format + "'; there are 'yaml' and 'json'");
    const auto arch =
        options.platform.empty() ? sandbox::host_arch() : sandbox::parse_arch(options.platform);
    if (!arch)
        return bad_input("unknown architecture '" + options.platform +
                         "'; there are 'amd64' and 'arm64'");
    const content::ToolData data = OUTIS_TRY(content::find_tool_data());
    const kubernetes::ImageFacts facts =
        OUTIS_TRY(kubernetes::read_image_facts(options.image, options.remote, *arch, data));
    kubernetes::WorkloadWords words = options.words;
    const places::Place place = OUTIS_TRY(places::parse_source(options.image));
    if (words.image.empty() && !place.digest.empty())
        words.image = place.path;  // the cluster pulls what was read here
    return kubernetes::make_workload(words, facts);
}

}  // namespace

int run(const K8sOptions& options)
{
    const Result<kubernetes::Workload, Error> workload = workload_of(options);
    if (!workload)
        return host::report(workload.error());
    for (const std::string& note : workload.value().notes)
        std::fprintf(stderr, "outis: note: %s\n", note.c_str());
    const boost::json::value value = kubernetes::manifest(workload.value());
    const std::string text =
        options.format == "json" ? oci::canonical_json(value) + "\n" : kubernetes::yaml(value);
    std::fputs(text.c_str(), stdout);
    return 0;
}

}  // namespace outis::images::commands
