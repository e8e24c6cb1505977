// The only file that sees toml++.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "outis/sandbox/document.h"

namespace outis::sandbox {
namespace {

// toml++ frees dotted keys by recursion: a line of half a million dots would end the program.
constexpr std::size_t kMaxDotsInARow = 32;

Place place_of(const toml::source_region& region)
{
    Place place{.line = region.begin.line, .column = region.begin.column, .width = 1};
    if (region.end.line == region.begin.line && region.end.column > region.begin.column)
        place.width = region.end.column - region.begin.column;
    return place;
}

Place place_at(std::string_view text, std::size_t at)
{
    const std::string_view before = text.substr(0, at);
    const std::size_t start = before.rfind('\n') + 1;
    return Place{
        .line = static_cast<std::uint32_t>(std::ranges::count(before, '\n') + 1),
        .column = static_cast<std::uint32_t>(at - start + 1),
        .width = 1,
    };
}

// Where a text stands: its words, a comment, or a string with the quotes that end it.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    // Steps over one character or mark.
    void step()
    {
        if (quotes_.empty())
            step_outside();
        else if (text_[at_] == '\\' && quotes_.front() == '"')
            at_ += 2;
        else if (text_.substr(at_).starts_with(quotes_))
            leave_string(quotes_.size());
        else if (text_[at_] == '\n' && quotes_.size() == 1)
            leave_string(1);
        else
            ++at_;
    }

    [[nodiscard]] bool done() const { return at_ >= text_.size(); }

    [[nodiscard]] std::size_t at() const { return at_; }

    [[nodiscard]] bool among_words() const { return !comment_ && quotes_.empty(); }

private:
    void step_outside()
    {
        const char c = text_[at_];
        if (!comment_ && (c == '"' || c == '\'')) {
            const std::string_view three = text_.substr(at_, 3);
            quotes_ = three == std::string(3, c) ? three : three.substr(0, 1);
            at_ += quotes_.size();
            return;
        }
        if (c == '#' || c == '\n')
            comment_ = c == '#';
        ++at_;
    }

    void leave_string(std::size_t length)
    {
        at_ += length;
        quotes_ = {};
    }

    std::string_view text_;
    std::string_view quotes_;  // of the string we are in
    std::size_t at_ = 0;
    bool comment_ = false;
};

// What must not reach the parser at all.
std::optional<std::pair<std::size_t, const char*>> first_refused(std::string_view text)
{
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
        return {{nul, "a NUL byte; a profile is text"}};
    std::size_t dots = 0;
    for (Scanner scanner(text); !scanner.done(); scanner.step()) {
        const std::size_t at = scanner.at();
        const char c = text[at];
        const bool in_mark = at < 3 && text.starts_with("\xEF\xBB\xBF");  // of byte order
        // toml++ 3.3 takes some of these for unreachable code.
        if (scanner.among_words() && !in_mark && static_cast<unsigned char>(c) >= 0x80)
            return {{at, "a character outside ASCII; only comments and quoted texts may have it"}};
        if (c == '\n' || c == '=' || c == ',' || c == '/')
            dots = 0;
        if (c == '.' && ++dots > kMaxDotsInARow)
            return {{at, "more than 32 dots in a row of words; nothing in a profile is so deep"}};
    }
    return std::nullopt;
}

class Converter {
public:
    // Recursion ends at kMaxDocumentDepth.
    Value convert(const toml::node& node, std::size_t depth)
    {
        Value value;
        value.place = place_of(node.source());
        if (depth > kMaxDocumentDepth) {
            if (!too_deep_)
                too_deep_ = value.place;
            return value;
        }
        if (const auto* table = node.as_table()) {
            value.kind = ValueKind::table;
            for (const auto& [key, child] : *table)
                value.entries.push_back(Entry{.key = std::string(key.str()),
                                              .place = place_of(key.source()),
                                              .value = convert(child, depth + 1)});
            std::ranges::sort(value.entries, {}, [](const Entry& entry) {
                return std::pair(entry.place.line, entry.place.column);
            });
        } else if (const auto* list = node.as_array()) {
            value.kind = ValueKind::list;
            for (const toml::node& item : *list)
                value.items.push_back(convert(item, depth + 1));
        } else if (const auto* text = node.as_string()) {
            value.kind = ValueKind::text;
            value.text = text->get();
        } else if (const auto* integer = node.as_integer()) {
            value.kind = ValueKind::integer;
            value.integer = integer->get();
        } else if (const auto* boolean = node.as_boolean()) {
            value.kind = ValueKind::boolean;
            value.boolean = boolean->get();
        }
        return value;
    }

    [[nodiscard]] const std::optional<Place>& too_deep() const { return too_deep_; }

private:
    std::optional<Place> too_deep_;
};

}  // namespace

Result<Value, Done> parse_toml(const ProfileText& source, Complaints& complaints)
{
    if (source.text.size() > kMaxProfileBytes) {
        complaints.error({}, "the file is larger than 1 MiB", "a profile is a few kilobytes");
        return Failure{Done{}};
    }
    if (const auto refused = first_refused(source.text)) {
        complaints.error(place_at(source.text, refused->first), refused->second);
        return Failure{Done{}};
    }
    const toml::parse_result parsed = toml::parse(source.text);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        complaints.error(place_of(error.source()), std::string(error.description()));
        return Failure{Done{}};
    }
    Converter converter;
    Value root = converter.convert(parsed.table(), 0);
    if (converter.too_deep()) {
        complaints.error(*converter.too_deep(), "tables and lists are nested too deeply");
        return Failure{Done{}};
    }
    return root;
}

}  // namespace outis::sandbox
