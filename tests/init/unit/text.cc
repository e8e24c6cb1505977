// Numbers, times and signals as people write them.
#include "init/kernel/text.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "init/kernel/signals.h"

namespace outis::tests::text_test {
namespace {

using namespace init;

TEST_CASE("text: a number is parsed, or refused")
{
    struct Case {
        std::string name;
        std::string_view text;
        std::uint64_t most;
        std::optional<std::uint64_t> value;
    };

    const Case kCases[]{
        {"zero", "0", 9, 0},
        {"the most", "9", 9, 9},
        {"over the most", "10", 9, {}},
        {"leading zeros", "007", 9, 7},
        {"empty", "", 9, {}},
        {"sign", "+1", 9, {}},
        {"minus", "-1", 9, {}},
        {"blank before", " 1", 9, {}},
        {"blank behind", "1 ", 9, {}},
        {"hexadecimal", "0x1", 99, {}},
        {"letters behind", "1a", 99, {}},
        {"largest", "18446744073709551615", UINT64_MAX, UINT64_MAX},
        {"one more", "18446744073709551616", UINT64_MAX, {}},
        {"far more", "99999999999999999999999", UINT64_MAX, {}},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        CHECK(parse_number(c.text, c.most) == c.value);
    }
}

TEST_CASE("text: a duration is parsed, or refused")
{
    struct Case {
        std::string name;
        std::string_view text;
        std::optional<std::uint32_t> milliseconds;
    };

    const Case kCases[]{
        {"bare seconds", "5", 5000},
        {"zero", "0", 0},
        {"milliseconds", "500ms", 500},
        {"seconds", "5s", 5000},
        {"minutes", "2m", 120'000},
        {"hours and minutes", "1h30m", 5'400'000},
        {"every unit", "1h1m1s1ms", 3'661'001},
        {"minutes and milliseconds", "1m5ms", 60'005},
        {"a week", "168h", 604'800'000},
        {"over a week", "168h1ms", {}},
        {"over a week, bare", "604801", {}},
        {"empty", "", {}},
        {"unit alone", "s", {}},
        {"number after a unit", "1h30", {}},
        {"units growing", "30m1h", {}},
        {"a unit twice", "1s1s", {}},
        {"unknown unit", "5x", {}},
        {"days", "1d", {}},
        {"upper case", "5S", {}},
        {"fraction", "1.5s", {}},
        {"negative", "-1s", {}},
        {"blank inside", "1h 30m", {}},
        {"too many digits", "99999999999999999999s", {}},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        CHECK(parse_time(c.text) == c.milliseconds);
    }
}

TEST_CASE("text: a signal is parsed by name and number")
{
    struct Case {
        std::string name;
        std::string_view text;
        std::optional<int> signal;
    };

    const Case kCases[]{
        {"name", "TERM", 15},
        {"with SIG", "SIGTERM", 15},
        {"lower case", "sigterm", 15},
        {"number", "15", 15},
        {"nothing", "0", 0},
        {"last", "64", 64},
        {"one more", "65", {}},
        {"first name", "HUP", 1},
        {"last name", "SYS", 31},
        {"alias", "CLD", 17},
        {"other alias", "POLL", 29},
        {"old alias", "IOT", 6},
        {"first real-time", "RTMIN", 32},
        {"real-time from the start", "RTMIN+3", 35},
        {"real-time to the end", "SIGRTMAX-1", 63},
        {"last real-time", "RTMAX", 64},
        {"the last from the start", "RTMIN+32", 64},
        {"past the last", "RTMIN+33", {}},
        {"before the first", "RTMAX-33", {}},
        {"no offset", "RTMIN+", {}},
        {"wrong way", "RTMIN-1", {}},
        {"empty", "", {}},
        {"prefix alone", "SIG", {}},
        {"prefix twice", "SIGSIGTERM", {}},
        {"unknown", "FOO", {}},
        {"part of a name", "TER", {}},
        {"more than a name", "TERMX", {}},
        {"negative", "-1", {}},
    };
    for (const Case& c : kCases) {
        CAPTURE(c.name);
        CHECK(parse_signal(c.text) == c.signal);
    }
    for (int signal = 1; signal < kRealTimeFirst; ++signal)
        CHECK(parse_signal(signal_name(signal)) == signal);
    CHECK(signal_name(0).empty());
    CHECK(signal_name(kRealTimeFirst).empty());
    CHECK(signal_name(-1).empty());
}

TEST_CASE("text: a list is split at its separator")
{
    const Split twice = split("a:b:c", ':');
    CHECK(twice.found);
    CHECK(twice.before == "a");
    CHECK(twice.after == "b:c");
    const Split none = split("abc", ':');
    CHECK_FALSE(none.found);
    CHECK(none.before == "abc");
    CHECK(none.after.empty());
    CHECK(split("", ':').before.empty());
}

}  // namespace
}  // namespace outis::tests::text_test
