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

}  // namespace

Result<Trust, Error> Trust::load(const std::string& authorities)
{
    ::OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
    const std::shared_ptr<SSL_CTX> context(::SSL_CTX_new(::TLS_client_method()), ::SSL_CTX_free);
    if (context == nullptr)
        return unavailable("TLS cannot be set up: out of memory");
    ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    Result<Done, Error> loaded =
        authorities.empty() ? load_system(context.get()) : load_file(context.get(), authorities);
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
