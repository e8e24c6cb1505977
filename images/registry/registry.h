// One registry: where it is, how it is spoken to, and who we are to it. Any number of threads may
// ask at once.
//
// A loopback host is asked in plain HTTP first, and over TLS if it does not understand; with
// --tls-ca, or certificates of its own, over TLS alone. All others speak TLS unless --plain-http
// was given. Requests carry credentials to the registry's own origin only, whatever a Location
// says; where a Location has led away, the next one leads nowhere with credentials.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "http/client.h"
#include "registry/authorizer.h"
#include "registry/retry.h"

namespace outis::images::registry {

constexpr int kMaxRedirects = 10;

struct RegistrySettings {
    std::string tls_ca = {};  // a PEM file instead of the system's authorities
    std::string authfile = {};
    bool plain_http = false;
    unsigned jobs = 4;        // transfers at once
    std::uint64_t chunk = 0;  // bytes of an upload's piece; 0: all at once
    http::Patience patience = {.pace = http::kLeastPace};
    RetryPolicy retry = {};
    http::Proxies proxies = {};
    std::vector<std::filesystem::path> site_folders = {};  // registry/site_files.h
};

// Whether the registry may hear who we are.
enum class Login { at_home, never };

// Told what a registry wants its users to know, once; from any thread.
using Notice = std::function<void(const std::string&)>;

class Registry {
public:
    // `domain` as references write it: "docker.io", "localhost:5000". `repository` decides which of
    // several credentials count.
    static Result<std::unique_ptr<Registry>, Error> open(const std::string& domain,
                                                         const std::string& repository,
                                                         const RegistrySettings& settings,
                                                         const Notice& notice);

    [[nodiscard]] const std::string& domain() const { return domain_; }

    [[nodiscard]] const RegistrySettings& settings() const { return settings_; }

    // "/v2/PATH"
    [[nodiscard]] http::Url url(const std::string& path) const;

    [[nodiscard]] bool is_home(const http::Url& url) const
    {
        return url.origin() == base_.origin();
    }

    // Where a Location in an answer from `from` leads. From https to http is refused, and so is, at
    // once or when it is asked, an address of a private network that a server elsewhere names.
    [[nodiscard]] Result<http::Url, http::Trouble> follow(const http::Url& from,
                                                          const http::Response& answer) const;

    // One request with its logins and, for GET and HEAD, its redirects.
    Result<http::Response, http::Trouble> once(http::Request request, const Scopes& scopes,
                                               const http::ChooseSink& choose = {},
                                               Login login = Login::at_home);
    // And again while that is worth it. `choose` must stand being asked again.
    Result<http::Response, http::Trouble> persist(const http::Request& request,
                                                  const Scopes& scopes, const std::string& doing,
                                                  const http::ChooseSink& choose = {});

    // "registry 'localhost:5000': DOING: 403 Forbidden: …", without secrets, of bounded length;
    // `expected` as in refusal().
    Error refused(const http::Response& response, const std::string& doing, int expected = 0);
    Error refused(const http::Trouble& trouble);

private:
    Registry(std::string domain, RegistrySettings settings, Notice notice, http::SiteFiles site);

    Result<Done, http::Trouble> find_base();
    Result<http::Response, http::Trouble> ask(http::Request request, const Scopes& scopes,
                                              const http::ChooseSink& choose, Login login);
    // Without logins of the registry or the proxy.
    std::string scrubbed(std::string text);
    void note_warnings(const http::Response& response);

    std::string domain_;
    RegistrySettings settings_;
    bool has_site_ = false;  // certificates of its own
    Notice notice_;
    http::Client client_;
    http::Url base_;
    std::unique_ptr<Authorizer> authorizer_;
    std::atomic<bool> home_is_outside_ = false;  // it has answered from the Internet
    std::mutex mutex_;                           // of warnings_
    std::set<std::string> warnings_;
};

}  // namespace outis::images::registry
