#!/bin/sh
# A test that cannot fail is a defect: PID 1 is broken in one place at a time, and the named test has
# to notice. One line a mutant, `ok` or `not ok`.
#
#     sh tests/init/mutants.sh BUILD        BUILD: a built release or debug preset
set -eu

[ -n "${1:-}" ] || { echo 'usage: sh tests/init/mutants.sh BUILD' >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$(cd "$1" && pwd)
. "$here/../support/workspace.sh"
. "$here/../support/report.sh"

# The command that builds the program of this machine, with the sources of $work instead of ours.
source=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$build/CMakeCache.txt")
ninja -C "$build" -t commands outis_init | grep -- '-nostartfiles' | grep 'linux-x86_64\|linux-amd64' |
    sed "s| -Werror||; s| -o .*| -o $work/outis-init|; s|$source/init/|$work/init/|g; s|-I$source |-I$work |g;
        s|-I$source/include|-I$root/include|g" > "$work/command"
grep -q . "$work/command" || { not_ok mutants "no command for outis-init in '$build'"; finish; }

# mutant NAME FILE SED TEST: TEST is a pattern of test cases, as doctest's -tc takes it.
mutant() {
    rm -rf "$work/init"
    cp -R "$root/init" "$work/init"
    sed -i "$3" "$work/init/$2"
    if cmp -s "$root/init/$2" "$work/init/$2"; then
        not_ok "$1" "the expression changes nothing in '$2'"
    elif ! sh "$work/command" > "$work/log" 2>&1; then
        not_ok "$1" "it does not compile: $(grep -m 1 error "$work/log")"
    elif OUTIS_TEST_INIT="$work/outis-init" "$build/bin/test_init" "-tc=$4" > "$work/log" 2>&1; then
        not_ok "$1" "'$4' did not notice"
    else
        ok "$1"
    fi
}

loop=run/supervise.cc
mutant 'a dead child a wake-up' $loop \
    '/Supervisor::reap_all/,/^}/ s/if (pid == 0)/static int looks = 0; if (pid == 0 || ++looks % 2 == 0)/' \
    'ending: several deaths behind one*'
mutant 'nobody else is told' $loop \
    '/Supervisor::end_the_rest/,/^}/ s/signal_the_rest(SIGTERM);//' 'ending: a daemon*'
mutant 'nobody else is killed' $loop 's/signal_the_rest(SIGKILL);//' 'ending: processes that stay are*'
mutant 'PID 1 walks /proc' $loop 's/if (own_ == kFirstProcess) {/if (false) {/' \
    'ending: only as PID 1*'
mutant 'payloads are dropped' $loop 's/queued(signal.info)) {/false) {/' 'signals: payloads*'
mutant 'EPERM is the end' $loop 's/if (answer < 0 ||/if (answer == -1) sys::exit(1); if (answer < 0 ||/' \
    'surroundings: an app that we*'
mutant 'a group is a child' $loop 's/settings_.group ? -main_ : main_/main_/' \
    'signals: they go to the*'
mutant 'a child is a group' $loop 's/settings_.group ? -main_ : main_/-main_/' \
    'signals: they go to the*'
mutant 'drains begin anew' $loop 's/ \&\& !stopping_ \&\& !drained_) {/) {/' 'ending: a drain*'
mutant 'grace is for ever' $loop 's/, SIGKILL);/, SIGCONT);/' 'ending: the app is killed*'
mutant 'rewrites are deaf' $loop 's/settings_.rewrite\[static_cast<std::size_t>(signal.number)\]/signal.number/' \
    'signals: they are rewritten and*'
mutant 'we do not stop with the app' $loop 's/sys::kill(own_, SIGSTOP);/{}/' \
    'terminal: the app stops*'
mutant 'a peer ends as we do' $loop \
    '/Supervisor::end_the_rest/,/^}/ s/ \&\& !settings_.grace/ \&\& false/' 'peers: under a peer*'
mutant 'nothing is suspended' $loop \
    's/settings_.manner == Manner::dumb_init \&\& holds/false \&\& holds/' 'peers: under a peer*'
mutant 'PID 1 is not confined' $loop 's/if (const Outcome confined = confine_supervisor(); !confined)/if (const Outcome confined = Done{}; !confined)/' \
    'inheritance: PID 1 is confined*,pause: it holds no files*'
mutant 'memory is kept' $loop 's/    give_back_memory();//' 'ending: 20 000*,calls: an app that stays*'

child=run/child.cc
mutant 'a script has no shell' $child 's/if (answer != -ENOEXEC ||/if (true ||/' \
    'peers: under a peer*'
mutant 'the mask is ours' $child 's/sys::swap_mask(launch.mask);/sys::swap_mask(0);/' \
    'inheritance: the app gets the signal*'
mutant 'CHLD is not ignored again' $child 's/if (launch.child_ignored)/if (false)/' \
    'inheritance: the app gets the signal*'
mutant 'descriptors leak' $child 's/OUTIS_TRY(mark_descriptors(launch.first_unlisted));//' \
    'inheritance: leaked*'
mutant 'LISTEN_PID stays' $child 's/set_listen_pid(launch.texts, sys::getpid());//' \
    'inheritance: LISTEN_PID*'
mutant 'nothing is read back' $child \
    's/OUTIS_TRY(verify(launch.policy, launch.identity, launch.applied));//' 'refusal: a step that was only*'
mutant 'no group of its own' $child \
    's/OUTIS_TRY(fault_if(sys::set_process_group(0, 0), Step::process_group));//' \
    'inheritance: the app gets group*'
mutant 'no foreground' $child 's/sys::set_foreground(launch.terminal, sys::getpid());/{}/' \
    'terminal: the app has*'
mutant 'no death signal' $child 's/OUTIS_TRY(watch_parent(launch));//' \
    'inheritance: the app gets a signal when PID*'
mutant 'the filter is forgotten' $child 's/OUTIS_TRY(launch.filter.install(.*//' \
    'confinement: a strict policy*'
mutant 'Landlock is forgotten' $child 's/OUTIS_TRY(apply_landlock(launch.landlock));//' \
    'confinement: Landlock*'

serve=run/serve.cc
mutant 'one try to start' $serve 's/kStartTries = 5/kStartTries = 1/' 'surroundings: a refused fork is*'
mutant 'inherited descriptors are held' $serve \
    '/^void let_go/,/^}/ s/sys::close_range(.*//' \
    'inheritance: PID 1 holds*'
mutant 'the directory is held' $serve 's|sys::chdir("/");||' 'inheritance: PID 1 holds*'
mutant 'no subreaper' $serve 's/if (own != kFirstProcess \&\& plan.subreaper)/if (false)/' \
    'ending: orphans become our children*'
mutant 'capabilities stay with PID 1' $serve 's/sys::set_capabilities({/if (false) sys::set_capabilities({/' \
    'confinement: a kept capability*'

probe=serve/probe.cc
mutant 'any status is healthy' $probe 's/if (\*status < plan.probe_status.first/if (false/' \
    'probes: an answer*'
mutant 'probes are not confined' $probe 's/if (const int refused = confine_probe(plan, received); refused != 0)/if (const int refused = 0; refused != 0)/' \
    'probes: a probe is confined*'
mutant 'probes wait for ever' $probe 's/left_until(deadline)/10000/' 'probes: a probe fails in*'
mutant 'localhost is IPv4' $probe 's/if (connection.error == -ECONNREFUSED)/if (false)/' \
    'probes: the address and the*'
mutant 'a probe program may take its time' $probe 's/plan.time_limit = plan.probe_timeout;//' \
    "probes: a program's word"
mutant 'a probe leaves orphans' $serve 's/if (own != kFirstProcess \&\& plan.subreaper)/if (false)/' \
    'probes: a program?s orphans*'
mutant 'a pause never reaps' $probe 's/while (sys::reap(status, WNOHANG) > 0) {/while (false) {/' \
    'pause: it reaps orphans of*'
mutant 'the bounding set stays' confine/apply.cc \
    's/OUTIS_TRY(drop_bounding_set(.*/(void)harmless;/' 'confinement: file capabilities*'

mutant 'not everything is blocked' main.cc 's/sys::swap_mask(sys::kAllSignals)/sys::swap_mask(0)/' \
    'signals: what came before*'
mutant 'CHLD stays ignored' main.cc 's/sys::ignore_signal(SIGCHLD, false)/false/' \
    'surroundings: it works with SIGCHLD*'
mutant 'stderr is waited for' kernel/sys.cc 's/if (call(SYS_ppoll, .*) == 1)/if (call(SYS_ppoll, \&ready, 1, \&kNow, nullptr, 0) >= 0)/' \
    'surroundings: a full stderr does*'
mutant 'anybody may write policies' policy/load.cc 's/if (!roots \&\& /if (false \&\& /' \
    'refusal: a policy file that*'
finish
