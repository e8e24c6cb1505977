#include "bake/found_file.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <vector>

#include "content/profile_source.h"
#include "host/words.h"
#include "places/place.h"

namespace outis::images::bake {

namespace fs = std::filesystem;
using host::PathKind;

namespace {

constexpr std::array kKeys = std::to_array<std::string_view>({"account",
                                                              "add",
                                                              "annotation",
                                                              "arguments",
                                                              "ca",
                                                              "ca-add",
                                                              "cap",
                                                              "compress",
                                                              "debug",
                                                              "dir",
                                                              "entrypoint",
                                                              "env",
                                                              "exclude",
                                                              "from",
                                                              "go-flag",
                                                              "health",
                                                              "health-interval",
                                                              "health-retries",
                                                              "health-start-period",
                                                              "health-timeout",
                                                              "keep-entrypoint",
                                                              "label",
                                                              "ldflags",
                                                              "library",
                                                              "link",
                                                              "locale",
                                                              "localtime",
                                                              "main",
                                                              "no-git",
                                                              "no-package-database",
                                                              "os-release",
                                                              "pack",
                                                              "platform",
                                                              "port",
                                                              "profile",
                                                              "provenance",
                                                              "provided",
                                                              "sbom",
                                                              "stop-signal",
                                                              "tag",
                                                              "tags",
                                                              "tz",
                                                              "user",
                                                              "volume",
                                                              "workdir"});
static_assert(std::ranges::is_sorted(kKeys));

// `go help build`, `go tool link -help`: flags that name no program and no file.
constexpr std::array kGoFlags = std::to_array<std::string_view>(
    {"-a", "-buildmode", "-p", "-race", "-tags", "-trimpath", "-v", "-x"});
constexpr std::array kLinkFlags =
    std::to_array<std::string_view>({"-buildid", "-compressdwarf", "-d", "-s", "-v", "-w"});

// "-X" of "-X=a.b=c" and of "--X".
std::string_view flag_name(std::string_view word)
{
    if (word.starts_with("--"))
        word.remove_prefix(1);
    return word.substr(0, word.find('='));
}

// `-buildvcs` runs git, whose configuration lies beside the source; `-mod=mod` writes go.mod and
// go.sum, which may be links.
bool is_go_flag(std::string_view word)
{
    const std::string_view name = flag_name(word);
    const std::size_t equals = word.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : word.substr(equals + 1);
    if (name == "-buildvcs")
        return value == "false";
    if (name == "-mod")
        return value == "vendor" || value == "readonly";
    return std::ranges::find(kGoFlags, name) != kGoFlags.end();
}

// The first flag that the linker may not be given.
std::optional<std::string> wrong_link_flag(const std::string& text)
{
    const std::vector<std::string> words = host::split_quoted(text);
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view name = flag_name(words[i]);
        const bool has_value = words[i].find('=') != std::string::npos;
        if (name == "-X" || name == "-extldflags") {
            const std::string value = has_value ? words[i].substr(words[i].find('=') + 1)
                                      : i + 1 < words.size() ? words[++i]
                                                             : "";
            if (name == "-X" || value == "-static")
                continue;
            return std::string(name) + " " + value;
        }
        if (std::ranges::find(kLinkFlags, name) == kLinkFlags.end())
            return words[i];
    }
    return std::nullopt;
}

bool is_below(const fs::path& folder, const fs::path& path)
{
    std::error_code error;
    const fs::path top = fs::canonical(folder.empty() ? "." : folder, error);
    const fs::path real = fs::weakly_canonical(path, error);
    if (error)
        return false;
    const fs::path relative = real.lexically_relative(top);
    return !relative.empty() && *relative.begin() != "..";
}

// The file or folder of an image, as it will be opened: without the name behind it.
std::optional<std::string> local_place(const std::string& value)
{
    const Result<places::Place, Error> place = places::parse_source(value);
    return place && place.value().is_file() ? std::optional(place.value().path) : std::nullopt;
}

}  // namespace

std::string path_in(PathKind kind, const std::string& value)
{
    switch (kind) {
    case PathKind::none:
    case PathKind::output: return {};
    case PathKind::file: return value;
    case PathKind::source: return value.substr(0, value.find(':'));
    case PathKind::image: return local_place(value).value_or(value);
    case PathKind::profile: return content::is_profile_file(value) ? value : "";
    case PathKind::certificates: return value == "pinned" || value == "none" ? "" : value;
    }
    return value;
}

bool is_found_key(std::string_view key)
{
    return std::ranges::binary_search(kKeys, key);
}

std::optional<std::string> found_refusal(const host::Option& option, const std::string& value,
                                         const fs::path& folder)
{
    const std::string key = host::long_name(option);
    if (key == "go-flag" && !is_go_flag(value))
        return "'" + value + "'";
    if (key == "ldflags") {
        if (const auto flag = wrong_link_flag(value))
            return "'" + *flag + "'";
    }
    if (key == "main" && (value.starts_with('-') || !is_below(folder, folder / value)))
        return "'" + value + "'";
    if (key == "env" && value.find('=') == std::string::npos)
        return "'" + value + "' of this environment";
    if (key == "library" && value.find('/') != std::string::npos)
        return "a path for '" + key + "'";
    const bool is_remote = option.path == PathKind::image && !local_place(value);
    const bool is_host = option.path == PathKind::certificates && value == "host";
    if (is_remote || is_host)
        return "'" + value + "'";
    const std::string path = path_in(option.path, value);
    if (!path.empty() && !is_below(folder, path))
        return "'" + path + "', which is outside of the file's folder";
    return std::nullopt;
}

}  // namespace outis::images::bake
