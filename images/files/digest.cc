#include "files/digest.h"

#include <algorithm>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "files/input.h"

namespace outis::images {

namespace {

constexpr std::size_t kSize = 32;
constexpr std::size_t kReadSize = 256 << 10;

}  // namespace

struct Sha256::State {
    EVP_MD_CTX* context = ::EVP_MD_CTX_new();

    State()
    {
        // Nothing of the machine's openssl.cnf concerns a digest, and reading it costs a
        // millisecond.
        ::OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
        // Built into libcrypto; failure means no memory at all.
        if (context == nullptr || ::EVP_DigestInit_ex(context, ::EVP_sha256(), nullptr) != 1)
            __builtin_trap();
    }

    State(const State&) = delete;
    State& operator=(const State&) = delete;

    ~State() { ::EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}

Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(Bytes bytes)
{
    if (::EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) != 1)
        __builtin_trap();
}

Digest Sha256::finish()
{
    std::array<unsigned char, kSize> raw{};
    if (::EVP_DigestFinal_ex(state_->context, raw.data(), nullptr) != 1)
        __builtin_trap();
    constexpr std::string_view kDigits = "0123456789abcdef";
    Digest digest;
    for (const unsigned char byte : raw) {
        digest.hex += kDigits[byte >> 4];
        digest.hex += kDigits[byte & 15];
    }
    return digest;
}

Digest sha256(std::string_view text)
{
    Sha256 hash;
    hash.update(as_bytes(text));
    return hash.finish();
}

Result<Digest, Error> sha256_of_file(const std::filesystem::path& path)
{
    const InputFile file = OUTIS_TRY(open_input(path));
    std::vector<std::byte> buffer(kReadSize);
    Sha256 hash;
    for (std::uint64_t offset = 0;;) {
        const std::size_t count = OUTIS_TRY(read_at(file, offset, buffer, path));
        if (count == 0)
            return hash.finish();
        hash.update(Bytes(buffer).first(count));
        offset += count;
    }
}

bool is_digest(std::string_view text)
{
    constexpr std::string_view kPrefix = "sha256:";
    return text.size() == kPrefix.size() + 2 * kSize && text.starts_with(kPrefix) &&
           std::ranges::all_of(text.substr(kPrefix.size()), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

}  // namespace outis::images
