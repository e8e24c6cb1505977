#include "bake/run_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string_view>

#include <boost/json/value.hpp>

#include "host/input.h"
#include "layers/tree.h"
#include "oci/json.h"
#include "outis/sandbox/suggest.h"
#include "outis/utf8.h"

namespace outis::images::bake {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
};

// Longer names first, so that 'm' does not take 'ms'.
constexpr std::array kUnits{
    Unit{"ms", 1'000'000},        Unit{"us", 1'000},
    Unit{"s", 1'000'000'000},     Unit{"m", 60'000'000'000},
    Unit{"h", 3'600'000'000'000},
};
constexpr std::int64_t kLongestTime = 24 * 3'600'000'000'000;

constexpr std::array<std::string_view, 4> kProbeForms{"http://", "tcp://", "unix://", "exec:"};

// 0 is the engine's own choice, and they take nothing between that and a millisecond.
Result<std::int64_t, Error> health_time(const std::string& text)
{
    const std::int64_t time = text.empty() ? 0 : OUTIS_TRY(parse_time(text));
    if (time > 0 && time < kUnits.front().nanoseconds)
        return bad_input("time '" + text + "' of a health check must be 0 or at least 1ms");
    return time;
}

Result<std::optional<oci::HealthCheck>, Error> parse_health(const BakeOptions& options)
{
    const bool has_details = !options.health_interval.empty() || !options.health_timeout.empty() ||
                             !options.health_start_period.empty() ||
                             !options.health_retries.empty();
    if (options.health.empty() && has_details)
        return bad_input("a health check's times need --health URL");
    if (options.health.empty())
        return std::optional<oci::HealthCheck>();
    const bool known = std::ranges::any_of(
        kProbeForms, [&](std::string_view form) { return options.health.starts_with(form); });
    if (!known)
        return bad_input(
            "health check '" + options.health +
            "' must be http://, tcp://, unix:// or exec:, as PID 1's --probe takes it");
    oci::HealthCheck health{.command = {"/outis-init", "--probe", options.health}};
    health.interval_ns = OUTIS_TRY(health_time(options.health_interval));
    health.timeout_ns = OUTIS_TRY(health_time(options.health_timeout));
    health.start_period_ns = OUTIS_TRY(health_time(options.health_start_period));
    if (!options.health_retries.empty()) {
        const std::string& text = options.health_retries;
        const char* const end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, health.retries);
        if (error != std::errc() || stop != end || health.retries < 1)
            return bad_input("health retries '" + text + "' must be a number from 1 on");
    }
    return std::optional<oci::HealthCheck>(std::move(health));
}

Result<std::string, Error> absolute_path(const std::string& text)
{
    if (text == "/")
        return text;
    return "/" + OUTIS_TRY(layers::tree_key(text));
}

Result<Done, Error> check_text(const std::string& text, const std::string& what)
{
    if (!is_utf8(text))
        return bad_input(what + " '" + text + "' is not UTF-8");
    return Done{};
}

// NAME=VALUE, or NAME, which takes the value that it has here; nothing where it has none.
std::optional<std::string> variable_of(const std::string& word)
{
    if (word.find('=') != std::string::npos)
        return word;
    const char* const value = std::getenv(word.c_str());
    return value == nullptr ? std::nullopt : std::optional(word + "=" + value);
}

// Source: Docker's "docker run --env-file": a variable a line, '#' comments, values as they stand.
Result<Done, Error> add_env_file(std::vector<std::string>& words, const std::string& file)
{
    constexpr std::size_t kMaxFile = 1U << 20;
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    const std::string text = OUTIS_TRY(host::read_file(file, kMaxFile));
    std::string_view rest = text;
    if (rest.starts_with(kMark))
        rest.remove_prefix(kMark.size());
    for (std::size_t number = 1; !rest.empty(); ++number) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (line.empty() || line.front() == '#')
            continue;
        const std::string_view name = line.substr(0, line.find('='));
        if (name.empty() || name.find_first_of(" \t") != std::string_view::npos ||
            line.find('\0') != std::string_view::npos)
            return bad_input("'" + file + "':" + std::to_string(number) +
                             " is neither NAME=VALUE nor NAME");
        if (const std::optional<std::string> variable = variable_of(std::string(line)))
            words.push_back(*variable);
    }
    return Done{};
}

// What options say goes over what files say.
Result<std::map<std::string, std::string>, Error> environment_of(const BakeOptions& options)
{
    std::vector<std::string> words;
    for (const std::string& file : options.env_files)
        OUTIS_TRY(add_env_file(words, file));
    for (const std::string& word : options.environment) {
        const std::optional<std::string> variable = variable_of(word);
        if (!variable)
            return bad_input("environment variable '" + word +
                             "' has no value here; set it, or write NAME=VALUE");
        words.push_back(*variable);
    }
    return parse_pairs(words, "environment variable");
}

