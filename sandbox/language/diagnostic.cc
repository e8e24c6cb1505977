#include "outis/sandbox/diagnostic.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "outis/sandbox/document.h"

namespace outis::sandbox {
namespace {

constexpr std::size_t kMaxShownCharacters = 160;
constexpr std::size_t kMaxShownBytes = 4 * kMaxShownCharacters;  // UTF-8
constexpr std::size_t kMaxComplaints = 100;                      // errors of one text, and notes

// A byte that continues a character of UTF-8.
bool continues(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

std::string shown(std::string_view line)
{
    std::string text;
    std::size_t characters = 0;
    for (const char byte : line) {
        if (!continues(byte) && ++characters > kMaxShownCharacters)
            break;
        const auto value = static_cast<unsigned char>(byte);
        // U+0080 to U+009F steer terminals too; their second byte has no place anywhere else.
        const bool steers = value < ' ' || value == 127 ||
                            (text.ends_with('\xC2') && value >= 0x80 && value < 0xA0);
        if (steers && continues(byte))
            text.pop_back();
        if (byte == '\t')
            text += ' ';
        else
            text += steers ? '?' : byte;
    }
    return text;
}

// As much as shown() takes of it.
std::string_view beginning_of(std::string_view line)
{
    std::size_t characters = 0;
    for (std::size_t i = 0; i < line.size() && i < kMaxShownBytes; ++i) {
        if (!continues(line[i]) && ++characters > kMaxShownCharacters)
            return line.substr(0, i);
    }
    return line.substr(0, kMaxShownBytes);
}

std::string underline(const Diagnostic& diagnostic)
{
    const std::size_t column = std::min<std::size_t>(diagnostic.column, kMaxShownCharacters + 1);
    const std::size_t room = kMaxShownCharacters + 1 - column;
    const std::size_t width = std::clamp<std::size_t>(diagnostic.width, 1, room + 1);
    return std::string(column - 1, ' ') + '^' + std::string(width - 1, '~');
}

std::string_view line_of(std::string_view text, std::uint32_t number)
{
    for (; number > 1; --number) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos)
            return {};
        text.remove_prefix(end + 1);
    }
    std::string_view line = text.substr(0, text.find('\n'));
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

}  // namespace

std::string print(const Diagnostic& diagnostic)
{
    std::string text = diagnostic.file + ":";
    const bool has_place = diagnostic.line != 0 && diagnostic.column != 0;
    if (has_place)
        text += std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column) + ":";
    text += diagnostic.severity == Severity::note      ? " note: "
            : diagnostic.severity == Severity::warning ? " warning: "
                                                       : " ";
    text += shown(diagnostic.message);
    if (!diagnostic.hint.empty())
        text += "; " + shown(diagnostic.hint);
    text += '\n';
    if (!has_place || diagnostic.source_line.empty())
        return text;
    std::string number = std::to_string(diagnostic.line);
    number.insert(0, number.size() < 5 ? 5 - number.size() : 0, ' ');
    text += number + " | " + shown(diagnostic.source_line) + "\n";
    text += std::string(number.size(), ' ') + " | " + underline(diagnostic) + "\n";
    return text;
}

std::string print(const Diagnostics& diagnostics)
{
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics)
        text += print(diagnostic);
    return text;
}

void Complaints::error(const Place& place, std::string message, std::string hint)
{
    add(place,
        Diagnostic{
            .severity = Severity::error, .message = std::move(message), .hint = std::move(hint)});
}

void Complaints::note(const Place& place, std::string message, std::optional<policy::Arch> arch)
{
    add(place, Diagnostic{.severity = Severity::note, .message = std::move(message), .arch = arch});
}

void Complaints::add(const Place& place, Diagnostic found)
{
    std::size_t& count = found.severity == Severity::error ? errors_ : notes_;
    if (++count > kMaxComplaints)
        return;
    found.file = source_->file;
    found.line = place.line;
    found.column = place.column;
    found.width = place.width;
    if (place.line != 0)
        found.source_line = beginning_of(line_of(source_->text, place.line));
    found_.push_back(std::move(found));
}

bool Complaints::full() const
{
    return errors_ >= kMaxComplaints;
}

Diagnostics Complaints::take()
{
    std::ranges::stable_sort(found_, {}, [](const Diagnostic& diagnostic) {
        return std::pair(diagnostic.line, diagnostic.column);
    });
    if (errors_ > kMaxComplaints)
        found_.push_back(Diagnostic{.file = source_->file,
                                    .message = "more than 100 errors, of which these are the first",
                                    .hint = "mend them and look again"});
    return std::exchange(found_, {});
}

}  // namespace outis::sandbox
