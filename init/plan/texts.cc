// What --help and --version print.
#include "init/plan/plan.h"

namespace outis::init {

std::string_view help_text(Manner manner) noexcept
{
    switch (manner) {
    case Manner::outis:
        return "usage: outis-init [OPTION]... [--] PROGRAM [ARG]...\n"
               "Runs PROGRAM under a compiled security policy; forwards signals, reaps zombies.\n"
               "\n"
               "  -p, --profile NAME|PATH  policy (OUTIS_PROFILE; /etc/outis/policy; baseline)\n"
               "  -u, --user USER[:GROUP]  user instead of the policy's (OUTIS_USER)\n"
               "  -g, --group              signal the child's process group (OUTIS_GROUP=1)\n"
               "      --session            run the child in a session of its own\n"
               "      --no-subreaper       do not adopt orphans when not PID 1\n"
               "  -r, --rewrite FROM:TO    forward FROM as TO, 0 drops it (OUTIS_REWRITE)\n"
               "  -e, --map-exit FROM:TO   report exit code FROM as TO (OUTIS_MAP_EXIT)\n"
               "      --drain TIME         wait before forwarding a stop signal (OUTIS_DRAIN)\n"
               "  -k, --grace TIME         KILL after TIME (OUTIS_GRACE)\n"
               "      --stop SIGNAL,...    stop signals, instead of the policy's (OUTIS_STOP)\n"
               "  -d, --death-signal SIG   be sent SIG when our parent dies\n"
               "  -w, --workdir DIR        start PROGRAM in DIR\n"
               "      --keep-fds           leave inherited descriptors open for PROGRAM\n"
               "      --halt               power the machine off at the end\n"
               "  -n, --dry-run            say what would be applied, start nothing\n"
               "  -v, -q, --log-format text|json   messages on stderr (OUTIS_LOG)\n"
               "Or: --probe URL [--timeout TIME] [--status FIRST-LAST], --sleep TIME, --pause,\n"
               "    --inspect [PID|self] [--json], --list-profiles, --version, --help\n"
               "\n"
               "TIME is 500ms, 5s, 2m, 1h30m or seconds. Exit codes: PROGRAM's own, 128+N for\n"
               "signal N, 127 not found, 126 not executable, 125 usage or policy, 124 refused.\n";
    case Manner::tini:
        return "usage: tini [-s] [-p SIGNAL] [-v]... [-w] [-g] [-e CODE]... [--] PROGRAM [ARG]...\n"
               "       tini -h | -l | --version\n";
    case Manner::catatonit:
        return "usage: catatonit [-g] [--] PROGRAM [ARG]...\n"
               "       catatonit -P | -h | -L | -V\n";
    case Manner::dumb_init:
        return "usage: dumb-init [-c] [-r FROM:TO]... [-v] [--] PROGRAM [ARG]...\n"
               "       dumb-init -h | -V\n";
    }
    return {};
}

// `docker info` takes only a line that starts with "tini version".
std::string_view version_text(Manner manner) noexcept
{
    switch (manner) {
    case Manner::outis: return "outis-init " OUTIS_VERSION "\n";
    case Manner::tini: return "tini version 0.19.0 (outis-init " OUTIS_VERSION ")\n";
    case Manner::catatonit: return "tini version 0.2.1_catatonit (outis-init " OUTIS_VERSION ")\n";
    case Manner::dumb_init: return "dumb-init v1.2.5 (outis-init " OUTIS_VERSION ")\n";
    }
    return {};
}

}  // namespace outis::init
