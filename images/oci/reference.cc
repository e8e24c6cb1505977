#include "oci/reference.h"

#include <algorithm>
#include <cctype>

#include "host/words.h"

namespace outis::images::oci {

namespace {

constexpr std::size_t kMaxNameLength = 255;
constexpr std::size_t kMaxTagLength = 128;
constexpr std::string_view kDefaultDomain = "docker.io";
constexpr std::string_view kDefaultFolder = "library/";

bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_word(char c)
{
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

// A separator inside a path component: one dot, one or two underscores, or hyphens.
bool good_separator(std::string_view text)
{
    return text == "." || text == "_" || text == "__" ||
           (!text.empty() && std::ranges::all_of(text, [](char c) { return c == '-'; }));
}

bool good_component(std::string_view text)
{
    if (text.empty() || !is_lower_or_digit(text.front()) || !is_lower_or_digit(text.back()))
        return false;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t start = at;
        while (at < text.size() && !is_lower_or_digit(text[at]))
            ++at;
        if (at > start && !good_separator(text.substr(start, at - start)))
            return false;
        ++at;
    }
    return true;
}

bool good_path(std::string_view path)
{
    while (true) {
        const std::size_t slash = path.find('/');
        if (!good_component(path.substr(0, slash)))
            return false;
        if (slash == std::string_view::npos)
            return true;
        path.remove_prefix(slash + 1);
    }
}

// What lies between the dots of a host name.
bool good_label(std::string_view label)
{
    return !label.empty() && label.front() != '-' && label.back() != '-' &&
           std::ranges::all_of(label, [](char c) { return (is_word(c) && c != '_') || c == '-'; });
}

// Host names and addresses, with a port; IPv6 in brackets.
bool good_domain(std::string_view domain)
{
    std::string_view host = domain;
    const std::size_t colon = domain.rfind(':');
    if (colon != std::string_view::npos && domain.find(']', colon) == std::string_view::npos) {
        const std::string_view port = domain.substr(colon + 1);
        host = domain.substr(0, colon);
        if (!host::is_port(port))
            return false;
    }
    if (host.starts_with('[') && host.ends_with(']') && host.size() > 2)
        return std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) {
            return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == ':';
        });
    while (true) {
        const std::size_t dot = host.find('.');
        if (!good_label(host.substr(0, dot)))
            return false;
        if (dot == std::string_view::npos)
            return true;
        host.remove_prefix(dot + 1);
    }
}

bool good_tag(std::string_view tag)
{
    return !tag.empty() && tag.size() <= kMaxTagLength && is_word(tag.front()) &&
           std::ranges::all_of(tag, [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

// The first component is a host if it could not be part of a path.
bool looks_like_domain(std::string_view first)
{
    return first.find_first_of(".:") != std::string_view::npos || first == "localhost" ||
           std::ranges::any_of(first, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

std::string Reference::familiar() const
{
    if (domain != kDefaultDomain)
        return full();
    const bool in_library = path.starts_with(kDefaultFolder) &&
                            path.find('/', kDefaultFolder.size()) == std::string::npos;
    return (in_library ? path.substr(kDefaultFolder.size()) : path) + ":" + tag;
}

std::string Reference::full() const
{
    return domain + "/" + path + ":" + tag;
}

Result<Reference, Error> parse_reference(std::string_view text)
{
    const std::string quoted = "'" + std::string(text) + "'";
    if (text.find('@') != std::string_view::npos)
        return bad_input("image name " + quoted +
                         " holds a digest, which a bake decides; use a tag");
    Reference reference;
    std::string_view rest = text;
    const std::size_t slash = rest.find('/');
    if (slash != std::string_view::npos && looks_like_domain(rest.substr(0, slash))) {
        reference.domain = rest.substr(0, slash);
        rest.remove_prefix(slash + 1);
        if (reference.domain == "index.docker.io")
            reference.domain = kDefaultDomain;
    }
    const std::size_t colon = rest.find(':');
    if (colon != std::string_view::npos)
        reference.tag = rest.substr(colon + 1);
    reference.path = rest.substr(0, colon);
    if (!good_domain(reference.domain))
        return bad_input("image name " + quoted + " has a malformed host '" + reference.domain +
                         "'");
    if (!good_path(reference.path))
        return bad_input("image name " + quoted +
                         " is malformed; use lower-case letters, digits and single '.', '_' or '-' "
                         "between them, as in 'team/hello:1.0'");
    if (!good_tag(reference.tag))
        return bad_input("image name " + quoted + " has a malformed tag '" + reference.tag +
                         "'; use at most " + std::to_string(kMaxTagLength) +
                         " letters, digits, '.', '_' and '-'");
    if (reference.domain == kDefaultDomain && reference.path.find('/') == std::string::npos)
        reference.path = std::string(kDefaultFolder) + reference.path;
    if (reference.domain.size() + 1 + reference.path.size() > kMaxNameLength)
        return bad_input("image name " + quoted + " is longer than 255 characters");
    return reference;
}

std::string default_tar(std::string_view name)
{
    name = name.substr(0, name.find('@'));
    name.remove_prefix(name.rfind('/') + 1);
    return std::string(name.substr(0, name.find(':'))) + ".tar";
}

std::string fit_path_component(std::string_view text)
{
    constexpr std::string_view kGit = ".git";
    if (text.ends_with(kGit))
        text.remove_suffix(kGit.size());
    std::string fitted;
    for (const char c : text) {
        const char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        if (is_lower_or_digit(lower))
            fitted += lower;
        else if (!fitted.empty() && is_lower_or_digit(fitted.back()))
            fitted += c == '.' || c == '_' ? c : '-';
    }
    while (!fitted.empty() && !is_lower_or_digit(fitted.back()))
        fitted.pop_back();
    constexpr std::size_t kMaxFitted = 128;
    fitted.resize(std::min(fitted.size(), kMaxFitted));
    return good_component(fitted) ? fitted : "app";
}

bool names_one_of(const std::string& choice, const std::vector<std::string>& names)
{
    if (choice.empty())
        return true;
    const Result<Reference, Error> meant = parse_reference(choice);
    return std::ranges::any_of(names, [&](const std::string& name) {
        const Result<Reference, Error> known = parse_reference(name);
        return known && (known.value().tag == choice ||
                         (meant && known.value().full() == meant.value().full()));
    });
}

}  // namespace outis::images::oci
