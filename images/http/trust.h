// Whose certificates are believed: the system's authorities, or those of one file.
#pragma once

#include <memory>
#include <string>

#include "outis/error.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace outis::images::http {

class Trust {
public:
    // `authorities` is a PEM file that replaces the system's; empty: the system's, which are
    // $SSL_CERT_FILE and $SSL_CERT_DIR, else OpenSSL's folder, else the first bundle found where
    // distributions keep theirs.
    static Result<Trust, Error> load(const std::string& authorities);

    // For TLS 1.2 and later, with verification on. Whoever asks owns a share of it and frees that.
    [[nodiscard]] ssl_ctx_st* share() const noexcept;

private:
    explicit Trust(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}

    std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace outis::images::http
