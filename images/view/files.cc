#include "view/files.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace outis::images::view {

namespace {

constexpr std::uint32_t kOthersWrite = 0002;
constexpr std::uint32_t kSticky = 01000;
constexpr std::uint32_t kSetIds = 06000;

// As Go's crypto/x509 knows them for Linux.
constexpr std::array<std::string_view, 5> kBundles{
    "etc/ssl/certs/ca-certificates.crt", "etc/pki/tls/certs/ca-bundle.crt", "etc/ssl/ca-bundle.pem",
    "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "etc/ssl/cert.pem"};

// As Go's package time knows them.
constexpr std::array<std::string_view, 3> kZones{"usr/share/zoneinfo", "usr/share/lib/zoneinfo",
                                                 "usr/lib/locale/TZ"};

bool has_file(const Flattened& files, std::string_view path)
{
    const Node* node = files.find(path);
    return node != nullptr && node->entry.member.entry.size > 0;
}

bool has_folder(const Flattened& files, std::string_view path)
{
    const auto real = files.resolve(path);
    if (!real)
        return false;
    const auto first = files.nodes().lower_bound(*real + "/");
    return first != files.nodes().end() && first->first.starts_with(*real + "/");
}

// The first program that has `evidence`; PID 1 of ours only hands on what is there, and a library
// names what its programs may never ask for.
std::string program_with(const Flattened& files, bool FileFacts::*evidence)
{
    for (const auto& [path, node] : files.nodes()) {
        const std::string name = name_part(path);
        if (node.entry.facts.*evidence && name != "outis-init" &&
            name.find(".so") == std::string::npos)
            return path;
    }
    return {};
}

}  // namespace

Findings mode_findings(const Flattened& files, const std::string& platform)
{
    Findings findings;
    for (const auto& row : files.nodes()) {
        const std::string& path = row.first;
        const layers::TarEntry& own = row.second.entry.member.entry;
        const auto wrong = [&](Rule rule, const char* text) {
            add_finding(findings,
                        {.rule = rule, .where = {.image = platform, .path = path}, .text = text});
        };
        const bool is_folder = own.kind == layers::EntryKind::directory;
        if (own.kind == layers::EntryKind::symlink || own.kind == layers::EntryKind::special)
            continue;
        if ((own.mode & kOthersWrite) != 0 && !(is_folder && (own.mode & kSticky) != 0))
            wrong(Rule::world_writable, is_folder ? "everybody may remove what others put there"
                                                  : "everybody may write it");
        if ((own.mode & kSetIds) != 0 && !is_folder)
            wrong(Rule::set_id, "it runs with the rights of its owner or group");
    }
    return findings;
}

Findings content_findings(const Flattened& files, const std::string& platform)
{
    Findings findings;
    const auto report = [&](Rule rule, const std::string& path, const std::string& text) {
        add_finding(findings,
                    {.rule = rule, .where = {.image = platform, .path = path}, .text = text});
    };
    const auto missing = [&](Rule sought, Rule absent, bool FileFacts::*evidence,
                             const std::string& what) {
        const std::string program = program_with(files, evidence);
        if (program.empty())
            report(absent, "", "there are no " + what);
        else
            report(sought, program, "it looks for " + what + ", and there are none");
    };
    if (std::ranges::none_of(kBundles, [&](auto path) { return has_file(files, path); }))
        missing(Rule::certificates_missing, Rule::certificates_none, &FileFacts::seeks_certificates,
                "certificates");
    if (std::ranges::none_of(kZones, [&](auto path) { return has_folder(files, path); }))
        missing(Rule::zones_missing, Rule::zones_none, &FileFacts::seeks_zones, "time zones");
    return findings;
}

}  // namespace outis::images::view
