#include "http/url.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include "host/words.h"

namespace outis::images::http {

namespace {

std::string lower_case(std::string text)
{
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::string default_port(const std::string& scheme)
{
    return scheme == "https" ? "443" : "80";
}

// Without query and fragment, which may hold what is secret; what could be a user is not shown
// either.
Failure<Error> malformed(std::string_view text, const char* why)
{
    const std::string_view start =
        text.substr(0, std::min<std::size_t>(text.find_first_of("?#"), 100));
    const bool shown = !start.empty() && std::ranges::all_of(start, [](char c) {
        return c > ' ' && c <= '~' && c != '@';
    });
    return bad_input(shown ? "the URL '" + std::string(start) + "' " + why
                           : std::string("a URL ") + why);
}

Result<Url, Error> url_of(const boost::urls::url_view& parsed, std::string_view text)
{
    Url url{.scheme = lower_case(std::string(parsed.scheme()))};
    if (url.scheme != "http" && url.scheme != "https")
        return malformed(text, "is neither http nor https");
    if (parsed.has_userinfo())
        return malformed({}, "names a user, which is refused");
    url.host = lower_case(std::string(parsed.encoded_host()));
    if (url.host.starts_with('[') && url.host.ends_with(']'))
        url.host = url.host.substr(1, url.host.size() - 2);
    if (url.host.empty() || url.host.find('%') != std::string::npos)
        return malformed(text, "names no host");
    url.port = parsed.has_port() ? std::string(parsed.port()) : "";
    if (url.port.empty())
        url.port = default_port(url.scheme);
    if (!host::is_port(url.port))
        return malformed(text, "has no such port");
    url.target = parsed.encoded_path();
    if (!url.target.starts_with('/'))
        url.target.insert(0, "/");
    if (parsed.has_query())
        url.target += "?" + std::string(parsed.encoded_query());
    return url;
}

// Boost.URL 1.81 takes "127.0.0.1" of "127.0.0.1.example" for the host, and the rest for a path.
bool has_whole_authority(const boost::urls::url_view& parsed, std::string_view text)
{
    if (!parsed.has_authority())
        return true;
    std::string_view rest = text.substr(text.find("//") + 2);
    rest = rest.substr(0, rest.find_first_of("/?#"));
    return rest == std::string_view(parsed.encoded_authority());
}

std::string bracketed(const std::string& host)
{
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace

std::string Url::origin() const
{
    if (!socket.empty())
        return "unix://" + socket;
    return scheme + "://" + bracketed(host) + ":" + port;
}

std::string Url::authority() const
{
    return bracketed(host) + (port == default_port(scheme) ? "" : ":" + port);
}

std::string Url::shown() const
{
    return scheme + "://" + authority() + target.substr(0, target.find('?'));
}

Url Url::with_query(std::string_view name, std::string_view value) const
{
    Url url = *this;
    url.target += target.find('?') == std::string::npos ? '?' : '&';
    url.target += name;
    url.target += '=';
    url.target += value;
    return url;
}

Result<Url, Error> parse_url(std::string_view text)
{
    if (text.size() > kMaxUrl)
        return malformed({}, "is longer than 16 KiB");
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed || !has_whole_authority(*parsed, text))
        return malformed(text, "is malformed");
    return url_of(*parsed, text);
}

Result<Url, Error> resolve_url(const Url& base, std::string_view reference)
{
    if (reference.size() > kMaxUrl)
        return malformed({}, "is longer than 16 KiB");
    const std::string start = base.origin() + base.target;
    const auto parsed = boost::urls::parse_uri_reference(reference);
    const auto from = boost::urls::parse_uri(start);
    boost::urls::url resolved;
    if (!parsed || !from || !has_whole_authority(*parsed, reference) ||
        !boost::urls::resolve(*from, *parsed, resolved))
        return malformed(reference, "is malformed");
    return url_of(resolved, reference);
}

bool is_loopback(const std::string& host)
{
    std::array<unsigned char, sizeof(in6_addr)> address{};
    if (::inet_pton(AF_INET, host.c_str(), address.data()) == 1)
        return address[0] == 127;
    if (::inet_pton(AF_INET6, host.c_str(), address.data()) == 1)
        return std::all_of(address.begin(), address.end() - 1, [](auto b) { return b == 0; }) &&
               address.back() == 1;
    return host == "localhost";
}

bool is_address(const std::string& host)
{
    std::array<unsigned char, sizeof(in6_addr)> address{};
    return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

std::string percent_encoded(std::string_view text)
{
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos) {
            encoded += c;
            continue;
        }
        encoded += '%';
        encoded += kDigits[byte >> 4];
        encoded += kDigits[byte & 15];
    }
    return encoded;
}

std::string percent_decoded(std::string_view text)
{
    std::string decoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        unsigned value = 0;
        const std::string_view digits = text.substr(at + 1, 2);
        const char* const end = digits.data() + digits.size();
        const bool is_escape = text[at] == '%' && digits.size() == 2 &&
                               std::from_chars(digits.data(), end, value, 16).ptr == end;
        decoded += is_escape ? static_cast<char>(value) : text[at];
        at += is_escape ? 2 : 0;
    }
    return decoded;
}

}  // namespace outis::images::http
