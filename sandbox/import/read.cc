#include "sandbox/import/read.h"

#include <algorithm>
#include <charconv>
#include <functional>

#include "outis/base/filter.h"
#include "outis/sandbox/suggest.h"
#include "sandbox/import/words.h"
#include "sandbox/language/reader.h"

namespace outis::sandbox::imports {
namespace {

constexpr std::uint64_t kMaxTraceData = 0xFFFF;  // SECCOMP_RET_DATA
constexpr std::uint64_t kMaxArgument = 5;
constexpr std::size_t kMaxRuleTests = 64;  // `args` of one rule

class ForeignReader {
public:
    ForeignReader(Dialect dialect, const language::Reader& reader, Notes& notes)
        : dialect_(dialect), reader_(reader), notes_(notes)
    {
    }

    // Leaves `foreign` incomplete where it complains.
    void profile(const Value& value, Foreign& foreign)
    {
        ActionParts parts;
        std::vector<language::Key> keys{
            {"defaultAction",
             [&](const Value& v) {
                 parts.kind = kind(v);
                 foreign.otherwise_place = v.place;
             }},
            {"defaultErrnoRet", [&](const Value& v) { parts.number = return_number(v); }},
            {"architectures", [&](const Value& v) { foreign.abis = abis(v); }},
            {"flags", [&](const Value& v) { flags(v, foreign); }},
            {"listenerPath", [&](const Value& v) { listener(v); }},
            {"listenerMetadata", [&](const Value& v) { listener(v); }},
            {"syscalls", [&](const Value& v) { rules(v, foreign); }},
        };
        if (conditional())
            keys.push_back({"archMap", [&](const Value& v) { foreign.machines = machines(v); }});
        if (dialect_ == Dialect::podman)
            keys.push_back({"defaultErrno", [&](const Value& v) { parts.named = errno_name(v); }});
        if (dialect_ == Dialect::spo)
            for (const char* key : {"baseProfileName", "state", "disabled"})
                keys.push_back({key, [](const Value&) {}});  // of the resource, not of the profile
        reader_.table(value, "seccomp", keys);
        if (value.kind != ValueKind::table)
            return;
        foreign.otherwise = action(parts, foreign.otherwise_place);
        const bool says_nothing = language::find_entry(value, "defaultAction") == nullptr;
        if (says_nothing && foreign.rules.empty())
            reader_.error(value.place, "an empty profile, which switches seccomp off",
                          "for that write [unsafe-no-filter] with a reason");
        else if (says_nothing)
            reader_.error(value.place, "a profile without 'defaultAction'");
        if (!foreign.abis.empty() && !foreign.machines.empty())
            reader_.error(value.place, "'architectures' and 'archMap' in one profile",
                          "keep one of them");
    }

private:
    struct Number {
        std::optional<std::uint64_t> value;
        Place place;
    };

    struct ActionParts {
        ForeignKind kind = ForeignKind::error;
        Number number;
        std::optional<Number> named;  // beats `number`
    };

    [[nodiscard]] bool conditional() const
    {
        return dialect_ == Dialect::docker || dialect_ == Dialect::podman;
    }

    // The meaning of one of `words`.
    template <typename Words, typename Meaning>
    auto word(const Value& value, std::string_view what, const Words& words, Meaning meaning)
        -> std::optional<std::remove_cvref_t<decltype(words.front().*meaning)>>
    {
        const std::optional<std::string> text = reader_.text(value);
        if (!text)
            return std::nullopt;
        for (const auto& known : words) {
            if (known.name == *text)
                return known.*meaning;
        }
        reader_.unknown({.text = *text, .place = value.place}, what, names_in(words));
        return std::nullopt;
    }

    std::optional<std::uint64_t> natural(const Value& value, std::string_view what,
                                         std::uint64_t most)
    {
        std::optional<std::uint64_t> number;
        if (value.kind == ValueKind::natural)
            number = value.natural;
        else if (value.kind == ValueKind::integer && value.integer >= 0)
            number = static_cast<std::uint64_t>(value.integer);
        if (number && *number <= most)
            return number;
        reader_.error(value.place,
                      in_quotes(what) + " is a whole number from 0 to " + std::to_string(most));
        return std::nullopt;
    }

    void each(const Value& value, std::string_view what,
              const std::function<void(const Value&)>& read)
    {
        if (value.kind == ValueKind::list)
            std::ranges::for_each(value.items, read);
        else
            reader_.error(value.place, in_quotes(what) + " is a list");
    }

    Number return_number(const Value& value)
    {
        Number number{.value = natural(value, "errnoRet", kMaxTraceData), .place = value.place};
        // The resource cannot tell an absent number from 0.
        if (dialect_ == Dialect::spo && number.value == 0)
            number.value.reset();
        return number;
    }

