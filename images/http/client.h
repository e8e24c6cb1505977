// Connections kept for the next request to the same origin. Any number of threads may ask.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "http/connection.h"

namespace outis::images::http {

class Client {
public:
    // `authorities` as Trust::load() takes them; read when TLS is first needed.
    // `site` is kept for the server with that origin.
    Client(std::string authorities, const Patience& patience, Proxies proxies = {},
           SiteFiles site = {}, std::string site_origin = {})
        : authorities_(std::move(authorities)),
          patience_(patience),
          proxies_(std::move(proxies)),
          site_(std::move(site)),
          site_origin_(std::move(site_origin))
    {
    }

    // One request, one answer, whatever its status. A kept connection that the server has closed
    // meanwhile is replaced; once it closes while it is asked, if the request is a GET or HEAD. An
    // origin that was reached before and cannot be opened now is Cause::broken; so is any once
    // another has answered.
    Result<Response, Trouble> exchange(const Request& request, const ChooseSink& choose = {});

private:
    Result<std::unique_ptr<Connection>, Trouble> open(const Url& url);
    // Null for http. Under mutex_.
    Result<const Trust*, Trouble> trust_for(const Url& url);
    // Nothing if there is none that is still open and that the URL may lead to.
    std::unique_ptr<Connection> take_idle(const Url& url);
    void keep(const std::string& origin, std::unique_ptr<Connection> connection);

    std::string authorities_;
    Patience patience_;
    Proxies proxies_;
    SiteFiles site_;
    std::string site_origin_;
    std::mutex mutex_;  // of all below
    std::optional<Trust> trust_;
    std::optional<Trust> site_trust_;  // for site_origin_
    std::set<std::string> reached_;    // origins
    bool answered_ = false;            // by any of them
    std::map<std::string, std::vector<std::unique_ptr<Connection>>> idle_;
};

}  // namespace outis::images::http
