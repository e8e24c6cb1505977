// Owns one file descriptor, or none (-1). Moves, never copies.
// The destructor drops the error of close(2): whoever needs the bytes on disk calls fsync(2) and
// reads its answer first.
#pragma once

#include <utility>

#include <unistd.h>

namespace outis {

class Fd {
public:
    Fd() noexcept = default;

    explicit Fd(int fd) noexcept : fd_(fd) {}

    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

    Fd& operator=(Fd&& other) noexcept
    {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }

    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;

    ~Fd() { reset(); }

    [[nodiscard]] int get() const noexcept { return fd_; }

    [[nodiscard]] bool open() const noexcept { return fd_ >= 0; }

    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

    void reset() noexcept
    {
        if (fd_ >= 0)
            ::close(std::exchange(fd_, -1));
    }

    // 0 is a fine descriptor, so a test for truth would be a trap.
    explicit operator bool() const = delete;

private:
    int fd_ = -1;
};

}  // namespace outis