    // "EPERM", or digits.
    std::optional<Number> errno_name(const Value& value)
    {
        const std::optional<std::string> text = reader_.text(value);
        if (!text || text->empty())
            return std::nullopt;
        std::uint64_t digits = 0;
        const char* end = text->data() + text->size();
        const auto [rest, failed] = std::from_chars(text->data(), end, digits);
        if (failed == std::errc{} && rest == end)
            return Number{.value = digits, .place = value.place};
        if (const auto known = kernel::find_value(kernel::error_numbers(), *text))
            return Number{.value = *known, .place = value.place};
        reader_.error(value.place, "unknown error number " + in_quotes(*text));
        return std::nullopt;
    }

    ForeignKind kind(const Value& value)
    {
        return word(value, "action", action_words(), &ActionWord::kind)
            .value_or(ForeignKind::error);
    }

    ForeignAction action(const ActionParts& parts, const Place& place)
    {
        const ForeignKind kind = parts.kind;
        const Number& number = parts.named ? *parts.named : parts.number;
        ForeignAction result{.kind = kind, .number = 0};
        if (kind == ForeignKind::notify)
            reader_.error(place, "SCMP_ACT_NOTIFY needs a process that listens, and there is none",
                          "choose another action");
        const std::uint64_t most = kind == ForeignKind::trace ? kMaxTraceData : filter::kMaxErrno;
        if (number.value && *number.value > most) {
            reader_.error(number.place, "an error number is at most " + std::to_string(most));
            return result;
        }
        // runc gives SCMP_ACT_TRACE the errno too, and 1 where none is said.
        if (kind == ForeignKind::error || kind == ForeignKind::trace)
            result.number = static_cast<std::uint16_t>(number.value.value_or(1));
        else if (number.value)
            notes_.add(Change::flag, number.place,
                       "an error number has no effect beside this action");
        return result;
    }

    std::vector<ForeignAbi> abis(const Value& value)
    {
        std::vector<ForeignAbi> result;
        each(value, "architectures", [&](const Value& item) {
            // The operator's name for the machine's own, which is always accepted.
            if (dialect_ == Dialect::spo && item.text == "SCMP_ARCH_NATIVE")
                return;
            if (const auto abi = word(item, "architecture", abi_words(), &AbiWord::abi))
                result.push_back({.abi = *abi, .place = item.place});
        });
        return result;
    }

    std::vector<ForeignMachine> machines(const Value& value)
    {
        std::vector<ForeignMachine> result;
        each(value, "archMap", [&](const Value& item) {
            ForeignMachine machine;
            bool named = false;
            reader_.table(
                item, "archMap",
                {{"architecture",
                  [&](const Value& v) {
                      const auto abi = word(v, "architecture", abi_words(), &AbiWord::abi);
                      machine.native = {.abi = abi.value_or(std::nullopt), .place = v.place};
                      named = true;
                  }},
                 {"subArchitectures", [&](const Value& v) { machine.others = abis(v); }}});
            if (item.kind == ValueKind::table && !named)
                reader_.error(item.place, "a row of 'archMap' without 'architecture'");
            result.push_back(std::move(machine));
        });
        return result;
    }

    void flags(const Value& value, Foreign& foreign)
    {
        // Docker, Podman and the operator drop an empty list before runc sees it.
        const bool direct = dialect_ == Dialect::oci || dialect_ == Dialect::config;
        if (!value.items.empty() || direct)
            foreign.allow_speculation = false;
        each(value, "flags", [&](const Value& item) {
            const auto flag = word(item, "flag", flag_words(), &FlagWord::flag);
            foreign.allow_speculation |= flag == ForeignFlag::speculation;
            foreign.log |= flag == ForeignFlag::log;
            if (flag == ForeignFlag::without_effect)
                notes_.add(Change::flag, item.place, "this flag has no effect here");
        });
    }

    void listener(const Value& value)
    {
        if (const auto text = reader_.text(value); text && !text->empty())
            notes_.add(Change::flag, value.place, "nothing listens, so this has no effect");
    }

    void rules(const Value& value, Foreign& foreign)
    {
        each(value, "syscalls", [&](const Value& item) {
            if (too_many_)
                return;
            ForeignRule made = rule(item);
            names_ += made.names.size();
            tests_ += made.names.size() * made.tests.size();
            too_many_ = names_ > kMaxForeignNames || tests_ > kMaxForeignTests;
            if (too_many_)
                reader_.error(item.place,
                              "more than 16384 names of calls, or 4096 comparisons for them");
            foreign.rules.push_back(std::move(made));
        });
    }

