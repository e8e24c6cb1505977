#include "http/fields.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <ctime>

#include <openssl/evp.h>

namespace outis::images::http {

namespace {

constexpr std::size_t kMaxChallenges = 16;
constexpr std::size_t kMaxParameters = 32;

bool is_token_char(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string lower_case(std::string_view text)
{
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower;
}

std::optional<std::uint64_t> parse_number(std::string_view text)
{
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || error != std::errc() || stop != end)
        return std::nullopt;
    return number;
}

// Reads a field's value from the front.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool done() const { return rest_.empty(); }

    void skip(std::string_view set)
    {
        while (!rest_.empty() && set.find(rest_.front()) != std::string_view::npos)
            rest_.remove_prefix(1);
    }

    bool take(char wanted)
    {
        if (rest_.empty() || rest_.front() != wanted)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    std::string token()
    {
        const auto end = std::ranges::find_if_not(rest_, is_token_char);
        const std::string text(rest_.begin(), end);
        rest_.remove_prefix(text.size());
        return text;
    }

    // Behind the opening quote, up to and with the closing one.
    std::optional<std::string> quoted()
    {
        std::string text;
        while (!rest_.empty()) {
            const char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"')
                return text;
            if (c == '\\' && !rest_.empty()) {
                text += rest_.front();
                rest_.remove_prefix(1);
            } else {
                text += c;
            }
        }
        return std::nullopt;
    }

    std::optional<std::string> until(char end)
    {
        const std::size_t at = rest_.find(end);
        if (at == std::string_view::npos)
            return std::nullopt;
        const std::string text(rest_.substr(0, at));
        rest_.remove_prefix(at + 1);
        return text;
    }

    // A token or a quoted string.
    std::optional<std::string> value() { return take('"') ? quoted() : token(); }

private:
    std::string_view rest_;
};

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kBetween = " \t,";

std::optional<ByteRange> parse_range(std::string_view text)
{
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos)
        return std::nullopt;
    const auto first = parse_number(text.substr(0, dash));
    const auto last = parse_number(text.substr(dash + 1));
    if (!first || !last || *first > *last)
        return std::nullopt;
    return ByteRange{.first = *first, .last = *last};
}

}  // namespace

std::string Challenge::parameter(const std::string& name) const
{
    const auto found = parameters.find(name);
    return found == parameters.end() ? "" : found->second;
}

std::vector<Challenge> parse_challenges(std::string_view value)
{
    std::vector<Challenge> challenges;
    Scanner scanner(value);
    for (scanner.skip(kBetween); !scanner.done(); scanner.skip(kBetween)) {
        const std::string word = scanner.token();
        scanner.skip(kBlank);
        if (word.empty())
            return challenges;
        if (!scanner.take('=')) {
            if (challenges.size() == kMaxChallenges)
                return challenges;
            challenges.push_back({.scheme = lower_case(word)});
            continue;
        }
        scanner.skip(kBlank);
        const std::optional<std::string> parameter = scanner.value();
        if (!parameter || challenges.empty() ||
            challenges.back().parameters.size() == kMaxParameters)
            return challenges;
        challenges.back().parameters.emplace(lower_case(word), *parameter);
    }
    return challenges;
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                      std::chrono::system_clock::time_point now)
{
    constexpr std::uint64_t kMost = 1U << 30;
    if (const auto number = parse_number(value))
        return std::chrono::seconds(std::min(*number, kMost));
    std::tm date{};
    const std::string text(value);
    const char* const end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
    if (end == nullptr || end != text.c_str() + text.size())
        return std::nullopt;
    // In seconds: the clock's own unit overflows in the year 2262.
    const std::time_t wait = ::timegm(&date) - std::chrono::system_clock::to_time_t(now);
    return std::chrono::seconds(std::clamp(wait, std::time_t{0}, static_cast<std::time_t>(kMost)));
}

std::optional<ByteRange> parse_upload_range(std::string_view value)
{
    constexpr std::string_view kUnit = "bytes=";
    if (value.starts_with(kUnit))
        value.remove_prefix(kUnit.size());
    return parse_range(value);
}

std::optional<ByteRange> parse_content_range(std::string_view value)
{
    constexpr std::string_view kUnit = "bytes ";
    if (!value.starts_with(kUnit))
        return std::nullopt;
    value.remove_prefix(kUnit.size());
    const std::size_t slash = value.find('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    return parse_range(value.substr(0, slash));
}

std::optional<std::string> parse_warning(std::string_view value)
{
    Scanner scanner(value);
    const std::string code = scanner.token();
    scanner.skip(kBlank);
    const std::string agent = scanner.token();
    scanner.skip(kBlank);
    if (code != "299" || agent != "-" || !scanner.take('"'))
        return std::nullopt;
    return scanner.quoted();
}

std::optional<std::string> parse_next_link(std::string_view value)
{
    Scanner scanner(value);
    for (scanner.skip(kBetween); !scanner.done(); scanner.skip(kBetween)) {
        const std::optional<std::string> target =
            scanner.take('<') ? scanner.until('>') : std::nullopt;
        if (!target)
            return std::nullopt;
        scanner.skip(kBlank);
        while (scanner.take(';')) {
            scanner.skip(kBlank);
            const std::string name = lower_case(scanner.token());
            std::optional<std::string> parameter = "";
            if (scanner.take('='))
                parameter = scanner.value();
            if (!parameter || name.empty())
                return std::nullopt;
            if (name == "rel" && lower_case(*parameter) == "next")
                return target;
            scanner.skip(kBlank);
        }
    }
    return std::nullopt;
}

std::string printable_line(std::string_view text, std::size_t limit)
{
    std::string line;
    for (const char c : text.substr(0, limit)) {
        if (c >= ' ' && c <= '~')
            line += c;
        else if (!line.ends_with(' '))
            line += ' ';
    }
    return line;
}

std::string base64(std::string_view bytes)
{
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int length = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                         reinterpret_cast<const unsigned char*>(bytes.data()),
                                         static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

}  // namespace outis::images::http
