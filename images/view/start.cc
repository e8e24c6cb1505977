#include "view/start.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "host/input.h"
#include "layers/platform.h"
#include "oci/field.h"
#include "outis/base/policy.h"
#include "outis/sandbox/arch.h"
#include "view/init_words.h"
#include "view/programs.h"

namespace outis::images::view {

namespace json = boost::json;

namespace {

constexpr int kMaxScripts = 4;  // interpreters that are scripts themselves; Linux stops there too
constexpr std::uint32_t kExecutable = 0111;
constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::string_view kPolicyPath = "/etc/outis/policy";
constexpr std::string_view kBuiltIn = "," OUTIS_PROFILES ",";  // of PID 1: ",none,baseline,…,"
constexpr std::string_view kUnchanged = "none";                // that one changes nothing

std::string variable(const json::value& run, std::string_view name)
{
    for (const std::string& text : oci::texts_field(run, "Env")) {
        if (text.starts_with(std::string(name) + "="))
            return text.substr(name.size() + 1);
    }
    return {};
}

const json::value& run_of(const json::value& config)
{
    static const json::value kNone;
    const json::value* run = oci::field(config, "config");
    return run == nullptr ? kNone : *run;
}

// Without -p PID 1 takes the file if it is there; a word without '/' is built in.
std::string policy_place(const Start& start)
{
    return start.policy.empty() ? std::string(kPolicyPath) : start.policy;
}

std::vector<std::string> command_of(const json::value& run)
{
    std::vector<std::string> words = oci::texts_field(run, "Entrypoint");
    for (const std::string& word : oci::texts_field(run, "Cmd"))
        words.push_back(word);
    return words;
}

// No policy that is built in names other stop signals than TERM.
StopSignals stop_signals_of(const Flattened& files, const json::value& run, const Start& start)
{
    const std::string place = policy_place(start);
    const Node* node = place.find('/') == std::string::npos ? nullptr : files.find(place);
    SignalSet by_policy = 0;
    if (node != nullptr) {
        const auto policy = policy::read(host::as_bytes(node->entry.facts.text));
        if (policy && policy.value().signals)
            by_policy = policy.value().signals->stop;
    }
    return stop_signals(command_of(run), variable(run, "OUTIS_STOP"), by_policy);
}

class StartChecker {
public:
    StartChecker(const Flattened& files, const json::value& config, const std::string& platform,
                 LibrarySearch& libraries)
        : files_(files),
          run_(run_of(config)),
          platform_(platform),
          libraries_(libraries),
          start_(read_start(config))
    {
    }

    StartCheck run()
    {
        if (start_.programs.empty())
            wrong(Rule::start_nothing, "", "its configuration names no program");
        for (const std::string& program : start_.programs)
            check_program(program);
        if (start_.by_outis) {
            check_policy();
            check_stop();
        }
        check_user();
        return std::move(check_);
    }

private:
    void wrong(Rule rule, const std::string& path, std::string text)
    {
        add_finding(
            check_.findings,
            {.rule = rule, .where = {.image = platform_, .path = path}, .text = std::move(text)});
    }

    // As execvp(3) looks for it.
    [[nodiscard]] std::optional<std::string> place_of(const std::string& program) const
    {
        if (program.starts_with('/'))
            return files_.resolve(program);
        if (program.find('/') != std::string::npos)
            return files_.resolve(oci::text_field(run_, "WorkingDir") + "/" + program);
        std::string path = variable(run_, "PATH");
        if (path.empty())
            path = kDefaultPath;
        for (std::size_t at = 0; at <= path.size();) {
            const std::size_t colon = std::min(path.find(':', at), path.size());
            const std::string place = path.substr(at, colon - at) + "/" + program;
            if (files_.find(place) != nullptr)
                return files_.resolve(place);
            at = colon + 1;
        }
        return std::nullopt;
    }

