// The child's environment.
#include "init/identity/environment.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "init/unit/policy_bytes.h"
#include "outis/base/policy.h"

namespace outis::tests::environment_test {
namespace {

using namespace init;

class Environment {
public:
    Environment() { plan.manner = Manner::tini; }  // no additions that depend on the machine

    // What the child gets of `given`; `texts` must outlive the pointers, and does.
    std::vector<std::string> build(std::vector<std::string> given, int pid = 1)
    {
        std::vector<char*> rows;
        for (std::string& row : given)
            rows.push_back(row.data());
        rows.push_back(nullptr);
        const policy::View view = policy::read(policy).value();
        std::vector<char*> room(environment_room(rows.data(), view));
        char** built = build_environment(rows.data(), room, plan, view, identity, pid, texts);
        set_listen_pid(texts, 42);
        std::vector<std::string> result;
        for (char** row = built; *row != nullptr; ++row)
            result.emplace_back(*row);
        REQUIRE(result.size() < room.size());
        return result;
    }

    void become(const char* name, const char* home)
    {
        identity.change = true;
        for (std::size_t i = 0; name[i] != 0; ++i)
            identity.account.name[i] = name[i];
        for (std::size_t i = 0; home[i] != 0; ++i)
            identity.account.home[i] = home[i];
    }

    Plan plan;
    Identity identity;
    PolicyBytes policy = make_policy({});
    EnvironmentTexts texts;
};

using Rows = std::vector<std::string>;

TEST_CASE_FIXTURE(Environment, "environment: it is passed on without our own variables")
{
    CHECK(build({}) == Rows{});
    CHECK(build({"A=1", "OUTIS_PROFILE=none", "B=", "OUTIS_=x", "NO_EQUALS", "OUTISX=1"}) ==
          Rows{"A=1", "B=", "NO_EQUALS", "OUTISX=1"});
}

TEST_CASE_FIXTURE(Environment, "environment: the new user's names replace root's")
{
    become("nobody", "/home/n");
    CHECK(build({"HOME=/root", "A=1", "USER=root", "LOGNAME=root"}) ==
          Rows{"A=1", "HOME=/home/n", "USER=nobody", "LOGNAME=nobody"});
}

TEST_CASE_FIXTURE(Environment, "environment: names of another user than root are kept")
{
    become("nobody", "/home/n");
    CHECK(build({"HOME=/data", "USER=app", "LOGNAME=app"}) ==
          Rows{"HOME=/data", "USER=app", "LOGNAME=app"});
    CHECK(texts.replaced.text().empty());
    texts = {};
    CHECK(build({"USER=root", "HOME=/data"}) ==
          Rows{"HOME=/data", "USER=nobody", "LOGNAME=nobody"});
    CHECK(texts.replaced.text() == "USER=root ");
    for (const char* home : {"HOME=", "HOME=/", "HOME=/root"}) {
        CAPTURE(std::string(home));
        CHECK(build({home, "USER=app", "LOGNAME="}) ==
              Rows{"USER=app", "HOME=/home/n", "LOGNAME=nobody"});
    }
}

TEST_CASE_FIXTURE(Environment, "environment: a user without a name gets a home alone")
{
    become("", "");
    CHECK(build({"HOME=/root", "USER=root"}) == Rows{"HOME=/"});
}

TEST_CASE_FIXTURE(Environment, "environment: names are kept with a kept user")
{
    CHECK(build({"HOME=/root", "USER=root"}) == Rows{"HOME=/root", "USER=root"});
}

TEST_CASE_FIXTURE(Environment, "environment: LISTEN_PID becomes the app's pid if it was ours")
{
    CHECK(build({"LISTEN_PID=7", "LISTEN_FDS=1"}, 7) == Rows{"LISTEN_PID=42", "LISTEN_FDS=1"});
    texts = {};
    CHECK(build({"LISTEN_PID=8"}, 7) == Rows{"LISTEN_PID=8"});
    CHECK(build({"LISTEN_PID=x"}, 7) == Rows{"LISTEN_PID=x"});
}

TEST_CASE_FIXTURE(Environment, "environment: the policy sets and unsets variables")
{
    policy =
        make_policy({{policy::Kind::environment, environment_payload({{policy::kSet, "A=new"},
                                                                      {policy::kSet, "HOME=/srv"},
                                                                      {policy::kUnset, "B"}})}});
    CHECK(build({"A=old", "B=1", "BB=2"}) == Rows{"BB=2", "A=new", "HOME=/srv"});
}

TEST_CASE_FIXTURE(Environment, "environment: with 'keep' only the listed variables pass")
{
    policy = make_policy({{policy::Kind::environment,
                           environment_payload({{policy::kKeep, "PATH"}, {policy::kSet, "C=3"}})}});
    CHECK(build({"PATH=/bin", "LD_PRELOAD=x", "C=1"}) == Rows{"PATH=/bin", "C=3"});
}

TEST_CASE_FIXTURE(Environment, "environment: a missing PATH is added once")
{
    plan.manner = Manner::outis;
    const Rows given = build({"PATH=/x"});
    CHECK(given.front() == "PATH=/x");
    for (const std::string& row : given)
        CHECK((row == "PATH=/x" || !row.starts_with("PATH=")));
    const Rows empty = build({});
    CHECK(empty.back() == "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
}

TEST_CASE_FIXTURE(Environment, "environment: a user's home from the policy is not doubled")
{
    become("nobody", "/");
    policy = make_policy(
        {{policy::Kind::environment, environment_payload({{policy::kSet, "HOME=/srv"}})}});
    int homes = 0;
    for (const std::string& row : build({"HOME=/root"}))
        homes += row.starts_with("HOME=") ? 1 : 0;
    CHECK(homes == 1);
}

}  // namespace
}  // namespace outis::tests::environment_test
