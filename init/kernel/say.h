// What PID 1 says: one line an event, on stderr alone (stdout belongs to the app), never waiting
// for a reader.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace outis::init {

enum class Level : std::uint8_t { quiet, error, warn, info, debug };
enum class LogFormat : std::uint8_t { text, json };

// A line under construction. What does not fit is cut, so a message is at most 480 bytes.
class Line {
public:
    Line& add(std::string_view text) noexcept;

    // A literal's length is known here; measuring it anew at each call would cost kilobytes.
    template <std::size_t Size>
    Line& add(const char (&literal)[Size]) noexcept
    {
        return add(std::string_view(literal, Size - 1));
    }

    Line& add(std::int64_t number) noexcept;
    Line& add_error(int number) noexcept;   // "Operation not permitted"
    Line& add_signal(int signal) noexcept;  // "SIGTERM", "signal 40"

    std::string_view text() const noexcept { return {text_.data(), length_}; }

private:
    std::array<char, 480> text_;
    std::size_t length_ = 0;
};

struct Voice {
    Level level = Level::warn;
    LogFormat format = LogFormat::text;

    bool says(Level of) const noexcept { return of <= level; }

    // Prints `outis-init: TEXT`, or a JSON object with level and message, if `of` is wanted.
    void say(Level of, const Line& line) const noexcept;
    void say(Level of, std::string_view text) const noexcept;
};

// Leaves the reason for an end where Kubernetes looks for it, if it made that file.
void leave_termination_message(std::string_view text) noexcept;

// Text that was asked for, such as --help, on stdout.
void print(std::string_view text) noexcept;

// "kill, bpf", "none", "all 41" or "all 41 but kill"; for JSON "\"kill\",\"bpf\"".
void print_capabilities(std::uint64_t set, bool json = false) noexcept;

}  // namespace outis::init