    // A program, the interpreter of a script, and so on.
    void check_program(const std::string& named)
    {
        std::optional<std::string> place = place_of(named);
        const Node* node = place ? files_.find(*place) : nullptr;
        if (node == nullptr) {
            wrong(Rule::start_missing, "", "the program '" + named + "' is not there");
            return;
        }
        for (int scripts = 0; scripts <= kMaxScripts; ++scripts) {
            check_.started.push_back(*place);
            if (node->entry.member.entry.kind != layers::EntryKind::file ||
                (node->entry.member.entry.mode & kExecutable) == 0) {
                wrong(Rule::start_mode, *place, "it is started, and nobody may execute it");
                return;
            }
            if (node->entry.facts.script.empty()) {
                check_elf(*place, *node);
                return;
            }
            std::string_view line = node->entry.facts.script;
            line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
            const std::string interpreter(line.substr(0, line.find_first_of(" \t")));
            const std::string script = *place;
            place = files_.resolve(interpreter);
            node = place ? files_.find(*place) : nullptr;
            if (node == nullptr) {
                wrong(Rule::start_interpreter, script,
                      "it is a script, and its interpreter '" + interpreter + "' is missing");
                return;
            }
        }
    }

    void check_elf(const std::string& path, const Node& node)
    {
        const FileFacts& facts = node.entry.facts;
        if (!facts.elf) {
            if (facts.elf_problem.empty() && !facts.not_looked_into)
                wrong(Rule::start_platform, path, "it is neither an ELF file nor a script");
            return;  // a damaged one is named by its own rule
        }
        if ("linux/" + elf_architecture(*facts.elf) !=
            platform_.substr(0, platform_.find('/', platform_.find('/') + 1))) {
            wrong(Rule::start_platform, path, "it is for " + programs::machine_name(*facts.elf));
            return;
        }
        const std::string& interpreter = facts.elf->interpreter;
        if (!interpreter.empty() && files_.find(interpreter) == nullptr)
            wrong(Rule::start_interpreter, path, "its loader '" + interpreter + "' is missing");
        for (const MissingLibrary& library : libraries_.missing_of_program(path))
            wrong(Rule::start_library, path,
                  "it does not start without '" + library.name + "', asked for by '/" +
                      library.asker + "'");
    }

    void check_policy()
    {
        const bool named = !start_.policy.empty();
        const std::string place = policy_place(start_);
        if (place.find('/') == std::string::npos) {
            drops_root_ = place != kUnchanged;
            if (kBuiltIn.find("," + place + ",") == std::string_view::npos)
                wrong(Rule::policy_missing, "", "no policy '" + place + "' is built into PID 1");
            return;
        }
        const Node* node = files_.find(place);
        if (node == nullptr) {
            drops_root_ = !named;  // the built-in baseline
            if (named)
                wrong(Rule::policy_missing, "", "the policy '" + place + "' is not there");
            return;
        }
        const layers::TarEntry& own = node->entry.member.entry;
        if (own.uid != 0 || (own.mode & 0022) != 0)
            wrong(Rule::policy_mode, own.path, "others than root may write it");
        const auto policy = policy::read(host::as_bytes(node->entry.facts.text));
        if (!policy) {
            wrong(Rule::policy_form, own.path, policy::text(policy.error()));
            return;
        }
        if (const auto& ids = policy.value().ids)
            drops_root_ = ids->uid == policy::kById
                              ? !is_root(std::string(host::as_text(ids->user_name)))
                              : ids->uid != 0;
        if (!layers::platform_fits(platform_, layers::platform_name(policy.value().arch)))
            wrong(Rule::policy_platform, own.path,
                  "the policy is for " + std::string(sandbox::arch_name(policy.value().arch)));
    }

    void check_stop()
    {
        const StopSignals taken = stop_signals_of(files_, run_, start_);
        const std::string named = oci::text_field(run_, "StopSignal");
        const std::string sent = named.empty() ? "SIGTERM" : named;
        if (!taken.set)
            wrong(Rule::stop_signal, "",
                  "PID 1 is told to stop on '" + taken.words + "', which it refuses");
        else if (missing_stop(taken, sent))
            wrong(Rule::stop_signal, "",
                  "engines end it with " + sent + ", and PID 1 takes " + signal_list(*taken.set) +
                      " alone for a stop, so that neither drain nor grace begins");
    }

