// The words that commands take, as rows that the parser, the help and the completion are made from.
// One file a family of commands describes its own; none of them knows how words are parsed.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "commands/command.h"
#include "outis/error.h"

namespace outis::images::commands {

// What a word fills. A list takes one value each time it is given as an option, or all that stand
// alone; a switch takes none. What is pointed to outlives the parsing.
using Field =
    std::variant<std::string*, std::optional<std::string>*, std::vector<std::string>*, bool*>;

struct Argument {
    std::string names;  // "-o,--output"; "PROFILE" is a word that stands alone
    Field field;
    std::string value = {};  // what an option takes, for people
    std::string help = {};
    std::string group = {};  // of the help; empty: that of all options
};

struct CommandWords {
    std::string name;
    std::string help;
    std::vector<Argument> arguments = {};
    std::vector<CommandWords> commands = {};  // one of them must follow
    bool takes_rest = false;                  // words behind '--'; else they are refused
    // What was asked for, once the fields are filled; `rest` is what stood behind '--'.
    std::function<Result<Command, Error>(std::span<const std::string> rest)> finish = {};
};

// The arguments, then how registries are asked.
std::vector<Argument> with_remote(std::vector<Argument> arguments, places::RemoteOptions& remote);

// How much a command says.
struct VerbosityWords {
    bool quiet = false;
    bool json = false;
};

// The arguments, then -q and --json; `done` is what JSON tells of: "made".
std::vector<Argument> with_verbosity(std::vector<Argument> arguments, VerbosityWords& words,
                                     const std::string& done);
Result<Verbosity, Error> verbosity_of(const VerbosityWords& words);

// What each family fills.
struct BakeWords {
    BakeCommand command = {};
    VerbosityWords verbosity = {};
    bool ca_only = false;  // of a base
};

struct ProfileWords {
    ProfileListOptions list = {};
    ProfileShowOptions show = {};
    ProfileExplainOptions explain = {};
    ProfileCheckOptions check = {};
    ProfileDiffOptions diff = {};
    ProfileCompileOptions compile = {};
    ProfileImportOptions from = {};
    ProfileExportOptions to = {};
};

struct ProcessWords {
    InspectOptions inspect = {};
    RunOptions run = {};
};

struct ImageWords {
    ImageShowCommand show = {};
    ImageListCommand list = {};
    ImageDiffCommand diff = {};
};

struct HardenWords {
    HardenCommand command = {};
    VerbosityWords verbosity = {};
};

struct RebaseWords {
    RebaseCommand command = {};
    VerbosityWords verbosity = {};
};

struct TransferWords {
    TransferCommand command = {};
    std::string from = {};
    std::string to = {};
    VerbosityWords verbosity = {};
};

// Their rows point into the argument.
CommandWords bake_words(BakeWords& words);
CommandWords base_words(BakeWords& words);
CommandWords dockerfile_words(BakeWords& words);
CommandWords golang_builder_words(golang_builder::GolangBuilderCommand& command);
CommandWords harden_words(HardenWords& words);
CommandWords rebase_words(RebaseWords& words);
CommandWords profile_words(ProfileWords& words);
CommandWords run_words(ProcessWords& words);
CommandWords inspect_words(ProcessWords& words);
CommandWords image_words(ImageWords& words);
CommandWords verify_words(VerifyCommand& verify);
CommandWords k8s_words(K8sOptions& options);
CommandWords push_words(TransferWords& words);
CommandWords pull_words(TransferWords& words);
CommandWords copy_words(TransferWords& words);

}  // namespace outis::images::commands
