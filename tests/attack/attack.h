// A program that attacks the sandbox it runs in. Every attempt is made in a child of its own, so
// that one which succeeds helps no other, and its row says what came back.
//
// Some calls the kernel would refuse to nobody in any case. Outside of the sandbox stands a
// supervisor that answers those in the kernel's place, with kPasses: what comes back says what the
// filter decided, and a filter that lets `reboot` through does no harm.
#pragma once

#include <array>
#include <cerrno>
#include <cstdint>
#include <span>
#include <string>

#include <unistd.h>

namespace outis::attack {

// 0: it succeeded; else an errno, or one of these.
constexpr int kPasses = ENOANO;  // the filter let it pass; no call of ours answers with this
constexpr int kNoEffect = 200;   // it was done and changed nothing
constexpr int kAbsent = 201;     // this architecture or kernel has no such thing
constexpr int kBroken = 202;     // the attempt could not be prepared

using Attempt = int (*)();

// `behind` names what refuses, so that mutants.sh can take it away:
//   allow CALL...    a list of the filter
//   lift CALL        a refusing rule of the filter
//   rule CALL WHEN   an allowing rule; WHEN is a condition that always holds
//   abi NAME         that only the native ABI is accepted
//   filter           that there is a filter
//   drop WORD...     lines of a test profile, by their first words
//   grant WORD PATH  that a path is not in a list of a test profile
//   keep CAP CALL... that nobody holds the capability; the calls are allowed besides
//   root             that the user is not root
//   none, docker     what these columns lack: no_new_privs and locks, a non-dumpable PID 1
//   -  WHY           no rule: what else refuses, or that nothing does
struct Row {
    const char* name;
    Attempt attempt;
    const char* behind;
};

std::span<const Row> mount_rows();
std::span<const Row> machine_rows();
std::span<const Row> process_rows();
std::span<const Row> identity_rows();
std::span<const Row> file_rows();
std::span<const Row> network_rows();
std::span<const Row> code_rows();
std::span<const Row> number_rows();

// Files of the tree that build_tree() makes.
constexpr const char* kProgram = "/attack";
constexpr const char* kSetuidProgram = "/setuid-root";  // root's, 4755
constexpr const char* kCapableProgram = "/capable";     // with file capabilities
constexpr const char* kLoader = "/loader";              // maps the file it is given
constexpr const char* kSecret = "/etc/secret";          // root's, 0600
constexpr const char* kInside = "/data";                // everybody's; profiles may allow it
constexpr const char* kOutsideFile = "/outside/file";   // everybody's; no profile names it
constexpr const char* kAbstractName = "outis-outside";  // listens outside of the sandbox
constexpr std::uint16_t kOwnBindPort = 8080;
constexpr std::uint16_t kOwnConnectPort = 8443;
constexpr std::uint16_t kOtherPort = 9090;
constexpr int kInherited = 0;  // stdin, a TCP socket that is not connected
constexpr int kMptcp = 262;    // IPPROTO_MPTCP, linux/in.h of Linux 5.6
constexpr int kLeaked = 9;     // a descriptor on kSecret, left open by whoever started us

// A system call without libc: 0 or its errno.
template <typename... Arguments>
int call(long number, Arguments... arguments)
{
    return syscall(number, arguments...) == -1 ? errno : 0;
}

int exit_code_of(int pid);  // of a child of ours; kBroken if a signal ended it

// run.cc: makes every attempt, or those named, and prints `NAME ANSWER`.
std::span<const std::span<const Row>> all_rows();
std::string answer_to(Attempt attempt);
int run_rows(std::span<char* const> names);
int list_rows();

// tree.cc: the files that attempts need, below `folder`. False with errno.
bool build_tree(const std::string& folder);
bool copy_file(const std::string& from, const std::string& to, unsigned mode);

// outside.cc: starts `init` with `policy` as a container would be, on rows in `names`.
int run_under(const char* init, const char* policy, std::span<char* const> names);
int listen_outside();  // a descriptor

}  // namespace outis::attack