    // The line of `name` in a file like passwd(5).
    [[nodiscard]] bool knows(const char* file, const std::string& name) const
    {
        const Node* node = files_.find(file);
        const std::string text = node == nullptr ? "" : "\n" + node->entry.facts.text;
        return text.find("\n" + name + ":") != std::string::npos;
    }

    // By number, by name, or by the number that the image gives the name.
    [[nodiscard]] bool is_root(const std::string& name) const
    {
        if (name == "root" || name.find_first_not_of('0') == std::string::npos)
            return true;
        const Node* node = files_.find("etc/passwd");
        const std::string text = node == nullptr ? "" : "\n" + node->entry.facts.text;
        const std::size_t line = text.find("\n" + name + ":");
        const std::size_t password = text.find(':', line) + 1;
        const std::size_t number = text.find(':', password) + 1;
        if (line == std::string::npos || password == 0 || number == 0)
            return false;
        const std::string uid = text.substr(number, text.find(':', number) - number);
        return uid.find_first_not_of('0') == std::string::npos;
    }

    // "USER" or "USER:GROUP"; whether it is root.
    bool check_account(const std::string& user, const std::string& what)
    {
        const std::size_t colon = user.find(':');
        const std::string name = user.substr(0, colon);
        const std::string group = colon == std::string::npos ? "" : user.substr(colon + 1);
        const auto is_name = [](const std::string& word) {
            return word.find_first_not_of("0123456789") != std::string::npos;
        };
        if (is_name(name) && !knows("etc/passwd", name))
            wrong(Rule::user_unknown, "", what + " names '" + name + "', whom '/etc/passwd' lacks");
        if (is_name(group) && !knows("etc/group", group))
            wrong(Rule::user_unknown, "",
                  what + " names '" + group + "', which '/etc/group' lacks");
        return is_root(name);
    }

    void check_user()
    {
        bool root = check_account(oci::text_field(run_, "User"), "'User'");
        // What PID 1 is told goes before what its policy says.
        if (!start_.user.empty())
            root = check_account(start_.user, "what PID 1 is told") && root;
        else
            root = root && !drops_root_;
        if (root)
            wrong(Rule::user_root, "", "its program runs as root");
    }

    const Flattened& files_;
    const json::value& run_;
    std::string platform_;
    LibrarySearch& libraries_;
    Start start_;
    bool drops_root_ = false;  // PID 1 goes on as somebody else
    StartCheck check_;
};

}  // namespace

Start read_start(const json::value& config)
{
    const json::value& run = run_of(config);
    const std::vector<std::string> words = command_of(run);
    Start start;
    if (words.empty())
        return start;
    start.programs.push_back(words.front());
    const InitCommand init = init_command(words);
    if (init.is_init && init.app < words.size())
        start.programs.push_back(words[init.app]);
    start.by_outis = init.is_ours;
    if (!init.is_ours)
        return start;
    start.policy = variable(run, "OUTIS_PROFILE");
    start.user = variable(run, "OUTIS_USER");
    for (const InitOption& option : init.options) {
        if (option.name == "profile")
            start.policy = option.value;
        if (option.name == "user")
            start.user = option.value;
    }
    return start;
}

StopSignals stop_signals_of(const Flattened& files, const json::value& config)
{
    return stop_signals_of(files, run_of(config), read_start(config));
}

std::string variable_of(const json::value& config, std::string_view name)
{
    return variable(run_of(config), name);
}

StartCheck check_start(const Flattened& files, const json::value& config,
                       const std::string& platform, LibrarySearch& libraries)
{
    return StartChecker(files, config, platform, libraries).run();
}

}  // namespace outis::images::view
