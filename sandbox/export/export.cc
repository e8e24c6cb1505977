#include "outis/sandbox/export.h"

#include <algorithm>
#include <array>

#include "outis/base/filter.h"
#include "sandbox/export/decisions.h"
#include "sandbox/import/words.h"
#include "sandbox/kernel/refusals.h"
#include "sandbox/proof/meaning.h"

namespace outis::sandbox {
namespace {

constexpr std::array<std::string_view, 3> kFormats{"oci", "docker", "spo"};

std::string_view architecture(Abi abi)
{
    return std::ranges::find(imports::abi_words(), abi, &imports::AbiWord::abi)->name;
}

std::string json_text(std::string_view text)
{
    return "\"" + std::string(text) + "\"";
}

std::string list_of(const std::vector<std::string>& items, const std::string& before)
{
    std::string text = "[";
    for (std::size_t i = 0; i < items.size(); ++i)
        text += (i == 0 ? "" : ",") + before + items[i];
    return text + "]";
}

// "\"action\": ...", with the errno where there is one.
std::string action_text(std::uint32_t verdict)
{
    switch (verdict) {
    case filter::kAllow: return R"("action": "SCMP_ACT_ALLOW")";
    case filter::kLog: return R"("action": "SCMP_ACT_LOG")";
    case filter::kTrap: return R"("action": "SCMP_ACT_TRAP")";
    case filter::kKillThread: return R"("action": "SCMP_ACT_KILL_THREAD")";
    case filter::kKillProcess: return R"("action": "SCMP_ACT_KILL_PROCESS")";
    default: break;
    }
    return R"("action": "SCMP_ACT_ERRNO", "errnoRet": )" + std::to_string(verdict & 0xFFFF);
}

std::string test_text(const imports::ForeignTest& test)
{
    const auto word =
        std::ranges::find(imports::operator_words(), test.op, &imports::OperatorWord::op);
    std::string text = "{\"index\": " + std::to_string(test.argument) +
                       ", \"op\": " + json_text(word->name) +
                       ", \"value\": " + std::to_string(test.value);
    if (test.op == imports::ForeignOperator::masked_equal)
        text += ", \"valueTwo\": " + std::to_string(test.value_two);
    return text + "}";
}

std::string rule_text(const exports::ExportedRule& rule)
{
    std::vector<std::string> names;
    for (const std::string_view name : rule.names)
        names.push_back(json_text(name));
    std::vector<std::string> tests;
    for (const imports::ForeignTest& test : rule.tests)
        tests.push_back(test_text(test));
    return "{\"names\": " + list_of(names, "") + ", " + action_text(rule.verdict) +
           (tests.empty() ? "" : ", \"args\": " + list_of(tests, "")) + "}";
}

std::vector<std::string> rules_text(const exports::Decisions& decisions)
{
    std::vector<std::string> rules;
    for (const exports::ExportedRule& rule : exports::rules_of(decisions))
        rules.push_back(rule_text(rule));
    return rules;
}

std::vector<std::string> architectures_text(std::span<const Abi> abis)
{
    std::vector<std::string> names;
    for (const Abi abi : abis)
        names.push_back(json_text(architecture(abi)));
    return names;
}

// runc before 1.2 refuses every flag; it and crun switch the mitigation off where none is named.
std::string flags_text(const Seccomp& seccomp, std::vector<std::string>& notes)
{
    if (seccomp.allow_speculation && !seccomp.log)
        return {};
    std::vector<std::string> flags;
    if (seccomp.log)
        flags.push_back(json_text("SECCOMP_FILTER_FLAG_LOG"));
    if (seccomp.allow_speculation)
        flags.push_back(json_text("SECCOMP_FILTER_FLAG_SPEC_ALLOW"));
    if (seccomp.log)
        notes.emplace_back("flags need runc 1.2 or later");
    return "  \"flags\": " + list_of(flags, "") + ",\n";
}

std::string members(const Profile& profile, const exports::Decisions& decisions,
                    ExportFormat format, std::vector<std::string>& notes)
{
    std::string text = "  \"defaultAction\": \"SCMP_ACT_ERRNO\",\n";
    if (format != ExportFormat::spo)
        text += "  \"defaultErrnoRet\": " + std::to_string(kernel::kEnosys) + ",\n";
    const std::span<const Abi> abis = decisions.abis;
    if (format == ExportFormat::docker)
        text += "  \"archMap\": [{\"architecture\": " + json_text(architecture(abis.front())) +
                ", \"subArchitectures\": " + list_of(architectures_text(abis.subspan(1)), "") +
                "}],\n";
    else
        text += "  \"architectures\": " + list_of(architectures_text(abis), "") + ",\n";
    return text + flags_text(*profile.seccomp, notes) +
           "  \"syscalls\": " + list_of(rules_text(decisions), "\n    ") + "\n";
}

std::string wrapped(const std::string& body, const Profile& profile, ExportFormat format)
{
    if (format != ExportFormat::spo)
        return "{\n" + body + "}\n";
    return "{\n  \"apiVersion\": \"security-profiles-operator.x-k8s.io/v1beta1\",\n"
           "  \"kind\": \"SeccompProfile\",\n  \"metadata\": {\"name\": " +
           json_text(profile.name) + "},\n  \"spec\": {\n" + body + "  }\n}\n";
}

void add_new_calls(const exports::Decisions& decisions, std::vector<std::string>& differences)
{
    std::string names;
    for (const exports::CallDecisions& call : decisions.calls) {
        const bool is_new = std::ranges::binary_search(exports::new_calls(), call.call);
        const bool same =
            call.decisions.size() == 1 && call.decisions.front().verdict == proof::kUnknownCall;
        if (is_new && !same)
            names += " " + std::string(call.call);
    }
    if (!names.empty())
        differences.push_back("libseccomp 2.5.4 does not know, so that runc answers ENOSYS to:" +
                              names);
}

bool needs_bit_63(const exports::Decision& decision)
{
    return std::ranges::any_of(decision.when, [](const sets::Cube& cube) {
        return std::ranges::any_of(exports::tests_of(cube), [](const imports::ForeignTest& test) {
            return ((test.value | test.value_two) >> 63) != 0;
        });
    });
}

// The resource has numbers of 63 bits, and takes errnoRet 0 for none. With a greater one the API
// server would take nothing of it, so such a call is refused.
void fit_resource(exports::Decisions& decisions)
{
    for (exports::CallDecisions& call : decisions.calls) {
        const std::string name = "'" + std::string(call.call) + "'";
        if (std::ranges::any_of(call.decisions, needs_bit_63)) {
            decisions.differences.push_back("the conditions of " + name +
                                            " need numbers above 2^63-1, which this format does "
                                            "not hold, so it is refused altogether");
            call.decisions = {{.verdict = proof::refusal(call.call), .when = sets::everything()}};
        }
        if (std::ranges::find(call.decisions, filter::kErrno, &exports::Decision::verdict) !=
            call.decisions.end())
            decisions.differences.push_back(
                name +
                " is answered with EPERM instead of errno 0, which this format reads as none");
    }
}

std::vector<std::string> notes_about(const Profile& profile, ExportFormat format)
{
    std::vector<std::string> notes{
        "programs of other ABIs than those listed are killed instead of answered ENOSYS"};
    if (format == ExportFormat::spo)
        notes.emplace_back("numbers without a name answer EPERM, for this format has one default");
    std::string rest = "user, capabilities";
    if (profile.landlock)
        rest += ", Landlock";
    if (!profile.limits.empty())
        rest += ", limits";
    if (profile.deny_write_execute)
        rest += ", MDWE (its filter rules are here)";
    notes.push_back("not of a seccomp profile, so say it to the engine: " + rest);
    return notes;
}

}  // namespace

std::optional<ExportFormat> parse_export_format(std::string_view name) noexcept
{
    const auto* found = std::ranges::find(kFormats, name);
    if (found == kFormats.end())
        return std::nullopt;
    return static_cast<ExportFormat>(found - kFormats.begin());
}

Result<Exported, Error> export_profile(const Profile& profile, policy::Arch arch,
                                       ExportFormat format)
{
    if (!profile.seccomp)
        return bad_input("profile '" + profile.name +
                         "' has no filter; leave seccomp out of the container instead");
    if (profile.seccomp->as_runc)
        return bad_input("profile '" + profile.name +
                         "' already says what runc does with a JSON profile; hand on that one");
    exports::Decisions decisions = exports::decisions_of(profile, arch);
    if (format == ExportFormat::spo)
        fit_resource(decisions);
    Exported exported{.json = {},
                      .differences = std::move(decisions.differences),
                      .notes = notes_about(profile, format)};
    add_new_calls(decisions, exported.differences);
    exported.json = wrapped(members(profile, decisions, format, exported.notes), profile, format);
    return exported;
}

}  // namespace outis::sandbox
