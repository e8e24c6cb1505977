// Command lines and environments in the manner of each peer.
#include <doctest/doctest.h>

#include "init/unit/reading.h"

namespace outis::tests::peer_options_test {
namespace {

TEST_CASE("options: those of tini are read as tini does")
{
    check(
        "tini",
        {
            {"after --", {"--", "app", "-x"}, {}, "no-subreaper 21>0 22>0 [app] [-x]"},
            {"ends at the first operand",
             {"sh", "-c", "x"},
             {},
             "no-subreaper 21>0 22>0 [sh] [-c] [x]"},
            {"subreaper, group, warnings",
             {"-s", "-g", "-w", "--", "app"},
             {},
             "group reaped 21>0 22>0 [app]"},
            {"verbose", {"-vvv", "--", "app"}, {}, "no-subreaper 21>0 22>0 debug [app]"},
            {"death signal",
             {"-p", "SIGTERM", "--", "app"},
             {},
             "no-subreaper death=15 21>0 22>0 [app]"},
            {"forgiven codes",
             {"-e", "143", "-e", "7", "--", "app"},
             {},
             "no-subreaper 21>0 22>0 7=0 143=0 [app]"},
            {"group by environment",
             {"app"},
             {"TINI_KILL_PROCESS_GROUP="},
             "group no-subreaper 21>0 22>0 [app]"},
            {"verbosity by environment",
             {"app"},
             {"TINI_VERBOSITY=3"},
             "no-subreaper 21>0 22>0 debug [app]"},
            {"more than most", {"app"}, {"TINI_VERBOSITY=7"}, "no-subreaper 21>0 22>0 debug [app]"},
            {"no number", {"app"}, {"TINI_VERBOSITY="}, "no-subreaper 21>0 22>0 error [app]"},
            {"subreaper by environment", {"app"}, {"TINI_SUBREAPER="}, "21>0 22>0 [app]"},
            {"rewritten all the same", {"app"}, {"OUTIS_REWRITE=21:21"}, "no-subreaper 22>0 [app]"},
            {"version", {"--version"}, {}, "version no-subreaper 21>0 22>0"},
            {"help", {"-h"}, {}, "help no-subreaper 21>0 22>0"},
            {"nothing is shortened", {"--ver"}, {}, "! unknown option 'ver'; see --help"},
            {"ours means nothing", {"--group", "app"}, {}, "! unknown option 'group'; see --help"},
            {"forgiven code out of range",
             {"-e", "256", "app"},
             {},
             "! option 'e' does not take this value; see --help"},
        });
}

TEST_CASE("options: those of dumb-init and catatonit are read as they do")
{
    check("dumb-init",
          {
              {"session and group",
               {"app"},
               {},
               "group session no-subreaper 20>19 21>19 22>19 [app]"},
              {"debug by environment",
               {"app"},
               {"DUMB_INIT_DEBUG=1"},
               "group session no-subreaper 20>19 21>19 22>19 debug [app]"},
              {"rewrites",
               {"--rewrite", "15:3", "-r2:0", "-r", "20:0", "app"},
               {},
               "group session no-subreaper 2>0 15>3 20>0 21>19 22>19 [app]"},
              {"version", {"-V"}, {}, "version group session no-subreaper 20>19 21>19 22>19"},
          });
    check("catatonit",
          {
              {"plain", {"--", "app"}, {}, "20>0 21>0 22>0 [app]"},
              {"group", {"-g", "--", "app"}, {}, "group 20>0 21>0 22>0 [app]"},
              {"pause", {"-P"}, {}, "pause 20>0 21>0 22>0"},
              {"debug by environment", {"app"}, {"CATATONIT_DEBUG="}, "20>0 21>0 22>0 debug [app]"},
              {"version", {"--version"}, {}, "version 20>0 21>0 22>0"},
              {"shortened", {"--v"}, {}, "version 20>0 21>0 22>0"},
          });
}

TEST_CASE("options: special cases of dumb-init are read as it does")
{
    check("dumb-init",
          {
              {"single child", {"-c", "app"}, {}, "no-subreaper [app]"},
              {"single child, long", {"--single-child", "--", "app"}, {}, "no-subreaper [app]"},
              {"shortened", {"--s", "--re=1:2", "app"}, {}, "no-subreaper 1>2 [app]"},
              {"the same of two", {"--ver"}, {}, "! unknown option 'ver'; see --help"},
              {"nothing of several", {"--=x"}, {}, "! unknown option '=x'; see --help"},
              {"stops kept as they are",
               {"-r", "20:20", "-r", "21:21", "-r", "22:22", "app"},
               {},
               "group session no-subreaper [app]"},
              {"no session by environment", {"app"}, {"DUMB_INIT_SETSID=0"}, "no-subreaper [app]"},
              {"help hides what follows",
               {"-hx", "--y"},
               {},
               "help group session no-subreaper 20>19 21>19 22>19 [--y]"},
          });
}

}  // namespace
}  // namespace outis::tests::peer_options_test
