// Broken and hostile JSON: one clear line with its place, in bounded time.
#include <algorithm>
#include <string>
#include <vector>

#include "import.h"

namespace outis::sandbox::import_bad_input_test {
namespace {

struct Case {
    std::string name;
    std::string json;
    std::string where;  // "line:column", or empty for the file as a whole
    std::string message;
    std::optional<Dialect> dialect = {};
};

std::string repeated(std::string_view text, std::size_t times)
{
    std::string result;
    for (std::size_t i = 0; i < times; ++i)
        result += text;
    return result;
}

// A profile with this rule alone.
std::string rule(const std::string& members)
{
    return R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"action":"SCMP_ACT_ALLOW",)" +
           members + "}]}";
}

std::vector<Case> cases()
{
    const std::string call = R"("names":["read"],)";
    return {
        {"over 1 MiB", std::string((1 << 20) + 1, ' '), "", "larger than 1 MiB"},
        {"nothing", "", "1:0", "ends within"},
        {"no object", "[1]", "1:1", "'seccomp' is a table, not a list"},
        {"cut off", R"({"defaultAction":)", "1:17", "ends within"},
        {"more behind the end", "{}{}", "1:3", "behind the end"},
        {"deep", repeated("[", 40) + repeated("]", 40), "1:33", "nested more than 32 deep"},
        {"deep tables", repeated("{\"a\":", 40) + "1" + repeated("}", 40), "1:161", "nested"},
        {"many values", "[" + repeated("0,", 70000) + "0]", "1:131072", "more than 65536 values"},
        {"a key twice", R"({"defaultAction":"SCMP_ACT_LOG","defaultAction":"SCMP_ACT_KILL"})",
         "1:33", "the key 'defaultAction' stands here twice"},
        {"a NUL", std::string("{\"a\":\0}", 7), "1:6", "this is not JSON"},
        {"a NUL in a text", rule(R"("names":["re\u0000ad"])"), "1:83", "NUL"},
        {"invalid UTF-8", "{\"a\xFF\":1}", "1:4", "this is not JSON"},
        {"empty", "{}", "1:1", "switches seccomp off"},
        {"config.json without seccomp", R"({"ociVersion":"1.0","linux":{}})", "",
         "no 'linux.seccomp'"},
        {"rules without a default",
         R"({"syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]})", "1:1",
         "without 'defaultAction'"},
        {"unknown key", R"({"defaultAction":"SCMP_ACT_ALLOW","sycalls":[]})", "1:35",
         "unknown key 'sycalls'"},
        {"unknown action", R"({"defaultAction":"SCMP_ACT_ERNO"})", "1:18",
         "unknown action 'SCMP_ACT_ERNO'"},
        {"an action of another kind", R"({"defaultAction":1})", "1:18", "expected a text"},
        {"a rule without action",
         R"({"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":["a"]}]})", "1:45",
         "a rule without 'action'"},
        {"unknown architecture",
         R"({"defaultAction":"SCMP_ACT_LOG","architectures":["SCMP_ARCH_X86-64"]})", "1:50",
         "unknown architecture 'SCMP_ARCH_X86-64'"},
        {"architectures twice over",
         R"({"defaultAction":"SCMP_ACT_LOG","architectures":["SCMP_ARCH_X86"],)"
         R"("archMap":[{"architecture":"SCMP_ARCH_X86"}]})",
         "1:1", "'architectures' and 'archMap'"},
        {"a rule without names",
         R"({"defaultAction":"SCMP_ACT_LOG","syscalls":[{"action":"SCMP_ACT_LOG"}]})", "1:45",
         "a rule without 'names'"},
        {"a list of resources", R"({"kind":"List","items":[]})", "1:9", "a list of resources"},
        {"a row without architecture", R"({"defaultAction":"SCMP_ACT_LOG","archMap":[{}]})", "1:44",
         "a row of 'archMap' without 'architecture'"},
        {"unknown flag", R"({"defaultAction":"SCMP_ACT_LOG","flags":["SPEC"]})", "1:42",
         "unknown flag 'SPEC'"},
        {"name and names", rule(R"("name":"read","names":["write"])"), "1:81",
         "'name' and 'names' in one rule"},
        {"names is no list", rule(R"("names":"read")"), "1:82", "'names' is a list"},
        {"errno over 4095", rule(call + R"("errnoRet":4096)"), "1:102", "at most 4095"},
        {"errno of the default over 4095",
         R"({"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":4096})", "1:53", "at most 4095"},
        {"a negative errno", rule(call + R"("errnoRet":-1)"), "1:102", "a whole number from 0"},
        {"errno past 2^64", rule(call + R"("errnoRet":99999999999999999999)"), "1:102",
         "a whole number from 0"},
        {"an unknown errno", R"({"defaultAction":"SCMP_ACT_ERRNO","defaultErrno":"ENOSUCH"})",
         "1:50", "unknown error number 'ENOSUCH'"},
        {"unknown operator", rule(call + R"("args":[{"index":0,"value":1,"op":"SCMP_CMP_EG"}])"),
         "1:125", "unknown operator 'SCMP_CMP_EG'"},
        {"no operator", rule(call + R"("args":[{"index":0,"value":1}])"), "1:99",
         "a comparison without 'op'"},
        {"argument 6", rule(call + R"("args":[{"index":6,"value":1,"op":"SCMP_CMP_EQ"}])"), "1:108",
         "'index' is a whole number from 0 to 5"},
        {"a value past 2^64",
         rule(call + R"("args":[{"index":0,"value":18446744073709551616,"op":"SCMP_CMP_EQ"}])"),
         "1:118", "'value' is a whole number from 0 to 18446744073709551615"},
        {"a fraction", rule(call + R"("args":[{"index":0,"value":1.5,"op":"SCMP_CMP_EQ"}])"),
         "1:118", "'value' is a whole number"},
        {"a negative value", rule(call + R"("args":[{"index":0,"value":-1,"op":"SCMP_CMP_EQ"}])"),
         "1:118", "'value' is a whole number"},
        {"too many comparisons",
         rule(call + "\"args\":[" + repeated(R"({"index":0,"op":"SCMP_CMP_EQ"},)", 64) +
              R"({"index":0,"op":"SCMP_CMP_EQ"}])"),
         "1:2083", "more than 64 comparisons"},
        {"too many comparisons for names",
         rule("\"names\":[" + repeated("\"read\",", 4096) + "\"read\"]," +
              R"("args":[{"index":0,"op":"SCMP_CMP_EQ"}])"),
         "1:47", "4096 comparisons"},
        {"unknown capability", rule(call + R"("includes":{"caps":["CAP_SYS_ADMN"]})"), "1:111",
         "unknown capability 'SYS_ADMN'"},
        {"unknown machine", rule(call + R"("excludes":{"arches":["amd46"]})"), "1:113",
         "unknown architecture 'amd46'"},
        {"no kernel version", rule(call + R"("includes":{"minKernel":"4.8.1"})"), "1:115",
         "'4.8.1' is no kernel version"},
        {"conditions in plain OCI", rule(call + R"("includes":{"caps":["CAP_KILL"]})"), "1:91",
         "unknown key 'includes'", Dialect::oci},
        {"minKernel and nothing else of Docker's", rule(call + R"("includes":{"min":"4.8"})"),
         "1:103", "unknown key 'min'"},
        {"14: notify as the default", R"({"defaultAction":"SCMP_ACT_NOTIFY"})", "1:18",
         "needs a process that listens"},
        {"14: notify in a rule",
         R"({"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":["read"],)"
         R"("action":"SCMP_ACT_NOTIFY"}]})",
         "1:45", "needs a process that listens"},
        {"a base that is not here",
         R"({"baseProfileName":"runc","defaultAction":"SCMP_ACT_ERRNO"})", "1:20",
         "the base profile 'runc' is not here"},
    };
}

