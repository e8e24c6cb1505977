#include "registry/registry.h"

#include <algorithm>
#include <array>
#include <utility>

#include "http/fields.h"
#include "registry/login.h"
#include "registry/refusal.h"
#include "registry/site_files.h"

namespace outis::images::registry {

namespace {

constexpr int kMaxLogins = 2;  // a token that has expired, and its successor
constexpr std::size_t kMaxWarnings = 32;
constexpr std::size_t kMaxWarning = 300;
constexpr std::size_t kMaxRefusal = 700;
constexpr std::array kRedirects{301, 302, 303, 307, 308};

// Docker Hub's registry is not where its name says.
std::string host_of(const std::string& domain)
{
    return domain == "docker.io" ? "registry-1.docker.io" : domain;
}

std::string secure_origin(const std::string& domain)
{
    const Result<http::Url, Error> url = http::parse_url("https://" + host_of(domain) + "/");
    return url ? url.value().origin() : "";
}

}  // namespace

Registry::Registry(std::string domain, RegistrySettings settings, Notice notice,
                   http::SiteFiles site)
    : domain_(std::move(domain)),
      settings_(std::move(settings)),
      has_site_(!site.empty()),
      notice_(std::move(notice)),
      client_(settings_.tls_ca, settings_.patience, settings_.proxies, std::move(site),
              secure_origin(domain_))
{
}

Result<std::unique_ptr<Registry>, Error> Registry::open(const std::string& domain,
                                                        const std::string& repository,
                                                        const RegistrySettings& settings,
                                                        const Notice& notice)
{
    http::SiteFiles site = OUTIS_TRY(find_site_files(settings.site_folders, domain));
    std::unique_ptr<Registry> registry(new Registry(domain, settings, notice, std::move(site)));
    if (const Result<Done, http::Trouble> found = registry->find_base(); !found)
        return Failure{registry->refused(found.error())};
    registry->authorizer_ = std::make_unique<Authorizer>(
        registry->client_, registry->base_.origin(),
        [domain, repository, authfile = settings.authfile] {
            return find_credentials(domain, repository, authfile);
        },
        settings.retry);
    return registry;
}

Result<Done, http::Trouble> Registry::find_base()
{
    const http::Url secure =
        OUTIS_TRY(http::or_trouble(http::parse_url("https://" + host_of(domain_) + "/")));
    const http::Url plain =
        OUTIS_TRY(http::or_trouble(http::parse_url("http://" + host_of(domain_) + "/")));
    base_ = settings_.plain_http ? plain : secure;
    if (settings_.plain_http || !settings_.tls_ca.empty() || has_site_ ||
        !http::is_loopback(secure.host))
        return Done{};
    // The question carries nothing that somebody else must not hear.
    base_ = plain;
    const Result<http::Response, http::Trouble> answer = client_.exchange({.url = url("")});
    if (!answer && answer.error().cause == http::Cause::unopened)
        return Failure{answer.error()};
    if (!answer || answer.value().status == 400)
        base_ = secure;
    return Done{};
}

http::Url Registry::url(const std::string& path) const
{
    http::Url url = base_;
    url.target = "/v2/" + path;
    return url;
}

Result<http::Url, http::Trouble> Registry::follow(const http::Url& from,
                                                  const http::Response& answer) const
{
    const std::string location = answer.field("Location");
    if (location.empty())
        return http::trouble(http::Cause::final,
                             "'" + from.origin() + "' says to go elsewhere, but not where");
    http::Url url = OUTIS_TRY(http::or_blame_them(http::resolve_url(from, location)));
    if (from.scheme == "https" && url.scheme != "https")
        return http::trouble(http::Cause::final,
                             "'" + from.origin() + "' leads from TLS to plain HTTP at '" +
                                 url.origin() +
                                 "', which is refused; a proxy before the registry must "
                                 "pass Host and X-Forwarded-Proto");
    return outward(base_, from, answer.is_inside, std::move(url));
}

Result<http::Response, http::Trouble> Registry::once(http::Request request, const Scopes& scopes,
                                                     const http::ChooseSink& choose, Login login)
{
    const bool follows =
        request.method == http::Method::get || request.method == http::Method::head;
    for (int redirects = 0; redirects <= kMaxRedirects; ++redirects) {
        // Whoever we are sent to could send us back to any place of the registry.
        if (!is_home(request.url))
            login = Login::never;
        Result<http::Response, http::Trouble> response = ask(request, scopes, choose, login);
        if (!response)
            return response;
        note_warnings(response.value());
        const int status = response.value().status;
        if (!follows || std::ranges::find(kRedirects, status) == kRedirects.end())
            return response;
        request.url = OUTIS_TRY(follow(request.url, response.value()));
    }
    return http::trouble(http::Cause::final,
                         "'" + base_.origin() + "' redirects more than 10 times");
}

Result<http::Response, http::Trouble> Registry::ask(http::Request request, const Scopes& scopes,
                                                    const http::ChooseSink& choose, Login login)
{
    const bool ours = login == Login::at_home;
    const http::Fields own_fields = request.fields;
    std::string said = ours ? OUTIS_TRY(authorizer_->known(scopes)) : "";
    for (int logins = 0;; ++logins) {
        request.fields = own_fields;
        if (!said.empty())
            request.fields.push_back({"Authorization", said});
        const bool at_home = is_home(request.url);
        // Its name shall not come to mean an address in here meanwhile.
        if (at_home && home_is_outside_)
            request.url.named_by = base_.origin();
        Result<http::Response, http::Trouble> response = client_.exchange(request, choose);
        if (response && at_home && !response.value().is_inside)
            home_is_outside_ = true;
        if (!response || response.value().status != 401 || !ours || logins == kMaxLogins)
            return response;
        std::vector<http::Challenge> challenges;
        for (const std::string& value : response.value().all("WWW-Authenticate")) {
            for (http::Challenge& challenge : http::parse_challenges(value))
                challenges.push_back(std::move(challenge));
        }
        said = OUTIS_TRY(authorizer_->answer(challenges, scopes, said, response.value().is_inside));
    }
}

Result<http::Response, http::Trouble> Registry::persist(const http::Request& request,
                                                        const Scopes& scopes,
                                                        const std::string& doing,
                                                        const http::ChooseSink& choose)
{
    Retries retries(settings_.retry);
    Result<http::Response, http::Trouble> response = once(request, scopes, choose);
    while (is_passing(response)) {
        OUTIS_TRY(retries.wait(response, doing));
        response = once(request, scopes, choose);
    }
    return response;
}

Error Registry::refused(const http::Response& response, const std::string& doing, int expected)
{
    return refused(http::Trouble{
        .error = {.text = refusal(response, doing, expected), .blame = Blame::environment}});
}

Error Registry::refused(const http::Trouble& trouble)
{
    Error error = trouble.error;
    error.text = scrubbed(std::move(error.text));
    // Shortened first, half a secret would stay.
    if (error.text.size() > kMaxRefusal)
        error.text = error.text.substr(0, kMaxRefusal) + "...";
    if (error.blame == Blame::environment)
        error.text.insert(0, "registry '" + domain_ + "': ");
    return error;
}

std::string Registry::scrubbed(std::string text)
{
    const Result<std::optional<http::Proxy>, Error> proxy = settings_.proxies.choose(base_);
    if (proxy && proxy.value()) {
        for (const std::string& secret : {proxy.value()->login, proxy.value()->secret}) {
            for (std::size_t at = text.find(secret);
                 !secret.empty() && secret != "*" && at != std::string::npos;
                 at = text.find(secret, at + 3))
                text.replace(at, secret.size(), "***");
        }
    }
    return authorizer_ == nullptr ? text : authorizer_->scrubbed(std::move(text));
}

void Registry::note_warnings(const http::Response& response)
{
    for (const std::string& value : response.all("Warning")) {
        const std::optional<std::string> warning = http::parse_warning(value);
        if (!warning)
            continue;
        const std::string text = http::printable_line(scrubbed(*warning), kMaxWarning);
        const std::scoped_lock lock(mutex_);
        if (warnings_.size() < kMaxWarnings && warnings_.insert(text).second && notice_)
            notice_("registry '" + domain_ + "' says: " + text);
    }
}

}  // namespace outis::images::registry
