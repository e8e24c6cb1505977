#include "outis/sandbox/diagnostic.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "outis/sandbox/document.h"
#include "outis/utf8.h"

namespace outis::sandbox {
namespace {

constexpr std::size_t kMaxShownCharacters = 160;
constexpr std::size_t kMaxComplaints = 100;  // errors of one text, and notes

// A column each character: what steers a terminal is '?', a tab one blank.
std::string shown(std::string_view line)
{
    std::string text;
    for (std::size_t count = 0; count < kMaxShownCharacters && !line.empty(); ++count) {
        const Character character = first_character(line);
        const std::size_t bytes = character.bytes == 0 ? 1 : character.bytes;
        if (line.front() == '\t')
            text += ' ';
        else if (character.bytes == 0 || steers(character.code))
            text += '?';
        else
            text += line.substr(0, bytes);
        line.remove_prefix(bytes);
    }
    return text;
}

// As much as shown() takes of it.
std::string_view beginning_of(std::string_view line)
{
    std::size_t end = 0;
    for (std::size_t count = 0; count < kMaxShownCharacters && end < line.size(); ++count) {
        const std::size_t bytes = first_character(line.substr(end)).bytes;
        end += bytes == 0 ? 1 : bytes;
    }
    return line.substr(0, end);
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
    std::string text = printable(diagnostic.file) + ":";
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

Failure<Error> failure_of(const Diagnostics& diagnostics)
{
    const std::string lines = print(diagnostics);
    const std::size_t end = lines.find('\n') + 1;
    Failure<Error> failure = bad_input(lines.substr(0, end == 0 ? end : end - 1));
    failure.error.details = lines.substr(end);
    return failure;
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
