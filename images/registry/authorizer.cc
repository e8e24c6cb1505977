#include "registry/authorizer.h"

#include <algorithm>
#include <utility>

#include <boost/json/object.hpp>

#include "http/networks.h"
#include "oci/json.h"
#include "registry/refusal.h"

namespace outis::images::registry {

namespace json = boost::json;

namespace {

constexpr const char* kClientId = "outis";
constexpr std::chrono::seconds kMargin{10};  // before a token's end
constexpr std::chrono::seconds kMostLifetime{24 * 3600};
constexpr std::size_t kShortestSecret = 4;  // shorter ones would blot out ordinary words

std::string joined(const Scopes& scopes)
{
    std::string text;
    for (const std::string& scope : scopes)
        text += (text.empty() ? "" : " ") + scope;
    return text;
}

bool is_safe(const http::Url& url)
{
    return url.scheme == "https" || http::is_loopback(url.host);
}

Failure<http::Trouble> unsafe(const std::string& where)
{
    return http::trouble(http::Cause::final,
                         "credentials are not sent to '" + where +
                             "' over plain HTTP; give the registry TLS, or log out");
}

}  // namespace

Result<AccessToken, Error> parse_token(std::string_view text)
{
    const Result<json::value, Error> answer = oci::parse_json(text, "token");
    const json::object* object = answer ? answer.value().if_object() : nullptr;
    if (object == nullptr)
        return unavailable("the token service did not answer with a JSON object");
    AccessToken token;
    for (const char* name : {"access_token", "token"}) {
        const json::value* value = object->if_contains(name);
        if (value != nullptr && value->is_string() && !value->get_string().empty())
            token.value = value->get_string();
    }
    if (token.value.empty())
        return unavailable("the token service answered without a token");
    if (!http::is_clean(token.value))
        return unavailable("the token service answered with control characters in its token");
    const json::value* seconds = object->if_contains("expires_in");
    if (seconds != nullptr && seconds->is_int64() && seconds->get_int64() > 0)
        token.lifetime = std::chrono::seconds(
            std::min<std::int64_t>(seconds->get_int64(), kMostLifetime.count()));
    return token;
}

Result<http::Url, http::Trouble> outward(const http::Url& home, const http::Url& from, bool inside,
                                         http::Url url)
{
    if (inside || url.origin() == home.origin() || http::is_private_address(home.host) ||
        http::is_loopback(home.host))
        return url;
    if (http::is_private_address(url.host))
        return http::trouble(http::Cause::final,
                             "'" + from.origin() + "' leads to '" + url.origin() +
                                 "', an address of a private network, which is refused");
    url.named_by = from.origin();
    return url;
}

Result<std::string, http::Trouble> Authorizer::known(const Scopes& scopes)
{
    const std::scoped_lock lock(mutex_);
    if (!challenge_)
        return std::string();
    return challenge_->scheme == "basic" ? basic() : token(scopes);
}

Result<std::string, http::Trouble> Authorizer::answer(
    const std::vector<http::Challenge>& challenges, const Scopes& scopes, const std::string& used,
    bool inside)
{
    const std::scoped_lock lock(mutex_);
    OUTIS_TRY(load_credentials());
    const auto bearer = std::ranges::find(challenges, "bearer", &http::Challenge::scheme);
    const auto basic_one = std::ranges::find(challenges, "basic", &http::Challenge::scheme);
    const auto chosen = bearer != challenges.end() ? bearer : basic_one;
    if (chosen == challenges.end())
        return http::trouble(http::Cause::final,
                             "'" + origin_ + "' asks for a login that is neither Basic nor Bearer");
    challenge_ = *chosen;
    inside_ = inside;
    const auto cached = tokens_.find(scopes);
    // Another thread may have renewed what this one used.
    if (cached != tokens_.end() && cached->second.header == used)
        tokens_.erase(cached);
    std::string fresh = OUTIS_TRY(challenge_->scheme == "basic" ? basic() : token(scopes));
    if (fresh != used)
        return fresh;
    if (!credentials_)
        return http::trouble(http::Cause::final, "'" + origin_ +
                                                     "' wants credentials; log in to it first "
                                                     "('docker login' or 'podman login')");
    if (used.empty())
        return http::trouble(http::Cause::final,
                             "'" + origin_ +
                                 "' wants a name and a password, of which only a token is "
                                 "known; log in to it again");
    return http::trouble(http::Cause::final,
                         "'" + origin_ + "' refuses the credentials it was given");
}

std::string Authorizer::scrubbed(std::string text)
{
    const std::scoped_lock lock(mutex_);
    for (const std::string& secret : secrets_) {
        if (secret.size() < kShortestSecret)
            continue;
        for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret))
            text.replace(at, secret.size(), "***");
    }
    return text;
}

