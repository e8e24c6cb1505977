#include "sandbox/profile/calls.h"

#include <algorithm>
#include <array>

#include "outis/sandbox/suggest.h"
#include "sandbox/kernel/groups.h"
#include "sandbox/kernel/syscalls.h"
#include "sandbox/language/condition.h"
#include "sandbox/profile/actions.h"

namespace outis::sandbox::profile {
namespace {

Origin origin_of(const language::Word& word, const language::Reader& reader)
{
    return Origin{.file = reader.complaints().file(),
                  .line = word.place.line,
                  .column = word.place.column,
                  .text = word.text};
}

void complain_about_call(const language::Word& word, const language::Reader& reader)
{
    if (word.text.starts_with('@'))
        reader.unknown(word, "group", names_in(kernel::groups()));
    else
        reader.unknown(word, "system call", names_in(kernel::syscalls()));
}

constexpr std::int64_t kMaxCallNumber = 0x7FFFFFFF;

// True if the call exists and may be treated so; complains otherwise.
bool may_decide(const language::Word& word, const Action& action, const Seccomp& seccomp,
                const language::Reader& reader)
{
    if (kernel::find_syscall(word.text) == nullptr) {
        complain_about_call(word, reader);
        return false;
    }
    if (!kernel::is_indispensable(word.text) || permits(action) || seccomp.as_runc)
        return true;
    reader.error(word.place, "'" + word.text + "' cannot be refused: nothing would start or end",
                 word.text == "execve" ? "write once = true in [exec]" : "");
    return false;
}

// The lists of one file, before they are applied.
struct Lists {
    struct Item {
        language::Word word;
        Action action;
    };

    std::vector<Item> groups;
    std::vector<Item> names;
    std::vector<Item> lifted;
};

void read_list(const Value& value, const Action& action, const Seccomp& seccomp,
               const language::Reader& reader, Lists& lists)
{
    for (const language::Word& word : reader.words(value)) {
        if (!word.text.starts_with('@')) {
            if (may_decide(word, action, seccomp, reader))
                lists.names.push_back({word, action});
        } else if (kernel::calls_of(word.text).empty()) {
            complain_about_call(word, reader);
        } else {
            lists.groups.push_back({word, action});
        }
    }
}

// What the lists of one file say about each call: a name before a group, of two groups the stricter
// one. Whatever the files below have said, by name, by group or by allowing rules, gives way to it;
// except that a group which allows leaves allowing rules as they are, for they are narrower.
class FileLists {
public:
    explicit FileLists(const language::Reader& reader) : reader_(reader) {}

    void add_groups(std::vector<Lists::Item>& items)
    {
        std::ranges::stable_sort(items, {}, [](const Lists::Item& i) { return i.action.kind; });
        for (const Lists::Item& item : items) {
            for (const std::string_view call : kernel::calls_of(item.word.text)) {
                if (!kernel::is_indispensable(call) || permits(item.action))
                    decided_[call] = &item;
            }
        }
    }

    void add_names(const std::vector<Lists::Item>& items)
    {
        std::map<std::string_view, Action> own;
        for (const Lists::Item& item : items) {
            const auto [found, is_new] = own.try_emplace(item.word.text, item.action);
            if (!is_new && found->second != item.action)
                reader_.error(item.word.place,
                              "'" + item.word.text + "' is in two lists of this file",
                              "keep it in one of them");
            else
                decided_[item.word.text] = &item;
        }
    }

    void complain_about_idle(const std::vector<Lists::Item>& groups) const
    {
        for (const Lists::Item& item : groups) {
            const auto decides = [&](const auto& pair) { return pair.second == &item; };
            if (std::ranges::none_of(decided_, decides))
                reader_.error(
                    item.word.place,
                    "'" + item.word.text +
                        "' has no effect: names or stricter groups of this file decide each of "
                        "its calls",
                    "remove it");
        }
    }

