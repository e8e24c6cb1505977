// PEM bundles of certificate authorities, checked by OpenSSL.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "outis/error.h"

namespace outis::images::content {

struct Certificate {
    std::string pem = {};      // canonical
    std::string subject = {};  // "CN=..., O=...", RFC 2253
};

struct Certificates {
    std::vector<Certificate> list = {};
    std::string pem = {};  // all of them, in the order of the text
};

constexpr std::size_t kMaxBundleSize = 16U << 20;

// Every certificate of `text`; comments, and keys by mistake, are left out. A broken certificate,
// or none at all, is an error naming `name`.
Result<Certificates, Error> read_certificates(std::string_view text, const std::string& name);

}  // namespace outis::images::content
