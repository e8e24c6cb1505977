#include "content/certificates.h"

#include <memory>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace outis::images::content {

namespace {

struct FreeOpenssl {
    void operator()(BIO* bio) const noexcept { ::BIO_free(bio); }

    void operator()(X509* certificate) const noexcept { ::X509_free(certificate); }
};

constexpr std::size_t kMaxCertificates = 10'000;

std::string text_of(BIO* memory)
{
    const char* start = nullptr;
    const long length = ::BIO_get_mem_data(memory, &start);
    return length > 0 ? std::string(start, static_cast<std::size_t>(length)) : std::string();
}

// Empty fields if OpenSSL cannot write it.
Certificate describe(const X509& certificate)
{
    const std::unique_ptr<BIO, FreeOpenssl> pem(::BIO_new(::BIO_s_mem()));
    const std::unique_ptr<BIO, FreeOpenssl> subject(::BIO_new(::BIO_s_mem()));
    if (pem == nullptr || subject == nullptr ||
        ::PEM_write_bio_X509(pem.get(), &certificate) != 1 ||
        ::X509_NAME_print_ex(subject.get(), ::X509_get_subject_name(&certificate), 0,
                             XN_FLAG_RFC2253) < 0)
        return {};
    return {.pem = text_of(pem.get()), .subject = text_of(subject.get())};
}

}  // namespace

Result<Certificates, Error> read_certificates(std::string_view text, const std::string& name)
{
    const std::string quoted = "'" + name + "'";
    if (text.size() > kMaxBundleSize)
        return bad_input(quoted + " is larger than 16 MiB, too large for certificates");
    const std::unique_ptr<BIO, FreeOpenssl> memory(
        ::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (memory == nullptr)
        return unavailable("out of memory while reading " + quoted);
    Certificates found;
    ::ERR_clear_error();
    while (true) {
        const std::unique_ptr<X509, FreeOpenssl> certificate(
            ::PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
        if (certificate == nullptr)
            break;
        if (found.list.size() == kMaxCertificates)
            return bad_input(quoted + " holds more than 10000 certificates");
        found.list.push_back(describe(*certificate));
        if (found.list.back().pem.empty())
            return unavailable("out of memory while reading " + quoted);
        found.pem += found.list.back().pem;
    }
    // The normal end is "no start line"; anything else is a certificate that cannot be read.
    const unsigned long last = ::ERR_peek_last_error();
    const bool at_end =
        ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
    ::ERR_clear_error();
    if (!at_end)
        return bad_input("certificate " + std::to_string(found.list.size() + 1) + " of " + quoted +
                         " is broken");
    if (found.list.empty())
        return bad_input(quoted + " holds no certificate in PEM form");
    return found;
}

}  // namespace outis::images::content
