#include "places/remote.h"

#include <charconv>
#include <string_view>

#include "host/input.h"
#include "host/words.h"
#include "registry/site_files.h"

namespace outis::images::places {

namespace {

constexpr std::uint64_t kMaxJobs = 32;
constexpr std::uint64_t kMaxTries = 100;
constexpr std::uint64_t kLeastChunk = 64U << 10;
constexpr std::uint64_t kMostChunk = std::uint64_t{1} << 40;

Result<std::uint64_t, Error> parse_count(std::string_view text, const std::string& option,
                                         std::uint64_t most)
{
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end || number == 0 || number > most)
        return bad_input(option + " '" + std::string(text) + "' must be 1 to " +
                         std::to_string(most));
    return number;
}

// "16M", "512K", "1G", or bytes.
Result<std::uint64_t, Error> parse_chunk(std::string_view text)
{
    const std::string complaint =
        "--chunk '" + std::string(text) + "' must be a size of at least 64K, as in '16M'";
    unsigned shift = 0;
    for (const auto& [unit, bits] : {std::pair{'K', 10U}, {'M', 20U}, {'G', 30U}}) {
        if (text.ends_with(unit))
            shift = bits;
    }
    if (shift != 0)
        text.remove_suffix(1);
    const Result<std::uint64_t, Error> number = parse_count(text, "", kMostChunk >> shift);
    if (!number || number.value() << shift < kLeastChunk)
        return bad_input(complaint);
    return number.value() << shift;
}

}  // namespace

Result<registry::RegistrySettings, Error> parse_remote(const RemoteOptions& options)
{
    if (options.plain_http && !options.tls_ca.empty())
        return bad_input("--plain-http and --tls-ca contradict each other");
    for (const std::string* file : {&options.tls_ca, &options.authfile}) {
        if (!file->empty())
            OUTIS_TRY(host::open_input(*file));
    }
    registry::RegistrySettings settings{.tls_ca = options.tls_ca,
                                        .authfile = options.authfile,
                                        .plain_http = options.plain_http,
                                        .proxies = http::Proxies(host::variable),
                                        .site_folders = registry::site_folders()};
    if (!options.jobs.empty())
        settings.jobs =
            static_cast<unsigned>(OUTIS_TRY(parse_count(options.jobs, "--jobs", kMaxJobs)));
    if (!options.tries.empty())
        settings.retry.tries =
            static_cast<unsigned>(OUTIS_TRY(parse_count(options.tries, "--tries", kMaxTries)));
    if (!options.chunk.empty())
        settings.chunk = OUTIS_TRY(parse_chunk(options.chunk));
    return settings;
}

}  // namespace outis::images::places