    ForeignRule rule(const Value& value)
    {
        ForeignRule result;
        result.place = value.place;
        ActionParts parts;
        std::vector<ForeignName> old_names;
        std::vector<language::Key> keys{
            {"names", [&](const Value& v) { result.names = names(v); }},
            {"action", [&](const Value& v) { parts.kind = kind(v); }},
            {"errnoRet", [&](const Value& v) { parts.number = return_number(v); }},
            {"args", [&](const Value& v) { result.tests = tests(v); }},
        };
        if (conditional()) {
            keys.push_back({"name", [&](const Value& v) { old_names = name(v); }});
            keys.push_back({"includes", [&](const Value& v) { result.includes = filter(v); }});
            keys.push_back({"excludes", [&](const Value& v) { result.excludes = filter(v); }});
        }
        if (dialect_ == Dialect::podman)
            keys.push_back({"errno", [&](const Value& v) { parts.named = errno_name(v); }});
        reader_.table(value, "syscalls", keys);
        if (value.kind != ValueKind::table)
            return result;
        if (language::find_entry(value, "action") == nullptr)
            reader_.error(value.place, "a rule without 'action'");
        const bool unnamed =
            !language::find_entry(value, "names") && !language::find_entry(value, "name");
        if (unnamed)
            reader_.error(value.place, "a rule without 'names'",
                          "name the system calls that it is for");
        if (!old_names.empty() && !result.names.empty())
            reader_.error(old_names.front().place, "'name' and 'names' in one rule",
                          "keep one of them");
        if (!old_names.empty())
            result.names = std::move(old_names);
        if (!unnamed && result.names.empty())
            notes_.add(Change::unreachable, value.place, "left out: the rule names no system call");
        result.action = action(parts, value.place);
        return result;
    }

    std::vector<ForeignName> names(const Value& value)
    {
        std::vector<ForeignName> result;
        each(value, "names", [&](const Value& item) {
            if (const std::optional<std::string> text = reader_.text(item))
                result.push_back({.text = *text, .place = item.place});
        });
        return result;
    }

    std::vector<ForeignName> name(const Value& value)
    {
        const std::optional<std::string> text = reader_.text(value);
        if (!text || text->empty())
            return {};
        return {ForeignName{.text = *text, .place = value.place}};
    }

    std::vector<ForeignTest> tests(const Value& value)
    {
        std::vector<ForeignTest> result;
        each(value, "args", [&](const Value& item) {
            if (result.size() == kMaxRuleTests) {
                reader_.error(item.place, "more than 64 comparisons in one rule");
                return;
            }
            result.push_back(test(item));
        });
        return result;
    }

    ForeignTest test(const Value& value)
    {
        constexpr std::uint64_t all = ~std::uint64_t{0};
        ForeignTest result;
        const auto number = [&](std::string_view what, std::uint64_t most, auto& target) {
            return [this, what, most, &target](const Value& v) {
                const std::uint64_t given = natural(v, what, most).value_or(0);
                target = static_cast<std::remove_reference_t<decltype(target)>>(given);
            };
        };
        reader_.table(
            value, "args",
            {{"index", number("index", kMaxArgument, result.argument)},
             {"value", number("value", all, result.value)},
             {"valueTwo", number("valueTwo", all, result.value_two)},
             {"op", [&](const Value& v) {
                  result.op =
                      word(v, "operator", operator_words(), &OperatorWord::op).value_or(result.op);
              }}});
        if (value.kind == ValueKind::table && language::find_entry(value, "op") == nullptr)
            reader_.error(value.place, "a comparison without 'op'");
        return result;
    }

    ForeignFilter filter(const Value& value)
    {
        ForeignFilter result;
        reader_.table(value, "includes",
                      {{"caps",
                        [&](const Value& v) {
                            for (const std::uint32_t bit :
                                 reader_.named(v, kernel::capabilities(), "CAP_", "capability"))
                                result.capabilities |= std::uint64_t{1} << bit;
                        }},
                       {"arches",
                        [&](const Value& v) {
                            for (const language::Word& arch : reader_.words(v)) {
                                const auto known = arch_words();
                                if (std::ranges::find(known, arch.text) == known.end())
                                    reader_.unknown(arch, "architecture", known);
                                result.arches.push_back(arch.text);
                            }
                        }},
                       {"minKernel", [&](const Value& v) { minimum(v, result); }}});
        return result;
    }

    void minimum(const Value& value, ForeignFilter& filter)
    {
        const std::optional<std::string> text = reader_.text(value);
        if (!text || text->empty())
            return;
        filter.minimum = parse_kernel_version(*text);
        if (!filter.minimum)
            reader_.error(value.place, in_quotes(*text) + " is no kernel version",
                          "write it like '4.8'");
        if (dialect_ == Dialect::podman) {
            notes_.add(Change::flag, value.place, "Podman does not know 'minKernel'");
            filter.minimum.reset();
        }
    }

    Dialect dialect_;
    const language::Reader& reader_;
    Notes& notes_;
    std::size_t names_ = 0;
    std::size_t tests_ = 0;
    bool too_many_ = false;
};

}  // namespace

Foreign read_profile(const Value& value, Dialect dialect, const language::Reader& reader,
                     Notes& notes)
{
    Foreign foreign;
    ForeignReader(dialect, reader, notes).profile(value, foreign);
    return foreign;
}

}  // namespace outis::sandbox::imports
