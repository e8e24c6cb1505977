// Command lines and environments in our own manner.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "init/plan/plan.h"
#include "init/unit/reading.h"

namespace outis::tests::options_test {
namespace {

using namespace init;

TEST_CASE("options: the program's name decides whose options are read")
{
    struct NameCase {
        std::string name;
        Manner manner;
        int usage;
        int not_found;
    };

    const NameCase kCases[]{
        {"outis-init", Manner::outis, 125, 127},
        {"/outis-init", Manner::outis, 125, 127},
        {"", Manner::outis, 125, 127},
        {"/sbin/docker-init", Manner::tini, 1, 127},
        {"tini", Manner::tini, 1, 127},
        {"/usr/bin/tini-static", Manner::tini, 1, 127},
        {"/tini/outis-init", Manner::outis, 125, 127},
        {"tinier", Manner::outis, 125, 127},
        {"catatonit", Manner::catatonit, 1, 1},
        {"/run/podman-init", Manner::catatonit, 1, 1},
        {"/usr/bin/dumb-init", Manner::dumb_init, 1, 2},
    };
    for (const NameCase& c : kCases) {
        CAPTURE(c.name);
        CHECK(manner_of(c.name) == c.manner);
        CHECK(usage_code(c.manner) == c.usage);
        CHECK(exec_failure_code(c.manner, 127) == c.not_found);
    }
}

TEST_CASE("options: our own are read")
{
    check(
        "outis-init",
        {
            {"program alone", {"app"}, {}, "[app]"},
            {"options end at the first operand",
             {"app", "-g", "--", "x"},
             {},
             "[app] [-g] [--] [x]"},
            {"options end at --", {"-g", "--", "-v"}, {}, "group [-v]"},
            {"a lone dash is an operand", {"-", "x"}, {}, "[-] [x]"},
            {"value beside", {"-p", "go", "app"}, {}, "profile=go [app]"},
            {"value attached", {"-pgo", "app"}, {}, "profile=go [app]"},
            {"long, beside", {"--profile", "go", "app"}, {}, "profile=go [app]"},
            {"long, equals", {"--profile=go", "app"}, {}, "profile=go [app]"},
            {"value that looks like an option", {"-p", "-g", "app"}, {}, "profile=-g [app]"},
            {"letters in one word", {"-gvv", "app"}, {}, "group debug [app]"},
            {"letters, then a value", {"-gp", "go", "app"}, {}, "profile=go group [app]"},
            {"the last one wins", {"-p", "a", "-p", "b", "app"}, {}, "profile=b [app]"},
            {"user", {"-u", "1:2", "app"}, {}, "user=1:2 [app]"},
            {"flags",
             {"-g", "--session", "--no-subreaper", "--keep-fds", "--halt", "-n", "app"},
             {},
             "group session no-subreaper keep halt dry [app]"},
            {"rewrites", {"-r", "TERM:QUIT", "-r", "1:0", "app"}, {}, "1>0 15>3 [app]"},
            {"real-time rewrite", {"-r", "RTMIN+3:64", "app"}, {}, "35>64 [app]"},
            {"exit map", {"-e", "143:0", "--map-exit=1:255", "app"}, {}, "1=255 143=0 [app]"},
            {"times", {"--drain", "1h30m", "-k500ms", "app"}, {}, "drain=5400000 grace=500 [app]"},
            {"death signal", {"-d", "TERM", "app"}, {}, "death=15 [app]"},
            {"workdir", {"-w", "/srv", "app"}, {}, "in=/srv [app]"},
            {"quiet", {"-q", "app"}, {}, "quiet [app]"},
            {"json", {"--log-format", "json", "app"}, {}, "json [app]"},
            {"version", {"--version"}, {}, "version"},
            {"version hides what follows", {"--version", "--no-such"}, {}, "version [--no-such]"},
            {"help", {"-h"}, {}, "help"},
            {"list", {"--list-profiles"}, {}, "list"},
            {"sleep", {"--sleep", "5s"}, {}, "sleep of=5s"},
            {"pause", {"--pause"}, {}, "pause"},
            {"inspect ourselves", {"--inspect"}, {}, "inspect"},
            {"inspect another", {"--inspect", "7", "--json"}, {}, "inspect of=7 json"},
            {"inspect as JSON", {"--inspect", "--json"}, {}, "inspect json"},
            {"probe", {"--probe", "http://localhost/"}, {}, "probe of=http://localhost/"},
            {"probe by a program",
             {"--probe", "exec:/x", "--version", "--", "-h"},
             {},
             "probe of=exec:/x [--version] [--] [-h]"},
            {"probe by a program, in one word",
             {"--probe=exec:/x", "-h"},
             {},
             "probe of=exec:/x [-h]"},
        });
}

TEST_CASE("options: wrong ones are refused")
{
    check("outis-init",
          {
              {"nothing", {}, {}, "! no program given; see --help"},
              {"nothing after --", {"--"}, {}, "! no program given; see --help"},
              {"unknown word", {"--prof", "x", "app"}, {}, "! unknown option 'prof'; see --help"},
              {"unknown letter", {"-gx", "app"}, {}, "! unknown option 'x'; see --help"},
              {"no value", {"-p"}, {}, "! option 'p' needs a value; see --help"},
              {"no value, long", {"--drain"}, {}, "! option 'drain' needs a value; see --help"},
              {"needless value",
               {"--group=1", "app"},
               {},
               "! option 'group=1' takes no value; see --help"},
              {"empty profile",
               {"-p", "", "app"},
               {},
               "! option 'p' does not take this value; see --help"},
              {"bad time",
               {"-k", "5x", "app"},
               {},
               "! not a time: '5x'; TIME is 500ms, 5s, 2m, 1h30m or seconds, at most a week"},
              {"bad rewrite",
               {"-r", "TERM", "app"},
               {},
               "! option 'r' does not take this value; see --help"},
              {"rewrite of nothing",
               {"-r", "0:1", "app"},
               {},
               "! option 'r' does not take this value; see --help"},
              {"exit code 256",
               {"-e", "1:256", "app"},
               {},
               "! option 'e' does not take this value; see --help"},
              {"death by nothing",
               {"-d", "0", "app"},
               {},
               "! not a signal: '0'; SIGNAL is a name, a number or RTMIN+N"},
              {"bad format",
               {"--log-format", "xml", "app"},
               {},
               "! option 'log-format' does not take this value; see --help"},
              {"bad status range",
               {"--status", "300-200", "app"},
               {},
               "! option 'status' does not take this value; see --help"},
          });
}

TEST_CASE("options: our variables are read")
{
    check("outis-init",
          {
              {"all",
               {"app"},
               {"OUTIS_PROFILE=go", "OUTIS_USER=1", "OUTIS_GROUP=1", "OUTIS_REWRITE=TERM:QUIT,1:0",
                "OUTIS_MAP_EXIT=143:0,2:3", "OUTIS_DRAIN=1s", "OUTIS_GRACE=2", "OUTIS_LOG=debug"},
               "profile~go user~1 group drain=1000 grace=2000 1>0 15>3 2=3 143=0 debug [app]"},
              {"options win",
               {"-p", "a", "-k", "1", "app"},
               {"OUTIS_PROFILE=b", "OUTIS_GRACE=2"},
               "profile=a grace=1000 [app]"},
              {"group off", {"app"}, {"OUTIS_GROUP=0"}, "[app]"},
              {"peers' variables mean nothing", {"app"}, {"TINI_KILL_PROCESS_GROUP=1"}, "[app]"},
              {"bad level",
               {"app"},
               {"OUTIS_LOG=loud"},
               "! OUTIS_LOG 'loud' is unknown; it is quiet, warn, info or debug"},
              {"bad time",
               {"app"},
               {"OUTIS_DRAIN=soon"},
               "! not a time: 'soon'; TIME is 500ms, 5s, 2m, 1h30m or seconds, at most a week"},
              {"second of a list bad",
               {"app"},
               {"OUTIS_REWRITE=1:2,x"},
               "! environment: '1:2,x' is not a value that this variable takes; see --help"},
          });
}

TEST_CASE("options: engines can parse the version lines")
{
    CHECK(std::string(version_text(Manner::outis)).starts_with("outis-init "));
    CHECK(std::string(version_text(Manner::tini)).starts_with("tini version 0.19.0 "));
    CHECK(std::string(version_text(Manner::catatonit)).starts_with("tini version "));
    for (const Manner manner :
         {Manner::outis, Manner::tini, Manner::catatonit, Manner::dumb_init}) {
        CHECK(version_text(manner).back() == '\n');
        CHECK(help_text(manner).starts_with("usage: "));
    }
}

TEST_CASE("options: help fits a screen")
{
    std::size_t lines = 0;
    std::size_t length = 0;
    for (const char c : help_text(Manner::outis)) {
        length = c == '\n' ? 0 : length + 1;
        lines += c == '\n' ? 1 : 0;
        CHECK(length <= 80);
    }
    CHECK(lines <= 24);
}

}  // namespace
}  // namespace outis::tests::options_test
