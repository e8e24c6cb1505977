#include "places/place.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "host/digest.h"
#include "outis/sandbox/suggest.h"

namespace outis::images::places {

namespace {

constexpr std::string_view kTarEnding = ".tar";
constexpr std::string_view kSlashes = "//";

struct Row {
    std::string_view name;
    Transport transport;
};

// containers-transports(5)
constexpr std::array kTransports{
    Row{"oci", Transport::oci},
    Row{"oci-archive", Transport::oci_archive},
    Row{"docker-archive", Transport::docker_archive},
    Row{"docker", Transport::registry},
    Row{"docker-daemon", Transport::daemon},
};

// Transports of other tools: no image's name.
constexpr std::array<std::string_view, 6> kOtherTransports{
    "atomic", "containers-storage", "dir", "oci-layout", "ostree", "sif"};

bool is_other_transport(std::string_view name)
{
    return std::ranges::find(kOtherTransports, name) != kOtherTransports.end();
}

bool looks_like_transport(std::string_view text)
{
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

const Row* find_transport(std::string_view name)
{
    const auto* row = std::ranges::find(kTransports, name, &Row::name);
    return row == kTransports.end() ? nullptr : row;
}

std::string meant_transport(const std::string& name)
{
    const std::vector<std::string_view> names = sandbox::names_in(kTransports);
    return sandbox::did_you_mean(name, names);
}

Failure<Error> unknown_transport(const std::string& text, const std::string& name)
{
    std::vector<std::string> names;
    for (const Row& known : kTransports)
        names.emplace_back(known.name);
    const std::string meant = meant_transport(name);
    return bad_input("unknown transport '" + name + "'" + meant + " (there are " +
                     sandbox::quoted_list(names) + ", or name a file)" +
                     (meant.empty() && !is_other_transport(name) ? spellings_of(text) : ""));
}

// "docker" of "docker://nginx", also a transport that is none; empty for a file.
std::string transport_of(const std::string& text)
{
    const std::string name = text.substr(0, text.find(':'));
    return name.size() < text.size() && looks_like_transport(name) ? name : "";
}

// 'docker://HOST/NAME:TAG@DIGEST', by its path '//HOST/NAME:TAG@DIGEST'.
Result<Place, Error> registry_place(const std::string& text, const std::string& path)
{
    if (!path.starts_with(kSlashes))
        return bad_input("'" + text + "' must be docker://HOST/NAME[:TAG]");
    Place place{.transport = Transport::registry, .path = path.substr(kSlashes.size())};
    const std::size_t at = place.path.find('@');
    if (at != std::string::npos) {
        place.digest = place.path.substr(at + 1);
        if (!host::is_digest(place.digest))
            return bad_input("'" + text + "' has a malformed digest; use sha256: and 64 digits");
    }
    place.reference = OUTIS_TRY(oci::parse_reference(place.path.substr(0, at)));
    return place;
}

enum class Direction { source, target };

// What an image that is written is called: NAME[:TAG], or in a layout a tag alone.
Result<std::string, Error> written_name(Transport transport, const std::string& name)
{
    if (transport == Transport::docker_archive)
        return OUTIS_TRY(oci::parse_reference(name)).familiar();
    OUTIS_TRY(oci::parse_reference(is_whole_name(name) ? name : "x:" + name));
    return name;
}

// 'oci:DIR:NAME', 'oci:DIR@DIGEST' and their like, by what follows the transport.
Result<Place, Error> local_place(Transport transport, const std::string& text,
                                 const std::string& path, Direction direction)
{
    constexpr std::string_view kDigest = "@sha256:";
    const std::size_t colon = path.find(':');
    const std::size_t at = path.find(kDigest);
    const bool has_digest = at < colon;
    const std::size_t end = std::min(at, colon);
    Place place{.transport = transport, .path = path.substr(0, end)};
    if (end == std::string::npos)
        return place;
    place.tag = path.substr(has_digest ? end : end + 1);
    if (has_digest && direction == Direction::target)
        return bad_input("'" + text + "': a digest is for reading only; give the image a NAME");
    if (has_digest && !host::is_digest(place.tag.substr(1)))
        return bad_input("'" + text + "' has a malformed digest; use sha256: and 64 digits");
    if (place.path.empty() || place.tag.empty())
        return bad_input("'" + text + "' must be TRANSPORT:PATH[:NAME], or PATH@DIGEST to read");
    if (direction == Direction::source)
        return place;
    Result<std::string, Error> name = written_name(transport, place.tag);
    if (!name)
        return during("'" + text + "'", name.take_failure());
    place.tag = name.take();
    return place;
}

// 'docker-daemon:NAME' or 'docker-daemon:ID', by what follows the transport. What only begins like
// an ID may be a name, and the daemon decides.
Result<Place, Error> daemon_place(const std::string& text, const std::string& path,
                                  Direction direction)
{
    constexpr std::string_view kIdPrefix = "sha256:";
    constexpr std::size_t kShortest = 12;
    const std::string_view digits =
        std::string_view(path).substr(path.starts_with(kIdPrefix) ? kIdPrefix.size() : 0);
    const bool is_whole = host::is_digest(std::string(kIdPrefix) + std::string(digits));
    const bool is_id =
        is_whole || (digits.size() >= kShortest &&
                     digits.find_first_not_of("0123456789abcdef") == std::string_view::npos);
    Place place{.transport = Transport::daemon, .path = path};
    if (!is_id || (direction == Direction::target && !is_whole)) {
        place.reference = OUTIS_TRY(oci::parse_reference(path));
        return place;
    }
    if (direction == Direction::target)
        return bad_input("'" + text + "': an ID is for reading only; give the image a NAME");
    place.id = path;
    place.reference = {.path = "library/image", .tag = std::string(digits.substr(0, kShortest))};
    return place;
}

Result<Place, Error> parse_place(const std::string& text, Direction direction)
{
    const std::string name = transport_of(text);
    if (name.empty())
        return Place{.path = text};
    const Row* row = find_transport(name);
    if (row == nullptr)
        return unknown_transport(text, name);
    const std::string path = text.substr(name.size() + 1);
    if (path.empty())
        return bad_input("'" + text + "' names no file");
    if (row->transport == Transport::registry)
        return registry_place(text, path);
    if (row->transport != Transport::daemon)
        return local_place(row->transport, text, path, direction);
    return daemon_place(text, path, direction);
}

}  // namespace

bool Place::is_file() const
{
    return transport != Transport::registry && transport != Transport::daemon;
}

bool Place::is_standard() const
{
    return is_file() && transport != Transport::oci && path == "-";
}

std::string Place::text() const
{
    if (transport == Transport::universal)
        return path;
    const auto* row = std::ranges::find(kTransports, transport, &Row::transport);
    return std::string(row->name) + ":" +
           std::string(transport == Transport::registry ? kSlashes : "") + path +
           (tag.empty() || tag.starts_with('@') ? "" : ":") + tag;
}

bool is_whole_name(const std::string& name)
{
    return name.find_first_of("/:") != std::string::npos;
}

Result<Place, Error> parse_source(const std::string& text)
{
    if (text.empty())
        return bad_input("the image needs a name");
    const std::string name = transport_of(text);
    std::error_code ignored;
    // "nginx:1" may be a file, or the name of an image, which is no file.
    if (!name.empty() && find_transport(name) == nullptr &&
        (std::filesystem::exists(text, ignored) ||
         (!is_other_transport(name) && meant_transport(name).empty() &&
          !spellings_of(text).empty())))
        return Place{.path = text};
    return parse_place(text, Direction::source);
}

Result<Place, Error> parse_target(const std::string& text)
{
    if (text.empty())
        return bad_input("the output needs a name");
    Place place = OUTIS_TRY(parse_place(text, Direction::target));
    if (!place.digest.empty())
        OUTIS_TRY(oci::parse_reference(place.path));
    return place;
}

std::string spellings_of(const std::string& text)
{
    if (text.find(kTarEnding) != std::string::npos || !oci::parse_reference(text))
        return "";
    return "; for an image in a registry write 'docker://" + text +
           "', in a daemon 'docker-daemon:" + text + "'";
}

Result<Place, Error> with_suffix(const Place& place, const std::string& suffix)
{
    Place beside = place;
    if (place.is_standard())
        return bad_input("two images cannot both go to standard output; name a file with -o");
    if (!place.is_file()) {
        beside.path = place.reference.full() + suffix;
        beside.reference.tag += suffix;
        return beside;
    }
    if (place.transport == Transport::oci && place.tag.empty())
        return beside;  // the image's own name tells them apart
    if (!place.tag.empty())
        beside.tag += suffix;
    if (place.transport == Transport::oci)
        return beside;
    if (beside.path.ends_with(kTarEnding))
        beside.path.insert(beside.path.size() - kTarEnding.size(), suffix);
    else
        beside.path += suffix;
    return beside;
}

oci::Reference name_of(const Place& place)
{
    if (!place.is_file())
        return place.reference;
    if (is_whole_name(place.tag)) {
        if (Result<oci::Reference, Error> whole = oci::parse_reference(place.tag))
            return whole.take();
    }
    const std::string file = place.path.substr(place.path.rfind('/') + 1);
    oci::Reference reference{.path = "library/" +
                                     oci::fit_path_component(file.substr(0, file.find('.')))};
    if (!place.tag.empty() && oci::parse_reference("x:" + place.tag))
        reference.tag = place.tag;
    return reference;
}

}  // namespace outis::images::places
