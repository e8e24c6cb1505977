// Values of fields that registries send, taken apart. They come from anywhere: what is malformed
// is nothing, never an error, and every count has a limit.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outis::images::http {

// One way to say who we are. Source: RFC 9110, 11.6.1.
struct Challenge {
    std::string scheme = {};                             // lower case: "basic", "bearer"
    std::map<std::string, std::string> parameters = {};  // names in lower case

    [[nodiscard]] std::string parameter(const std::string& name) const;
};

// WWW-Authenticate, which may list several.
std::vector<Challenge> parse_challenges(std::string_view value);

// Retry-After: seconds, or a date as RFC 9110, 5.6.7 prefers it; one that has passed is zero.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                      std::chrono::system_clock::time_point now);

// Bytes `first` to `last`, both included.
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    bool operator==(const ByteRange&) const = default;
};

// Range of an upload, "0-1023" or "bytes=0-1023". Source: OCI distribution specification 1.1.
std::optional<ByteRange> parse_upload_range(std::string_view value);

// Content-Range of an answer, "bytes 5-9/10". Source: RFC 9110, 14.4.
std::optional<ByteRange> parse_content_range(std::string_view value);

// Warning: the text of '299 - "TEXT"'. Source: OCI distribution specification 1.1.
std::optional<std::string> parse_warning(std::string_view value);

// Link: the target of '<TARGET>; rel="next"'. Source: RFC 8288.
std::optional<std::string> parse_next_link(std::string_view value);

std::string base64(std::string_view bytes);

// What a server said, for a message of ours: one line of printable ASCII, at most `limit` bytes.
std::string printable_line(std::string_view text, std::size_t limit);

}  // namespace outis::images::http
