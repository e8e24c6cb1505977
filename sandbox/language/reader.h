// Typed access to a document's values. Each function complains about what it cannot take and then
// returns nothing, so that one run finds every error of a text.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "outis/sandbox/document.h"
#include "sandbox/kernel/names.h"

namespace outis::sandbox::language {

struct Word {
    std::string text;
    Place place;
};

// What a table may say: a key and who reads its value.
struct Key {
    std::string_view name;
    std::function<void(const Value&)> read;
};

// Null if the table has no such key, or is none.
[[nodiscard]] const Value* find_entry(const Value& table, std::string_view key);

class Reader {
public:
    explicit Reader(Complaints& complaints) : complaints_(&complaints) {}

    [[nodiscard]] Complaints& complaints() const { return *complaints_; }

    void error(const Place& place, std::string message, std::string hint = {}) const
    {
        complaints_->error(place, std::move(message), std::move(hint));
    }

    // Calls the reader of each key; a key that is not in `keys` is an error with the nearest one.
    void table(const Value& value, std::string_view name, std::span<const Key> keys) const;
    void table(const Value& value, std::string_view name, std::initializer_list<Key> keys) const;

    [[nodiscard]] std::optional<std::string> text(const Value& value) const;
    [[nodiscard]] std::optional<bool> boolean(const Value& value) const;
    [[nodiscard]] std::optional<std::int64_t> integer(const Value& value, std::int64_t least,
                                                      std::int64_t most) const;

    // One word of `words`; the answer is its place among them.
    [[nodiscard]] std::optional<std::size_t> choice(
        const Value& value, std::initializer_list<std::string_view> words) const;

    // A list of words; a single one may stand without brackets.
    [[nodiscard]] std::vector<Word> words(const Value& value) const;

    // The numbers of the words, by a table of the kernel's names. `prefix`, such as "CAP_", may
    // stand before each; `what` names the kind in messages.
    [[nodiscard]] std::vector<std::uint32_t> named(const Value& value, kernel::Names names,
                                                   std::string_view prefix,
                                                   std::string_view what) const;

    [[nodiscard]] std::optional<std::uint8_t> signal(const Word& word) const;

    // "10s", "500ms", "2m" in milliseconds, at most an hour.
    [[nodiscard]] std::optional<std::uint32_t> time(const Value& value) const;

    // The table of an `unsafe-...` key: it must hold a reason. `more` are its other keys.
    void unsafe(const Value& value, std::string_view name, std::initializer_list<Key> more) const;

    void unknown(const Word& word, std::string_view what,
                 std::span<const std::string_view> right) const;

private:
    Complaints* complaints_;
};

}  // namespace outis::sandbox::language
