// Under a peer's name we behave as that program: each scene is played by the peer and by us, in one
// run, and has to look the same. Where it does not, the row stands in the second list, and in the
// tables of init/README.md with its reason.
#include <string>

#include <unistd.h>

#include <doctest/doctest.h>

#include "init/peers/plays.h"

namespace outis::tests::same_test {
namespace {

enum class Places { both, beside, first };

struct Row {
    std::string name;
    std::string peer;
    Play play;
    Words options = {};
    Words environment = {};
    Places places = Places::both;
};

struct Difference {
    Row row;
    std::string theirs;
    std::string ours;
};

const char* const kPeers[]{"tini", "dumb-init", "catatonit"};

// What all three are asked.
std::vector<Row> common_rows(const std::string& peer)
{
    return {
        {"own code", peer, own_code},
        {"death by a signal", peer, signal_death},
        {"not there", peer, missing_program},
        {"not executable", peer, not_executable},
        {"unusual errors", peer, unusual_errors},
        {"scripts without #!", peer, scripts},
        {"PATH unset", peer, no_path},
        {"place of the child", peer, place},
        {"descriptors", peer, descriptors},
        {"death signal", peer, death_signal},
        {"signals", peer, forwarded_signals},
        {"left in the group", peer, end_of_group, {}, {}, Places::beside},
        {"left in a session", peer, end_of_daemon, {}, {}, Places::beside},
        {"who adopts orphans", peer, who_adopts, {}, {}, Places::beside},
        {"no arguments", peer, words},
        {"no program", peer, words, {"--"}},
        {"unknown letter", peer, words, {"-x"}},
        {"unknown word", peer, words, {"--unknown"}},
        {"help", peer, words, {"-h"}},
        {"version", peer, words, {"--version"}},
        {"shortened version", peer, words, {"--vers"}},
        {"ambiguous", peer, words, {"--ver"}},
        {"value of a flag", peer, words, {"--version=1"}},
    };
}

const Row kRows[]{
    {"dispositions", "tini", dispositions},
    {"dispositions", "dumb-init", dispositions},
    {"dispositions", "catatonit", dispositions},
    {"mask", "tini", mask},
    {"mask", "dumb-init", mask},
    {"SIGCHLD ignored", "dumb-init", child_signal_ignored},
    {"stops of a terminal", "tini", terminal_stops},
    {"stops of a terminal", "catatonit", terminal_stops},

    {"left in a session, PID 1", "tini", end_of_daemon, {}, {}, Places::first},
    {"left in a session, PID 1", "dumb-init", end_of_daemon, {}, {}, Places::first},
    {"left in a session, PID 1", "catatonit", end_of_daemon, {}, {}, Places::first},

    {"subreaper", "tini", who_adopts, {"-s"}, {}, Places::beside},
    {"subreaper, variable", "tini", who_adopts, {}, {"TINI_SUBREAPER="}, Places::beside},
    {"group, variable", "tini", end_of_group, {}, {"TINI_KILL_PROCESS_GROUP="}, Places::beside},
    {"group", "tini", end_of_group, {"-g"}, {}, Places::beside},
    {"group", "catatonit", end_of_group, {"-g"}, {}, Places::beside},
    {"-p of the child", "tini", death_signal, {"-p", "SIGUSR2"}},
    {"-p when the parent ends", "tini", end_of_parent, {"-p", "SIGUSR2"}, {}, Places::beside},
    {"-p of nothing", "tini", words, {"-p", "SIGNOTHING", "--", "/bin/true"}},
    {"-p without value", "tini", words, {"-p"}},
    {"-e", "tini", own_code, {"-e", "7"}},
    {"-e of a signal", "tini", signal_death, {"-e", "143", "-e", "1"}},
    {"-e of another", "tini", own_code, {"-e", "8"}},
    {"-e where nothing is there", "tini", missing_program, {"-e", "127"}},
    {"-e out of range", "tini", words, {"-e", "256", "--", "/bin/true"}},
    {"-w, no children", "tini", own_code, {"-w"}},
    {"verbosity of garbage", "tini", words, {"-e", "x", "--"}, {"TINI_VERBOSITY=x"}},
    {"licence", "tini", words, {"-l"}},
    {"help is not long", "tini", words, {"--help"}},

    {"single child: place", "dumb-init", place, {"-c"}},
    {"single child: place, variable", "dumb-init", place, {}, {"DUMB_INIT_SETSID=0"}},
    {"single child: signals", "dumb-init", forwarded_signals, {"-c"}},
    {"single child: faults", "dumb-init", fault_signal, {"-c"}},
    {"single child: end", "dumb-init", end_of_group, {"-c"}, {}, Places::beside},
    {"single child: end, variable",
     "dumb-init",
     end_of_group,
     {},
     {"DUMB_INIT_SETSID=0"},
     Places::beside},
    {"single child: stops, PID 1", "dumb-init", terminal_stops, {"-c"}, {}, Places::first},
    {"single child: suspended", "dumb-init", suspended, {"-c"}, {}, Places::beside},
    {"suspended", "dumb-init", suspended, {}, {}, Places::beside},
    {"suspended, dropped",
     "dumb-init",
     suspended,
     {"-r", "20:0", "-r", "21:0", "-r", "22:0"},
     {},
     Places::beside},
    {"faults", "dumb-init", fault_signal},
    {"parting TERM rewritten", "dumb-init", end_of_group, {"-r", "15:12"}, {}, Places::beside},
    {"parting TERM dropped", "dumb-init", end_of_group, {"-r", "15:0"}, {}, Places::beside},
    {"shortened --single-child", "dumb-init", place, {"--sing"}},
    {"shortened --rewrite", "dumb-init", end_of_group, {"--re=15:12"}, {}, Places::beside},
    {"shortened --help", "dumb-init", words, {"--he"}},
    {"rewrite of 32", "dumb-init", words, {"-r", "0:1", "/bin/true"}},
    {"help before an error", "dumb-init", words, {"-h", "-x"}},
    {"version, letter", "dumb-init", words, {"-V"}},

    {"version, letter", "catatonit", words, {"-V"}},
    {"licence", "catatonit", words, {"-L"}},
    {"debug", "catatonit", own_code, {}, {"CATATONIT_DEBUG="}},
    {"pause", "catatonit", pause_mode},
};

const Difference kDifferences[]{
    {{"faults, PID 1", "tini", fault_signal, {}, {}, Places::first}, "nothing", "signal 6"},
    {{"faults", "tini", fault_signal, {}, {}, Places::beside}, "signal 6", "signal 6"},
    {{"faults, PID 1", "catatonit", fault_signal, {}, {}, Places::first}, "nothing", "signal 6"},
    {{"SIGCHLD ignored", "tini", child_signal_ignored},
     "hangs 0000000000010000",
     "0 0000000000010000"},
    {{"SIGCHLD ignored", "catatonit", child_signal_ignored},
     "hangs 0000000000010000",
     "0 0000000000010000"},
    {{"mask", "catatonit", mask}, "mask=0000000000380200 ", "mask=0000000000000200 "},
    {{"payload", "tini", payload}, "lost", "kept"},
    {{"payload", "dumb-init", payload, {"-c"}}, "lost", "kept"},
    {{"payload", "catatonit", payload}, "lost", "kept"},
    {{"signals of libc, PID 1", "tini", signal_of_libc, {}, {}, Places::first},
     "nothing",
     "signal 33"},
    {{"closed stdin", "tini", closed_stdin}, "1", "7"},
    {{"EPERM", "tini", forbidden_kill, {}, {}, Places::first}, "ends with 1", "goes on"},
    {{"refused subreaper", "tini", refused_subreaper, {"-s"}, {}, Places::beside}, "1", "7"},
    {{"refused subreaper", "catatonit", refused_subreaper, {}, {}, Places::beside}, "1", "7"},
    {{"LISTEN_PID, PID 1", "tini", listen_pid, {}, {}, Places::first}, "stale", "follows"},
    {{"LISTEN_PID, PID 1", "dumb-init", listen_pid, {}, {}, Places::first}, "stale", "follows"},
};

bool installed(const std::string& peer)
{
    return access(("/usr/bin/" + peer).c_str(), X_OK) == 0;
}

std::vector<bool> places_of(Places wanted)
{
    std::vector<bool> list;
    if (wanted != Places::first)
        list.push_back(false);
    if (wanted != Places::beside && can_make_namespaces())
        list.push_back(true);
    return list;
}

struct Seen {
    std::string ours;
    std::string theirs;
};

Player player_of(const Row& row, const std::string& path, bool first)
{
    return Player{
        .path = path, .options = row.options, .environment = row.environment, .first = first};
}

// A busy machine may get in the way of one try.
template <typename Check>
void play_in_all_places(const Row& row, const std::string& link, Check check)
{
    constexpr int kTries = 3;
    for (const bool first : places_of(row.places)) {
        Seen seen;
        for (int tries = 0; tries < kTries && (tries == 0 || !check(seen)); ++tries) {
            seen.ours = row.play(player_of(row, link, first));
            seen.theirs =
                installed(row.peer) ? row.play(player_of(row, "/usr/bin/" + row.peer, first)) : "";
        }
        CAPTURE(row.peer);
        CAPTURE(row.name);
        CAPTURE(first);
        CAPTURE(seen.ours);
        CAPTURE(seen.theirs);
        CHECK(check(seen));
    }
}

class Links {
public:
    Links()
    {
        for (const char* peer : kPeers) {
            [[maybe_unused]] const int made = symlink(kInit, folder_.file(peer).c_str());
        }
    }

    std::string of(const std::string& peer) const { return folder_.file(peer); }

private:
    Folder folder_;
};

TEST_CASE("peers: under a peer's name we do as it does")
{
    const Links links;
    for (const char* peer : kPeers) {
        if (!installed(peer)) {
            skip("init: peers", std::string(peer) + " is not installed");
            continue;
        }
        std::vector<Row> rows = common_rows(peer);
        for (const Row& row : kRows) {
            if (row.peer == peer)
                rows.push_back(row);
        }
        for (const Row& row : rows) {
            play_in_all_places(row, links.of(peer),
                               [](const Seen& seen) { return seen.ours == seen.theirs; });
        }
    }
}

TEST_CASE("peers: the known differences are these")
{
    const Links links;
    for (const Difference& difference : kDifferences) {
        const Row& row = difference.row;
        const bool both = installed(row.peer);
        play_in_all_places(row, links.of(row.peer), [&](const Seen& seen) {
            return seen.ours == difference.ours && (!both || seen.theirs == difference.theirs);
        });
    }
}

}  // namespace
}  // namespace outis::tests::same_test
