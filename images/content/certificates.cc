#include "content/certificates.h"

#include <climits>
#include <memory>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace outis::images {

namespace {

struct Free {
    void operator()(BIO* bio) const noexcept { ::BIO_free(bio); }

    void operator()(X509* certificate) const noexcept { ::X509_free(certificate); }
};

constexpr std::size_t kMaxCertificates = 10'000;

bool append_pem(const X509& certificate, std::string& to)
{
    const std::unique_ptr<BIO, Free> memory(::BIO_new(::BIO_s_mem()));
    if (memory == nullptr || ::PEM_write_bio_X509(memory.get(), &certificate) != 1)
        return false;
    const char* start = nullptr;
    const long length = ::BIO_get_mem_data(memory.get(), &start);
    if (length <= 0)
        return false;
    to.append(start, static_cast<std::size_t>(length));
    return true;
}

}  // namespace

Result<Certificates, Error> read_certificates(std::string_view text, const std::string& name)
{
    const std::string quoted = "'" + name + "'";
    if (text.size() > kMaxBundleSize)
        return bad_input(quoted + " is larger than 16 MiB, too large for certificates");
    const std::unique_ptr<BIO, Free> memory(
        ::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (memory == nullptr)
        return unavailable("out of memory while reading " + quoted);
    Certificates found;
    ::ERR_clear_error();
    while (true) {
        const std::unique_ptr<X509, Free> certificate(
            ::PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
        if (certificate == nullptr)
            break;
        if (++found.count > kMaxCertificates)
            return bad_input(quoted + " holds more than 10000 certificates");
        if (!append_pem(*certificate, found.pem))
            return bad_input("certificate " + std::to_string(found.count) + " of " + quoted +
                             " cannot be written as PEM");
    }
    // The normal end is "no start line"; anything else is a certificate that cannot be read.
    const unsigned long last = ::ERR_peek_last_error();
    const bool at_end =
        ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
    ::ERR_clear_error();
    if (!at_end)
        return bad_input("certificate " + std::to_string(found.count + 1) + " of " + quoted +
                         " is broken");
    if (found.count == 0)
        return bad_input(quoted + " holds no certificate in PEM form");
    return found;
}

}  // namespace outis::images
