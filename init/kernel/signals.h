// Signals by name and number. Source: asm/signal.h of x86_64 and aarch64 (the same numbers),
// signal(7). Real-time signals are written RTMIN+n with the kernel's own RTMIN, 32.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace outis::init {

constexpr int kRealTimeFirst = 32;
constexpr int kSignalLast = 64;

// "TERM", "SIGTERM", "15", "RTMIN+3"; letters in either case. 0 only as a number.
std::optional<int> parse_signal(std::string_view text) noexcept;

// "TERM", or "" for a real-time signal.
std::string_view signal_name(int signal) noexcept;

}  // namespace outis::init
