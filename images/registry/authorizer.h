// The value of Authorization for one registry: none, Basic, or a token that a service of the
// registry's choice gives for some scopes. Sources: RFC 7617, RFC 6750; distribution's "Token
// Authentication Specification" and "OAuth 2.0 Token Authentication".
//
// Credentials are looked up when a registry first asks for them. They go to the registry itself and
// to the token service it names, over TLS or on loopback alone, and into no message.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "http/client.h"
#include "http/fields.h"
#include "registry/credentials.h"
#include "registry/retry.h"

namespace outis::images::registry {

constexpr std::size_t kMaxToken = 64U << 10;

// "repository:team/app:pull,push"; several where a blob is mounted from elsewhere.
using Scopes = std::vector<std::string>;

struct AccessToken {
    std::string value = {};
    std::chrono::seconds lifetime{60};  // what a service means that says nothing
};

// What a token service answers.
Result<AccessToken, Error> parse_token(std::string_view text);

// `url`, to which `from` leads. Unless that is `inside`, or the registry's own `home` is an address
// of a private network, the URL may lead to none: one that is such an address is refused now, a
// name when it is connected to.
Result<http::Url, http::Trouble> outward(const http::Url& home, const http::Url& from, bool inside,
                                         http::Url url);

class Authorizer {
public:
    using Lookup = std::function<Result<std::optional<Credentials>, Error>()>;

    Authorizer(http::Client& client, std::string origin, Lookup lookup, const RetryPolicy& policy)
        : client_(client), origin_(std::move(origin)), lookup_(std::move(lookup)), policy_(policy)
    {
    }

    // What the registry is known to want for these scopes; empty before it has asked.
    Result<std::string, http::Trouble> known(const Scopes& scopes);

    // The registry has refused `used` (empty: it was told nothing) with these challenges, and is
    // `inside` (http::Response). What to say instead; the same or nothing new is an error.
    Result<std::string, http::Trouble> answer(const std::vector<http::Challenge>& challenges,
                                              const Scopes& scopes, const std::string& used,
                                              bool inside);

    // `text` without anything that must not be shown.
    std::string scrubbed(std::string text);

private:
    struct Token {
        std::string header = {};
        std::chrono::steady_clock::time_point expires = {};
    };

    Result<Done, http::Trouble> load_credentials();
    Result<std::string, http::Trouble> basic();
    Result<std::string, http::Trouble> token(const Scopes& scopes);
    Result<http::Request, http::Trouble> token_request(const Scopes& scopes);

    http::Client& client_;
    std::string origin_;
    Lookup lookup_;
    RetryPolicy policy_;
    std::mutex mutex_;  // of all below; held while a token is asked for, so that one thread asks
    bool looked_up_ = false;
    std::optional<Credentials> credentials_;
    std::optional<http::Challenge> challenge_;
    bool inside_ = false;  // where it came from
    std::map<Scopes, Token> tokens_;
    std::vector<std::string> secrets_;
};

}  // namespace outis::images::registry
