// Whose certificates are believed: the system's authorities, or those of one file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "outis/error.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace outis::images::http {

// What a machine keeps for one server, all in PEM.
struct SiteFiles {
    std::vector<std::string> authorities = {};  // besides the others, for all it leads to, too
    std::string certificate = {};               // who we are, said to this server alone
    std::string key = {};                       // of the certificate

    [[nodiscard]] bool empty() const { return authorities.empty() && certificate.empty(); }
};

enum class Name { hidden, said };

class Trust {
public:
    // `authorities` is a PEM file that replaces the system's; empty: the system's, which are
    // $SSL_CERT_FILE and $SSL_CERT_DIR, else OpenSSL's folder, else the first bundle found where
    // distributions keep theirs. The certificate of `site` is shown if `name` is said.
    static Result<Trust, Error> load(const std::string& authorities, const SiteFiles& site = {},
                                     Name name = Name::hidden);

    // For TLS 1.2 and later, with verification on. Whoever asks owns a share of it and frees that.
    [[nodiscard]] ssl_ctx_st* share() const noexcept;

private:
    explicit Trust(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}

    std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace outis::images::http
