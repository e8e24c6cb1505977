#include "sandbox/language/reader.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "outis/sandbox/suggest.h"

namespace outis::sandbox::language {
namespace {

constexpr std::uint32_t kMaxMilliseconds = 3'600'000;

std::string_view kind_name(ValueKind kind)
{
    switch (kind) {
    case ValueKind::text: return "a text";
    case ValueKind::integer:
    case ValueKind::natural: return "a number";
    case ValueKind::boolean: return "true or false";
    case ValueKind::list: return "a list";
    case ValueKind::table: return "a table";
    case ValueKind::nothing: return "null";
    case ValueKind::other: break;
    }
    return "a date or a fraction";
}

}  // namespace

const Value* find_entry(const Value& table, std::string_view key)
{
    const auto found = std::ranges::find(table.entries, key, &Entry::key);
    return found == table.entries.end() ? nullptr : &found->value;
}

void Reader::table(const Value& value, std::string_view name, std::initializer_list<Key> keys) const
{
    table(value, name, std::span(keys.begin(), keys.size()));
}

void Reader::table(const Value& value, std::string_view name, std::span<const Key> keys) const
{
    if (value.kind != ValueKind::table) {
        complaints_->error(value.place, in_quotes(name) + " is a table, not " +
                                            std::string(kind_name(value.kind)));
        return;
    }
    for (const Entry& entry : value.entries) {
        const auto key = std::ranges::find(keys, entry.key, &Key::name);
        if (key != keys.end()) {
            key->read(entry.value);
            continue;
        }
        const std::vector<std::string_view> names = names_in(keys);
        std::string hint = complaints_->full() ? "" : hint_at(entry.key, names);
        if (hint.empty())
            hint = "it may be " + any_of_words(names);
        complaints_->error(entry.place, "unknown key " + in_quotes(entry.key), std::move(hint));
    }
}

std::optional<std::string> Reader::text(const Value& value) const
{
    if (value.kind != ValueKind::text) {
        complaints_->error(value.place,
                           "expected a text, not " + std::string(kind_name(value.kind)));
        return std::nullopt;
    }
    if (value.text.find('\0') != std::string::npos) {
        complaints_->error(value.place, "the text holds a NUL character");
        return std::nullopt;
    }
    return value.text;
}

std::optional<bool> Reader::boolean(const Value& value) const
{
    if (value.kind == ValueKind::boolean)
        return value.boolean;
    complaints_->error(value.place,
                       "expected true or false, not " + std::string(kind_name(value.kind)));
    return std::nullopt;
}

std::optional<std::int64_t> Reader::integer(const Value& value, std::int64_t least,
                                            std::int64_t most) const
{
    if (value.kind != ValueKind::integer) {
        complaints_->error(value.place,
                           "expected a number, not " + std::string(kind_name(value.kind)));
        return std::nullopt;
    }
    if (value.integer < least || value.integer > most) {
        complaints_->error(value.place, "the number " + std::to_string(value.integer) +
                                            " is not in " + std::to_string(least) + " to " +
                                            std::to_string(most));
        return std::nullopt;
    }
    return value.integer;
}

std::optional<std::size_t> Reader::choice(const Value& value,
                                          std::initializer_list<std::string_view> words) const
{
    const std::optional<std::string> word = text(value);
    if (!word)
        return std::nullopt;
    const auto* found = std::ranges::find(words, *word);
    if (found != words.end())
        return static_cast<std::size_t>(found - words.begin());
    complaints_->error(value.place, in_quotes(*word) + " is not a choice here",
                       "write " + any_of_words(words));
    return std::nullopt;
}

std::vector<Word> Reader::words(const Value& value) const
{
    std::vector<Word> result;
    const auto add = [&](const Value& item) {
        if (std::optional<std::string> word = text(item))
            result.push_back({.text = std::move(*word), .place = item.place});
    };
    if (value.kind == ValueKind::list)
        std::ranges::for_each(value.items, add);
    else
        add(value);
    return result;
}

std::vector<std::uint32_t> Reader::named(const Value& value, kernel::Names names,
                                         std::string_view prefix, std::string_view what) const
{
    std::vector<std::uint32_t> numbers;
    for (const Word& word : words(value)) {
        std::string_view name = word.text;
        if (name.starts_with(prefix))
            name.remove_prefix(prefix.size());
        if (const std::optional<std::uint32_t> number = kernel::find_value(names, name)) {
            numbers.push_back(*number);
            continue;
        }
        unknown({.text = std::string(name), .place = word.place}, what, names_in(names));
    }
    return numbers;
}

std::optional<std::uint8_t> Reader::signal(const Word& word) const
{
    const std::optional<std::uint8_t> number = kernel::find_signal(word.text);
    if (number)
        return number;
    unknown(word, "signal", names_in(kernel::signals()));
    return std::nullopt;
}

std::optional<std::uint32_t> Reader::time(const Value& value) const
{
    struct Unit {
        std::string_view name;
        std::uint32_t milliseconds;
    };

    constexpr std::array<Unit, 3> units{{{"ms", 1}, {"s", 1000}, {"m", 60'000}}};
    const std::optional<std::string> written = text(value);
    if (!written)
        return std::nullopt;
    std::uint32_t number = 0;
    const char* end = written->data() + written->size();
    const auto [rest, error] = std::from_chars(written->data(), end, number);
    const auto* unit = std::ranges::find(units, std::string_view(rest, end), &Unit::name);
    if (error != std::errc{} || unit == units.end()) {
        complaints_->error(value.place, in_quotes(*written) + " is not a time",
                           "write it like '500ms', '10s' or '2m'");
        return std::nullopt;
    }
    if (number > kMaxMilliseconds / unit->milliseconds) {
        complaints_->error(value.place, in_quotes(*written) + " is longer than an hour");
        return std::nullopt;
    }
    return number * unit->milliseconds;
}

void Reader::unsafe(const Value& value, std::string_view name,
                    std::initializer_list<Key> more) const
{
    bool has_reason = false;
    std::vector<Key> keys(more);
    if (value.kind == ValueKind::table) {
        for (const Entry& entry : value.entries) {
            if (entry.key != "reason")
                continue;
            const std::optional<std::string> reason = text(entry.value);
            has_reason = !reason || !reason->empty();  // another kind has been complained about
        }
    }
    if (!has_reason)
        complaints_->error(value.place, in_quotes(name) + " weakens the sandbox without a reason",
                           "add reason = \"why this is right here\"");
    if (value.kind != ValueKind::table)
        return;
    for (const Entry& entry : value.entries) {
        const auto key = std::ranges::find(keys, entry.key, &Key::name);
        if (key != keys.end())
            key->read(entry.value);
        else if (entry.key != "reason")
            complaints_->error(entry.place, "unknown key " + in_quotes(entry.key));
    }
}

void Reader::unknown(const Word& word, std::string_view what,
                     std::span<const std::string_view> right) const
{
    complaints_->error(word.place, "unknown " + std::string(what) + " " + in_quotes(word.text),
                       complaints_->full() ? "" : hint_at(word.text, right));
}

}  // namespace outis::sandbox::language