Result<Done, http::Trouble> Authorizer::load_credentials()
{
    if (looked_up_)
        return Done{};
    credentials_ = OUTIS_TRY(http::or_trouble(lookup_()));
    looked_up_ = true;
    if (credentials_)
        secrets_ = credentials_->secrets();
    // Longer ones first: a password may be part of another secret.
    std::ranges::sort(secrets_, std::ranges::greater{}, &std::string::size);
    return Done{};
}

Result<std::string, http::Trouble> Authorizer::basic()
{
    if (!credentials_ || credentials_->username.empty())
        return std::string();
    const http::Url url = OUTIS_TRY(http::or_trouble(http::parse_url(origin_)));
    if (!is_safe(url))
        return unsafe(origin_);
    return "Basic " + http::base64(credentials_->username + ":" + credentials_->password);
}

Result<std::string, http::Trouble> Authorizer::token(const Scopes& scopes)
{
    // A token that credentials were paid for is as good as they are.
    if (credentials_ && !is_safe(OUTIS_TRY(http::or_trouble(http::parse_url(origin_)))))
        return unsafe(origin_);
    if (credentials_ && !credentials_->registry_token.empty())
        return "Bearer " + credentials_->registry_token;
    const auto now = std::chrono::steady_clock::now();
    const auto cached = tokens_.find(scopes);
    if (cached != tokens_.end() && cached->second.expires > now)
        return cached->second.header;

    const http::Request request = OUTIS_TRY(token_request(scopes));
    const std::string doing = "asking '" + request.url.shown() + "' for a token";
    Retries retries(policy_);
    Result<http::Response, http::Trouble> response = client_.exchange(request);
    while (is_passing(response)) {
        OUTIS_TRY(retries.wait(response, doing));
        response = client_.exchange(request);
    }
    if (!response)
        return Failure{response.error()};
    if (response.value().status != 200)
        return http::trouble(http::Cause::final, refusal(response.value(), doing));
    const AccessToken fresh = OUTIS_TRY(http::or_trouble(parse_token(response.value().text)));
    secrets_.insert(secrets_.begin(), fresh.value);
    const auto lifetime = std::max(fresh.lifetime - kMargin, fresh.lifetime / 2);
    const Token& kept = tokens_[scopes] =
        Token{.header = "Bearer " + fresh.value, .expires = now + lifetime};
    return kept.header;
}

Result<http::Request, http::Trouble> Authorizer::token_request(const Scopes& scopes)
{
    const std::string service = challenge_->parameter("service");
    http::Url url = OUTIS_TRY(http::or_blame_them(http::parse_url(challenge_->parameter("realm"))));
    const bool downgrade = origin_.starts_with("https:") && url.scheme != "https";
    if (downgrade || (credentials_ && !is_safe(url)))
        return unsafe(url.origin());
    const http::Url home = OUTIS_TRY(http::or_trouble(http::parse_url(origin_)));
    url = OUTIS_TRY(outward(home, home, inside_, std::move(url)));
    if (credentials_ && !credentials_->identity_token.empty()) {
        std::string form = "grant_type=refresh_token&client_id=" + std::string(kClientId) +
                           "&service=" + http::percent_encoded(service) +
                           "&refresh_token=" + http::percent_encoded(credentials_->identity_token);
        if (!scopes.empty())
            form += "&scope=" + http::percent_encoded(joined(scopes));
        return http::Request{.method = http::Method::post,
                             .url = url,
                             .fields = {{"Content-Type", "application/x-www-form-urlencoded"}},
                             .body = http::text_payload(form),
                             .text_limit = kMaxToken};
    }
    if (!service.empty())
        url = url.with_query("service", http::percent_encoded(service));
    for (const std::string& scope : scopes)
        url = url.with_query("scope", http::percent_encoded(scope));
    http::Request request{
        .method = http::Method::get, .url = url, .fields = {}, .text_limit = kMaxToken};
    if (credentials_ && !credentials_->username.empty()) {
        request.url = url.with_query("account", http::percent_encoded(credentials_->username));
        request.fields.push_back(
            {"Authorization",
             "Basic " + http::base64(credentials_->username + ":" + credentials_->password)});
    }
    return request;
}

}  // namespace outis::images::registry
