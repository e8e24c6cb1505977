// `outis profile ...`. A PROFILE is a shipped name, or a file if it has a '/' or ends in ".toml" or
// ".json"; the latter is another tool's and is imported.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace outis::images::commands {

// How JSON of other tools is read; empty words: what sandbox::ImportOptions has.
struct ImportWords {
    std::string dialect;                      // "docker", "podman", "oci", "config" or "spo"
    std::string mode;                         // "hardened" or "exact"
    std::optional<std::string> capabilities;  // "NET_RAW,CHOWN", "all", or empty for none
    std::string kernel;                       // "6.1"
    std::vector<std::string> bases;           // files that `baseProfileName` may mean
};

struct ProfileListOptions {
    bool json = false;
};

struct ProfileShowOptions {
    std::string profile;
    std::string arch;  // empty: that of this machine
    bool json = false;
    bool listing = false;  // the filter's instructions instead
};

struct ProfileExplainOptions {
    std::vector<std::string> words;  // PROFILE; or PROFILE CALL [ARGUMENT]...
    std::string arch;                // empty: that of this machine
    std::string abi;                 // "x86_64" and its like; empty: the native one
    bool json = false;
};

struct ProfileCheckOptions {
    std::string profile;
    bool json = false;     // errors, warnings and notes
    bool verbose = false;  // notes too
    bool strict = false;   // a warning is an error
};

struct ProfileDiffOptions {
    std::vector<std::string> profiles;  // two: as PROFILE, or a ".policy"
    ImportWords words;
    std::string arch;  // empty: that of this machine
    bool json = false;
};

struct ProfileCompileOptions {
    std::string file;
    ImportWords words;
    std::string arch;  // empty: that of this machine
    // Empty: `file` with ".policy" (".bpf", ".json") as its ending, and stdout for a listing.
    std::string output;
    // "policy", "bpf" (the seccomp program alone), "oci" (as export) or "listing"; empty: policy.
    std::string emit;
    bool verbose = false;  // notes too
};

struct ProfileImportOptions {
    std::string file;
    ImportWords words;
    std::string arch;    // empty: that of this machine
    std::string output;  // empty: stdout
    bool json = false;   // text and notes, on stdout
};

struct ProfileExportOptions {
    std::string profile;
    std::string format;  // "oci", "docker" or "spo"; empty: oci
    std::string arch;    // empty: that of this machine
    std::string output;  // empty: stdout
    bool strict = false;
    bool json = false;  // with what it could not say, on stdout
};

// Each returns the exit code of `outis`: 0; 2 for bad input; 3 if something is absent or cannot be
// written. What is wrong with a profile is printed on stderr, all of it in one run.
int run(const ProfileListOptions& options);
int run(const ProfileShowOptions& options);
int run(const ProfileExplainOptions& options);

// Compiles for both architectures. 1 if the profile is not right, and for a warning if `strict`.
// Errors and warnings are printed, and notes if `verbose`; with `json` all are a list on stdout.
int run(const ProfileCheckOptions& options);

// 1 if the two differ.
int run(const ProfileDiffOptions& options);

// Writes a profile of ours. Tells on stderr what was not taken over as it stands.
int run(const ProfileImportOptions& options);

// Tells on stderr what the other format cannot say; 1 if that is anything and `strict`, and then
// nothing is written.
int run(const ProfileExportOptions& options);

// The output appears whole or not at all; a listing without `output` goes to stdout.
int run(const ProfileCompileOptions& options);

}  // namespace outis::images::commands
