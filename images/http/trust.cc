#include "http/trust.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "host/input.h"

namespace outis::images::http {

namespace fs = std::filesystem;

namespace {

// Where Debian, Fedora, SUSE and Alpine keep one file of all authorities: OpenSSL's own folder is
// the one of the distribution it was built on.
constexpr std::array kBundles{
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

constexpr std::size_t kMaxAuthorities = 16U << 20;

bool has_default_paths()
{
    std::error_code ignored;
    const char* file = std::getenv(::X509_get_default_cert_file_env());
    const char* folder = std::getenv(::X509_get_default_cert_dir_env());
    return file != nullptr || folder != nullptr ||
           fs::exists(::X509_get_default_cert_file(), ignored) ||
           fs::exists(::X509_get_default_cert_dir(), ignored);
}

Result<Done, Error> load_system(SSL_CTX* context)
{
    if (has_default_paths() && ::SSL_CTX_set_default_verify_paths(context) == 1)
        return Done{};
    for (const char* bundle : kBundles) {
        if (::SSL_CTX_load_verify_file(context, bundle) == 1)
            return Done{};
    }
    return unavailable(
        "there are no certificates of authorities on this machine; install "
        "'ca-certificates', or name a file with --tls-ca");
}

Result<Done, Error> load_file(SSL_CTX* context, const std::string& file)
{
    const Result<std::string, Error> text = host::read_file(file, kMaxAuthorities);
    if (!text)
        return Failure{text.error()};
    if (::SSL_CTX_load_verify_file(context, file.c_str()) != 1)
        return bad_input("'" + file + "' holds no certificate in PEM");
    return Done{};
}

// Nobody is there to type it.
int no_password(char*, int, int, void*)
{
    return 0;
}

Result<Done, Error> load_name(SSL_CTX* context, const SiteFiles& site)
{
    ::SSL_CTX_set_default_passwd_cb(context, no_password);
    for (const std::string& file : {site.certificate, site.key}) {
        const Result<std::string, Error> text = host::read_file(file, kMaxAuthorities);
        if (!text)
            return Failure{text.error()};
    }
    if (::SSL_CTX_use_certificate_chain_file(context, site.certificate.c_str()) != 1)
        return bad_input("'" + site.certificate + "' holds no certificate in PEM");
    if (::SSL_CTX_use_PrivateKey_file(context, site.key.c_str(), SSL_FILETYPE_PEM) != 1)
        return bad_input("'" + site.key + "' is no key in PEM, without a password, that fits '" +
                         site.certificate + "'");
    return Done{};
}

}  // namespace

Result<Trust, Error> Trust::load(const std::string& authorities, const SiteFiles& site, Name name)
{
    ::OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
    const std::shared_ptr<SSL_CTX> context(::SSL_CTX_new(::TLS_client_method()), ::SSL_CTX_free);
    if (context == nullptr)
        return unavailable("TLS cannot be set up: out of memory");
    ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    Result<Done, Error> loaded =
        authorities.empty() ? load_system(context.get()) : load_file(context.get(), authorities);
    for (std::size_t i = 0; loaded && i < site.authorities.size(); ++i)
        loaded = load_file(context.get(), site.authorities[i]);
    if (loaded && name == Name::said && !site.certificate.empty())
        loaded = load_name(context.get(), site);
    ::ERR_clear_error();
    if (!loaded)
        return loaded.take_failure();
    return Trust(context);
}

ssl_ctx_st* Trust::share() const noexcept
{
    ::SSL_CTX_up_ref(context_.get());
    return context_.get();
}

}  // namespace outis::images::http
