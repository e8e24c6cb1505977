#include <array>
#include <cstdint>
#include <utility>

#include "dockerfile/dockerfile.h"
#include "dockerfile/quote.h"

namespace outis::images::dockerfile {

namespace {

std::string spaced(const std::vector<std::string>& words)
{
    std::string text;
    for (const std::string& word : words)
        text += " " + shell_word(word);
    return text;
}

std::string introduction(const DockerfileFacts& facts)
{
    const std::string context = shell_word(facts.context);
    return "# What 'outis bake' makes of the same words, in two steps:\n"
           "#\n"
           "#     outis base" +
           spaced(facts.base) +
           " -o - | docker load\n"
           "#     docker build " +
           (facts.platform.empty() ? "" : "--platform " + facts.platform + " ") + "-t " +
           shell_word(facts.name) + " -f Dockerfile " + context + "\n\n";
}

// As Go reads it.
std::string time_text(std::int64_t nanoseconds)
{
    constexpr std::int64_t kMillisecond = 1'000'000;
    return nanoseconds % kMillisecond == 0 ? std::to_string(nanoseconds / kMillisecond) + "ms"
                                           : std::to_string(nanoseconds) + "ns";
}

std::string health_line(const oci::HealthCheck& health)
{
    std::string line = "HEALTHCHECK";
    const std::array<std::pair<const char*, std::int64_t>, 3> times{{
        {"interval", health.interval_ns},
        {"timeout", health.timeout_ns},
        {"start-period", health.start_period_ns},
    }};
    for (const auto& [name, time] : times) {
        if (time != 0)
            line += " --" + std::string(name) + "=" + time_text(time);
    }
    if (health.retries != 0)
        line += " --retries=" + std::to_string(health.retries);
    return line + " CMD " + exec_form(health.command) + "\n";
}

std::string run_lines(const oci::RunConfig& run)
{
    std::string text;
    for (const auto& [name, value] : run.environment)
        text += "ENV " + name + "=" + dockerfile_value(value) + "\n";
    for (const auto& [name, value] : run.labels)
        text += "LABEL " + dockerfile_value(name) + "=" + dockerfile_value(value) + "\n";
    for (const std::string& port : run.ports)
        text += "EXPOSE " + port + "\n";
    if (!run.stop_signal.empty())
        text += "STOPSIGNAL " + run.stop_signal + "\n";
    if (run.health)
        text += health_line(*run.health);
    text += "ENTRYPOINT " + exec_form(run.entrypoint) + "\n";
    if (!run.arguments.empty())
        text += "CMD " + exec_form(run.arguments) + "\n";
    return text;
}

}  // namespace

std::string dockerfile_text(const DockerfileFacts& facts)
{
    std::string text = introduction(facts);
    if (!facts.build.empty())
        text += "ARG GO_VERSION=" + facts.go_version + "\n";
    text += "ARG BASE=" + facts.base_name + "\n\n";
    for (const std::string& line : facts.build)
        text += line + "\n";
    if (!facts.build.empty())
        text += "\n";
    text += "FROM ${BASE}\n";
    const char* const from = facts.build.empty() ? "COPY " : "COPY --from=build ";
    for (const CopiedFile& file : facts.files)
        text += from + file.source + " " + file.place + "\n";
    return text + run_lines(facts.run);
}

}  // namespace outis::images::dockerfile