std::string where(const Diagnostic& found)
{
    if (found.line == 0)
        return "";
    return std::to_string(found.line) + ":" + std::to_string(found.column);
}

TEST_CASE("broken profiles of other tools are refused at their place")
{
    for (const Case& c : cases()) {
        CAPTURE(c.name);
        for (const ImportMode mode : {ImportMode::hardened, ImportMode::exact}) {
            const auto result = imported(c.json, {.dialect = c.dialect, .mode = mode});
            REQUIRE_FALSE(result);
            CHECK(result.error().size() == 1);
            const Diagnostic& found = result.error().front();
            CHECK(where(found) == c.where);
            CAPTURE(found.message);
            CHECK(found.message.find(c.message) != std::string::npos);
            CHECK(std::ranges::count(print(found), '\n') <= 3);
        }
    }
}

TEST_CASE("an error in an extended profile has the place in its own file")
{
    const std::string profile = R"({"baseProfileName":"b","defaultAction":"SCMP_ACT_ERRNO"})";

    struct Base {
        const char* name;
        const char* json;
        const char* where;
        const char* message;
    };

    const Base bases[] = {
        {"no JSON", "\n{]", "", "in the base 'b.json:2:2': "},
        {"unknown action",
         "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\n\"syscalls\":[{\"names\":"
         "[\"read\"],\"action\":\"SCMP_ACT_ALOW\"}]}",
         "1:20", "in the base 'b.json:2:40': unknown action 'SCMP_ACT_ALOW'"},
    };
    for (const Base& base : bases) {
        CAPTURE(base.name);
        const auto result = imported(
            profile, {.dialect = Dialect::spo, .bases = {{.file = "b.json", .text = base.json}}});
        REQUIRE_FALSE(result);
        const Diagnostic& found = result.error().front();
        CHECK(where(found) == base.where);
        CAPTURE(found.message);
        CHECK(found.message.find(base.message) != std::string::npos);
    }
}