// "8000-8002/udp" is three keys, as a Dockerfile's EXPOSE makes them.
Result<Done, Error> add_ports(std::set<std::string>& ports, const std::string& word)
{
    const std::string whole = OUTIS_TRY(oci::parse_port(word));
    const std::size_t slash = whole.find('/');
    const std::size_t dash = whole.find('-');
    const int first = std::stoi(whole);
    const int last = dash == std::string::npos ? first : std::stoi(whole.substr(dash + 1));
    if (first > last)
        return bad_input("port '" + word + "' ends before it begins");
    for (int port = first; port <= last; ++port)
        ports.insert(std::to_string(port) + whole.substr(slash));
    return Done{};
}

}  // namespace

Result<std::map<std::string, std::string>, Error> parse_pairs(const std::vector<std::string>& words,
                                                              const std::string& what)
{
    std::map<std::string, std::string> pairs;
    for (const std::string& word : words) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos)
            return bad_input(what + " '" + word + "' has no value; write NAME=VALUE");
        if (equals == 0)
            return bad_input(what + " '" + word + "' has no name; write NAME=VALUE");
        OUTIS_TRY(check_text(word, what));
        pairs[word.substr(0, equals)] = word.substr(equals + 1);
    }
    return pairs;
}

Result<std::int64_t, Error> parse_time(const std::string& text)
{
    const auto refused = [&] {
        return bad_input("time '" + text + "' must be like '30s', '500ms' or '1m30s', up to 24h");
    };
    std::string_view rest = text;
    double total = 0;
    while (!rest.empty()) {
        double number = 0;
        const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number,
                                                   std::chars_format::fixed);
        if (error != std::errc() || number < 0)
            return refused();
        rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
        const auto* unit = std::ranges::find_if(
            kUnits, [&](const Unit& row) { return rest.starts_with(row.name); });
        if (unit == kUnits.end())
            return refused();
        rest.remove_prefix(unit->name.size());
        total += number * static_cast<double>(unit->nanoseconds);
    }
    if (text.empty() || !(total <= static_cast<double>(kLongestTime)))
        return refused();
    return static_cast<std::int64_t>(total);
}

Result<std::string, Error> parse_stop_signal(const std::string& text)
{
    std::string name;
    for (const char c : text)
        name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (name.starts_with("SIG"))
        name.erase(0, 3);
    int number = 0;
    const char* const end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data(), end, number);
    const bool is_number = error == std::errc() && stop == end;
    std::vector<std::string> known;
    for (int signal = 1; signal < SIGRTMIN; ++signal) {
        const char* const abbreviation = ::sigabbrev_np(signal);
        if (abbreviation == nullptr)
            continue;
        if (is_number ? signal == number : name == abbreviation)
            return "SIG" + std::string(abbreviation);
        known.emplace_back(abbreviation);
    }
    return bad_input("unknown signal '" + text + "'" + sandbox::did_you_mean(name, known));
}

Result<Done, Error> add_locale(oci::RunConfig& run, const std::string& locale)
{
    if (locale.empty())
        return Done{};
    OUTIS_TRY(check_text(locale, "locale"));
    if (locale.find('/') != std::string::npos || locale.starts_with('.'))
        return bad_input("'" + locale + "' is no locale's name; there are C.UTF-8, de_DE.UTF-8");
    run.environment.try_emplace("LANG", locale);
    return Done{};
}

Result<std::vector<std::string>, Error> parse_entrypoint(const BakeOptions& options)
{
    const std::string& text = options.entrypoint;
    if (text.empty())
        return std::vector<std::string>{};
    OUTIS_TRY(check_text(text, "entrypoint"));
    if (options.keep_entrypoint)
        return bad_input("--entrypoint and --keep-entrypoint contradict each other");
    if (!text.starts_with('['))
        return std::vector<std::string>{text};
    const boost::json::value value = OUTIS_TRY(oci::parse_json(text, "--entrypoint"));
    std::vector<std::string> words;
    if (value.is_array()) {
        for (const boost::json::value& word : value.get_array()) {
            if (word.is_string())
                words.emplace_back(word.get_string());
        }
    }
    if (words.empty() || words.front().empty() || words.size() != value.get_array().size())
        return bad_input("entrypoint '" + text + "' must be a word, or a JSON array of words");
    return words;
}

Result<oci::RunConfig, Error> parse_run_words(const BakeOptions& options)
{
    oci::RunConfig run;
    run.entrypoint = {"/outis-init", "-p", "/etc/outis/policy", "--"};
    run.arguments = options.arguments;
    for (const std::string& argument : options.arguments)
        OUTIS_TRY(check_text(argument, "argument"));
    run.environment = OUTIS_TRY(environment_of(options));
    OUTIS_TRY(add_locale(run, options.locale));
    run.labels = OUTIS_TRY(parse_pairs(options.labels, "label"));
    for (const std::string& port : options.ports)
        OUTIS_TRY(add_ports(run.ports, port));
    for (const std::string& volume : options.volumes)
        run.volumes.insert(OUTIS_TRY(absolute_path(volume)));
    if (!options.workdir.empty())
        run.workdir = OUTIS_TRY(absolute_path(options.workdir));
    if (!options.stop_signal.empty())
        run.stop_signal = OUTIS_TRY(parse_stop_signal(options.stop_signal));
    run.health = OUTIS_TRY(parse_health(options));
    return run;
}

}  // namespace outis::images::bake