    void apply(SeccompState& state) const
    {
        for (const auto& [name, item] : decided_) {
            CallState& call = state.calls[std::string(name)];
            call.listed = item->action;
            call.origin = origin_of(item->word, reader_);
            if (!permits(item->action) || item->word.text == name)
                call.permissions.clear();
        }
    }

private:
    const language::Reader& reader_;
    std::map<std::string_view, const Lists::Item*> decided_;
};

// Where the complaint is within the text of `when`: exact for a plain text on one line.
Place within(const Value& text, const language::ConditionError& error)
{
    Place place = text.place;
    const bool plain = text.place.width == text.text.size() + 2;
    if (plain) {
        place.column += 1 + error.at;
        place.width = error.width;
    }
    return place;
}

struct RuleText {
    std::vector<language::Word> calls;
    const Value* when = nullptr;
    Action action{.kind = ActionKind::allow};
};

RuleText read_rule(const Value& value, const language::Reader& reader)
{
    RuleText rule;
    reader.table(value, "seccomp.rule",
                 {{"call", [&](const Value& v) { rule.calls = reader.words(v); }},
                  {"when",
                   [&](const Value& v) {
                       if (reader.text(v))
                           rule.when = &v;
                   }},
                  {"action", [&](const Value& v) {
                       rule.action = read_action(v, reader).value_or(rule.action);
                   }}});
    if (value.kind != ValueKind::table)
        return rule;
    const auto has = [&](std::string_view key) {
        return std::ranges::find(value.entries, key, &Entry::key) != value.entries.end();
    };
    if (!has("call"))
        reader.error(value.place, "a rule without 'call'");
    if (!has("when"))
        reader.error(value.place, "a rule without 'when'",
                     "put the call into a list, or write when = \"always\"");
    return rule;
}

void read_rules(const Value& value, const language::Reader& reader, SeccompState& state)
{
    std::map<std::string, std::vector<Rule>> permissions;  // of this file
    if (value.kind != ValueKind::list) {
        reader.error(value.place, "rules are tables", "write [[seccomp.rule]]");
        return;
    }
    for (const Value& item : value.items) {
        if (++state.rules > kMaxRules) {
            reader.error(item.place, "more than 1024 rules");
            return;
        }
        const RuleText text = read_rule(item, reader);
        for (const language::Word& call : text.calls) {
            if (call.text.starts_with('@')) {
                reader.error(call.place, "a rule cannot be for the group '" + call.text + "'",
                             "its calls have different arguments; name them");
                continue;
            }
            if (!may_decide(call, text.action, state.seccomp, reader) || text.when == nullptr)
                continue;
            state.named.push_back(call);
            auto when = language::parse_condition(text.when->text, call.text);
            if (!when) {
                reader.error(within(*text.when, when.error()), when.error().message,
                             when.error().hint);
                continue;
            }
            Rule rule{.action = text.action,
                      .when = when.take(),
                      .origin = origin_of(
                          {language::in_one_line(text.when->text), text.when->place}, reader)};
            if (permits(text.action))
                permissions[call.text].push_back(std::move(rule));
            else
                state.calls[call.text].refusals.push_back(std::move(rule));
        }
    }
    for (auto& [call, rules] : permissions)
        state.calls[call].permissions = std::move(rules);
}

void read_default(const Value& value, const language::Reader& reader, SeccompState& state)
{
    const std::optional<Action> action = read_action(value, reader);
    if (action && permits(*action))
        reader.error(value.place, "a default that permits weakens the sandbox",
                     "write unsafe-default = { action = \"allow\", reason = \"...\" }");
    else if (action) {
        state.seccomp.otherwise = *action;
        state.seccomp.origin = origin_of({value.text, value.place}, reader);
    }
}

// { "@mount" = "the app is a container engine" }
void read_reasons(const Value& value, const language::Reader& reader, SeccompState& state)
{
    if (value.kind != ValueKind::table) {
        reader.error(value.place, "'reasons' is a table", "write { \"@mount\" = \"why\" }");
        return;
    }
    for (const Entry& entry : value.entries) {
        const bool known = entry.key.starts_with('@') ? !kernel::calls_of(entry.key).empty()
                                                      : kernel::find_syscall(entry.key) != nullptr;
        if (!known)
            complain_about_call({entry.key, entry.place}, reader);
        const std::optional<std::string> reason = reader.text(entry.value);
        if (reason && reason->empty())
            reader.error(entry.value.place, "an empty reason");
        else if (reason)
            state.seccomp.reasons[entry.key] = *reason;
    }
}

void read_architectures(const Value& value, const language::Reader& reader, SeccompState& state)
{
    std::vector<Abi>& accepted = state.seccomp.architectures;
    for (const language::Word& word : reader.words(value)) {
        if (const std::optional<Abi> abi = parse_abi(word.text)) {
            accepted.push_back(*abi);
            continue;
        }
        std::vector<std::string_view> right;
        right.reserve(kAbis);
        for (const Abi known : kAllAbis)
            right.push_back(abi_name(known));
        reader.unknown(word, "architecture", right);
    }
    std::ranges::sort(accepted);
    accepted.erase(std::unique(accepted.begin(), accepted.end()), accepted.end());
}

void read_highest(const Value& value, const language::Reader& reader, AsRunc& as_runc)
{
    std::vector<language::Key> keys;
    for (const Abi abi : kAllAbis) {
        std::optional<std::uint32_t>& highest = as_runc.highest[static_cast<std::size_t>(abi)];
        keys.push_back({abi_name(abi), [&](const Value& v) {
                            if (const auto number = reader.integer(v, 0, kMaxCallNumber))
                                highest = static_cast<std::uint32_t>(*number);
                        }});
    }
    reader.table(value, "highest", keys);
}

// Read before all else: it decides which calls may be refused.
void read_as_runc(const Value& seccomp, const language::Reader& reader, SeccompState& state)
{
    const auto found = std::ranges::find(seccomp.entries, "unsafe-as-runc", &Entry::key);
    if (found == seccomp.entries.end())
        return;
    AsRunc& as_runc = state.seccomp.as_runc.emplace();
    reader.unsafe(found->value, "unsafe-as-runc",
                  {{"highest", [&](const Value& v) { read_highest(v, reader, as_runc); }}});
}

void read_lifted(const Value& value, const language::Reader& reader, Lists& lists)
{
    const auto read_one = [&](const Value& item) {
        reader.unsafe(item, "unsafe-lift",
                      {{"call", [&](const Value& v) {
                            for (const language::Word& word : reader.words(v)) {
                                if (kernel::find_syscall(word.text) == nullptr)
                                    complain_about_call(word, reader);
                                else
                                    lists.lifted.push_back({word, {}});
                            }
                        }}});
    };
    if (value.kind == ValueKind::list)
        std::ranges::for_each(value.items, read_one);
    else
        read_one(value);
}

void lift(const std::vector<Lists::Item>& items, const language::Reader& reader,
          SeccompState& state)
{
    for (const Lists::Item& item : items) {
        std::vector<Rule>& refusals = state.calls[item.word.text].refusals;
        if (refusals.empty())
            reader.error(item.word.place,
                         "'unsafe-lift' has no effect: no file below has a refusing rule for '" +
                             item.word.text + "'",
                         "remove it");
        refusals.clear();
    }
}

}  // namespace

void read_seccomp(const Value& value, const language::Reader& reader, SeccompState& state)
{
    state.present = true;
    read_as_runc(value, reader, state);
    Lists lists;
    const Value* rules = nullptr;
    const auto list = [&](std::string_view word) {
        const Action action = *find_action(word);
        return [&, action](const Value& v) { read_list(v, action, state.seccomp, reader, lists); };
    };
    reader.table(
        value, "seccomp",
        {{"default", [&](const Value& v) { read_default(v, reader, state); }},
         {"allow", list("allow")},
         {"log", list("log")},
         {"refuse", list("refuse")},
         {"kill", list("kill")},
         {"rule", [&](const Value& v) { rules = &v; }},
         {"architectures", [&](const Value& v) { read_architectures(v, reader, state); }},
         {"speculation",
          [&](const Value& v) {
              if (const auto choice = reader.choice(v, {"allow", "mitigate"}))
                  state.seccomp.allow_speculation = *choice == 0;
          }},
         {"audit",
          [&](const Value& v) {
              state.seccomp.log = reader.boolean(v).value_or(state.seccomp.log);
          }},
         {"unsafe-default",
          [&](const Value& v) {
              reader.unsafe(
                  v, "unsafe-default",
                  {{"action", [&](const Value& action) {
                        state.seccomp.otherwise = read_action(action, reader).value_or(Action{});
                        state.seccomp.origin = origin_of({action.text, action.place}, reader);
                    }}});
          }},
         {"reasons", [&](const Value& v) { read_reasons(v, reader, state); }},
         {"unsafe-as-runc", [](const Value&) {}},
         {"unsafe-lift", [&](const Value& v) { read_lifted(v, reader, lists); }}});

    FileLists decided(reader);
    decided.add_groups(lists.groups);
    decided.add_names(lists.names);
    decided.complain_about_idle(lists.groups);
    decided.apply(state);
    for (const Lists::Item& item : lists.names)
        state.named.push_back(item.word);
    lift(lists.lifted, reader, state);
    if (rules != nullptr)
        read_rules(*rules, reader, state);
    // A default that nobody wrote down is the section's.
    if (state.seccomp.origin.line == 0)
        state.seccomp.origin = origin_of({"", value.place}, reader);
}

}  // namespace outis::sandbox::profile
