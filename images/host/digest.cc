#include "host/digest.h"

#include <algorithm>
#include <new>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "host/input.h"

namespace outis::images::host {

namespace {

constexpr std::size_t kSize = 32;
constexpr std::size_t kReadSize = 256 << 10;

}  // namespace

class Hash {
public:
    explicit Hash(const EVP_MD* algorithm)
    {
        // Nothing of the machine's openssl.cnf concerns a digest, and reading it costs a
        // millisecond.
        ::OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
        // Built into libcrypto; failure means no memory at all.
        if (context_ == nullptr || ::EVP_DigestInit_ex(context_, algorithm, nullptr) != 1)
            throw std::bad_alloc();
    }

    Hash(const Hash&) = delete;
    Hash& operator=(const Hash&) = delete;

    ~Hash() { ::EVP_MD_CTX_free(context_); }

    void update(Bytes bytes)
    {
        if (::EVP_DigestUpdate(context_, bytes.data(), bytes.size()) != 1)
            throw std::bad_alloc();
    }

    std::string finish()
    {
        std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
        unsigned size = 0;
        if (::EVP_DigestFinal_ex(context_, raw.data(), &size) != 1)
            throw std::bad_alloc();
        constexpr std::string_view kDigits = "0123456789abcdef";
        std::string hex;
        for (unsigned at = 0; at < size; ++at) {
            hex += kDigits[raw[at] >> 4];
            hex += kDigits[raw[at] & 15];
        }
        return hex;
    }

private:
    EVP_MD_CTX* context_ = ::EVP_MD_CTX_new();
};

namespace {

Result<std::string, Error> hash_of_file(const std::filesystem::path& path, const EVP_MD* algorithm)
{
    const InputFile file = OUTIS_TRY(open_input(path));
    std::vector<std::byte> buffer(kReadSize);
    Hash hash(algorithm);
    for (std::uint64_t offset = 0;;) {
        const std::size_t count = OUTIS_TRY(read_at(file, offset, buffer, path));
        if (count == 0)
            return hash.finish();
        hash.update(Bytes(buffer).first(count));
        offset += count;
    }
}

}  // namespace

struct Sha256::State {
    Hash hash{::EVP_sha256()};
};

struct Sha1::State {
    Hash hash{::EVP_sha1()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}

Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(Bytes bytes)
{
    state_->hash.update(bytes);
}

Digest Sha256::finish()
{
    return Digest{.hex = state_->hash.finish()};
}

Sha1::Sha1() : state_(std::make_unique<State>()) {}

Sha1::Sha1(Sha1&&) noexcept = default;
Sha1& Sha1::operator=(Sha1&&) noexcept = default;
Sha1::~Sha1() = default;

void Sha1::update(Bytes bytes)
{
    state_->hash.update(bytes);
}

std::string Sha1::finish()
{
    return state_->hash.finish();
}

Digest sha256(std::string_view text)
{
    Sha256 hash;
    hash.update(as_bytes(text));
    return hash.finish();
}

Result<Digest, Error> sha256_of_file(const std::filesystem::path& path)
{
    Digest digest;
    digest.hex = OUTIS_TRY(hash_of_file(path, ::EVP_sha256()));
    return digest;
}

Result<std::string, Error> sha1_of_file(const std::filesystem::path& path)
{
    return hash_of_file(path, ::EVP_sha1());
}

Result<std::string, Error> md5_of_file(const std::filesystem::path& path)
{
    return hash_of_file(path, ::EVP_md5());
}

bool is_digest(std::string_view text)
{
    constexpr std::string_view kPrefix = "sha256:";
    return text.size() == kPrefix.size() + 2 * kSize && text.starts_with(kPrefix) &&
           std::ranges::all_of(text.substr(kPrefix.size()), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

}  // namespace outis::images::host
