// PID 1 and the programs it is compared with, as rows start them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "init/unit/policy_bytes.h"
#include "support/process.h"

namespace outis::tests {

const char* init_under_test(const char* built);

using Words = std::vector<std::string>;

// 1: a libc build with sanitizers; what depends on exact system calls or memory is not asked then.
constexpr bool kHosted = OUTIS_INIT_HOSTED;
// The environment's OUTIS_TEST_INIT names another, such as a broken build (mutants.sh).
inline const char* const kInit = init_under_test(OUTIS_INIT);
constexpr const char* kActor = OUTIS_ACTOR;
constexpr std::uint32_t kNobodyId = 65534;

// outis-init -p none OPTIONS -- actor COMMAND, as a plain start.
Setup under_init(const Words& options, const Words& command);
// The same with a policy of a file.
Setup under_policy(const std::string& path, const Words& options, const Words& command);
// PROGRAM OPTIONS -- actor COMMAND
Setup under(const std::string& program, const Words& options, const Words& command);

// What the hosted twin needs in its environment; the app gets it too.
Words base_environment();

bool running_as_root();
// True, and the reason printed, where a test has to be left out.
bool lacks_root(const char* name);
bool lacks_namespaces(const char* name);

// One of the four ways a container or a machine starts us: as PID 1 or beside others, as root or
// as nobody.
struct Place {
    std::string name;
    bool pid_namespace;
    bool nobody;
};

const std::vector<Place>& places();  // those that this machine lets us use; says which it does not
Setup at(const Place& place, Setup setup);

// The value of the line "KEY VALUE" in what `actor inherit` says; "-" without such a line.
std::string value_of(const std::string& text, const std::string& key);

// A folder that is gone at the end of the test.
class Folder {
public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const std::string& path() const { return path_; }

    std::string file(const std::string& name) const { return path_ + "/" + name; }

    // Makes the folders on the way; the answer is the path.
    std::string write(const std::string& name, const std::string& content, unsigned mode = 0644);
    std::string write_policy(const std::string& name, const PolicyBytes& bytes);
    std::string read(const std::string& name) const;
    // A root with nothing but /outis-init and /actor. False where PID 1 needs more than its file.
    bool make_scratch();

private:
    std::string path_;
};

}  // namespace outis::tests
