// `outis inspect` and `outis-init --inspect` of one process: the same keys with the same types, and
// nothing that a terminal obeys, whatever the process calls itself.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/object.hpp>

#include "fixture.h"
#include "oci/json.h"
#include "outis/utf8.h"

namespace inspect_test {

using namespace outis;
using namespace outis::images;
using namespace outis::images::host;
using namespace outis::images::oci;
using namespace outis::images::testing;
namespace json = boost::json;

namespace {

const std::string kPrograms = OUTIS_TEST_PROGRAMS;

// A process of this name, which does nothing as long as this lives.
class Named {
public:
    explicit Named(const char* name)
    {
        int ready[2];
        REQUIRE(::pipe(ready) == 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::prctl(PR_SET_NAME, name);
            ::close(ready[0]);
            ::close(ready[1]);
            for (;;)
                ::pause();
        }
        ::close(ready[1]);
        char none = 0;
        CHECK(::read(ready[0], &none, 1) == 0);
        ::close(ready[0]);
    }

    ~Named()
    {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

    Named(const Named&) = delete;
    Named& operator=(const Named&) = delete;

    [[nodiscard]] std::string text() const { return std::to_string(pid_); }

private:
    pid_t pid_ = 0;
};

// "bool", "number", "[number]", "{bounding:[text],…}"; an empty list has the type of any other.
std::string type_of(const json::value& value)
{
    if (value.is_string())
        return "text";
    if (value.is_number())
        return "number";
    if (value.is_bool())
        return "bool";
    if (value.is_null())
        return "null";
    if (value.is_array())
        return value.get_array().empty() ? "[]" : "[" + type_of(value.get_array().front()) + "]";
    std::vector<std::string> members;
    for (const json::key_value_pair& pair : value.get_object())
        members.push_back(std::string(pair.key()) + ":" + type_of(pair.value()));
    std::ranges::sort(members);
    std::string all;
    for (const std::string& member : members)
        all += (all.empty() ? "" : ",") + member;
    return "{" + all + "}";
}

json::value parsed(const std::string& text)
{
    CHECK(is_utf8(text));
    auto value = parse_json(text, "the report");
    REQUIRE_MESSAGE(value, text);
    return value.take();
}

bool is_plain_text(const std::string& text)
{
    return std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

}  // namespace

TEST_CASE("inspect: both programs report the same about a process with a strange name")
{
    if (!std::filesystem::exists(kPrograms + "/outis-init")) {
        MESSAGE("skipped: outis-init is not built here");
        return;
    }
    const Named process(
        "a\x9b"
        "31m\xff\"\\\x1b");
    const json::value outer =
        parsed(output_of({kPrograms + "/outis", "inspect", "--json", process.text()}));
    const json::value inner =
        parsed(output_of({kPrograms + "/outis-init", "--inspect", process.text(), "--json"}));
    CHECK(type_of(outer) == type_of(inner));
    CHECK(outer == inner);
    const json::object& seen = outer.as_object();
    CHECK(seen.at("process").to_number<int>() == std::stoi(process.text()));
    CHECK(seen.at("name") == R"(a\23331m\377"\\\033)");
    CHECK(type_of(seen.at("uid")) == "[number]");
    CHECK(seen.at("uid").as_array().size() == 4);
    CHECK(seen.at("no_new_privs").is_bool());
    CHECK(seen.at("seccomp").is_bool());
    CHECK(type_of(seen.at("descriptors")) == "[number]");
    CHECK(type_of(seen.at("because")) == "[{points:number,reason:text}]");
    double points = 0;
    for (const json::value& reason : seen.at("because").as_array())
        points += reason.at("points").to_number<double>();
    CHECK(points == doctest::Approx(seen.at("exposure").to_number<double>()));
    for (const char* set : {"inheritable", "permitted", "effective", "bounding", "ambient"}) {
        CAPTURE(set);
        for (const json::value& name : seen.at("capabilities").at(set).as_array())
            CHECK_FALSE(name.as_string().starts_with("cap_"));
    }
    CHECK(is_plain_text(output_of({kPrograms + "/outis", "inspect", process.text()})));
    CHECK(is_plain_text(output_of({kPrograms + "/outis-init", "--inspect", process.text()})));
}

}  // namespace inspect_test
