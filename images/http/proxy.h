// Whom a request goes through, as curl and Go's programs read it from the environment: HTTPS_PROXY,
// HTTP_PROXY, ALL_PROXY and NO_PROXY, also in lower case, which counts first. HTTP_PROXY in upper
// case is ignored where REQUEST_METHOD is set: a CGI program's client may have written it.
// Sources: curl(1), "ENVIRONMENT"; golang.org/x/net/http/httpproxy.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "http/url.h"
#include "outis/error.h"

namespace outis::images::http {

struct Proxy {
    Url url = {};             // http, its target "/"
    std::string login = {};   // the value of Proxy-Authorization; empty: none
    std::string secret = {};  // the password in it
    std::string named = {};   // the variable that names it
};

class Proxies {
public:
    using Variable = std::function<std::string(const char* name)>;

    // None at all.
    Proxies() = default;
    // What the variables say, which is judged when it is needed.
    explicit Proxies(const Variable& variable);

    // Nothing for a unix socket, for "localhost" and loopback addresses, and for what NO_PROXY
    // names: domains with all below them (".example.com" only those below), addresses, networks as
    // "10.0.0.0/8", each with a port or without; "*" is all. No proxy of plain HTTP is an error.
    [[nodiscard]] Result<std::optional<Proxy>, Error> choose(const Url& url) const;

private:
    struct Named {
        std::string variable = {};
        std::string text = {};
    };

    [[nodiscard]] bool is_exempt(const Url& url) const;

    Named secure_ = {};  // for https
    Named plain_ = {};   // for http
    std::vector<std::string> exempt_ = {};
};

}  // namespace outis::images::http
