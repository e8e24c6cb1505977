#include "init/kernel/say.h"

#include <span>

#include <fcntl.h>

#include "init/kernel/signals.h"
#include "init/kernel/sys.h"
#include "init/kernel/text.h"

namespace outis::init {
namespace {

constexpr int kOutput = 1;
constexpr int kErrors = 2;

std::span<const std::byte> bytes(std::string_view text) noexcept
{
    return std::as_bytes(std::span(text.data(), text.size()));
}

std::string_view level_name(Level level) noexcept
{
    switch (level) {
    case Level::quiet:
    case Level::error: return "error";
    case Level::warn: return "warn";
    case Level::info: return "info";
    case Level::debug: return "debug";
    }
    return "";
}

// How many bytes of UTF-8 the first character of `text` takes (RFC 3629, section 4); 0 if it is
// none, or one of the C1 controls, which command terminals as ESC does.
std::size_t character_length(std::string_view text) noexcept
{
    const auto byte = [&](std::size_t at) noexcept {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    const unsigned lead = byte(0);
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4 || (lead == 0xC2 && byte(1) < 0xA0))
        return 0;
    const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    const unsigned least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (byte(1) < least || byte(1) > most)
        return 0;
    for (std::size_t i = 2; i < length; ++i) {
        if (byte(i) >> 6 != 2)
            return 0;
    }
    return length;
}

// What may come from outside, for a terminal or a JSON string. Room for every byte of a line as
// \u00XX would be needless: control bytes become blanks, so that no foreign name makes a line of
// its own, what is not UTF-8 becomes question marks, and only the quote and the backslash grow.
class Printed {
public:
    void add(std::string_view text, LogFormat format = LogFormat::text) noexcept
    {
        while (!text.empty()) {
            const char c = text[0];
            const std::size_t length = character_length(text);
            if (format == LogFormat::json && (c == '"' || c == '\\'))
                put('\\');
            if (length < 2)
                put(length == 0 ? '?' : c < ' ' || c == 0x7F ? ' ' : c);
            else
                for (const char part : std::string_view(text.data(), length))
                    put(part);
            text.remove_prefix(length == 0 ? 1 : length);
        }
    }

    void end() noexcept { put('\n'); }

    std::string_view text() const noexcept { return {text_, length_}; }

private:
    void put(char c) noexcept
    {
        if (length_ < sizeof text_)
            text_[length_++] = c;
    }

    char text_[1024];
    std::size_t length_ = 0;
};

}  // namespace

Line& Line::add(std::string_view text) noexcept
{
    for (const char c : text) {
        if (length_ < text_.size())
            text_[length_++] = c;
    }
    return *this;
}

Line& Line::add(std::int64_t number) noexcept
{
    return add(Digits(number).text());
}

Line& Line::add_signal(int signal) noexcept
{
    const std::string_view name = signal_name(signal);
    return name.empty() ? add("signal ").add(std::int64_t{signal}) : add("SIG").add(name);
}

void Voice::say(Level of, std::string_view text) const noexcept
{
    if (!says(of))
        return;
    Printed line;
    if (format == LogFormat::json) {
        line.add("{\"program\":\"outis-init\",\"level\":\"");
        line.add(level_name(of));
        line.add("\",\"message\":\"");
        line.add(text, format);
        line.add("\"}");
    } else {
        line.add("outis-init: ");
        line.add(text);
    }
    line.end();
    sys::write_if_ready(kErrors, bytes(line.text()));
}

void Voice::say(Level of, const Line& line) const noexcept
{
    say(of, line.text());
}

void leave_termination_message(std::string_view text) noexcept
{
    const long fd =
        sys::open("/dev/termination-log", O_WRONLY | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return;
    Printed message;
    message.add(text);
    sys::write(static_cast<int>(fd), bytes(message.text()));
    sys::close(static_cast<int>(fd));
}

void print(std::string_view text) noexcept
{
    sys::write(kOutput, bytes(text));
}

}  // namespace outis::init
