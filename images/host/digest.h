// SHA-256, as blobs are named by; SHA-1, which SPDX wants of every file as well; MD5, which dpkg
// writes down.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "outis/base/bytes.h"
#include "outis/error.h"

namespace outis::images::host {

struct Digest {
    std::string hex = {};  // 64 lower-case digits

    [[nodiscard]] std::string text() const { return "sha256:" + hex; }

    bool operator==(const Digest&) const = default;
    auto operator<=>(const Digest&) const = default;
};

class Sha256 {
public:
    Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    ~Sha256();

    void update(Bytes bytes);
    // Once, at the end.
    Digest finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

// For documents that must name it; nothing is trusted by it.
class Sha1 {
public:
    Sha1();
    Sha1(Sha1&&) noexcept;
    Sha1& operator=(Sha1&&) noexcept;
    ~Sha1();

    void update(Bytes bytes);
    // 40 lower-case digits; once, at the end.
    std::string finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

Digest sha256(std::string_view text);

Result<Digest, Error> sha256_of_file(const std::filesystem::path& path);

// In lower-case digits, 40 and 32; nothing is trusted by them.
Result<std::string, Error> sha1_of_file(const std::filesystem::path& path);
Result<std::string, Error> md5_of_file(const std::filesystem::path& path);

// The digest in "sha256:HEX", if that is what `text` is.
bool is_digest(std::string_view text);

}  // namespace outis::images::host
