#include "http/proxy.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string_view>
#include <utility>

#include "host/words.h"
#include "http/fields.h"
#include "http/networks.h"

namespace outis::images::http {

namespace {

std::string lowered(std::string_view text)
{
    std::string lower;
    for (const char c : text)
        lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return lower;
}

// "10.0.0.0/8"
bool lies_in_range(const Address& address, std::string_view network)
{
    const std::size_t slash = network.find('/');
    const std::optional<Address> start = parse_address(std::string(network.substr(0, slash)));
    const std::string_view digits = network.substr(slash + 1);
    unsigned bits = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (!start || error != std::errc() || stop != digits.data() + digits.size())
        return false;
    if (network.find(':') == std::string_view::npos)
        bits += kMappedBits;
    return bits <= 8 * address.size() && lies_in(address, {.start = *start, .bits = bits});
}

// The port off the end of "HOST:PORT" or "[::1]:PORT"; brackets go, too.
std::string take_port(std::string& word)
{
    std::string port;
    const std::size_t colon = word.rfind(':');
    const bool is_bare_v6 = word.find(':') != colon && !word.starts_with('[');
    if (colon != std::string::npos && !is_bare_v6 && !word.ends_with(']')) {
        port = word.substr(colon + 1);
        word.resize(colon);
    }
    if (word.starts_with('[') && word.ends_with(']'))
        word = word.substr(1, word.size() - 2);
    return port;
}

bool exempts(std::string word, const Url& url, const std::optional<Address>& address)
{
    if (word == "*")
        return true;
    if (word.find('/') != std::string::npos)
        return address && lies_in_range(*address, word);
    const std::string port = take_port(word);
    if (word.empty() || (!port.empty() && port != url.port))
        return false;
    if (const std::optional<Address> named = parse_address(word))
        return address == named;
    if (word.starts_with("*."))
        word.erase(0, 1);
    if (word.starts_with('.'))
        return url.host.ends_with(word);
    return url.host == word || url.host.ends_with("." + word);
}

// Without what may be a password.
Failure<Error> bad_proxy(const std::string& variable, const std::string& why)
{
    return bad_input(variable + " " + why +
                     "; it must be http://[USER:PASSWORD@]HOST[:PORT], or unset");
}

}  // namespace

Proxies::Proxies(const Variable& variable)
{
    const auto first_of = [&](std::initializer_list<const char*> names) {
        for (const char* name : names) {
            const std::string text = variable(name);
            if (!text.empty())
                return Named{.variable = name, .text = text};
        }
        return Named{};
    };
    const bool is_cgi = !variable("REQUEST_METHOD").empty();
    secure_ = first_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
    plain_ = is_cgi ? first_of({"http_proxy", "all_proxy", "ALL_PROXY"})
                    : first_of({"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"});
    std::string exempt = lowered(first_of({"no_proxy", "NO_PROXY"}).text);
    std::ranges::replace_if(
        exempt, [](char c) { return c == ' ' || c == '\t'; }, ',');
    for (std::string& word : host::split_commas(exempt)) {
        if (!word.empty())
            exempt_.push_back(std::move(word));
    }
}

bool Proxies::is_exempt(const Url& url) const
{
    const std::optional<Address> address = parse_address(url.host);
    if (url.host == "localhost" || (address && is_loopback_address(*address)))
        return true;
    return std::ranges::any_of(
        exempt_, [&](const std::string& word) { return exempts(word, url, address); });
}

Result<std::optional<Proxy>, Error> Proxies::choose(const Url& url) const
{
    const Named& named = url.scheme == "https" ? secure_ : plain_;
    if (!url.socket.empty() || named.text.empty() || is_exempt(url))
        return std::optional<Proxy>();
    std::string rest = named.text;
    const std::size_t scheme = rest.find("://");
    if (scheme != std::string::npos) {
        const std::string said = lowered(rest.substr(0, scheme));
        if (said != "http")
            return bad_proxy(named.variable,
                             said == "https" || said.starts_with("socks")
                                 ? "names a proxy of " + said + ", which is not spoken here"
                                 : "names a proxy of an unknown kind");
        rest.erase(0, scheme + 3);
    }
    rest.resize(std::min(rest.find_first_of("/?#"), rest.size()));
    Proxy proxy{.named = named.variable};
    const std::size_t at = rest.rfind('@');
    if (at != std::string::npos) {
        const std::string pair = rest.substr(0, at);
        const std::size_t colon = pair.find(':');
        proxy.secret = colon == std::string::npos ? "" : percent_decoded(pair.substr(colon + 1));
        proxy.login =
            "Basic " + base64(percent_decoded(pair.substr(0, colon)) + ":" + proxy.secret);
        rest.erase(0, at + 1);
    }
    Result<Url, Error> parsed = parse_url("http://" + rest + "/");
    if (!parsed)
        return bad_proxy(named.variable, "names no host");
    proxy.url = parsed.take();
    return std::optional(std::move(proxy));
}

}  // namespace outis::images::http