TEST_CASE("a profile that ends too early is refused wherever it ends")
{
    const std::string whole =
        R"({"defaultAction":"SCMP_ACT_ERRNO","archMap":[{"architecture":"SCMP_ARCH_X86_64",)"
        R"("subArchitectures":["SCMP_ARCH_X86"]}],"syscalls":[{"names":["read","clone"],)"
        R"("action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":18446744073709551615,)"
        R"("valueTwo":0,"op":"SCMP_CMP_MASKED_EQ"}],"includes":{"caps":["CAP_KILL"]}}]})";
    REQUIRE(imported(whole, {}));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        const auto result = imported(whole.substr(0, size), {});
        REQUIRE_FALSE(result);
        CHECK(result.error().size() == 1);
    }
}

TEST_CASE("what our language cannot express is refused at its place, except repetitions")
{
    const std::string less = R"({"index":0,"value":4,"op":"SCMP_CMP_LT"},)";
    const std::string end = R"({"index":1,"value":4,"op":"SCMP_CMP_EQ"})";
    std::string unlike;
    for (int i = 0; i < 33; ++i)
        unlike += R"({"index":0,"value":)" + std::to_string(i + 4) + R"(,"op":"SCMP_CMP_LT"},)";
    const auto of_i386 = [](const std::string& rules) {
        return R"({"defaultAction":"SCMP_ACT_TRAP","architectures":["SCMP_ARCH_X86"],"syscalls":[)" +
               rules + "]}";
    };
    std::string answers;
    for (int i = 0; i < 1025; ++i)
        answers += std::string(i == 0 ? "" : ",\n") +
                   R"({"names":["socket"],"action":"SCMP_ACT_ERRNO","errnoRet":)" +
                   std::to_string(i) + "}";

    struct Limit {
        std::string name;
        std::string json;
        ImportMode mode;
        std::string where;
        std::string message;  // empty: it is taken
    };

    const std::vector<Limit> limits{
        {"a comparison 33 times",
         rule(R"("names":["socket"],"args":[)" + repeated(less, 33) + end + "]"),
         ImportMode::hardened, "", ""},
        {"33 comparisons", rule(R"("names":["socket"],"args":[)" + unlike + end + "]"),
         ImportMode::hardened, "1:83", "a rule for 'socket' becomes more than 64 comparisons"},
        {"a name 1025 times",
         of_i386(R"({"action":"SCMP_ACT_ALLOW","names":[)" + repeated("\"socket\",", 1024) +
                 R"("socket"]})"),
         ImportMode::exact, "", ""},
        {"1025 answers", of_i386(answers), ImportMode::exact, "1025:11",
         "the profile becomes more than 1024 rules"},
    };
    for (const Limit& c : limits) {
        CAPTURE(c.name);
        const auto result = imported(c.json, {.mode = c.mode, .arch = policy::Arch::x86_64});
        const Diagnostic said = result ? Diagnostic{} : result.error().front();
        CAPTURE(said.message);
        CHECK(static_cast<bool>(result) == c.message.empty());
        CHECK(where(said) == c.where);
        CHECK(said.message.find(c.message) != std::string::npos);
    }
}

TEST_CASE("a thousand notes on one long line are cut, and the rest is counted")
{
    const Imported got = imported_well(
        rule("\"names\":[" + repeated("\"nosuch\",", 2000) + repeated(" ", 1 << 19) + "\"read\"]"),
        {});
    REQUIRE(got.notes.size() == 1001);
    for (const ImportNote& note : got.notes)
        CHECK(note.text.source_line.size() <= 640);
    CHECK(got.notes.front().text.source_line.size() == 160);
    CHECK(got.notes.back().change == Change::more);
    CHECK(print(got.notes.back().text) ==
          "p.json: note: more than 1000 notes, of which some are not told\n");
}

TEST_CASE("comments and null are skipped")
{
    const Imported plain = imported_well(
        R"({"$schema":"x","_remark":{"a":[1]},"defaultAction":"SCMP_ACT_ERRNO","syscalls":[)"
        R"({"comment":"why","names":["read"],"action":"SCMP_ACT_ALLOW","args":null,)"
        R"("errnoRet":null}],"listenerPath":null})",
        {});
    CHECK(plain.dialect == Dialect::oci);
    REQUIRE(plain.notes.size() == 1);
    CHECK(plain.notes.front().change == Change::otherwise);
    CHECK(plain.profile.seccomp->calls.size() == 1);
}

}  // namespace
}  // namespace outis::sandbox::import_bad_input_test
