#include "places/destination.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <vector>

#include "host/new_file.h"
#include "oci/reference.h"
#include "outis/sandbox/suggest.h"
#include "places/archive.h"
#include "places/copy.h"
#include "places/layout.h"

namespace outis::images::places {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kTarEnding = ".tar";

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

bool looks_like_transport(std::string_view text)
{
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

// Where a document with `ending` goes; empty if there is no such place.
fs::path file_beside(const Destination& destination, const std::string& ending)
{
    std::error_code ignored;
    const fs::path tar = destination.path;
    if (destination.transport == Transport::oci || !is_file(destination.transport) || tar == "-" ||
        (fs::exists(tar, ignored) && !fs::is_regular_file(tar, ignored)))
        return {};
    fs::path beside = tar;
    if (beside.extension() == kTarEnding)
        beside.replace_extension();
    return beside += ending;
}

// 'docker://HOST/NAME:TAG', by its path '//HOST/NAME:TAG'.
Result<Destination, Error> registry_destination(const std::string& text, const std::string& path)
{
    constexpr std::string_view kSlashes = "//";
    if (!path.starts_with(kSlashes))
        return bad_input("'" + text + "' must be docker://HOST/NAME[:TAG]");
    const std::string name = path.substr(kSlashes.size());
    OUTIS_TRY(oci::parse_reference(name));
    return Destination{.transport = Transport::registry, .path = name};
}

}  // namespace

Result<Destination, Error> parse_destination(const std::string& text)
{
    if (text.empty())
        return bad_input("the output needs a name");
    const std::size_t colon = text.find(':');
    const std::string name = text.substr(0, colon);
    if (colon == std::string::npos || !looks_like_transport(name))
        return Destination{.transport = Transport::universal, .path = text};
    const auto* row = std::ranges::find(kTransports, std::string_view(name), &Row::name);
    if (row == kTransports.end()) {
        std::vector<std::string> names;
        for (const Row& known : kTransports)
            names.emplace_back(known.name);
        return bad_input("unknown transport '" + name + "'" + sandbox::did_you_mean(name, names) +
                         " (there are " + sandbox::quoted_list(names) + ", or name a file)");
    }
    const std::string path = text.substr(colon + 1);
    if (path.empty())
        return bad_input("'" + text + "' names no file");
    Destination destination{.transport = row->transport, .path = path};
    if (row->transport == Transport::registry)
        return registry_destination(text, path);
    if (row->transport == Transport::daemon)
        OUTIS_TRY(oci::parse_reference(path));
    const std::size_t last = path.rfind(':');
    if (row->transport != Transport::oci || last == std::string::npos)
        return destination;
    destination.tag = path.substr(last + 1);
    destination.path = path.substr(0, last);
    const Result<oci::Reference, Error> named = oci::parse_reference("x:" + destination.tag);
    if (!named || destination.path.empty())
        return bad_input("'" + text + "' must be oci:DIR[:TAG]");
    return destination;
}

std::string Destination::text() const
{
    if (transport == Transport::universal)
        return path;
    const auto* row = std::ranges::find(kTransports, transport, &Row::transport);
    const std::string slashes = transport == Transport::registry ? "//" : "";
    return std::string(row->name) + ":" + slashes + path + (tag.empty() ? "" : ":" + tag);
}

Result<Destination, Error> with_suffix(const Destination& destination, const std::string& suffix)
{
    Destination beside = destination;
    if (destination.path == "-")
        return bad_input("two images cannot both go to standard output; name a file with -o");
    if (!is_file(destination.transport)) {
        beside.path = OUTIS_TRY(oci::parse_reference(destination.path)).full() + suffix;
        return beside;
    }
    if (destination.transport == Transport::oci && destination.tag.empty())
        return beside;  // the image's own name tells them apart
    if (destination.transport == Transport::oci)
        beside.tag += suffix;
    else if (beside.path.ends_with(kTarEnding))
        beside.path.insert(beside.path.size() - kTarEnding.size(), suffix);
    else
        beside.path += suffix;
    return beside;
}

bool is_file(Transport transport)
{
    return transport != Transport::registry && transport != Transport::daemon;
}

Result<Done, Error> save(const Contents& contents, const Destination& destination)
{
    switch (destination.transport) {
    case Transport::universal:
        return save_archive(contents, ArchiveForm::universal, destination.path);
    case Transport::oci: return save_layout(contents, destination.path, destination.tag);
    case Transport::oci_archive: return save_archive(contents, ArchiveForm::oci, destination.path);
    case Transport::docker_archive:
        return save_archive(contents, ArchiveForm::docker, destination.path);
    case Transport::registry:
    case Transport::daemon: __builtin_trap();  // no file
    }
    __builtin_trap();
}

Result<std::vector<std::string>, Error> deliver(const Bundle& bundle,
                                                const Destination& destination)
{
    std::vector<host::NewFile> documents;
    std::vector<std::string> names;
    for (const Document& document : bundle.documents) {
        const fs::path file = file_beside(destination, document.ending);
        if (file.empty())
            continue;
        names.push_back(file.string());
        documents.push_back(OUTIS_TRY(host::NewFile::create(file)));
        OUTIS_TRY(
            copy_blob(document.blob, [&](Bytes bytes) { return documents.back().write(bytes); }));
    }
    OUTIS_TRY(save(contents_of(bundle), destination));
    for (host::NewFile& document : documents)
        OUTIS_TRY(document.commit());
    return names;
}

}  // namespace outis::images::places
