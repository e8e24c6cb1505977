#include "init/serve/target.h"

#include "init/kernel/text.h"

namespace outis::init {
namespace {

constexpr std::uint16_t kHttpPort = 80;

bool take_prefix(std::string_view& text, std::string_view prefix) noexcept
{
    if (!text.starts_with(prefix))
        return false;
    text.remove_prefix(prefix.size());
    return true;
}

std::optional<unsigned> hex_group(std::string_view text) noexcept
{
    if (text.empty() || text.size() > 4)
        return std::nullopt;
    unsigned value = 0;
    for (const char c : text) {
        const char digit = upper(c);
        if (digit >= '0' && digit <= '9')
            value = value * 16 + static_cast<unsigned>(digit - '0');
        else if (digit >= 'A' && digit <= 'F')
            value = value * 16 + static_cast<unsigned>(digit - 'A' + 10);
        else
            return std::nullopt;
    }
    return value;
}

bool parse_four(std::string_view text, Target& target) noexcept
{
    for (std::size_t i = 0; i < 4; ++i) {
        const Split next = split(text, '.');
        const auto part = parse_number(next.before, 255);
        if (!part || next.found != (i < 3))
            return false;
        target.address[i] = static_cast<std::uint8_t>(*part);
        text = next.after;
    }
    return true;
}

// RFC 4291, section 2.2, without embedded IPv4: eight groups of hexadecimal digits, or fewer with
// one "::".
bool parse_six(std::string_view text, Target& target) noexcept
{
    std::array<unsigned, 8> groups{};
    std::size_t count = 0;
    std::size_t gap = 9;
    if (take_prefix(text, "::"))
        gap = 0;
    while (!text.empty()) {
        const Split next = split(text, ':');
        const auto group = hex_group(next.before);
        if (!group || count == 8 || (next.found && next.after.empty()))
            return false;
        groups[count++] = *group;
        text = next.after;
        if (!text.empty() && text[0] == ':') {
            if (gap != 9)
                return false;
            gap = count;
            text.remove_prefix(1);
        }
    }
    if ((gap == 9) != (count == 8))
        return false;
    const std::size_t after = gap == 9 ? 0 : count - gap;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = gap != 9 && i >= gap ? 8 - after + (i - gap) : i;
        target.address[at * 2] = static_cast<std::uint8_t>(groups[i] >> 8);
        target.address[at * 2 + 1] = static_cast<std::uint8_t>(groups[i]);
    }
    return true;
}

bool parse_host(std::string_view host, Target& target) noexcept
{
    if (host.empty() || host == "localhost") {
        target.both_families = true;
        return true;
    }
    if (host[0] != '[')
        return parse_four(host, target);
    target.six = true;
    return host.back() == ']' && parse_six({host.data() + 1, host.size() - 2}, target);
}

bool parse_authority(std::string_view text, Target& target, bool needs_port) noexcept
{
    std::size_t colon = text.size();
    for (std::size_t i = text.size(); i-- > 0 && text[i] != ']';) {
        if (text[i] == ':')
            colon = i;
    }
    target.host = colon == 0 ? "localhost" : text;
    target.port = kHttpPort;
    if (colon == text.size())
        return !needs_port && parse_host(text, target);
    const auto port = parse_number({text.data() + colon + 1, text.size() - colon - 1}, 65535);
    target.port = static_cast<std::uint16_t>(port.value_or(0));
    return target.port != 0 && parse_host({text.data(), colon}, target);
}

}  // namespace

std::optional<Target> parse_target(std::string_view url) noexcept
{
    Target target;
    if (take_prefix(url, "http://")) {
        const Split parts = split(url, '/');
        target.path = "/";
        if (parts.found)
            target.path = {parts.after.data() - 1, parts.after.size() + 1};
        if (parse_authority(parts.before, target, false))
            return target;
    } else if (take_prefix(url, "tcp://")) {
        if (parse_authority(url, target, true))
            return target;
    } else if (take_prefix(url, "unix://")) {
        const Split parts = split(url, ':');
        target.kind = Target::Kind::unix_socket;
        target.host = "localhost";
        target.socket = parts.before;
        target.path = parts.after;
        if (target.socket.starts_with('/') && (!parts.found || target.path.starts_with('/')))
            return target;
    } else if (take_prefix(url, "exec:")) {
        target.kind = Target::Kind::exec;
        target.path = url;
        if (!url.empty())
            return target;
    }
    return std::nullopt;
}

std::optional<int> parse_status_line(std::string_view line) noexcept
{
    if (!take_prefix(line, "HTTP/1."))
        return std::nullopt;
    const Split version = split(line, ' ');
    const std::string_view rest = version.after;
    if (rest.size() < 3 ||
        (rest.size() > 3 && rest[3] != ' ' && rest[3] != '\r' && rest[3] != '\n'))
        return std::nullopt;
    const auto code = parse_number({rest.data(), 3}, 999);
    return code ? std::optional(static_cast<int>(*code)) : std::nullopt;
}

}  // namespace outis::init
